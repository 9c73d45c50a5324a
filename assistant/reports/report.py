"""The content of a report, independent of its format: topics, a line for each side, and the sources.

The Excel and Word writers only differ in layout; the texts, and the word that goes with each colour, are here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from assistant.language.values import Value
from assistant.models import By, Row

Kind = Literal["topic", "announcement", "contradiction"]
SIDES: dict[By, str] = {"region": "Region", "period": "Periode", "document": "Dokument"}
GROUPS: dict[Kind, str] = {
    "topic": "Emner",
    "announcement": "Centrale udmeldinger",
    "contradiction": "Modsigelser inden for ét dokument",
}
CHANGED = ("Emne", "Region", "Hvad", "Før", "Nu")
UNITS = {"M": "måneder", "D": "dage", "H": "timer"}


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a topic or a line: its word, its meaning, and its colour, which is never shown without the word."""

    word: str
    meaning: str
    fill: str  # RRGGBB, light enough for dark text


STANDINGS = {
    "differ": Standing("Forskellige", "De siger ikke det samme.", "FBDDD3"),
    "perhaps": Standing(
        "Måske forskellige", "De ser ud til at sige noget forskelligt, men mindst ét sted er usikkert.", "FFF0C2"
    ),
    "unsettled": Standing("Kan ikke afgøres", "Der er for lidt til at sige, om de er enige.", "E3E9F1"),
    "partly": Standing("Enige som hovedregel", "Undtagelserne er ikke de samme.", "FFF0C2"),
    "agree": Standing("Enige", "De siger det samme.", "DCEFE0"),
    "silent": Standing(
        "Tavs", "Søgningen fandt intet. Det er ikke det samme som, at aftalen intet siger.", "EDEDED"
    ),
    "unsure": Standing("Usikkert", "Læs stedet, før det bruges.", "FFF0C2"),
    "answered": Standing("Besvaret", "Alle regioners egne dokumenter siger, at de har svaret.", "DCEFE0"),
    "some_answered": Standing("Delvis besvaret", "Nogle regioners egne dokumenter siger, at de har svaret.", "FFF0C2"),
    "unanswered": Standing("Intet svar fundet", "Intet dokument siger, at der er svaret.", "EDEDED"),
    "contradiction": Standing("Modsigelse", "Ét dokument siger to ting om det samme.", "FBDDD3"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is quoted; `number` is its number in the report."""

    number: int
    title: str
    document: str  # file name
    region: str
    period: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: its document, its page in words, and an address that opens it, or ""."""

    source: Source
    page: str  # "4", "4 (trykt 2)", "dias 4"
    link: str = ""

    @property
    def where(self) -> str:
        """The page, for running text."""
        return f"side {self.page}" if self.page[:1].isdigit() else self.page


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that can be sorted and calculated with: an amount with its unit ("%", "kr.", "måneder", …), or a date."""

    amount: Decimal | dt.date
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What one side says about a topic. `checked` says what a reviewer has found about it."""

    side: str
    region: str
    period: str
    standing: str  # "found" | "unsure" | "silent"
    value: str = ""
    figure: Figure | None = None
    quote: str = ""
    places: tuple[Place, ...] = ()
    checked: str = ""

    @property
    def beside(self) -> list[str]:
        """Its region and period, unless they already are the name of the side.

        >>> Line("Sjælland", "Sjælland", "2025-2026", "silent").beside
        ['2025-2026']
        """
        return [text for text in (self.region, self.period) if text and text != self.side]

    @property
    def called(self) -> str:
        return ", ".join([self.side, *self.beside])


@dataclass(frozen=True, slots=True)
class Matter:
    """A topic: its state in a word and a sentence, and a line for each side."""

    title: str
    question: str
    standing: str
    lead: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    kind: Kind = "topic"

    @property
    def verdict(self) -> Standing:
        return STANDINGS[self.standing]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `by` says what the sides are; `since` is the heading above the changes since the last report,
    "" where they are not shown, and `changes` are their rows, in the order of CHANGED."""

    title: str
    made: dt.date
    by: By
    matters: tuple[Matter, ...]
    sources: tuple[Source, ...]
    since: str = ""
    changes: tuple[tuple[str, ...], ...] = ()

    @property
    def sides(self) -> list[str]:
        """Every side once, in order of appearance."""
        return list(dict.fromkeys(line.side for matter in self.matters for line in matter.lines))

    @property
    def periods(self) -> list[str]:
        return sorted({line.period for matter in self.matters for line in matter.lines if line.period})

    @property
    def counted(self) -> str:
        """The number of topics in each state, in words."""
        topics = self.group("topic")
        count = Counter(m.standing for m in topics)
        told = [f"{STANDINGS[key].word}: {count[key]}." for key in STANDINGS if count[key]]
        told += [
            f"{GROUPS[kind]}: {len(own)}." for kind in GROUPS if kind != "topic" and (own := self.group(kind))
        ]
        return " ".join([f"{len(topics)} {'emne' if len(topics) == 1 else 'emner'}.", *told])

    @property
    def drawn_from(self) -> str:
        """The documents and periods that the report is based on, in words."""
        count = len(self.sources)
        papers = f"{count} {'dokument' if count == 1 else 'dokumenter'}, se Kilder"
        return f"{papers}. Perioder: {', '.join(self.periods)}." if self.periods else f"{papers}."

    def group(self, kind: Kind) -> list[Matter]:
        return [m for m in self.matters if m.kind == kind]


def figures(rows: Sequence[Row]) -> list[Figure | None]:
    """A sortable figure for each row. None for all rows where their units differ, because a column of months and days
    has no order.

    >>> def row(*value): return Row("x", None, None, "found", (), (value,))
    >>> figures([row("duration", "et år", "P1Y"), row("duration", "6 måneder", "P6M")])
    [Figure(amount=Decimal('12'), unit='måneder'), Figure(amount=Decimal('6'), unit='måneder')]
    >>> figures([row("percent", "5 pct.", "5"), row("percent", "3-5 pct.", "3-5")])
    [Figure(amount=Decimal('5'), unit='%'), None]
    >>> figures([row("duration", "3 måneder", "P3M"), row("duration", "90 dage", "P90D")])
    [None, None]
    """
    found = [_figure(*row.values[0]) if row.values else None for row in rows]
    measured = {(type(f.amount), f.unit) for f in found if f}
    return found if len(measured) == 1 else [None] * len(found)


def _figure(kind: str, text: str, normal: str) -> Figure | None:
    if kind == "duration":
        _, working, *sizes = Value(kind, text, normal).key  # type: ignore[arg-type]
        if len(sizes) != 1 or not (m := re.fullmatch(r"([\d.]+)([MDH])", sizes[0])):
            return None
        return Figure(Decimal(m.group(1)), working + ("e" if working else UNITS[m.group(2)]))
    try:
        if kind == "date":
            return Figure(dt.date.fromisoformat(normal))
        units = {"percent": "%", "money": "kr.", "count": ""}
        return Figure(Decimal(normal), units[kind]) if kind in units else None
    except (ValueError, InvalidOperation):
        return None
