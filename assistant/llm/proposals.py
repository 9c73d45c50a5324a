"""Parses a language model's reply into proposals while it arrives.

The expected form is `{"statements": [{"text": …, "ids": […], "words": …}, …]}`. Small models and old servers
deviate from it, so objects are accepted anywhere in the reply; a reply without objects is read as prose with
ids in brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MOST = 12  # proposals of one reply
_TEXT = ("text", "udsagn", "statement", "sentence")
_IDS = ("ids", "id", "kilder", "citations")
_WORDS = ("words", "ord", "quote", "citat")
_MARK = re.compile(r"[\[(]\s*((?:[a-z]\d\w{4,})(?:\s*[,;]\s*[a-z]\d\w{4,})*)\s*[\])]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sentence, the ids of its sources and the words it claims to be based on; all as the model wrote them."""

    text: str
    ids: tuple[str, ...] = ()
    words: str = ""


def proposals(pieces: Iterable[str]) -> Iterator[Proposal]:
    """Yield each proposal as soon as it is complete.

    >>> reply = ['Her: {"statements": [{"text": "Varslet er 3 måneder.", "id', 's": ["k1abcd"]}, {"text": "Ja']
    >>> [p.text for p in proposals(reply)]
    ['Varslet er 3 måneder.']
    >>> [(p.text, p.ids) for p in proposals(["Varslet er 3 måneder. [k1abcd] Det gælder alle."])]
    [('Varslet er 3 måneder.', ('k1abcd',)), ('Det gælder alle.', ())]
    """
    scanner, found = _Scanner(), 0
    for piece in pieces:
        for text in scanner.objects(piece):
            if proposal := _read(text):
                found += 1
                yield proposal
                if found == MOST:
                    return
    if not found and "{" not in scanner.text:
        yield from list(_prose(scanner.text))[:MOST]


class _Scanner:
    """Finds the innermost JSON objects in a growing text; each character is read once."""

    def __init__(self) -> None:
        self.text = ""
        self._at, self._start, self._inside = 0, -1, False

    def objects(self, piece: str) -> Iterator[str]:
        """Append `piece`; yield the objects that end in it."""
        self.text += piece
        text, i = self.text, self._at
        while i < len(text):
            c = text[i]
            if self._inside:
                if c == "\\" and i + 1 == len(text):
                    break  # the escaped character has not arrived yet
                if c == "\\":
                    i += 1
                elif c == '"' or c == "\n":  # an unclosed string ends with its line
                    self._inside = False
            elif c == '"':
                self._inside = self._start >= 0
            elif c == "{":
                self._start = i
            elif c == "}" and self._start >= 0:
                start, self._start = self._start, -1
                self._at = i + 1
                yield text[start : i + 1]
            i += 1
        self._at = i


def _read(text: str) -> Proposal | None:
    try:
        row = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        try:  # the most frequent error of small models: a trailing comma
            row = json.loads(re.sub(r",\s*([}\]])", r"\1", text), strict=False)
        except (ValueError, RecursionError):
            return None
    if not isinstance(row, dict):
        return None
    said = _first(row, _TEXT)
    ids = _first(row, _IDS)
    if not isinstance(said, str) or not said.strip():
        return None
    if not isinstance(ids, list):
        ids = re.findall(r"\w+", str(ids or ""))
    words = _first(row, _WORDS)
    if isinstance(words, list):
        words = " … ".join(str(w) for w in words)
    marked = [i for m in _MARK.finditer(said) for i in re.findall(r"\w+", m.group(1))]
    named = [str(i).strip("[] ") for i in ids if isinstance(i, str | int)]
    return Proposal(_MARK.sub("", said).strip(), tuple(dict.fromkeys([*named, *marked])), str(words or ""))


def _first(row: dict[str, Any], names: Iterable[str]) -> Any:
    return next((row[n] for n in names if n in row), None)


def _prose(text: str) -> Iterator[Proposal]:
    """Sentences, each with the ids that follow it."""
    text = re.sub(r"<think>.*?(?:</think>|\Z)", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+([.!?])", r"\1", re.sub(rf"({_MARK.pattern})\s*([.!?])", r"\3 \1", text))
    for line in text.splitlines():
        parts = re.split(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])|(?<=[\])])\s+(?=[A-ZÆØÅ])", line)
        for part in parts:
            ids = [i for m in _MARK.finditer(part) for i in re.findall(r"\w+", m.group(1))]
            said = _MARK.sub("", part).strip(" -*•\t")
            if re.search(r"\w{2}", said):
                yield Proposal(said, tuple(ids))
