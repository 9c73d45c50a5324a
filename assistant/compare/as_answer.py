"""A comparison as an answer: first the verdict in a sentence of our own, then each side in its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from assistant.language.values import Value
from assistant.messages import said
from assistant.models import Comparison, Statement

_DAYS = {"Y": 360, "M": 30, "W": 7, "D": 1}  # days per unit, only for ordering durations
EACH = 2  # most statements of a side without a value


def lead_of(found: Comparison, names: Sequence[str]) -> str:
    """The verdict in words: what each side says where they differ, and which values are highest and lowest."""
    told = [
        (name, Value(kind, text, normal))  # type: ignore[arg-type]
        for name, row in zip(names, found.rows, strict=True)
        for kind, text, normal in row.values[:1]
    ]
    heard = [name for name, row in zip(names, found.rows, strict=True) if row.status == "found"]
    if not heard:
        return ""
    if found.verdict == "agree":
        value = told[0][1].text if told and told[0][1].kind != "term" else ""
        key = "agree_on" if value else "agree_words"
        return said(key, sides=_listed(heard), value=_short(value).rstrip("."))
    if found.verdict == "partly":
        return said("agree_but", sides=_listed(heard), value=_short(told[0][1].text).rstrip("."))
    if found.verdict != "differ" or not told:
        if len(heard) == 1:
            return said("one_side", name=heard[0])
        return found.notes[0] if told and found.notes else said("cannot_tell")
    values = "; ".join(f"{name} {_short(value.text)}" for name, value in told).rstrip(".")
    ranked = _ranked(told)
    if not ranked:
        return said("they_differ", values=values)
    least, most = ranked[0], ranked[-1]
    ends = {
        "most": _listed(most[0]),
        "most_value": most[1],
        "least": _listed(least[0]),
        "least_value": least[1],
    }
    return said("they_differ_most", values=values, **ends)


def statements_of(found: Comparison) -> list[Statement]:
    """The sides' own words, the one with the value first."""
    return [s for row in found.rows for s in row.statements[: 1 if row.values else EACH]]


def _ranked(told: Sequence[tuple[str, Value]]) -> list[tuple[list[str], str]]:
    """(names, value) from the lowest to the highest; empty where the values cannot be ordered."""
    sizes = [size(value) for _, value in told]
    if len({value.kind for _, value in told}) != 1 or any(s is None for s in sizes):
        return []
    if len({bool(re.search(r"hverdag|arbejdsdag", value.text)) for _, value in told}) != 1:
        return []  # working days and calendar days are not comparable
    by_size: dict[Decimal, tuple[list[str], str]] = {}
    for (name, value), one in zip(told, sizes, strict=True):
        assert one is not None
        by_size.setdefault(one, ([], _short(value.text)))[0].append(name)
    return [by_size[s] for s in sorted(by_size)]


def size(value: Value) -> Decimal | None:
    """A number that orders values of one kind; None where there is no order.

    >>> size(Value("duration", "3 måneder", "P3M")) > size(Value("duration", "6 uger", "P6W"))
    True
    >>> size(Value("percent", "5 pct.", "5")), size(Value("term", "et panel", "et panel"))
    (Decimal('5'), None)
    """
    if value.kind == "duration":
        parts = re.findall(r"(\d+)([YMWD])", value.normalized)
        return Decimal(sum(int(n) * _DAYS[unit] for n, unit in parts)) if parts else None
    if value.kind == "date":
        digits = re.sub(r"\D", "", value.normalized)
        return Decimal(digits) if digits else None
    try:
        return Decimal(value.normalized.lstrip("±")) if value.kind in ("percent", "money", "count") else None
    except InvalidOperation:
        return None


def _short(text: str) -> str:
    return " ".join(text.replace("\n", ", ").split())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" og {names[-1]}" if len(names) > 1 else "".join(names)
