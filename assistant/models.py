"""The data classes of the assistant. All are frozen; an unknown value is None, never a guess.

write: file → SourceDocument → CleanPage → Facts → Passage → vectors and tokens
read:  question + Scope → Hit → Statement → Grounded | Abstained
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

Form = Literal["staff", "politician", "secretariat"]  # who an answer is for
By = Literal["region", "period", "document"]  # what a row of a comparison stands for
ATTACHED = "vedhæftet "  # prefix of the place of a page in an attached document
OLDER_MAIL = "den citerede mail"  # the place of older mails quoted in a mail
CELL, HEAD = " | ", " ¦ "  # separate the cells of a row, of a header, in a recognised table

# [start, end) in a page's raw text; left, bottom, right, top on the page in points
Word = tuple[int, int, float, float, float, float]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: [start, end) of each column's cell in the page's raw text, None where it is empty; at least two
    are filled. `above` is the text over each column in an earlier header row; `given` is the text of merged cells that
    applies to a column whose own cell is empty."""

    cells: tuple[tuple[int, int] | None, ...]
    header: bool = False
    above: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        filled = [cell for cell in self.cells if cell]
        return filled[0][0], filled[-1][1]


@dataclass(frozen=True, slots=True)
class Page:
    """One physical page as read from its file. `raw` is never changed.

    A file without pages is split at its headings, slides or sheets; `printed_label` is then what a person would look
    for ("dias 4", "afsnit »Opsigelse«"). Offsets refer to `raw`.
    """

    number: int  # from 1
    raw: str
    origin: str = "text layer"  # "text layer" | "ocr" | "markup"
    printed_label: str | None = None
    rows: tuple[TableRow, ...] = ()
    words: tuple[Word, ...] = ()  # positions of the words of an OCR page
    file: str = ""  # the attached document that the page belongs to, if any

    @property
    def place(self) -> str:
        """The place of the page in words.

        >>> Page(3, "…").place, Page(3, "…", "markup", "dias 3").place
        ('side 3', 'dias 3')
        """
        return place_of(self.number, self.printed_label)


def place_of(number: int, label: str | None) -> str:
    """A label of several words is the place itself; a label printed on a PDF page ("iv") is not.

    >>> place_of(3, "iv"), place_of(3, "ark »Takster«")
    ('side 3', 'ark »Takster«')
    """
    return label if label and " " in label else f"side {number}"


@dataclass(frozen=True, slots=True)
class Unread:
    """Part of a file that was found but could not be read: what and where, why, and what to do, in Danish."""

    what: str  # "side 4", "vedhæftet fil »tal.xls«", "diagram på dias 3"
    why: str  # "skriften siger ikke, hvilke bogstaver den viser"
    remedy: str = ""  # "Installér tesseract, eller gem filen igen som PDF."

    @property
    def line(self) -> str:
        """Everything in one line.

        >>> Unread("side 4", "skannet", "Installér tesseract.").line
        'side 4: skannet. Installér tesseract.'
        """
        return f"{self.what}: {self.why}. {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class Content:
    """The result of reading a file: its title, if it has one, its pages, its unreadable parts, and the text of page
    headers and footers if the format separates them."""

    title: str | None
    pages: list[Page]
    unread: tuple[Unread, ...] = ()
    margins: str = ""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A file that was read. `id` is the first 12 hex digits of the bytes' sha256."""

    id: str
    path: Path
    title: str
    pages: tuple[Page, ...]
    unread: tuple[Unread, ...] = ()
    margins: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """One change with its reason: `before` at [start, end) of the text was replaced by `after`."""

    start: int
    end: int
    before: str
    after: str
    reason: str  # "ocr" | "hyphen" | "line break" | "running line" | "contents" | "soft hyphen" | "table" | "note mark"


@dataclass(frozen=True, slots=True)
class CleanPage:
    """A page's searchable text. `repairs` use raw offsets and are sorted and disjoint.

    >>> page = CleanPage.of(1, "en for-\\ndel", [Repair(6, 8, "-\\n", "", "hyphen")])
    >>> page.text
    'en fordel'
    >>> page.raw_span(3, 9)
    (3, 11)
    >>> page.apply([Repair(3, 9, "fordel", "gevinst", "ocr")]).text
    'en gevinst'
    """

    number: int
    text: str
    repairs: tuple[Repair, ...]
    to_raw: tuple[tuple[int, int, int, int], ...] = field(default=(), repr=False)
    # (clean start, raw start, clean length, raw length) of every repair, in order

    @classmethod
    def of(cls, number: int, raw: str, repairs: Iterable[Repair]) -> CleanPage:
        """Apply `repairs` (raw offsets, disjoint) to `raw`."""
        ordered = sorted(repairs, key=lambda r: (r.start, r.end))
        out: list[str] = []
        table: list[tuple[int, int, int, int]] = []
        at, length = 0, 0
        for r in ordered:
            if r.start < at or raw[r.start : r.end] != r.before:
                raise ValueError(f"repair does not fit page {number}: {r}")
            out.append(raw[at : r.start])
            length += r.start - at
            table.append((length, r.start, len(r.after), r.end - r.start))
            out.append(r.after)
            length += len(r.after)
            at = r.end
        out.append(raw[at:])
        return cls(number, "".join(out), tuple(ordered), tuple(table))

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The raw offsets that the clean span [start, end) came from."""
        if end <= start:
            raise ValueError("empty span")
        return self._raw_start(start), self._raw_end(end)

    def _raw_start(self, at: int) -> int:
        i = bisect_right(self.to_raw, (at, 1 << 60, 0, 0)) - 1
        # Of several repairs that begin here, the one that inserted a character counts.
        if i < 0:
            return at
        clean, raw, clean_len, raw_len = self.to_raw[i]
        if at < clean + clean_len:
            return raw
        return raw + raw_len + (at - clean - clean_len)

    def _raw_end(self, at: int) -> int:
        last = at - 1
        i = bisect_right(self.to_raw, (last, 1 << 60, 0, 0)) - 1
        if i < 0:
            return at
        clean, raw, clean_len, raw_len = self.to_raw[i]
        if last < clean + clean_len:
            return raw + raw_len
        return raw + raw_len + (last - clean - clean_len) + 1

    def apply(self, repairs: Iterable[Repair]) -> CleanPage:
        """Apply further repairs in offsets of `text`; returns the page with both sets combined."""
        raw = self.restore()
        new: list[Repair] = []
        for r in repairs:
            start, end = self.raw_span(r.start, r.end)
            new.append(Repair(start, end, raw[start:end], r.after, r.reason))
        spans = sorted((r.start, r.end) for r in new)

        def swallowed(old: Repair) -> bool:
            i = bisect_right(spans, (old.start, 1 << 60)) - 1
            return i >= 0 and old.end <= spans[i][1] and old.start >= spans[i][0]

        kept = [r for r in self.repairs if not swallowed(r)]
        return CleanPage.of(self.number, raw, [*kept, *new])

    def restore(self) -> str:
        """The raw page: undo every repair."""
        out: list[str] = []
        at = 0
        for (clean, _raw, clean_len, _), r in zip(self.to_raw, self.repairs, strict=True):
            out += [self.text[at:clean], r.before]
            at = clean + clean_len
        return "".join([*out, self.text[at:]])


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a document. `evidence` maps a field's name to the words that prove it."""

    region: str | None = None  # several regions are joined by "; "
    period: str | None = None  # "2021-2022"
    kind: str | None = None
    part: str | None = None  # "udviklingsdel" | "styringsdel" | "bilag" | ...
    publisher: str | None = None
    date: str | None = None  # ISO 8601, as exact as known: "2012-09"
    valid_from: str | None = None  # ISO 8601 days, if the document gives them
    valid_to: str | None = None
    replaces: str | None = None  # what it says it replaces, in its words: "rammeaftalen for 2023-2024"
    amends: str | None = None  # what it says it amends
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(self.region.split("; ")) if self.region else ()

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last year of the period."""
        if not self.period:
            return None
        first, _, last = self.period.partition("-")
        return int(first), int(last or first)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One indexed document."""

    id: str
    path: Path
    name: str
    title: str
    facts: Facts
    pages: int
    pipeline: str


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a page's clean text."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable piece of one document: `text` is the unchanged clean text of `spans`."""

    id: str  # "<document>:<ordinal>"
    document_id: str
    ordinal: int
    text: str
    spans: tuple[Span, ...]
    section: tuple[str, ...]  # heading path, outermost first
    facts: Facts

    @property
    def page(self) -> int:
        """The physical page of the passage's end; a table's header may be on an earlier page."""
        return self.spans[-1].page


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits read from a question or set by the user. Empty means no limit."""

    regions: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    on: dt.date | None = None
    soft_years: tuple[int, ...] = ()  # a year alone: that of the agreement, or of an event
    former: bool = False  # search replaced editions instead of the newest
    documents: tuple[str, ...] = ()  # ids; set by the code, never read from a question

    def __post_init__(self) -> None:
        """Remove duplicate limits, so that a repeated region is one side of a comparison."""
        for name in ("regions", "periods", "kinds", "soft_years", "documents"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))

    def __bool__(self) -> bool:
        limits = self.regions or self.periods or self.kinds or self.on or self.soft_years
        return bool(limits or self.former or self.documents)

    def limited(self, given: Scope | None, lifted: Sequence[tuple[str, str]]) -> Scope:
        """The scope, overridden by the limits `given` and without those `lifted` (name, value)."""
        scope = self
        if given:
            if given.periods or given.on or given.soft_years:
                scope = replace(scope, periods=(), on=None, soft_years=())
            scope = replace(scope, **{n: getattr(given, n) for n in Scope.__slots__ if getattr(given, n)})
        for name, value in lifted:
            scope = scope.without(name, value)
        return scope

    def without(self, name: str, value: str | None = None) -> Scope:
        """The scope without one limit, or without one value of it. Raises ValueError for an unknown name."""
        if name == "on":
            return replace(self, on=None)
        if name == "former":
            return replace(self, former=False)
        if name == "regions":
            return replace(self, regions=tuple(r for r in self.regions if value not in (None, r)))
        if name == "periods":
            return replace(self, periods=tuple(p for p in self.periods if value not in (None, p)))
        if name == "soft_years":
            return replace(self, soft_years=tuple(y for y in self.soft_years if value not in (None, str(y))))
        if name == "kinds":
            return replace(self, kinds=tuple(k for k in self.kinds if value not in (None, k)))
        raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its rank from 1 in every channel that found it."""

    passage: Passage
    score: float
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage: [start, end) in its text."""

    passage_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A verified quote with its place; opened by the user, the page shows it there."""

    document_id: str
    document: str  # file name
    title: str
    page: int
    quote: str
    raw: str
    raw_span: tuple[int, int]
    facts: Facts
    repaired: bool = False
    read: bool = False  # by OCR, from an image of the page
    place: str = ""  # "side 4", "dias 4", "afsnit »Opsigelse«"
    printed: int | None = None  # the printed page number, where it differs from `page` and is certain


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the answer says. `bold` are spans of `text` that answer the question."""

    text: str
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...] = ()
    bold: tuple[tuple[int, int], ...] = ()
    kind: str = "sentence"  # "sentence" | "item" | "row" | "lead" | "part" | "note"
    by: Literal["extract", "model"] = "extract"  # the document's own words, or a model's that quotes support


class Reason(StrEnum):
    """Why no answer is given."""

    NO_HITS = "NO_HITS"
    WEAK = "WEAK"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    UNVERIFIED = "UNVERIFIED"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a language model used: tokens read and written (0 where it does not report them), seconds."""

    read: int
    written: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer: every statement is supported by at least one verified quote. `model` is the language model that was
    asked to reword it; `lead` is a verdict in our own words, with figures only from the statements; `parts` are the
    answers to the separate questions of a message, which hold the same statements."""

    statements: tuple[Statement, ...]
    scope: Scope
    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    model: str | None = None
    cost: Cost | None = None
    lead: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Qualified(Grounded):
    """An answer that must be read with its notes: expired, replaced, of another period, or different in several
    regions."""


@dataclass(frozen=True, slots=True)
class Contradicted(Grounded):
    """An answer whose sources contradict each other: it has both, and none is preferred."""


@dataclass(frozen=True, slots=True)
class Abstained:
    """A refusal with its reason. `wider` are hits outside the scope, never an answer."""

    reason: Reason
    scope: Scope
    hits: tuple[Hit, ...] = ()
    wider: tuple[Hit, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A reply about the collection or the conversation itself, in our own words; it says nothing about what documents
    contain. `documents` are the ids of the documents it is about, `choices` are questions to click."""

    text: str
    scope: Scope
    documents: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions of a message: the question as understood, and its answer."""

    asked: str
    answer: Answer


Answer = Grounded | Abstained | Told


Judged = Literal["confirmed", "corrected", "silent", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's judgement of a comparison's cell: correct as shown, corrected, nothing there, or an earlier judgement
    withdrawn. `who` is "" where the account was removed; `basis` is the content that was judged."""

    number: int
    time: str  # ISO 8601, UTC
    who: str
    account: bool
    kind: Judged
    reason: str
    basis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Review:
    """The judgements of a cell, newest last; `why` are the reasons that it is open again, none while it is valid.
    `machine` is the search's own answer, where it differs from what is shown."""

    history: tuple[Judgement, ...]
    why: tuple[str, ...] = ()
    machine: Row | None = None

    @property
    def last(self) -> Judgement:
        return self.history[-1]

    @property
    def state(self) -> Literal["confirmed", "corrected", "silent", "withdrawn", "reopened"]:
        return "reopened" if self.why else self.last.kind

    @property
    def stands(self) -> bool:
        """Whether a valid judgement backs what the cell shows."""
        return self.state in ("confirmed", "corrected", "silent")


@dataclass(frozen=True, slots=True)
class Row:
    """One side of a comparison. `silent` means that the search found nothing, not that the document says nothing.
    `values` are (kind, text, normal form); `likely` is the probability, 0 to 1, that the text answers; `review` are the
    judgements of it."""

    region: str | None
    period: str | None
    document: str | None  # file name
    status: Literal["found", "silent"]
    statements: tuple[Statement, ...] = ()
    values: tuple[tuple[str, str, str], ...] = ()
    likely: float = 1.0
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A kind of value that differs, with each side's value by the name of the side."""

    kind: str
    values: Mapping[str, str]


Verdict = Literal["agree", "partly", "differ", "insufficient"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question asked of every side. `partly` means the same rule with exceptions that not all sides have;
    `insufficient` means too little was found to decide."""

    question: str
    rows: tuple[Row, ...]
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
