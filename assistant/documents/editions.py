"""Editions of one document: draft and final, first and revised. The newest answers by default.

Two documents are editions of one when they are of the same region, period and kind and share most of
their words; which is newer, their own words must say (revised, dated later, not a draft). Where they
do not, both stand.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.models import Facts, Passage

SHARED = 0.5  # of the shorter one's word triples, from which two are editions of one document
DRAFT = re.compile(
    r"\b(?:udkast|høringsudgave|høringsversion|foreløbig udgave|ikke godkendt)\b", re.IGNORECASE
)
REVISED = re.compile(r"\b(?:revideret|rettet|opdateret|ajourført|rev\.)", re.IGNORECASE)
FRONT = 600  # characters that say which edition it is

Checksums = np.ndarray[Any, np.dtype[np.uint32]]


@dataclass(frozen=True, slots=True)
class Edition:
    """What tells editions apart; `front` are the name, the title and the first words."""

    id: str
    facts: Facts
    front: str
    words: Checksums  # of a fourth of its word triples, sorted: the same fourth of each

    @classmethod
    def of(cls, identity: str, name: str, title: str, facts: Facts, passages: Sequence[Passage]) -> Edition:
        text = "\n".join(p.text for p in passages)
        tokens = re.findall(r"\w+", text.lower())
        triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
        sums = np.fromiter((zlib.crc32(" ".join(triple).encode()) for triple in triples), np.uint32)
        return cls(
            identity,
            facts,
            f"{name} {title} {text[:FRONT]}".replace("_", " "),
            np.unique(sums[sums % 4 == 0]),
        )

    @property
    def rank(self) -> tuple[bool, str, bool]:
        """Final before draft, then the later date, then what calls itself revised."""
        return not DRAFT.search(self.front), self.facts.date or "", bool(REVISED.search(self.front))


def replaced(editions: Sequence[Edition]) -> dict[str, str]:
    """Ids of documents that a newer edition replaces, to the newest one's id."""
    newer: dict[str, str] = {}
    alike: dict[tuple[str, str, str], list[Edition]] = {}
    for one in editions:
        f = one.facts
        if f.region and f.period and f.kind:  # papers of the whole country often share a template
            alike.setdefault((f.region, f.period, f.kind), []).append(one)
    for group in alike.values():
        for one in group:
            better = [o for o in group if o.id != one.id and _ranked(one, o) and _alike(one, o)]
            if better:
                newer[one.id] = max(better, key=lambda e: e.rank).id
    return newer


def _ranked(one: Edition, other: Edition) -> bool:
    """Whether the other is newer by its own words: dates count as far as both are known."""
    final, date, revised = one.rank
    other_final, other_date, other_revised = other.rank
    if final != other_final:
        return other_final
    shortest = min(len(date), len(other_date))
    if shortest and date[:shortest] != other_date[:shortest]:
        return other_date > date
    return other_revised and not revised


def _alike(one: Edition, other: Edition) -> bool:
    least = min(len(one.words), len(other.words))
    shared = np.intersect1d(one.words, other.words, assume_unique=True)
    return least > 0 and len(shared) >= SHARED * least


def chain(newer: Mapping[str, str], identity: str) -> list[str]:
    """The editions that a document replaces.

    >>> chain({"a": "c", "b": "c"}, "c")
    ['a', 'b']
    """
    return sorted(old for old, new in newer.items() if new == identity)


def amended(documents: Mapping[str, tuple[str, Facts]]) -> dict[str, list[str]]:
    """Ids of documents that another one says it changes, to the names of those; `documents` are names and
    facts by id. The other must be of the same region, and be named by its kind and its years.

    >>> one = Facts("Sjælland", "2025-2026", "rammeaftale")
    >>> other = Facts("Sjælland", "2025-2026", "bilag", amends="rammeaftale 2025-2026")
    >>> amended({"a": ("aftale.pdf", one), "b": ("tillæg.pdf", other)})
    {'a': ['tillæg.pdf']}
    """
    found: dict[str, list[str]] = {}
    for identity, (name, facts) in documents.items():
        if not facts.amends:
            continue
        words = facts.amends.lower()
        for other, (_, its) in documents.items():
            named = its.kind and its.kind.split()[0] in words and its.period
            if other != identity and its.region == facts.region and named:
                years = re.findall(r"(?:19|20)\d\d", words)
                if years and set(years) <= set((its.period or "").split("-")):
                    found.setdefault(other, []).append(name)
    return found
