"""Where the clauses of a sentence meet, and the words that make one clause a condition of another.

The words come from `data/bindeord.toml`. All code that splits sentences or looks for conditions uses this module.
"""

from __future__ import annotations

import re

from assistant.language.vocabulary import any_of, words


def _bind(*chosen: str) -> str:
    return any_of(words("bindeord", *chosen))


IF = _bind("betingelse")  # always marks a condition
WHEN = _bind("betingelse", "betingelse_eller_tid")
# A condition at the start of a sentence.
OPENS = _bind("betingelse", "betingelse_eller_tid", "betingelse_foran")
PERHAPS = _bind("betingelse", "betingelse_eller_tid", "betingelse_foran", "betingelse_maaske")
ONLY = _bind("kun")
EXCEPT = _bind("undtagelse")
SETS_APART = _bind("undtaget")

_JOINED = _bind("to_sider", "valg", "betingelse", "betingelse_eller_tid", "grund", "foelge", "beskrivelse")
_CLAUSE = re.compile(rf"[,;:–]\s+|\s+(?:{_JOINED})\s+", re.IGNORECASE)
_TWO = _bind("to_sider")
_SIDE = re.compile(rf",\s+(?:{_TWO})\s|;\s|\s(?:{_TWO})\s")
_BELOW = re.compile(rf",?\s(?:{WHEN}|{_bind('beskrivelse')})\s")
_AGAINST = re.compile(rf",\s+(?:{_bind('modsaetning', 'undtagelse')})\s+|;\s+")
_HEAD = re.compile(rf"(?:{WHEN}|{_bind('grund', 'bisaetning_foran')})\b", re.IGNORECASE)

Span = tuple[int, int]


def clauses(sentence: str) -> list[str]:
    """The clauses of a sentence, split at its commas and at the words that join clauses.

    >>> clauses("Varslet er to måneder, og det er skriftligt, hvis pladsen er på døgn.")
    ['Varslet er to måneder', 'og det er skriftligt', 'hvis pladsen er på døgn.']
    """
    return [part for part in _CLAUSE.split(sentence) if re.search(r"\w{2}", part)]


def joints(text: str, start: int, end: int) -> list[Span]:
    """The spans where the sides of a sentence meet between two of its figures: the conjunctions and semicolons
    between them or, where there are none, the commas.

    >>> text = "2 måneder for døgn, dog ikke i ferier, og 6 uger for dag"
    >>> [text[a:b] for a, b in joints(text, 1, 43)]
    [', og ']
    """
    found = [m.span() for m in _SIDE.finditer(text, start, end)]
    return found or [m.span() for m in re.finditer(r", ", text[:end]) if m.start() >= start]


def main_clause(text: str) -> str:
    """The text before its first subordinate clause."""
    return _BELOW.split(text)[0]


def halves(sentence: str) -> list[str]:
    """The parts of a sentence that are contrasted with each other."""
    return [half for half in _AGAINST.split(sentence) if half.strip()]


def opens_below(text: str) -> bool:
    """Whether a text begins with a subordinate clause."""
    return bool(_HEAD.match(text.lstrip()))
