"""From what users said to a case: `python -m eval add`.

Without `--id` it lists the answers that were thumbed down. With it, one becomes a case: the place and
the words that answer it are given, and checked to stand there, or the reason why it must be refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.users.feedback import Feedback
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
    """The entry as a case's JSON: answerable with a place, or to be refused with a reason. Several
    strings that count as the same are parted by "|" in `must`."""
    row: dict[str, Any] = {
        "id": f"bruger-{entry['id']}", "user": user, "type": "unanswerable" if why else "fact",
        "question": entry["answer"]["meant"], "answerable": not why, "gold": [], "must_include": [],
    }  # fmt: skip
    if why:
        return row | {"why": why}
    groups = [m.split("|") for m in must] or [[words]]
    return row | {"gold": [{"doc": doc, "pages": [page], "words": words}], "must_include": groups}


def add(row: Mapping[str, Any], cases: Path, corpus: Path) -> Case:
    """Append a case to a file. Raises CaseError when it does not fit the form, its words do not stand
    on their page, or its id is there already; the file is then as it was."""
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
