"""What a report says, in the form that its writers set out: matters, a line for each side, and the sources.

Excel and Word differ in looks alone; what is said, and which words stand beside which colour, is here.
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
from assistant.models import Row

Kind = Literal["topic", "announcement", "contradiction"]
By = Literal["region", "period", "document"]
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
    """How a matter or a line stands: the word, what it means, and the colour that never stands without the word."""

    word: str
    meaning: str
    fill: str  # RRGGBB, light: dark letters stand on it


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
    """A paper that is quoted; `number` is the one it has in the report."""

    number: int
    title: str
    document: str  # file name
    region: str
    period: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: its paper, its page in words, and an address that opens it, or ""."""

    source: Source
    page: str  # "4", "4 (trykt 2)", "dias 4"
    link: str = ""

    @property
    def where(self) -> str:
        """The page in running text."""
        return f"side {self.page}" if self.page[:1].isdigit() else self.page


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that can be sorted and reckoned with: an amount in its unit ("%", "kr.", "måneder", …), or a day."""

    amount: Decimal | dt.date
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What one side says of a matter. `checked` is what a human has found of it."""

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
        """Its region and its period, as far as they do not name the side already.

        >>> Line("Sjælland", "Sjælland", "2025-2026", "silent").beside
        ['2025-2026']
        """
        return [text for text in (self.region, self.period) if text and text != self.side]

    @property
    def called(self) -> str:
        return ", ".join([self.side, *self.beside])


@dataclass(frozen=True, slots=True)
class Matter:
    """A topic: how it stands, in a word and in a sentence, and a line for each side."""

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
    """All of it. `by` says what the sides are; `since` is the heading over what has changed since the last report, ""
    where none is told, and `changes` are its rows, in the order of CHANGED."""

    title: str
    made: dt.date
    by: By
    matters: tuple[Matter, ...]
    sources: tuple[Source, ...]
    since: str = ""
    changes: tuple[tuple[str, ...], ...] = ()

    @property
    def sides(self) -> list[str]:
        """Every side once, as they come."""
        return list(dict.fromkeys(line.side for matter in self.matters for line in matter.lines))

    @property
    def periods(self) -> list[str]:
        return sorted({line.period for matter in self.matters for line in matter.lines if line.period})

    @property
    def counted(self) -> str:
        """How many topics stand how, in a sentence."""
        topics = self.group("topic")
        count = Counter(m.standing for m in topics)
        told = [f"{STANDINGS[key].word}: {count[key]}." for key in STANDINGS if count[key]]
        told += [
            f"{GROUPS[kind]}: {len(own)}." for kind in GROUPS if kind != "topic" and (own := self.group(kind))
        ]
        return " ".join([f"{len(topics)} {'emne' if len(topics) == 1 else 'emner'}.", *told])

    @property
    def drawn_from(self) -> str:
        """Which papers and periods it is made from, in a sentence."""
        count = len(self.sources)
        papers = f"{count} {'dokument' if count == 1 else 'dokumenter'}, se Kilder"
        return f"{papers}. Perioder: {', '.join(self.periods)}." if self.periods else f"{papers}."

    def group(self, kind: Kind) -> list[Matter]:
        return [m for m in self.matters if m.kind == kind]


def figures(rows: Sequence[Row]) -> list[Figure | None]:
    """What each row can be sorted by; none at all where they are not measured alike, for a list in months and days is
    in no order.

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
