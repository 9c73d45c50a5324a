"""What the secretariat adds to the words: one file, checked against the packaged ones, the same for a whole process.

Words decide how pages are read as well as what a question finds, and much that is told of a word is kept; so they are
read once, when an index is opened or built, and other ones count when the program is started again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SettingsError
from assistant.language.list_checks import against
from assistant.language.vocabulary import line_of, read

LISTS = ("synonymer", "fagord", "forkortelser")
_ONE_WORD = re.compile(r"[^\W\d_]+(?:[-.][^\W\d_]+)*\.?")


@dataclass(frozen=True, slots=True)
class Added:
    """Rows of synonyms, words of the field, and abbreviations without their last full stop."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    glossary: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()

    @property
    def read_with(self) -> str:
        """What tells documents that were read with other words: those by which sentences and compounds are parted.
        Synonyms count when a question is asked. "" where there are none."""
        if not (self.glossary or self.abbreviations):
            return ""
        return "+" + hashlib.sha256(repr((self.glossary, self.abbreviations)).encode()).hexdigest()[:12]


_counting, _path = Added(), Path()
_asked = False


def added() -> Added:
    """What counts in this process beside the packaged words."""
    global _asked
    _asked = True
    return _counting


def use(path: Path) -> None:
    """From here on the words of this file count; it is not read again. Raises SettingsError where it has a fault, or
    where the words of another one have been used already."""
    global _path
    if path == _path:
        return
    if _asked:
        raise SettingsError("Indstillingen words er en anden nu. Start programmet igen, så gælder den.")
    adopt(load(path))
    _path = path


def adopt(own: Added) -> None:
    """Take over the words of another process."""
    global _counting
    _counting = own


def load(path: Path) -> Added:
    """The words of a file; none where none is set. Raises SettingsError, one line."""
    if not path.name:
        return Added()
    held = read(path)
    if unknown := [name for name in held if name not in LISTS]:
        raise SettingsError(f"{path}: listen {unknown[0]} kendes ikke. Kendte: {', '.join(LISTS)}.")
    text = path.read_text(encoding="utf-8-sig")
    place = -1
    for name, own in held.items():
        for row in own:
            place += 1
            for why in _faults(name, (*row.before, *row.words), row.mark):
                raise SettingsError(f"{path} linje {line_of(text, place)}: {why}")
    one = {name: tuple(row.words for row in held.get(name, ())) for name in LISTS}
    flat = {name: tuple(word for row in one[name] for word in row) for name in LISTS}
    return Added(one["synonymer"], flat["fagord"], tuple(w.removesuffix(".") for w in flat["forkortelser"]))


def _faults(name: str, row: tuple[str, ...], mark: str) -> Iterator[str]:
    """What is wrong with a row of the secretariat's: a word that is none, one that is never looked up, opposites."""
    if mark:
        yield f"»{mark.strip()}« bruges ikke her. Skriv ordene med komma imellem."
    for word in row:
        if not _ONE_WORD.fullmatch(word):
            yield f"»{word}« er ikke ét ord. Skriv ét ord uden tal og mellemrum."
    if name == "synonymer":
        yield from against(row)
    elif name == "fagord":
        yield from (why for word in row for why in against((word,)))
    if name == "synonymer" and len(row) < 2:
        yield f"»{row[0]}« står alene. Skriv de ord, det betyder det samme som, eller slet rækken."
