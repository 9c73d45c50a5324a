"""Checks that the word lists agree. Words that one list treats as equivalent must not be opposites in another, and a
stop word, which is never looked up, must not stand in a list of words that are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from assistant.language.letters import fold
from assistant.language.vocabulary import any_of, lists, named, words

# (file, list) pairs whose rows hold equivalent words.
_ALIKE = (
    *((name, key) for name in ("synonymer", "omskrivninger") for key in lists(name)),
    ("fagord", "samme_ting"), ("engelsk", "begge_veje"), ("engelsk", "til_dansk"),
)  # fmt: skip


def contradictions() -> Iterator[str]:
    """The contradictions between the packaged lists, one line each; nothing where there are none."""
    for name, key in _ALIKE:
        for row in lists(name)[key]:
            own = (*row.before, *row.words)
            yield from (f"{name}.toml, {key}: {why}" for why in against(own))
    for word in words("smaaord", "spoerge"):
        if is_small(word):
            yield f"smaaord.toml: »{word}« står både i smaa og i spoerge."
    for word in sorted({*words("forkortelser", "punktum")} & {*words("forkortelser", "fortsat")}):
        yield f"forkortelser.toml: »{word}« står både i punktum og i fortsat."
    towns = words("steder", "kommuner")
    known = {town.lower() for town in towns}
    for town, spellings in named("steder", "stavemaader").items():
        if town not in towns:
            yield f"steder.toml: »{town}« er ikke en kommune i listen kommuner."
        yield from (f"steder.toml: »{s}« er selv en kommune." for s in spellings if s in known)
    spelled = known.union(words("steder", "stavemaader"))
    for word in words("steder", "ogsaa_ord"):
        if word not in spelled:
            yield f"steder.toml: »{word}« i ogsaa_ord er ikke en kommune."
    for key in ("regioner", "kaldenavne"):
        for region in named("steder", key).keys() - named("steder", "kommuner").keys():
            yield f"steder.toml: »{region}« i {key} har ingen kommuner."


def against(row: tuple[str, ...]) -> Iterator[str]:
    """What other lists say against a row of equivalent words."""
    for word in row:
        if is_small(word):
            yield f"»{word}« er et småord, som der aldrig søges efter. Slet det."
    for one, other in opposites(row):
        yield f"»{one}« og »{other}« betyder det modsatte af hinanden. Del rækken."


def is_small(word: str) -> bool:
    """Whether a word is a stop word, which is never looked up.

    >>> is_small("Også"), is_small("takst")
    (True, False)
    """
    return fold(word) in _small()


@cache
def _small() -> frozenset[str]:
    return frozenset(fold(word) for word in words("smaaord", "smaa", "smaa_engelske"))


def opposites(row: tuple[str, ...]) -> list[tuple[str, str]]:
    """The pairs of words of a row that stand on opposite sides in `data/modsatte.toml`.

    >>> opposites(("overskud", "resultat", "underskud")), opposites(("takst", "pris"))
    ([('overskud', 'underskud')], [])
    """
    found = []
    for sides in _sides():
        one, other = ([word for word in row if side.fullmatch(word)] for side in sides)
        found += [(left, right) for left in one for right in other]
    return found


@cache
def _sides() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    pairs = [(row.before, row.words) for row in lists("modsatte")["modsatte"]]
    return [(re.compile(any_of(one), re.I), re.compile(any_of(other), re.I)) for one, other in pairs]
