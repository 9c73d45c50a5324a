"""What has changed since the last report: values added, removed or changed, verdicts, and reviews.

The records of a report are stored, not its files; a later report within the same limits is compared with them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.compare.standing import told
from assistant.messages import date_text, printable, said
from assistant.models import Comparison, Row, Scope
from assistant.users.judgements import Judgements

Record = dict[str, Any]
Told = Sequence[tuple[str, Comparison]]  # each topic's title and comparison
_NOTHING: Record = {"status": "silent", "values": [], "quote": "", "place": "", "review": {}}


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from the last report; `side` is "" where it concerns the whole topic."""

    topic: str
    side: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Since:
    """The changes since a day (ISO 8601)."""

    day: str
    changes: tuple[Change, ...]

    @property
    def title(self) -> str:
        return said("since", day=date_text(self.day))


def since(found: Told, limits: Scope, kept: Judgements) -> Since | None:
    """What has changed since the last report within these limits; None where there is no such report. Raises
    StorageError."""
    last = kept.last_report(_key(limits))
    return Since(last[0][:10], changes(last[1], records(found))) if last else None


def keep(found: Told, limits: Scope, kept: Judgements) -> None:
    """Store this report as the last one within its limits. Raises StorageError."""
    kept.keep_report(_key(limits), records(found))


def _key(limits: Scope) -> str:
    return json.dumps([limits.regions, limits.periods, str(limits.on or "")], ensure_ascii=False)


def records(found: Told) -> list[Record]:
    """A report as it is stored: the verdict of each topic, and for each side its values, words and review."""
    titles = _apart(title for title, _ in found)
    return [
        {"topic": title, "verdict": one.verdict, "sides": _sides(one.rows)}
        for title, (_, one) in zip(titles, found, strict=True)
    ]


def changes(before: Sequence[Record], after: Sequence[Record]) -> tuple[Change, ...]:
    """The differences in the later records, topic by topic in order; removed topics come last."""
    then = {record["topic"]: record for record in before}
    found: list[Change] = []
    for record in after:
        topic, verdict = record["topic"], said(record["verdict"])
        old = then.pop(topic, None)
        if old is None:
            found.append(Change(topic, "", said("since_new"), "", verdict))
            continue
        if old["verdict"] != record["verdict"]:
            found.append(Change(topic, "", said("since_verdict"), said(old["verdict"]), verdict))
        found += _of_sides(topic, old["sides"], record["sides"])
    gone = [Change(topic, "", said("since_gone"), said(old["verdict"]), "") for topic, old in then.items()]
    return (*found, *gone)


def _of_sides(topic: str, before: Sequence[Record], after: Sequence[Record]) -> list[Change]:
    then = {side["side"]: side for side in before}
    found = []
    for side in after:
        old = then.pop(side["side"], _NOTHING)
        if what := _of_value(old, side):
            found.append(Change(topic, side["side"], said(what), _shown(old), _shown(side)))
        own, former = side["review"], old["review"]
        if (own.get("last"), own.get("state")) != (former.get("last"), former.get("state")):
            told = former.get("line", ""), own.get("line", "")
            found.append(Change(topic, side["side"], said("since_review"), *told))
    gone = [side for side in then.values() if side["status"] == "found"]
    return [*found, *(Change(topic, s["side"], said("since_value_gone"), _shown(s), "") for s in gone)]


def _of_value(old: Record, new: Record) -> str:
    """The key of what has happened to a side's value or, if that is unchanged, to its words; "" if nothing has."""
    if old["status"] != new["status"]:
        return "since_value_new" if old["status"] == "silent" else "since_value_gone"
    before, after = ([(kind, normal) for kind, _, normal in side["values"]] for side in (old, new))
    if before != after:
        return "since_value"
    return "since_words" if old["quote"] != new["quote"] else ""


def _shown(side: Mapping[str, Any]) -> str:
    """A side in one line: its value, else its words, and their place."""
    if side["status"] == "silent":
        return said("silent")
    value = "; ".join(text.replace("\n", "; ") for _, text, _ in side["values"]) or f"»{side['quote']}«"
    return f"{value} ({side['place']})"


def _sides(rows: Sequence[Row]) -> list[Record]:
    """The rows as records. A side is identified by its region, not by its agreement, because a new agreement is a
    change of the same side."""
    names = _apart(row.region or row.document or "?" for row in rows)
    return [{"side": name, **_side(row)} for name, row in zip(names, rows, strict=True)]


def _side(row: Row) -> Record:
    first = row.statements[0].citations[0] if row.statements else None
    review = row.review
    return {
        "status": row.status,
        "values": [list(value) for value in row.values],
        "quote": printable(" ".join(" ".join(s.text for s in row.statements).split())),
        "place": f"{first.document}, {first.place}" if first else "",
        "review": {"state": review.state, "last": review.last.number, "line": told(review)} if review else {},
    }


def _apart(names: Iterable[str]) -> list[str]:
    """The names made unique.

    >>> _apart(["Fyn", "Als", "Fyn"])
    ['Fyn', 'Als', 'Fyn (2)']
    """
    count: Counter[str] = Counter()
    out = []
    for name in names:
        count[name] += 1
        out.append(name if count[name] == 1 else f"{name} ({count[name]})")
    return out
