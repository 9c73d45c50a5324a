"""The words of Danish and of the domain, read from the files in `data/` and checked on reading.

A file holds lists, a list holds rows, a row holds words separated by commas. A row may have a mark that separates the
words before it from those after it: `name: spellings`, `english -> danish`, `one side / the other`. Within a list no
word may stand in two rows, so that whoever adds a word finds the row that already has it; a word with two meanings
stands in two lists. Rows are written in single quotes, because tomllib parses those in one step and others letter by
letter.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from assistant.errors import SettingsError, cause

DATA = Path(__file__).with_name("data")
NAMES, MEANS, OPPOSES = ": ", " -> ", " / "
_LETTERS = "A-Za-zÆØÅæøåÉéÈèÜüÖöÄä0-9"
_WORD = re.compile(rf"[{_LETTERS}][{_LETTERS} .'*-]*")
_WORDS = re.compile(rf"{_WORD.pattern}(?:,{_WORD.pattern})*")
_STRING = re.compile(r"#[^\n]*|(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')(?!\s*=)")
_SAVE = "Gem filen som UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """The words of a row, and apart from them the words before its mark."""

    words: tuple[str, ...]
    before: tuple[str, ...] = ()
    mark: str = ""


Lists = Mapping[str, tuple[Row, ...]]


@cache
def lists(name: str) -> Lists:
    """The lists of one packaged file. Raises SettingsError."""
    return read(DATA / f"{name}.toml")


def rows(name: str, *chosen: str) -> tuple[tuple[str, ...], ...]:
    """The rows of the chosen lists of a file, in order; of all its lists where none is chosen.

    >>> rows("bindeord", "undtagelse")
    (('undtagen', 'medmindre', 'bortset fra'),)
    """
    held = lists(name)
    return tuple(row.words for key in chosen or held for row in held[key])


def words(name: str, *chosen: str) -> tuple[str, ...]:
    """The words of a file's lists, in order and without duplicates."""
    return tuple(dict.fromkeys(word for row in rows(name, *chosen) for word in row))


def named(name: str, chosen: str) -> dict[str, tuple[str, ...]]:
    """For each row of a list: every word before the mark, to the words after it.

    >>> named("steder", "stavemaader")["Aarhus"]
    ('århus',)
    """
    return {before: row.words for row in lists(name)[chosen] for before in row.before}


def any_of(some: tuple[str, ...]) -> str:
    """A pattern that matches any of the words; a star stands for any ending.

    >>> any_of(("pligt*", "ret til"))
    'pligt\\\\w*|ret til'
    """
    return "|".join(re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", " ") for word in some)


def read(path: Path) -> Lists:
    """The lists of a file. Raises SettingsError with one line that names the file, the line and the word."""
    text = _text(path)
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line (\d+)", str(error))
        where = f" linje {told.group(1)}" if told else ""
        raise SettingsError(
            f"{path}{where} kan ikke læses. Skriv hver liste én gang, og rækkerne i anførselstegn med komma efter."
        ) from None
    for name, raw in held.items():
        if not isinstance(raw, list) or not all(isinstance(row, str) for row in raw):
            raise SettingsError(f'{path}: {name} skal være en liste. Skriv fx {name} = ["takst, pris"].')
        if not raw:
            raise SettingsError(f"{path}: {name} er tom. Skriv en række, eller slet listen.")
    found = {name: tuple(_parted(row) for row in raw) for name, raw in held.items()}
    for place, why, twin in _faults(found):
        why = why.replace("{twin}", str(line_of(text, twin)))
        raise SettingsError(f"{path} linje {line_of(text, place)}: {why}")
    return MappingProxyType(found)


def line_of(text: str, place: int) -> int:
    """The line number of a row, counting the rows of all lists of a file. The rows are the file's only strings, apart
    from quoted list names.

    >>> line_of('# "a"\\na = [\\n  "b",\\n  "c",\\n]', 1)
    4
    """
    found = [m for m in _STRING.finditer(text) if m.group(1)]
    return text.count("\n", 0, found[place].start()) + 1 if place < len(found) else 0


def _text(path: Path) -> str:
    """The text of a file, without the byte order mark that Notepad writes."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{path} kan ikke læses som tekst. {_SAVE}.") from None
    except OSError as error:
        raise SettingsError(
            f"{path} kan ikke læses ({cause(error)}). Ret stien eller rettighederne."
        ) from None


def _parted(raw: str) -> Row:
    for mark in (MEANS, OPPOSES, NAMES):
        before, found, after = raw.partition(mark)
        if found:
            return Row(_split(after), _split(before), mark)
    return Row(_split(raw))


def _split(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(","))


def _faults(held: Lists) -> Iterator[tuple[int, str, int]]:
    """Rows with a word that is empty, unreadable or written twice: (position among all rows, what is wrong, position
    of the duplicate)."""
    place = -1
    for own in held.values():
        seen: dict[str, int] = {}
        for row in own:
            place += 1
            every = (*row.before, *row.words)
            for word in () if _WORDS.fullmatch(",".join(every)) else every:
                if not word:
                    yield place, "der mangler et ord ved et komma. Skriv ordet, eller slet kommaet.", place
                elif not _WORD.fullmatch(word):
                    yield (
                        place,
                        f"»{word}« har tegn, som et ord ikke har. {_SAVE}, og skriv ordet igen.",
                        place,
                    )
            for word in _unique(row):
                if (key := word.lower()) in seen:
                    yield place, f"»{word}« står også i linje {{twin}}. Lad det stå ét sted.", seen[key]
                seen[key] = place


def _unique(row: Row) -> tuple[str, ...]:
    """The words of a row that no other row of the list may have. Several English words may have the same Danish
    equivalent, and a word may be the opposite of several words."""
    if row.mark == OPPOSES:
        return ()
    return row.before if row.mark == MEANS else (*(f"{b}:" for b in row.before), *row.words)
