"""Finds the numbered parts of a document: "Fokusområde 1: …", "Fokusområde 2: …" on one page or several.

No passage holds the whole list, so no passage answers "hvilke fokusområder er der". The headings together do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.models import Passage

FEWEST = 3
# The title follows the number, or stands alone on the next line.
_PART = re.compile(
    r"^[^\w\n]{0,4}([A-ZÆØÅ]\w{3,})\s+(?:(\d{1,2})\s*[:.–-]\s+(\S[^\n]{2,110}?)"
    r"|[*_]{0,2}(\d{1,2})[*_]{0,2}[ \t]*\n\n?([A-ZÆØÅ][^\n]{2,109}?(?<![.:;,?!])))[ \t]*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of a series, at [start, end) of its passage's text; `title` is the text after the number."""

    passage: Passage
    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Series:
    """Parts that share a word ("Fokusområde") and are numbered from 1 without gaps."""

    name: str
    parts: tuple[Part, ...]


def series_of(passages: Iterable[Passage]) -> list[Series]:
    """The series in one document's passages. If a number occurs several times (for example in a table of contents), the
    last occurrence counts, because the part itself begins there.

    >>> from assistant.models import Facts
    >>> text = "Indsats 1: Overgange\\nOm overgange.\\nIndsats 2: Autisme\\nIndsats 3: Viden"
    >>> (found,) = series_of([Passage("d:0", "d", 0, text, (), (), Facts())])
    >>> found.name, [p.title for p in found.parts]
    ('Indsats', ['Overgange', 'Autisme', 'Viden'])
    >>> text = "Tema 1\\nOvergange\\nOm overgange.\\nTema 2\\nAutisme\\nTema 3\\nViden"
    >>> [p.title for s in series_of([Passage("d:0", "d", 0, text, (), (), Facts())]) for p in s.parts]
    ['Overgange', 'Autisme', 'Viden']
    """
    named: dict[str, dict[int, Part]] = {}
    anew: set[str] = set()  # words whose numbers are used again for other titles: they do not form one list
    for passage in passages:
        for m in _PART.finditer(passage.text):
            number, title = int(m.group(2) or m.group(4)), (m.group(3) or m.group(5)).strip()
            part = Part(passage, m.start(1), m.end(), title)
            own = named.setdefault(m.group(1), {})
            before = own.get(number)
            if before and not _same(before.title, part.title):
                anew.add(m.group(1))
            own[number] = part
    found = []
    for name, parts in named.items():
        numbers = sorted(parts)
        if name not in anew and len(numbers) >= FEWEST and numbers == list(range(1, len(numbers) + 1)):
            found.append(Series(name, tuple(parts[n] for n in numbers)))
    return found


def _same(one: str, other: str) -> bool:
    """Whether two titles are equal except for a page number or words at the end of one."""
    a, b = (re.findall(r"[^\W\d_]{3,}", t.lower()) for t in (one, other))
    return a[: len(b)] == b[: len(a)]
