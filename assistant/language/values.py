"""Figures in Danish text: percentages, amounts, durations, dates, periods and counts, each with its span and a normal
form that can be compared.

Normal forms: Decimal without trailing zeros for percent ("5", "±5", "3-5"), money (whole kroner) and count; ISO 8601
for durations ("P3M", "P30D", "P1M30D"), dates ("2025-05-01", "--05-01" without a year, "2025-05") and periods
("2025/2026").

The readers of all kinds stand in one module because they form one grammar: where two readings overlap, their order
decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from assistant.language.letters import fold
from assistant.language.marks import unmarked
from assistant.language.numerals import NUMBER, ORDINALS, SPACED, number, number_or_ordinal, plain
from assistant.language.times import MONTHS, month_number

Kind = Literal["percent", "money", "duration", "date", "count", "period", "term"]

FIGURES: tuple[Kind, ...] = ("percent", "money", "duration", "date", "count")  # the kinds that are a figure
DIGITS = re.compile(r"\d[\d.,]*")
_AMOUNT = rf"(?:{SPACED}|{NUMBER})(?:,-+)?"
_TO = r"\s*(?:-|–|til|eller)\s*(?:ca\.\s*)?"
_MONTH = "|".join(MONTHS)
_ORDINAL = "|".join(ORDINALS[1:])


@dataclass(frozen=True, slots=True)
class Value:
    """A figure: its kind, its words at [start, end) of the text, and its normal form."""

    kind: Kind
    text: str
    normalized: str
    start: int = 0
    end: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """What two values of a kind share when they mean the same: a year is twelve months and a week seven days, but
        working days differ from days, and a month is not thirty days."""
        if self.kind == "term" and "§" in self.normalized:
            return ("term", self.normalized)
        if self.kind == "term":
            return ("term", *sorted({fold(t).strip(" .,;") for t in self.text.split("\n")}))
        if self.kind != "duration":
            return (self.kind, self.normalized)
        working = "hverdag" if re.search(r"hverdag|arbejdsdag", self.text, re.I) else ""
        return ("duration", working, *(part for one in self.normalized.split("/") for part in _sizes(one)))

    @property
    def yearly(self) -> tuple[str, ...] | None:
        """How often per year, from a number of times or from the time between them; None for any other value."""
        if self.kind == "count":
            return ("yearly", self.normalized)
        if self.kind != "duration" or not (m := re.fullmatch(r"P([1-9]\d*)([YMWD])", self.normalized)):
            return None
        count, unit = int(m.group(1)), m.group(2)
        if unit == "D" and not count % 7:  # "hver 14. dag" is every other week
            count, unit = count // 7, "W"
        return ("yearly", str(Fraction({"Y": 1, "M": 12, "W": 52, "D": 365}[unit], count)))

    @property
    def recurs(self) -> bool:
        """Whether its words say how often ("hvert år", "månedligt", "to gange om året") and not for how long."""
        return bool(_RECURS.search(self.text))


_RECURS = re.compile(r"\bhvert?\b|\bgange?\b|lig(?:t|e)?$|vist?$", re.IGNORECASE)


def _sizes(duration: str) -> list[str]:
    """An ISO duration in months, days and hours."""
    size: dict[str, Decimal] = {}
    for amount, unit in re.findall(r"(\d+(?:\.\d+)?)([YMWDH])", duration):
        base, factor = {"Y": ("M", 12), "W": ("D", 7)}.get(unit, (unit, 1))
        size[base] = size.get(base, Decimal(0)) + Decimal(amount) * factor
    return [f"{plain(size[u])}{u}" for u in sorted(size)]


_PERIOD = re.compile(r"(?<![\d.])((?:19|20)\d\d)\s*[-–—/]\s*((?:19|20)?\d\d)(?![\d.,])")
_DATE = re.compile(
    rf"\b(\d{{1,2}})\.\s*({_MONTH})\b(?:\s+((?:19|20)\d\d))?|\b(primo|medio|ultimo|(?:udgangen|slutningen|begyndelsen|midten)\s+af)\s+({_MONTH})\b(?:\s+((?:19|20)\d\d))?"
    rf"|\b({_MONTH})\s+((?:19|20)\d\d)\b|(?<![\d.,/])(\d{{1,2}})[./-](\d{{1,2}})[./-]((?:19|20)\d\d)\b"
    rf"|(?<![\d.,/])(\d{{1,2}})/(\d{{1,2}})(?![\d/])",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(±|\+\s*/\s*[-–]|plus\s*/?\s*(?:eller\s+)?minus)?\s*({NUMBER})(?:\s*(?:-|–|til|og)\s*({NUMBER}))?\s*"
    r"(?:%|(?P<mille>‰|promille\b)|pct\b\.?|procent(?:point)?\b)(?P<both>\s+(?:over\s+eller\s+under|i\s+(?:op-\s*eller\s*nedadgående|begge)\s+retning))?",
    re.IGNORECASE,
)
_LARGE = r"mio|mia|mill|million|millioner|milliard|milliarder|tkr|t\.?|tusinde?"
_MONEY = re.compile(
    rf"(?:({_AMOUNT}){_TO})?({_AMOUNT})\s*({_LARGE})?\.?\s*(?:kr\b\.?|kroner\b|dkk\b|(?<=tkr)\b\.?)"
    rf"(?:\s+(?:og\s+)?(?P<cents>\d\d)\s*øre\b)?|\b(?:kr\b\.?|DKK)\s*(?:({_AMOUNT}){_TO})?({_AMOUNT})(?:\s*(mio|mia)\b)?"
    rf"|({_AMOUNT})\s*(mio|mia|millioner|milliarder)\b\.?",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:år(?:s|ene)?|måned(?:er|ers|s)?|mdrs?\.?|md\.?|uger?s?|ugers|dage?s?|døgn|hverdage?s?|arbejdsdage?s?|timer?s?"
    r"|kvartal(?:er)?)"
)
_DURATION = re.compile(
    rf"(?P<running>løbende\s+måned\s*(?:plus|\+|og|samt)\s*)(?P<rn>{NUMBER})\s*(?P<ru>{_UNIT})\b"
    r"|\b(?P<half>(?:et|en|½|1/2)?\s*halvt?\s+år|½\s*år|halvår)\b"
    rf"|(?<![\w.,])(?:(?<!fra )(?P<least>{NUMBER}){_TO})?(?P<n>{NUMBER})"
    rf"\s*(?:hele\s+|løbende\s+|kalender)?(?P<u>{_UNIT})(?!\w)"
    rf"|\b(?P<yn>{NUMBER}|to|tre|fire|fem|et|ti)-?\s?årige?\b"
    rf"|\bhvert?\s+(?P<en>{NUMBER}|{_ORDINAL})\.?\s*(?P<eu>måned|uge|år|dag|kvartal)\b"
    r"|\b(?P<every>hvert\s+kvartal|hver\s+(?:måned|uge)|hvert\s+(?:halve\s+)?år|hvert\s+halvår"
    r"|halvårligt|kvartalsvist?|kvartårligt|månedligt|månedsvist?|ugentligt)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"(?<![§\d.,/])({NUMBER})(?![\d/]|[.,]\d|\s*\.\s*(?:{_MONTH}))", re.IGNORECASE)
_NOT_A_COUNT = re.compile(
    r"(?:§+|stk\.?|nr\.?|bilag|kapitel)\s*\d+(?:\s*(?:-|og|til|eller)\s*\d+(?![\d.,]*\s*(?:pct|%|kr)))*|\b(?:19|20)\d\d\b|^\s*\d+(?:\.\d+)*[.)]\s|(?-i:^\s*\d{1,2}(?:\.\d{1,2})+\s+(?=[A-ZÆØÅ]))|\b(?:en|et|én|ét)\b(?!\s+gang)",
    re.IGNORECASE | re.MULTILINE,
)
_SCALE = {"mio": 10**6, "milliard": 10**9, "mill": 10**6, "mia": 10**9, "tkr": 1000, "t": 1000}


def values_in(text: str) -> list[Value]:
    """A new list of what `_values_in` finds; that result is cached per text."""
    return list(_values_in(text))


@lru_cache(maxsize=8192)
def _values_in(text: str) -> tuple[Value, ...]:
    """Every figure of a text, in order. Of overlapping readings the first wins, in the order section, percent, money,
    times a year, duration, period, date, count.

    >>> [(v.kind, v.normalized) for v in values_in("Et bånd på +/- 5 pct. og 1.234,50 kr. pr. døgn")]
    [('percent', '±5'), ('money', '1234.5')]
    >>> [(v.kind, v.normalized) for v in values_in("løbende måned + 30 dage, tre måneder, 3 mdr., et halvt år")]
    [('duration', 'P1M30D'), ('duration', 'P3M'), ('duration', 'P3M'), ('duration', 'P6M')]
    >>> [(v.kind, v.normalized) for v in values_in("senest 15. oktober 2025, 1. maj, udgangen af juni, 0,5 mio. kr.")]
    [('date', '2025-10-15'), ('date', '--05-01'), ('date', '--06-30'), ('money', '500000')]
    >>> [(v.text, v.normalized) for v in values_in("2 kr. og 75 øre, medio marts 2026")]
    [('2 kr. og 75 øre', '2.75'), ('medio marts 2026', '2026-03-15')]
    >>> [(v.kind, v.normalized) for v in values_in("fire gange om året i 2023-2024 efter § 107, stk. 2")]
    [('count', '4'), ('period', '2023/2024'), ('term', '§ 107 stk. 2')]
    >>> [v.normalized for v in values_in("toårig aftale; hver 12. måned; 10 hverdage; 3-5 procent; 95 til 98 %")]
    ['P2Y', 'P12M', 'P10D', '3-5', '95-98']
    >>> [(v.normalized, v.yearly) for v in values_in("en gang i kvartalet, hver 6. måned, fire gange om året")]
    [('4', ('yearly', '4')), ('P6M', ('yearly', '2')), ('4', ('yearly', '4'))]
    >>> [v.yearly for v in values_in("hver sjette måned, en gang hver anden måned, hvert andet år, hver 14. dag")]
    [('yearly', '2'), ('yearly', '6'), ('yearly', '1/2'), ('yearly', '26')]
    >>> [v.yearly for v in values_in("halvårligt, kvartalsvis, månedligt")]
    [('yearly', '2'), ('yearly', '4'), ('yearly', '12')]
    >>> [v.normalized for v in values_in("Opsiges mindst 4 pladser, gælder stk. 2 og 3.")]
    ['4']
    >>> [v.normalized for v in values_in("kr. 1.234,-; 2.500 tkr.; 5,6³ pct.; 4 ‰; 1.000-1.500 kr.")]
    ['1234', '2500000', '5.6', '0.4', '1000-1500']
    >>> [v.normalized for v in values_in("5-7 dage; ca. femogtyve dage; 1½ måned; to en halv uge; 6½ pct.")]
    ['P5D/P7D', 'P25D', 'P1.5M', 'P2.5W', '6.5']
    >>> [(v.kind, v.normalized) for v in values_in("efter servicelovens § 107, stk. 2, og SEL §§ 103 og 104")]
    [('term', 'SEL § 107 stk. 2'), ('term', 'SEL § 103 104')]
    """
    plain = unmarked(text)
    found: list[Value] = []
    for read in (_sections, _percents, _moneys, _times, _durations, _periods, _dates, _counts):
        for value in read(plain):
            if not any(v.start < value.end and value.start < v.end for v in found):
                found.append(replace(value, text=text[value.start : value.end]))
    return tuple(sorted(found, key=lambda v: v.start))


def _value(kind: Kind, text: str, start: int, end: int, normalized: str) -> Value:
    words = text[start:end]
    lead = len(words) - len(words.lstrip())
    return Value(kind, words.strip(), normalized, start + lead, start + lead + len(words.strip()))


_LAWS = {
    "service": "SEL",
    "sel": "SEL",
    "barnets": "BL",
    "almenbolig": "ABL",
    "abl": "ABL",
    "folkeskole": "FSL",
}
_SECTION = re.compile(
    r"(?:\b(?P<law>servicelovens?|SEL|barnets lovs?|almenboliglovens?|ABL|folkeskolelovens?)\s+)?"
    r"§+\s*(?P<one>\d+(?:\s?[a-z]\b)?)"
    r"(?P<more>(?:\s*(?:,|og|-|–)\s*(?:§\s*)?\d+(?:\s?[a-z]\b)?(?!\s*(?:%|pct|procent|kr|dage|måned|år)))*)"
    r"(?:,?\s*stk\.\s*(?P<part>\d+))?",
    re.IGNORECASE,
)


def _sections(text: str) -> Iterator[Value]:
    for m in _SECTION.finditer(text):
        law = next((s for w, s in _LAWS.items() if (m.group("law") or "").lower().startswith(w)), "")
        numbers = [re.sub(r"\s", "", m.group("one")), *re.findall(r"\d+(?:\s?[a-z]\b)?", m.group("more"))]
        normal = f"{law} § {' '.join(numbers)}".strip() + (
            f" stk. {m.group('part')}" if m.group("part") else ""
        )
        yield _value("term", text, *m.span(), normal)


def _percents(text: str) -> Iterator[Value]:
    for m in _PERCENT.finditer(text):
        first, second = number(m.group(2)), number(m.group(3)) if m.group(3) else None
        if first is None:
            continue
        if m.group("mille"):
            first, second = first / 10, second / 10 if second is not None else None
        normal = plain(first) + (f"-{plain(second)}" if second is not None else "")
        yield _value("percent", text, *m.span(), "±" + normal if m.group(1) or m.group("both") else normal)


def _moneys(text: str) -> Iterator[Value]:
    for m in _MONEY.finditer(text):
        amount = number(m.group(2) or m.group(6) or m.group(8))
        scale = (m.group(3) or m.group(7) or m.group(9) or "").lower().rstrip(".")
        if amount is None:
            continue
        factor = next((f for w, f in _SCALE.items() if scale.startswith(w)), 1) if scale else 1
        amount += Decimal(m.group("cents") or 0) / 100
        lower = number(m.group(1) or m.group(5) or "")
        least = f"{plain(lower * factor)}-" if lower is not None else ""
        yield _value("money", text, *m.span(), least + plain(amount * factor))


_EVERY = (("kvart", "P3M"), ("måned", "P1M"), ("uge", "P1W"), ("halv", "P6M"), ("år", "P1Y"))


def _durations(text: str) -> Iterator[Value]:
    for m in _DURATION.finditer(text):
        normal: str | None = None
        if m.group("running"):
            normal = f"P1M{_amount(m.group('rn'), m.group('ru'))}"
        elif m.group("half"):
            normal = "P6M"
        elif m.group("n"):
            amount = _amount(m.group("n"), m.group("u"))
            least = _amount(m.group("least"), m.group("u")) if m.group("least") else ""
            normal = (f"P{least}/P{amount}" if least else f"P{amount}") if amount else None
        elif m.group("yn"):
            count = number(m.group("yn"))
            normal = f"P{plain(count)}Y" if count is not None else None
        elif m.group("en"):
            normal = f"P{_amount(m.group('en'), m.group('eu'))}"
        elif m.group("every"):
            words = m.group("every").lower()
            normal = next(each for unit, each in _EVERY if unit in words)
        if normal:
            yield _value("duration", text, *m.span(), normal)


def _amount(count: str, unit: str) -> str:
    """ "3", "måneder" → "3M"; hours get ISO's "T"; half years and quarters become months."""
    n, word = number_or_ordinal(count), unit.lower()
    if n is None:
        return ""
    if word.startswith("år"):
        return f"{plain(n)}Y" if n == n.to_integral() else f"{plain(n * 12)}M"
    if word.startswith("kvartal"):
        return f"{plain(n * 3)}M"
    if word.startswith("m"):
        return f"{plain(n)}M"
    if word.startswith("uge"):
        return f"{plain(n)}W"
    return f"T{plain(n)}H" if word.startswith("tim") else f"{plain(n)}D"


def _periods(text: str) -> Iterator[Value]:
    for m in _PERIOD.finditer(text):
        last = m.group(2) if len(m.group(2)) == 4 else m.group(1)[:2] + m.group(2)
        if int(m.group(1)) < int(last) <= int(m.group(1)) + 10:
            yield _value("period", text, *m.span(), f"{m.group(1)}/{last}")


def _dates(text: str) -> Iterator[Value]:
    for m in _DATE.finditer(text):
        g = m.groups()
        if g[0]:
            yield _dated(text, m, g[2], month_number(g[1]), int(g[0]))
        elif g[3]:
            month = month_number(g[4])
            last = 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
            yield _dated(
                text, m, g[5], month, {"p": 1, "b": 1, "m": 15, "u": last, "s": last}[g[3][0].lower()]
            )
        elif g[6]:
            yield _value("date", text, *m.span(), f"{g[7]}-{month_number(g[6]):02}")
        elif g[8] and int(g[9]) <= 12 and int(g[8]) <= 31:
            yield _dated(text, m, g[10], int(g[9]), int(g[8]))
        elif g[11] and 1 <= int(g[12]) <= 12 and 1 <= int(g[11]) <= 31:
            yield _dated(text, m, None, int(g[12]), int(g[11]))


def _dated(text: str, m: re.Match[str], year: str | None, month: int, day: int) -> Value:
    return _value("date", text, *m.span(), f"{year or '-'}-{month:02}-{day:02}")


_TIMES = re.compile(
    rf"\b(?P<n>{NUMBER}|én)\s+gange?\s+(?:i|om|pr\.?|per|hvert?(?:\s+(?P<nth>{NUMBER}|{_ORDINAL})\.?)?)\s+"
    r"(?P<unit>halvår|halve år|kvartal|måned|uge|år)(?:et|en)?\b",
    re.IGNORECASE,
)
_A_YEAR = {"halvår": 2, "halve år": 2, "kvartal": 4, "måned": 12, "uge": 52, "år": 1}


def _times(text: str) -> Iterator[Value]:
    """ "En gang i kvartalet" counts as four times a year; "en gang hvert andet år" is a duration."""
    for m in _TIMES.finditer(text):
        times, unit, nth = number(m.group("n")) or Decimal(1), m.group("unit").lower(), m.group("nth")
        each = number_or_ordinal(nth) if nth else Decimal(1)
        if nth and times == 1 and not unit.startswith("halv"):
            yield _value("duration", text, *m.span(), f"P{_amount(nth, unit)}")
        elif each:
            yield _value("count", text, *m.span(), str(Fraction(times) * _A_YEAR[unit] / Fraction(each)))


def _counts(text: str) -> Iterator[Value]:
    blank = _NOT_A_COUNT.sub(lambda m: " " * len(m.group()), text)
    for m in _COUNT.finditer(blank):
        amount = number(m.group(1))
        if amount is not None:
            yield _value("count", text, *m.span(1), plain(amount))
