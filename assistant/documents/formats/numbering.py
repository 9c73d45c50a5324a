"""Computes the numbers that Word puts before paragraphs automatically ("2.2", "§ 4", "a)"), as Word shows them.

ECMA-376, part 1, 17.9: a paragraph refers to a list and a level. The list's definition says how the number of a level
is written and where it starts. The number of a level restarts below each item of a higher level.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 9


@dataclass(frozen=True, slots=True)
class _Level:
    form: str  # "decimal", "lowerLetter", "upperRoman", ..., "bullet", "none"
    text: str  # "%1.%2", "§ %1", ...
    start: int
    legal: bool  # all numbers in this level's text are written in digits


class Numbering:
    """The counters of a document's lists. Call `next` for each paragraph, in order."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._shared: dict[str, str] = {}  # list id → the definition whose counters it uses
        self._counts: dict[str, list[int]] = {}
        self._styles: dict[str, tuple[str, int]] = {}  # style id → list id and level
        self._read(document)

    def next(self, paragraph: Any) -> str:
        """The number before a paragraph; "" if it has none or only a bullet."""
        named = self._named(paragraph)
        if named is None:
            return ""
        number, depth = named
        levels = self._levels.get(number)
        if not levels or depth not in levels:
            return ""
        counts = self._counts.setdefault(self._shared[number], [0] * DEEPEST)
        level = levels[depth]
        counts[depth] = counts[depth] + 1 if counts[depth] else level.start
        for upper in range(depth):
            if not counts[upper] and upper in levels:
                counts[upper] = levels[upper].start
        counts[depth + 1 :] = [0] * (DEEPEST - depth - 1)
        if level.form in ("bullet", "none"):
            return ""

        def put(m: re.Match[str]) -> str:
            own = int(m.group(1)) - 1
            form = "decimal" if level.legal else levels[own].form if own in levels else "decimal"
            return written(counts[own], form) if own < DEEPEST else ""

        return re.sub(r"%(\d)", put, level.text).strip()

    def _named(self, paragraph: Any) -> tuple[str, int] | None:
        """(list id, level) of a paragraph, set directly or by its style."""
        from docx.oxml.ns import qn

        own = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        by_style = None
        style = paragraph.style
        while style is not None and by_style is None:
            by_style = self._styles.get(style.style_id)
            style = style.base_style
        if own is None:
            return by_style
        number = own.find(qn("w:numId"))
        depth = own.find(qn("w:ilvl"))
        identity = number.get(qn("w:val")) if number is not None else by_style[0] if by_style else "0"
        if identity == "0":  # numbering is switched off
            return None
        level = int(depth.get(qn("w:val"))) if depth is not None else by_style[1] if by_style else 0
        return identity, min(level, DEEPEST - 1)

    def _read(self, document: Any) -> None:
        from docx.oxml.ns import qn

        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract = {}
        for one in root.iter(qn("w:abstractNum")):
            abstract[one.get(qn("w:abstractNumId"))] = dict(_level(x) for x in one.iter(qn("w:lvl")))
        for one in root.iter(qn("w:num")):
            identity, reference = one.get(qn("w:numId")), one.find(qn("w:abstractNumId"))
            if reference is None:
                continue
            definition = reference.get(qn("w:val"))
            levels = dict(abstract.get(definition, {}))
            self._shared[identity] = definition
            for changed in one.iter(qn("w:lvlOverride")):
                depth = int(changed.get(qn("w:ilvl")))
                start, own = changed.find(qn("w:startOverride")), changed.find(qn("w:lvl"))
                if own is not None:
                    levels[depth] = _level(own)[1]
                if start is not None and depth in levels:
                    old = levels[depth]
                    levels[depth] = _Level(old.form, old.text, int(start.get(qn("w:val"))), old.legal)
                    self._shared[identity] = f"{definition}:{identity}"  # its counters restart
            self._levels[identity] = levels
        for style in document.styles.element.iter(qn("w:style")):
            named = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            number = named.find(qn("w:numId")) if named is not None else None
            if number is not None:
                depth = named.find(qn("w:ilvl"))
                level = int(depth.get(qn("w:val"))) if depth is not None else 0
                self._styles[style.get(qn("w:styleId"))] = (number.get(qn("w:val")), level)


def _level(element: Any) -> tuple[int, _Level]:
    from docx.oxml.ns import qn

    def value(name: str, otherwise: str) -> str:
        found = element.find(qn(name))
        return otherwise if found is None else found.get(qn("w:val")) or otherwise

    legal = element.find(qn("w:isLgl")) is not None
    level = _Level(value("w:numFmt", "decimal"), value("w:lvlText", ""), int(value("w:start", "1")), legal)
    return int(element.get(qn("w:ilvl"))), level


_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def written(count: int, form: str) -> str:
    """A number in the format of a list level.

    >>> written(4, "decimal"), written(4, "lowerRoman"), written(28, "upperLetter"), written(7, "decimalZero")
    ('4', 'iv', 'BB', '07')
    """
    if form.endswith("Roman"):
        text, rest = "", count
        for size, letters in _ROMAN:
            text += letters * (rest // size)
            rest %= size
        return text.upper() if form.startswith("upper") else text
    if form.endswith("Letter"):
        text = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if count else ""
        return text.upper() if form.startswith("upper") else text
    return f"{count:02}" if form == "decimalZero" else f"{count}." if form == "ordinal" else str(count)
