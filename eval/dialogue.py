"""Judge conversations, mails, double questions, the collection and summaries: `python -m eval dialogue [a|b]`.

A turn is understood when its act, regions, periods and matter are the ones that were meant. It is answered when every
group of its `must_include` is in what is shown and nothing comes from a region that was not meant. A matter of a
message is judged as a turn is. A question that no paper answers is right when it is refused, and a message without a
question is right when nothing is answered. The score of a summary is the share of the groups that it holds.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.language.letters import fold
from assistant.models import Abstained, Answer, Grounded, Part, Told
from assistant.question.conversation import State
from assistant.service.assistant import Assistant
from assistant.service.dialogue import converse
from eval.metrics import interval

ROOT = Path(__file__).resolve().parent / "conversations"
DAY = dt.date(2026, 3, 1)
IN_FORCE = "2025-2026"
# Acts that count as the same when understanding is judged: tools are told apart, shades of one tool are not.
SAME = {
    "figures": "compare", "changes": "compare", "why": "answer", "refuse": "answer", "ask_back": "answer",
}  # fmt: skip
ASIDE = ("source", "shorter", "thanks", "collection", "summary", "ask_back")  # judged by the act alone


def rows(part: str, name: str) -> list[dict[str, Any]]:
    text = (ROOT / part / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def shown(answer: Answer) -> str:
    """Everything that a reader sees of an answer."""
    if isinstance(answer, Told):
        return answer.text
    if isinstance(answer, Abstained):
        return ""
    sides = " ".join(f"{c.title} {c.facts.region or ''}" for s in answer.statements for c in s.citations)
    return " ".join([answer.lead, *(s.text for s in answer.statements), sides, *answer.notes])


def holds(text: str, groups: Sequence[Sequence[str]]) -> float:
    """The share of groups of which the text holds at least one string."""
    bare = _bare(text)
    return float(np.mean([any(_bare(x) in bare for x in group) for group in groups])) if groups else 1.0


def _bare(text: str) -> str:
    return re.sub(r"[\s\-\u00ad]+", "", text).lower()


def regions_of(answer: Answer) -> set[str]:
    if not isinstance(answer, Grounded):
        return set()
    return {r for s in answer.statements for c in s.citations for r in c.facts.regions}


def said_right(answer: Answer, told: Mapping[str, Any]) -> bool:
    """Whether an answer holds what it must and comes from no region that was not meant. Where nothing must be held,
    whether nothing is answered."""
    if not told["must_include"]:
        return not isinstance(answer, Grounded)
    meant = set(told["regions"])
    strange = (
        meant
        and regions_of(answer) - meant
        and not {r for g in told["must_include"] for x in g for r in [x]} & regions_of(answer)
    )
    return holds(shown(answer), told["must_include"]) == 1.0 and not strange


def periods(named: Sequence[str], years: Sequence[int] = ()) -> set[str]:
    """The named periods, and those that bare years belong to. Where none is named, the period in force."""
    found = set(named) | {f"{y - (y + 1) % 2}-{y - (y + 1) % 2 + 1}" for y in years}
    return found or {IN_FORCE}


def turns(assistant: Assistant, part: str) -> Iterator[dict[str, Any]]:
    """Each turn with how it was understood and answered."""
    for talk in rows(part, "conversations"):
        state = State()
        for turn in talk["turns"]:
            *_, asked = converse(assistant, turn["text"], state, today=DAY)
            state = asked.state
            act = SAME.get(state.act.value, state.act.value)
            scope = state.scope
            where = set(scope.regions) == set(turn["regions"])
            when = periods(scope.periods, scope.soft_years) == periods(turn["periods"])
            right = said_right(asked.answer, turn) if turn["act"] not in ASIDE else None
            about = f"{asked.meant} {shown(asked.answer)}"
            matter = (
                not turn["matter"] or any(fold(m) in fold(about) for m in turn["matter"]) or right is True
            )
            wanted = act == SAME.get(turn["act"], turn["act"]) or right is True
            yield {
                "id": talk["id"], "text": turn["text"], "act": turn["act"], "read": state.act.value, "meant": asked.meant,
                "understood": where and when and matter and wanted, "where": where, "when": when, "matter": matter,
                "wanted": wanted, "right": right, "back": isinstance(asked.answer, Told),
                "stray": bool(turn["regions"]) and bool(regions_of(asked.answer) - set(turn["regions"])),
                "shown": shown(asked.answer)[:300],
            }  # fmt: skip


def messages(assistant: Assistant, part: str, name: str) -> Iterator[dict[str, Any]]:
    """Each message with the share of its matters that are answered as they should be."""
    for row in rows(part, name):
        *_, asked = converse(assistant, row["text"], today=DAY)
        parts = asked.answer.parts if isinstance(asked.answer, Grounded) else ()
        own = parts or (Part(asked.meant, asked.answer),)
        if isinstance(asked.answer, Abstained):
            own = tuple(Part(asked.meant, asked.answer) for _ in row["parts"] or [0])
        told = row["parts"]
        if not told:
            right = float(all(not isinstance(p.answer, Grounded) for p in own))
        else:
            right = float(np.mean([any(said_right(p.answer, one) for p in own) for one in told]))
        yield {
            "id": row["id"], "text": row["text"], "right": right, "whole": right == 1.0, "found": len(own), "told": len(told),
            "shown": [(p.asked[:150], shown(p.answer)[:200]) for p in own],
        }  # fmt: skip


def collection(assistant: Assistant, part: str) -> Iterator[dict[str, Any]]:
    for row in rows(part, "collection"):
        *_, asked = converse(assistant, row["text"], today=DAY)
        text = shown(asked.answer)
        right = holds(text, row["must_include"]) == 1.0 and not any(
            _bare(x) in _bare(text) for x in row["must_not"]
        )
        yield {
            "id": row["id"],
            "text": row["text"],
            "right": right,
            "read": asked.state.act.value,
            "shown": text[:600],
        }


def summaries(assistant: Assistant, part: str) -> Iterator[dict[str, Any]]:
    for row in rows(part, "summaries"):
        *_, asked = converse(assistant, row["text"], today=DAY)
        text, answer = shown(asked.answer), asked.answer
        papers = (
            {c.document for s in answer.statements for c in s.citations}
            if isinstance(answer, Grounded)
            else set()
        )
        yield {
            "id": row["id"], "text": row["text"], "covers": holds(text, row["must_include"]), "read": asked.state.act.value,
            "strange": bool(papers - set(row["docs"])), "words": len(text.split()), "shown": text[:300],
            "missing": [g for g in row["must_include"] if not holds(text, [g])],
        }  # fmt: skip


def judged(
    assistant: Assistant, part: str
) -> tuple[dict[str, dict[str, float]], dict[str, list[dict[str, Any]]]]:
    """The measures of a half with their intervals, and every case."""
    cases = {
        "turns": list(turns(assistant, part)),
        "doubles": list(messages(assistant, part, "doubles")),
        "mails": list(messages(assistant, part, "mails")),
        "collection": list(collection(assistant, part)),
        "summaries": list(summaries(assistant, part)),
    }
    told = cases["turns"]
    back = [t["back"] for t in told if t["act"] == "ask_back"]
    values = {
        "turns_understood": [t["understood"] for t in told],
        "turns_where": [t["where"] for t in told],
        "turns_when": [t["when"] for t in told],
        "turns_answered": [t["right"] for t in told if t["right"] is not None and t["act"] != "refuse"],
        "turns_refused": [t["right"] for t in told if t["act"] == "refuse"],
        "asked_back": back,
        "stray_regions": [t["stray"] for t in told],
        "doubles": [m["right"] for m in cases["doubles"]],
        "mails": [m["right"] for m in cases["mails"]],
        "collection": [c["right"] for c in cases["collection"]],
        "summaries": [s["covers"] for s in cases["summaries"]],
    }
    return {k: _measure(v) for k, v in values.items() if v}, cases


def whole(assistant: Assistant) -> dict[str, dict[str, float]]:
    """The measures over both halves, weighted by their number of cases."""
    halves = [judged(assistant, part)[0] for part in ("a", "b")]
    found = {}
    for name in halves[0]:
        count = sum(half[name]["n"] for half in halves)
        found[name] = {
            "mean": sum(half[name]["mean"] * half[name]["n"] for half in halves) / count,
            "n": count,
        }
    return found


def _measure(values: Sequence[float]) -> dict[str, float]:
    low, high = interval([float(v) for v in values])
    return {"mean": float(np.mean(values)), "low": low, "high": high, "n": len(values)}
