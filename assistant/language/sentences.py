"""Where the sentences of a line of Danish text begin and end."""

from __future__ import annotations

import re
from functools import cache

from assistant.language.added import added
from assistant.language.vocabulary import words

_END = re.compile(r"[.!?]+[\"”»')\]]*(?=\s+(?:[\"“«(\[»*]*[A-ZÆØÅ0-9§]|[-•]))|[.!?]+[\"”»')\]]*$")


_NUMBER = re.compile(r"\s*(?:\(?\d{1,2}\.|§+\s*\d+(?:\s?[a-zæøå])?\.|Stk\.\s*\d+\.|Stk\.)", re.IGNORECASE)


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences of a line of text. Abbreviations and ordinals do not end a sentence.

    >>> t = "Det gælder jf. § 6, stk. 2. Fristen er den 1. maj 2025. Se bl.a. bilag 3."
    >>> [t[a:b] for a, b in sentences(t)]
    ['Det gælder jf. § 6, stk. 2.', 'Fristen er den 1. maj 2025.', 'Se bl.a. bilag 3.']
    """
    spans, at = [], 0
    for m in _END.finditer(text):
        word = re.search(r"[\w./]*$", text[: m.start()])
        last = word.group().lower().lstrip(".") if word else ""
        following = text[m.end() :].lstrip()[:14]
        if m.end() < len(text) and m.group()[0] == "." and _no_end(last, following):
            continue
        if _NUMBER.fullmatch(text[at : m.end()]) and m.end() < len(text):
            continue  # the number of the next sentence
        if text[at : m.end()].strip():
            spans.append((at + len(text[at:]) - len(text[at:].lstrip()), m.end()))
        at = m.end()
    if text[at:].strip():
        spans.append((at + len(text[at:]) - len(text[at:].lstrip()), len(text.rstrip())))
    return spans


@cache
def _abbreviations() -> tuple[frozenset[str], frozenset[str]]:
    """Two sets: abbreviations whose full stop ends no sentence before a figure, and those whose full stop never ends
    one."""
    always = frozenset((*words("forkortelser", "fortsat"), *(a.lower() for a in added().abbreviations)))
    return always.union(words("forkortelser", "punktum")), always


def _no_end(last: str, following: str) -> bool:
    known, always = _abbreviations()
    if last in known or last.rstrip(".") in known:
        # After "nr." a figure follows; "mv." before a capital does end a sentence.
        return bool(re.match(r"[\d§(]", following)) or last in always
    if last.isdigit() and len(last) <= 2:
        return not re.match(r"[A-ZÆØÅ]", following) or bool(re.match(r"(?:Januar|Maj)", following))
    return len(last) == 1 and last.isalpha()
