"""Regions and municipalities under all their names, from `data/steder.toml`."""

from __future__ import annotations

import re
from functools import cache

from assistant.language.letters import fold, fold_letters
from assistant.language.vocabulary import named, words

MUNICIPALITIES = named("steder", "kommuner")  # region → its municipalities
REGIONS = tuple(MUNICIPALITIES)
REGION_ALIASES = named("steder", "regioner")  # region → names, adjectives and bodies that mean it, lower case
# Nicknames of regions, for use where a region is already being discussed; folded for lookup.
NICKNAMES = {fold(word): region for region, own in named("steder", "kaldenavne").items() for word in own}
_SPELLINGS = {word: name for name, own in named("steder", "stavemaader").items() for word in own}
_ALSO_WORDS = frozenset(words("steder", "ogsaa_ord"))  # names only with "Kommune", or in a list of names


@cache
def municipality_regions() -> dict[str, str]:
    """Every spelling of a municipality's name, in lower case, to its region.

    >>> municipality_regions()["roskilde"], municipality_regions()["århus"]
    ('Sjælland', 'Midtjylland')
    >>> sum(len(names) for names in MUNICIPALITIES.values())
    98
    """
    table = {n.lower(): region for region, names in MUNICIPALITIES.items() for n in names}
    table |= {v: table[name.lower()] for v, name in _SPELLINGS.items()}
    return table


@cache
def _folded_names() -> dict[str, str]:
    """Every folded spelling of a municipality to its official name."""
    names = {n.lower(): n for group in MUNICIPALITIES.values() for n in group}
    return {fold(n): own for n, own in (names | _SPELLINGS).items()}


@cache
def _region_pattern() -> re.Pattern[str]:
    aliases = {fold(a) for names in REGION_ALIASES.values() for a in names}
    return re.compile(r"(?<!\w)(?:" + "|".join(_longest(aliases)) + r")(?:'?s)?(?!\w)")


@cache
def _municipality_pattern() -> re.Pattern[str]:
    names = {fold(n) for n in municipality_regions()}
    joined = "|".join(_longest(names))
    return re.compile(rf"(?<![\w-])({joined})s?(?![\w-])", re.IGNORECASE)


def _longest(names: set[str]) -> list[str]:
    return [re.escape(n) for n in sorted(names, key=len, reverse=True)]


@cache
def _folded_regions() -> dict[str, str]:
    return {fold(a): region for region, names in REGION_ALIASES.items() for a in names}


@cache
def _folded_municipalities() -> dict[str, str]:
    return {fold(n): region for n, region in municipality_regions().items()}


def regions_named(text: str) -> list[tuple[str, str]]:
    """The regions that `text` names, in order: (region, the folded words).

    >>> regions_named("de sjællandske kommuner og Region Nordjylland")
    [('Sjælland', 'sjaellandske'), ('Nordjylland', 'nordjylland')]
    """
    found = []
    for m in _region_pattern().finditer(fold(text)):
        word = m.group()
        region = _folded_regions().get(word) or _folded_regions().get(word.rstrip("'s"))
        found.append((region or _folded_regions()[word.removesuffix("s").rstrip("'")], word))
    return found


def municipalities_named(text: str) -> list[tuple[str, str]]:
    """The municipalities in `text`: (region, official name). A name that is also a common word counts only with
    "Kommune", with a capital inside a sentence, or in a list of names.

    >>> municipalities_named("Hvad gælder for Faxe Kommune?")
    [('Sjælland', 'Faxe')]
    >>> municipalities_named("vejen til et tilbud"), municipalities_named("Hvad gælder i Vejen?")
    ([], [('Syddanmark', 'Vejen')])
    >>> municipalities_named("Vejen, Varde og Kolding kommuner")
    [('Syddanmark', 'Vejen'), ('Syddanmark', 'Varde'), ('Syddanmark', 'Kolding')]
    """
    folded = fold_letters(text)
    found: list[tuple[str, str, bool]] = []
    for m in _municipality_pattern().finditer(folded):
        name = m.group(1).lower()
        inside = bool(re.search(r"[a-z,] $", folded[max(0, m.start() - 2) : m.start()]))
        sure = name not in _ALSO_WORDS or (
            "kommune" in folded[m.end() : m.end() + 9].lower() or (inside and m.group()[0].isupper())
        )
        found.append((_folded_municipalities()[name], _folded_names()[name], sure))
    many = len(found) >= 3
    return [(region, name) for region, name, sure in found if sure or many]


@cache
def places() -> dict[str, str]:
    """The folded names of regions (four letters or more) and of municipalities, each to its written form."""
    regions = {fold(name): name for names in REGION_ALIASES.values() for name in names if " " not in name}
    return {
        **{folded: name[:1].upper() + name[1:] for folded, name in regions.items() if len(folded) >= 4},
        **{folded: name for folded, name in _folded_names().items() if " " not in folded},
    }
