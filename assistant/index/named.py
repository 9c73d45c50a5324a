"""The years and regions that each passage names. They are found when the passage is indexed, because a filter checks
them for every passage.

Many passages name the same years and regions, so each passage stores a number that refers to a list of the distinct
combinations.
"""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents.facts import years_named
from assistant.language.places import municipalities_named, regions_named
from assistant.models import Passage

NUMBERS, NAMED = "named.npy", "named.json"
Told = tuple[frozenset[int], frozenset[str]]


def told(title: str, passage: Passage) -> Told:
    """The years that a passage names, and the regions named in it, in its headings or in the document's title."""
    text = f"{title} {' '.join(passage.section)} {passage.text}"
    named = (*regions_named(text), *municipalities_named(text))
    return years_named(passage.text), frozenset(region for region, _ in named)


class NamedWriter:
    """Collects what passages name, in passage order."""

    def __init__(self) -> None:
        self._numbers = array("i")
        self._known: dict[Told, int] = {}

    def add(self, own: Told) -> None:
        self._numbers.append(self._known.setdefault(own, len(self._known)))

    def save(self, folder: Path) -> None:
        """Raises OSError."""
        np.save(folder / NUMBERS, np.frombuffer(self._numbers, np.int32))
        rows = [[sorted(years), sorted(regions)] for years, regions in self._known]
        (folder / NAMED).write_text(json.dumps(rows), encoding="utf-8")


class Named:
    """What passages name. `numbers`, shape (passages,), are indices into `told`."""

    def __init__(self, numbers: np.ndarray[Any, np.dtype[np.int32]], told: list[Told]) -> None:
        self.numbers, self.told = numbers, told

    @classmethod
    def load(cls, folder: Path) -> Named:
        """Raises OSError, ValueError."""
        rows = json.loads((folder / NAMED).read_text(encoding="utf-8"))
        return cls(
            np.load(folder / NUMBERS), [(frozenset(years), frozenset(regions)) for years, regions in rows]
        )

    def of(self, place: int) -> Told:
        return self.told[int(self.numbers[place])]
