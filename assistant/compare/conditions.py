"""The exceptions a side makes from its value: "otte uger, dog fire uger, hvis mere end halvdelen er sagt op".

Sides with the same value agree as a rule. They agree entirely only where no side makes an exception that another does
not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language.clauses import EXCEPT, IF, SETS_APART
from assistant.language.sentences import sentences
from assistant.language.values import Value, values_in
from assistant.models import Row

_APART = re.compile(rf"\b(?:{SETS_APART}|{EXCEPT})\b", re.IGNORECASE)
_IF = re.compile(rf"\b(?:{IF})\b", re.IGNORECASE)
_SEAM = re.compile(r"[,;:]\s+|\s+(?=\()")


def exceptions(row: Row) -> list[str]:
    """The stretches of a row's statements that make an exception from its value, in order: those with a word of
    exception, and another figure of the same kind under a condition.

    >>> from assistant.models import Quote, Statement
    >>> def row(text): return Row("x", None, None, "found", (Statement(text, ()),), (("duration", "8 uger", "P8W"),))
    >>> exceptions(row("Den svarer inden 8 uger, dog 4 uger, hvis halvdelen er sagt op."))
    ['dog 4 uger, hvis halvdelen er sagt op']
    >>> exceptions(row("Parterne har 8 uger til det, og to uger, hvis borgeren står uden tilbud."))
    ['og to uger, hvis borgeren står uden tilbud']
    >>> exceptions(row("Den svarer inden 8 uger. Fejl meldes inden 4 uger."))
    []
    """
    if not row.values:
        return []
    value = _value(row)
    found = []
    for statement in row.statements:
        for start, end in sentences(statement.text):
            found += _excepted(statement.text[start:end], value)
    return list(dict.fromkeys(found))


def excepting(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[str, str]]:
    """(name, its exceptions) of the sides that make any, unless all sides make the same ones."""
    own = [exceptions(row) for row in rows]
    said = {tuple(sorted(" ".join(re.findall(r"\w+", text.lower())) for text in texts)) for texts in own}
    if len(said) < 2:
        return []
    return [(name, "; ".join(texts)) for name, texts in zip(names, own, strict=True) if texts]


def _excepted(sentence: str, value: Value) -> list[str]:
    """The rest of a sentence from its first exception on; empty where it makes none."""
    starts = [0, *(m.end() for m in _SEAM.finditer(sentence))]
    for start, end in zip(starts, [*starts[1:], len(sentence)], strict=True):
        clause, rest = sentence[start:end], sentence[start:]
        others = [v for v in values_in(clause) if v.kind == value.kind and v.key != value.key]
        apart = _APART.match(clause.lstrip("*# "))
        if apart or (start and others and _IF.search(rest) and value.text not in rest):
            return [re.sub(r"[*#]+", "", rest).strip(" .")]
    return []


def _value(row: Row) -> Value:
    kind, text, normal = row.values[0]
    return Value(kind, text, normal)  # type: ignore[arg-type]
