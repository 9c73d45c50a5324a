"""Which figure in the words of a side answers a question, and which kinds of figure qualify."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.answer.amounts import is_former, said_of
from assistant.documents.answer_units import Unit
from assistant.language.paraphrase import has_verb
from assistant.language.values import Value, values_in
from assistant.models import Row, Statement
from assistant.question.answer_type import AnswerType
from assistant.question.expectation import Expectation
from assistant.retrieval.ranking import Query

Key = tuple[str, ...]
TELLING = 0.6  # share of the sides' best likelihoods that the sentences with a kind of figure must reach
AGREED = 0.05  # weight, as a share of the question, of the other sides' agreement on a value
# The kinds of value that answer each type, the likeliest first.
_KINDS: dict[AnswerType, tuple[str, ...]] = {
    AnswerType.PERCENT: ("percent",),
    AnswerType.MONEY: ("money", "count"),
    AnswerType.DURATION: ("duration",),
    AnswerType.DAY: ("date",),
    AnswerType.DATE: ("date", "period", "duration"),
    AnswerType.DEADLINE: ("date", "duration"),
    AnswerType.FREQUENCY: ("count", "duration"),
    AnswerType.FIGURE: ("percent", "money", "duration", "count"),
    AnswerType.COUNT: ("count", "percent", "money", "duration"),
    AnswerType.SECTION: ("term",),
}
# A question for an amount of anything but time.
_MUCH = re.compile(r"\bhvor meget\b(?! tid)|\bhow much\b(?! time)", re.IGNORECASE)
_COUNTED = re.compile(r"\bhvor mange\b|\bantal(?:let)?\b|\bhow many\b", re.IGNORECASE)


def kinds_of(expected: Expectation) -> tuple[str, ...]:
    """The kinds of value that answer an expectation, the likeliest first; empty where any kind may.

    >>> from assistant.question.expectation import expects
    >>> kinds_of(expects("Hvor mange medlemmer har styregruppen?")), kinds_of(expects("Hvad er overheadet?"))
    (('count',), ('percent', 'money', 'duration', 'count'))
    >>> kinds_of(expects("Hvor meget skal taksterne ned?")), kinds_of(expects("Hvad er timeprisen?"))
    (('count', 'percent', 'money'), ('money', 'count'))
    """
    if expected.wants is AnswerType.COUNT and _COUNTED.search(expected.question):
        return ("count",)
    if expected.wants is AnswerType.COUNT and _MUCH.search(expected.question):
        return ("count", "percent", "money")
    return _KINDS.get(expected.wants, ()) if expected.wants else ()


def common_kind(kinds: Sequence[str], sides: Sequence[Sequence[tuple[float, str]]]) -> str | None:
    """Of several kinds that may answer, the one in the likeliest sentences of the sides. `sides` holds, for each
    side, (the probability that a sentence answers, its text). None where sentences without a figure are clearly
    likelier."""
    votes = dict.fromkeys(kinds, 0.0)
    most = 0.0
    for told in sides:
        most += max((likely for likely, _ in told), default=0.0)
        held = [(likely, {v.kind for v in values_in(text)}) for likely, text in told]
        for kind in kinds:
            votes[kind] += max((likely for likely, own in held if kind in own), default=0.0)
    best = max(kinds, key=lambda kind: votes[kind], default=None)
    return best if best is not None and votes[best] > TELLING * most else None


def row_of(
    region: str | None,
    period: str | None,
    statements: Sequence[Statement],
    query: Query | None = None,
    unit: Unit | None = None,
    kinds: Sequence[str] = (),
    agreed: Mapping[Key, float] | None = None,
) -> Row:
    """The row of a side: its verified statements and the value that answers, or "silent". `unit` leads the answer,
    `kinds` are the kinds that the value may have; `agreed` as for `value_of`."""
    if not statements or query is None or unit is None:
        return Row(region, period, None, "silent")
    # The leading statement comes first, so that the value is taken from the statement shown.
    statements = sorted(statements, key=lambda s: unit.text not in s.text)
    first = statements[0].citations[0]
    value = value_of(statements, query, unit, kinds, agreed)
    if value and value.end and unit.kind != "row":
        statements = [_marked(s, unit, value) for s in statements]
    return Row(
        region,
        period or first.facts.period,
        first.document,
        "found",
        tuple(statements),
        ((value.kind, value.text, value.normalized),) if value else (),
    )


def _marked(statement: Statement, unit: Unit, value: Value) -> Statement:
    """The statement with only the compared value in bold, where it holds the unit."""
    start = statement.text.find(unit.text)
    if start < 0:
        return statement
    return replace(statement, bold=((start + value.start, start + value.end),))


def key_of(query: Query, value: Value) -> Key:
    """What values that answer a question alike have in common."""
    return (query.expected.wants is AnswerType.FREQUENCY and value.yearly) or value.key


def in_force(query: Query, text: str, kinds: Sequence[str]) -> list[Value]:
    """The figures of a text that are of these kinds and are still in force."""
    return [v for v in values_in(text) if v.kind in kinds and not is_former(query, text, v.start)]


def value_of(
    statements: Sequence[Statement],
    query: Query,
    unit: Unit,
    kinds: Sequence[str],
    agreed: Mapping[Key, float] | None = None,
) -> Value | None:
    """The value that answers. Of the leading unit's figures of the first kind present, it is the one to which most of
    the question applies; in a table the cell in bold; for a list, its items as one value of kind "term". None where
    there is none. `agreed` says how surely the other sides answer with a value, and decides between figures that are
    otherwise equal."""
    if query.expected.lists:
        return _listed(statements)
    leading = next((s for s in statements if unit.text in s.text), None)
    if leading is None:
        return None
    if unit.kind == "row":
        found = values_in(leading.text)
        under = [v for start, end in leading.bold for v in found if v.start < end and start < v.end]
        return next((_as_asked(v, query.expected) for kind in kinds for v in under if v.kind == kind), None)
    found = in_force(query, unit.text, kinds)
    asked = query.expected.spans(unit.text) if query.expected.wants is AnswerType.FREQUENCY else []
    often = [v for v in found if any(v.start < end and start < v.end for start, end in asked)]
    for kind in kinds:
        own = [v for v in often or found if v.kind == kind]
        if own:
            spans = [(v.start, v.end) for v in own]
            said = {v: said_of(query, unit.text, spans, (v.start, v.end)) for v in own}
            theirs = {v: AGREED * min(1.0, (agreed or {}).get(key_of(query, v), 0.0)) for v in own}
            best = max(own, key=lambda v: (said[v] + theirs[v], -v.start))
            return _as_asked(best, query.expected)
    return None


def _listed(statements: Sequence[Statement]) -> Value | None:
    listed = next((s for s in statements if s.kind == "list"), None)
    if listed:
        items = [
            re.sub(r"^[-–•*+\s]+|^\d+[.)]\s*", "", line).strip(" .;") for line in listed.text.split("\n")[1:]
        ]
        items = [item for item in items if item]
        if any(item.endswith("?") for item in items):  # questions for discussion are not items
            return None
        if sum(has_verb(item) for item in items) * 2 > len(items):  # neither are arguments
            return None
    else:
        items = [s.text[start:end] for s in statements if s.kind == "part" for start, end in s.bold]
    return Value("term", "\n".join(items), "; ".join(sorted(items))) if items else None


def _as_asked(value: Value, expected: Expectation) -> Value:
    """A bare number (a table cell) as an amount of money, where money was asked for."""
    if value.kind == "count" and expected.wants is AnswerType.MONEY:
        return Value("money", value.text, value.normalized, value.start, value.end)
    return value
