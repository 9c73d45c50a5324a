"""The words that the secretariat adds: one file, checked against the packaged lists, fixed for the lifetime of a
process.

These words affect how pages are parsed as well as what a question finds, and much that is computed from a word is
cached. The file is therefore read once, when an index is opened or built; a change takes effect after a restart.
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
    """Rows of synonyms, domain words, and abbreviations (without their final full stop)."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    glossary: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()

    @property
    def read_with(self) -> str:
        """A fingerprint of the words that affect how documents are parsed (sentence and compound splitting), so that
        documents parsed with other words can be recognised. Synonyms are left out: they only matter when a question
        is asked. "" where there are no such words."""
        if not (self.glossary or self.abbreviations):
            return ""
        return "+" + hashlib.sha256(repr((self.glossary, self.abbreviations)).encode()).hexdigest()[:12]


_counting, _path = Added(), Path()
_asked = False


def added() -> Added:
    """The words in effect in this process besides the packaged ones."""
    global _asked
    _asked = True
    return _counting


def use(path: Path) -> None:
    """Load the words of this file for this process; the same file is not read again. Raises SettingsError where the
    file is faulty, or where the words of another file have already been used."""
    global _path
    if path == _path:
        return
    if _asked:
        raise SettingsError("Indstillingen words er en anden nu. Start programmet igen, så gælder den.")
    adopt(load(path))
    _path = path


def adopt(own: Added) -> None:
    """Use the words that another process has loaded."""
    global _counting
    _counting = own


def load(path: Path) -> Added:
    """The words of a file; empty where no file is configured. Raises SettingsError with a one-line message."""
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
    """What is wrong with a row: an item that is not a single word, a word that is never looked up, or opposites."""
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
