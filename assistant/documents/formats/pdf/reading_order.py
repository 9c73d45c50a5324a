"""Puts the text of a PDF page into the order in which a person reads it, based on the positions of its characters.

Characters form words, words form lines, lines form columns. A gutter that runs down through several lines separates
columns, and the left column is read first (recursive cuts after Nagy & Seth, ICPR 1984).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from assistant.documents.formats.pdf.glyphs import Glyph
from assistant.language.marks import lowered, raised

APART = 0.3  # of a line's height: a wider gap separates two words even without a blank
SMALL = 0.8  # of its neighbour's height: smaller characters may be note marks
LIFTED = 0.18  # of its line's height: a superscript figure's ink starts at least this far above the baseline
RAISED, LOWERED = 0.12, 0.08  # of the neighbour's height, from its baseline
SAME_LINE = 0.35  # of a line's height: baselines closer than this are one line
GUTTER = 9.0  # points: the narrowest gutter between columns
FEWEST = 3  # lines on each side of a gutter
NARROW = 0.33  # of the width of both columns: a narrower one is a margin note
FULL = 0.45  # of its column's width, filled by a typical line of prose
FAR = 6.0  # of the line pitch: text this far below is a footer
PITCH = 1.7  # of the line pitch: a larger step ends a column


@dataclass(slots=True)
class Word:
    """Characters without a blank between them; the box is in the coordinates of the upright page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float

    @property
    def size(self) -> float:
        return self.bottom - self.top


@dataclass(slots=True)
class Line:
    """Words on one baseline, from left to right."""

    words: list[Word] = field(default_factory=list)

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return max(w.x1 for w in self.words)

    @property
    def base(self) -> float:
        return max(self.words, key=lambda w: w.size).base

    @property
    def size(self) -> float:
        return max(w.size for w in self.words)

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.words)


def marks_of(glyphs: Sequence[Glyph]) -> dict[int, str]:
    """The characters that are superscript or subscript next to a larger neighbour: index → Unicode superscript or
    subscript. The conditions depend on each other in order, so they stay in one loop."""
    found: dict[int, str] = {}
    larger: Glyph | None = None
    for i, glyph in enumerate(glyphs):
        text = glyph.text
        # A font's own superscript figures: their boxes are as high as those of other characters.
        if glyph.lift >= LIFTED:
            found[i] = raised(text)
            continue
        plain = larger is not None and glyph.base == larger.base and glyph.bottom == larger.bottom
        if plain or not (text.isdigit() or text in "()+-,*" or text.islower()):
            larger = glyph
            continue
        host = larger if larger is not None and _beside(larger, glyph) else _following(glyphs, i)
        place = _place(host, glyph) if host is not None else 0
        # A small letter is a mark only if it stands alone: small capitals and units are words.
        if place and (not glyph.text.isalpha() or _single(glyphs, i)):
            found[i] = raised(glyph.text) if place > 0 else lowered(glyph.text)
            if found[i] == glyph.text and glyph.text not in ("*", ",", ""):
                found.pop(i)
        else:
            larger = glyph
    return found


def _beside(host: Glyph, glyph: Glyph) -> bool:
    gap = glyph.x0 - host.x1
    return -0.6 * host.size < gap < 1.2 * host.size and abs(host.base - glyph.base) < host.size


def _following(glyphs: Sequence[Glyph], i: int) -> Glyph | None:
    """The larger character that follows a mark at the start of its line."""
    own = glyphs[i]
    for other in glyphs[i + 1 : i + 5]:
        if other.size * SMALL >= own.size and _beside(own, other):
            return other
    return None


def _single(glyphs: Sequence[Glyph], i: int) -> bool:
    own = glyphs[i]
    around = (*glyphs[max(0, i - 1) : i], *glyphs[i + 1 : i + 2])
    near = 0.1 * own.size
    return not any(
        g.text.isalpha() and abs(g.size - own.size) < near and abs(g.base - own.base) < near for g in around
    )


def _place(host: Glyph, glyph: Glyph) -> int:
    """1 superscript, -1 subscript, 0 neither."""
    if host.angle != glyph.angle or not host.size:
        return 0
    up = (host.base - glyph.base) / host.size
    if glyph.size > SMALL * host.size:
        return (
            1
            if up >= 0.25 and glyph.size <= 1.02 * host.size and glyph.text.isdigit() and _beside(host, glyph)
            else 0
        )
    if up >= RAISED:
        return 1
    return -1 if -0.5 < up <= -LOWERED else 0


def words_of(glyphs: Sequence[Glyph], marks: dict[int, str]) -> list[Word]:
    """Joins characters of one rotation into words, in drawing order."""
    found: list[Word] = []
    last: Glyph | None = None
    for i, glyph in enumerate(glyphs):
        text = marks.get(i, glyph.text)
        word = found[-1] if found else None
        marked = i in marks
        if word is not None and last is not None and not _parted(word, last, glyph, marked):
            word.text += text
            word.x1 = max(word.x1, glyph.x1)
            if not marked:
                word.top, word.bottom, word.base = (
                    min(word.top, glyph.top),
                    max(word.bottom, glyph.bottom),
                    glyph.base,
                )
        else:
            host = _following(glyphs, i) if marked else None
            tall = host or glyph  # a mark at the start of a note has the baseline of the note
            found.append(Word(text, glyph.x0, glyph.x1, tall.top, tall.bottom, tall.base))
        last = glyph
    for word in found:
        word.text = unicodedata.normalize("NFC", word.text).translate(_LIGATURES)
    return [w for w in found if w.text]


_LIGATURES = {ord(c): unicodedata.normalize("NFKC", c) for c in "ﬀﬁﬂﬃﬄﬅﬆ"} | {
    0xAD: None,
    0: None,
    0xFEFF: None,
}


def _parted(word: Word, last: Glyph, glyph: Glyph, marked: bool) -> bool:
    size = max(word.size, glyph.size) or 1.0
    gap = glyph.x0 - last.x1
    if unicodedata.combining(glyph.text[0]):
        return False
    if abs(glyph.base - word.base) > (1.0 if marked else SAME_LINE) * size or gap < -0.8 * size:
        return True
    if (marked and word.text[-1:].isalnum()) or (marked and gap < APART * size):
        return gap > APART * size
    if gap > APART * size:
        return True
    return glyph.spaced and gap > -0.3 * size


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Groups words into lines, from the top down."""
    lines: list[Line] = []
    for word in sorted(words, key=lambda w: (w.base, w.x0)):
        own = next(
            (
                x
                for x in lines[:-4:-1]
                if abs(x.base - word.base) <= SAME_LINE * min(x.size, word.size or x.size)
            ),
            None,
        )
        if own is None:
            lines.append(Line([word]))
        else:
            own.words.append(word)
    for line in lines:
        line.words.sort(key=lambda w: w.x0)
    return sorted(lines, key=lambda x: x.base)


@dataclass(frozen=True, slots=True)
class _Cut:
    first: int
    last: int  # lines [first, last) that the gutter runs through
    left: float
    right: float
    note: bool = False  # whether one side is a margin note of the other


def flow(words: Sequence[Word]) -> list[list[Line]]:
    """The groups of lines in reading order. A sentence does not continue from one group to the next, except from column
    to column."""
    lines = lines_of(words)
    cut = _cut(lines)
    if cut is None:
        return [lines] if lines else []
    middle = (cut.left + cut.right) / 2
    inside = [w for line in lines[cut.first : cut.last] for w in line.words]
    sides = [
        [w for w in inside if (w.x0 + w.x1) / 2 < middle],
        [w for w in inside if (w.x0 + w.x1) / 2 >= middle],
    ]
    before = [w for line in lines[: cut.first] for w in line.words]
    after = [w for line in lines[cut.last :] for w in line.words]
    if cut.note and _width(sides[0]) < _width(sides[1]):
        sides.reverse()  # a margin note is read after the text beside it
    return [run for part in (before, *sides, after) for run in flow(part)]


def has_columns(words: Sequence[Word]) -> bool:
    """Whether a gutter divides the page into columns."""
    return _cut(lines_of(words)) is not None


def _width(words: Sequence[Word]) -> float:
    return max(w.x1 for w in words) - min(w.x0 for w in words) if words else 0.0


def _cut(lines: Sequence[Line], deeper: int = 2) -> _Cut | None:
    """The gutter that crosses the most lines, or None if there are no columns. `deeper`: how many times a side may
    itself consist of columns."""
    best: tuple[int, _Cut] | None = None
    for i, line in enumerate(lines):
        beside = lines[i + 1] if i + 1 < len(lines) else None
        for left, right in (*_gaps(line), *_between(line, beside)):
            a, b, last = left, right, i + 1
            while last < len(lines):
                free = [
                    (max(a, x), min(b, y))
                    for x, y in [(0.0, lines[last].x0), *_gaps(lines[last]), (lines[last].x1, 1e6)]
                    if min(b, y) - max(a, x) >= GUTTER
                ]
                if not free:
                    break
                a, b = max(free, key=lambda f: f[1] - f[0])
                last += 1
            cut = _trimmed(lines, i, last, a, b, deeper)
            if cut and (best is None or cut.last - cut.first > best[0]):
                best = cut.last - cut.first, cut
    return best[1] if best else None


def _between(line: Line, below: Line | None) -> Iterator[tuple[float, float]]:
    """The gap between two lines that are beside each other rather than below each other."""
    if below is None or below.base - line.base > 0.9 * line.size:
        return
    for one, other in ((line, below), (below, line)):
        if other.x0 - one.x1 >= GUTTER:
            yield one.x1, other.x0


def _gaps(line: Line) -> Iterator[tuple[float, float]]:
    reach = line.words[0].x1
    for word in line.words[1:]:
        if word.x0 - reach >= max(GUTTER, 0.9 * word.size):
            yield reach, word.x0
        reach = max(reach, word.x1)


def _trimmed(lines: Sequence[Line], first: int, last: int, a: float, b: float, deeper: int) -> _Cut | None:
    """The gutter [a, b] with the lines that belong to its columns, or None if its sides are not columns. It is one
    function because each test uses the lines that the earlier ones kept."""
    middle = (a + b) / 2
    split = [
        (
            [w for w in x.words if (w.x0 + w.x1) / 2 < middle],
            [w for w in x.words if (w.x0 + w.x1) / 2 >= middle],
        )
        for x in lines[first:last]
    ]
    both = [i for i in range(len(split)) if _beside_each_other(lines, split, first, i)]
    if not both:
        return None
    pitch = _pitch([lines[first + i].base for i in range(len(split))])
    steps = (
        i
        for i in range(both[0] + 1, both[-1] + 1)
        if lines[first + i].base - lines[first + i - 1].base > FAR * pitch
    )
    end = next(steps, both[-1] + 1)  # a footer does not belong to the columns
    while (
        end < len(split) and pitch and lines[first + end].base - lines[first + end - 1].base <= PITCH * pitch
    ):
        end += 1
    sides = [[part[k] for part in split[:end] if part[k]] for k in (0, 1)]
    if min(map(len, sides)) < FEWEST - 1:
        return None
    # A side that is divided again consists of columns itself.
    prose = [_prose(side) for side in sides]
    if any(prose) and not all(prose) and deeper:
        other = sides[prose.index(False)]
        prose[prose.index(False)] = _cut(lines_of(w for part in other for w in part), deeper - 1) is not None
    if all(prose) and min(map(len, sides)) >= FEWEST and len(both) >= 2:
        return _Cut(first, first + end, a, b)
    widths = [_width([w for part in side for w in part]) for side in sides]
    narrow = 0 if widths[0] < widths[1] else 1
    sizes = [median(w.size for part in side for w in part) for side in sides]
    aligned = sum(_level(left, right) for left, right in split[:end] if left and right)
    apart = abs(sizes[0] - sizes[1]) > 0.08 * max(sizes) and sizes[narrow] < sizes[1 - narrow]
    beside = prose[1 - narrow] and widths[narrow] < NARROW * sum(widths) and len(sides[1 - narrow]) >= FEWEST
    if beside and apart and aligned < 0.5 * len(both) + 1:
        return _Cut(first, first + end, a, b, True)
    return None


def _beside_each_other(
    lines: Sequence[Line], split: Sequence[tuple[list[Word], list[Word]]], first: int, i: int
) -> bool:
    """Whether both columns have words at the height of a line: on the line itself, or on the next one if that is hardly
    lower."""
    left, right = split[i]
    if left and right:
        return True
    if i + 1 == len(split) or lines[first + i + 1].base - lines[first + i].base > 0.9 * lines[first + i].size:
        return False
    after = split[i + 1]
    return bool((left and after[1] and not after[0]) or (right and after[0] and not after[1]))


def _level(left: Sequence[Word], right: Sequence[Word]) -> bool:
    return abs(left[0].base - right[0].base) < 0.05 * left[0].size


def _pitch(bases: Sequence[float]) -> float:
    steps = [b - a for a, b in pairwise(bases) if b - a > 1]
    return median(steps) if steps else 0.0


def _prose(side: Sequence[Sequence[Word]]) -> bool:
    """Whether lines are running text: they fill their column, have several words, and often start in lower case."""
    width = _width([w for part in side for w in part])
    filled = [part[-1].x1 - part[0].x0 for part in side]
    follow = sum(part[0].text[:1].islower() for part in side[1:])
    return (
        width >= 90
        and median(filled) >= FULL * width
        and median(len(part) for part in side) >= 2.5
        and follow >= 0.2 * (len(side) - 1)
    )


def text_of(runs: Sequence[Sequence[Line]]) -> str:
    """The lines of the groups as text. An empty line separates two groups unless a sentence continues."""
    text = ""
    for run in runs:
        own = "\n".join(line.text for line in run)
        if not text:
            text = own
            continue
        goes_on = (own[:1].islower() and text[-1:].isalnum()) or text.endswith(("-", ","))
        text += ("\n" if goes_on else "\n\n") + own
    return text
