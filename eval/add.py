"""Make cases of what users said: `python -m eval add` and `python -m eval judged`.

Without `--id`, `add` lists the answers with a thumb down. With it, `add` makes a case of one of them: the caller gives
the place and the words that answer it (the words are checked to be there), or the reason why it must be refused.
`judged` makes a case of each comparison cell that somebody has confirmed or corrected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.compare.standing import quotes_of
from assistant.compare.verdicts import single
from assistant.messages import period_text
from assistant.models import Judgement
from assistant.question.matter import without_scope
from assistant.users.feedback import Feedback
from assistant.users.judgements import Cell, Judgements
from eval.cases import Case, CaseError, load, problems, read


def candidates(kept: Path | str, index: Path | None = None) -> list[dict[str, Any]]:
    """Entries with a thumb down, oldest first."""
    return [entry for entry in Feedback(kept, index).entries() if entry["verdict"] == "down"]


def case_of(
    entry: Mapping[str, Any],
    user: str,
    doc: str = "",
    page: int = 0,
    words: str = "",
    must: Sequence[str] = (),
    why: str = "",
) -> dict[str, Any]:
    """The entry as the JSON of a case: answerable with a place, or to be refused with a reason. In `must`, "|"
    separates strings that count as the same."""
    row: dict[str, Any] = {
        "id": f"bruger-{entry['id']}", "user": user, "type": "unanswerable" if why else "fact",
        "question": entry["answer"]["meant"], "answerable": not why, "gold": [], "must_include": [],
    }  # fmt: skip
    if why:
        return row | {"why": why}
    groups = [m.split("|") for m in must] or [[words]]
    return row | {"gold": [{"doc": doc, "pages": [page], "words": words}], "must_include": groups}


def add(row: Mapping[str, Any], cases: Path, corpus: Path) -> Case:
    """Append a case to a file. Raises CaseError, and leaves the file as it was, when the case does not fit the form,
    its words are not on their page, or its id is already used."""
    try:
        case = read(row)
    except (ValueError, KeyError, TypeError) as error:
        raise CaseError(f"Spørgsmålet kan ikke bruges: {error}.") from None
    wrong = problems([case], corpus)
    if wrong:
        raise CaseError(f"{wrong[0]}. Ret dokument, side eller ord.")
    have = load(cases) if cases.exists() else []
    if any(case.id == other.id for other in have):
        raise CaseError(f"{case.id} er der allerede. Ret linjen i {cases.name}.")
    with cases.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return case


def judged(kept: Path | str, cases: Path, corpus: Path) -> tuple[list[Case], list[str]]:
    """Append a case for each region's cell that somebody has judged and that is no case yet: what the cell says, or
    that it says nothing. Returns the cases, and why other cells became none: their words are no longer in `corpus`."""
    added, left = [], []
    have = {case.id for case in load(cases)} if cases.exists() else set()
    for cell, history in Judgements(kept).of().items():
        last = history[-1]
        if last.kind == "withdrawn" or cell.paper or not cell.region or _name(last) in have:
            continue
        try:
            added.append(add(_case_of_cell(cell, last), cases, corpus))
        except CaseError as error:
            left.append(str(error))
    return added, left


def _name(judgement: Judgement) -> str:
    return f"felt-{judgement.number}"


def _case_of_cell(cell: Cell, last: Judgement) -> dict[str, Any]:
    """The JSON of a case from a judged cell: the question, asked of the cell's region and period, with the place that
    was signed for."""
    alone = without_scope(single(last.basis["question"])).rstrip(" ?")
    where = " ".join(x for x in (cell.region, period_text(cell.period)) if x)
    row = {
        "id": _name(last), "user": "sekretariat", "type": "fact", "question": f"{alone} i {where}?",
        "answerable": True, "gold": [], "must_include": [],
    }  # fmt: skip
    if last.kind == "silent":
        return row | {"type": "unanswerable", "answerable": False, "why": "absent figure"}
    first, values = quotes_of(last.basis)[0], last.basis["values"]
    told = [line for _, text, _ in values for line in text.split("\n")] or [first["quote"]]
    gold = {"doc": first["document"], "pages": [first["page"]], "words": first["quote"]}
    return row | {"gold": [gold], "must_include": [[line] for line in told]}
