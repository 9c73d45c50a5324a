"""Finds editions of the same document: draft and final, first and revised. The newest answers by default.

Two documents are editions of one document if they have the same region, period and kind and share most of their words.
Their own text decides which is newer (final, later date, revised). If it does not say, neither replaces the other.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.models import Facts, Passage

SHARED = 0.5  # of the word triples of the shorter document; from here on two documents are editions of one
DRAFT = re.compile(
    r"\b(?:udkast|høringsudgave|høringsversion|foreløbig udgave|ikke godkendt)\b", re.IGNORECASE
)
REVISED = re.compile(r"\b(?:revideret|rettet|opdateret|ajourført|rev\.)", re.IGNORECASE)
FRONT = 600  # characters at the start that say which edition it is

Checksums = np.ndarray[Any, np.dtype[np.uint32]]


@dataclass(frozen=True, slots=True)
class Edition:
    """What is needed to compare editions. `front` is the file name, the title and the first words."""

    id: str
    facts: Facts
    front: str
    words: Checksums  # sorted checksums of a quarter of its word triples; the same quarter is sampled in every document

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
        """Sort key: final before draft, then the later date, then documents that call themselves revised."""
        return not DRAFT.search(self.front), self.facts.date or "", bool(REVISED.search(self.front))


def replaced(editions: Sequence[Edition]) -> dict[str, str]:
    """Maps the id of each replaced document to the id of its newest edition."""
    newer: dict[str, str] = {}
    alike: dict[tuple[str, str, str], list[Edition]] = {}
    for one in editions:
        f = one.facts
        if f.region and f.period and f.kind:  # national documents often share a template
            alike.setdefault((f.region, f.period, f.kind), []).append(one)
    for group in alike.values():
        for one in group:
            better = [o for o in group if o.id != one.id and _ranked(one, o) and _alike(one, o)]
            if better:
                newer[one.id] = max(better, key=lambda e: e.rank).id
    return newer


def _ranked(one: Edition, other: Edition) -> bool:
    """Whether the other document is newer according to its own text. Dates are compared only as precisely as both are
    known."""
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
    """Maps the id of each amended document to the names of the documents that say they change it. `documents` maps ids
    to (name, facts). The amended document must be of the same region, and the text must name its kind and its years.

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
