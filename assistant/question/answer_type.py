"""The types of answer: the forms by which a text shows a percentage, a date, a name and so on, and where it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from assistant.language.clauses import OPENS
from assistant.language.marks import unmarked
from assistant.language.numerals import NUMBER_WORDS
from assistant.language.places import REGIONS
from assistant.language.times import MONTHS
from assistant.language.values import values_in


class AnswerType(StrEnum):
    """What a text must show to answer a question. Only `shows`, `signs_in` and `spans` read these forms: figures by
    the grammar of `language.values`, the others by patterns."""

    PERCENT = "percent"
    MONEY = "money"
    DURATION = "duration"
    FIGURE = "figure"  # a percentage, an amount or a duration
    COUNT = "count"
    FREQUENCY = "frequency"
    DATE = "date"
    DAY = "day"
    DEADLINE = "deadline"
    CLOCK = "clock"
    TIMELY = "timely"  # a time, or what it follows on
    CONDITION = "condition"
    CAUSE = "cause"
    NAME = "name"
    POST = "post"
    PLACE = "place"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    SECTION = "section"

    def shows(self, text: str) -> bool:
        """Whether a text shows something of this type.

        >>> AnswerType.DURATION.shows("Fristen er femogtyve dage."), AnswerType.PERCENT.shows("5,6³ pct.")
        (True, True)
        """
        if _valued(self, text):
            return True
        form = _FORMS.get(self)
        return form is not None and bool(form.search(unmarked(text)))

    def signs_in(self, text: str) -> Iterator[str]:
        """The words of a text that show this type."""
        yield from (text[start:end] for start, end in _valued(self, text))
        if form := _FORMS.get(self):
            yield from (m.group() for m in form.finditer(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """[start, end) of each item of this type in a text, including its unit, in order."""
        if found := _valued(self, text):
            return found
        form = _WHOLE.get(self) or _FORMS.get(self)
        return [m.span() for m in form.finditer(unmarked(text)) if m.group().strip()] if form else []


_OF_VALUES: dict[AnswerType, tuple[str, ...]] = {
    AnswerType.PERCENT: ("percent",), AnswerType.MONEY: ("money",), AnswerType.DURATION: ("duration",),
    AnswerType.FIGURE: ("percent", "money", "duration"), AnswerType.DEADLINE: ("date", "duration"),
    AnswerType.TIMELY: ("duration",),
}  # fmt: skip


def _valued(kind: AnswerType, text: str) -> list[tuple[int, int]]:
    """Where `language.values` finds figures of the kinds that an answer type asks for."""
    kinds = _OF_VALUES.get(kind, ())
    return [(v.start, v.end) for v in values_in(text) if v.kind in kinds] if kinds else []


_MONTH = "|".join(MONTHS)
COUNT_WORDS = "|".join(w for w in NUMBER_WORDS if w not in ("en", "et", "én", "ét", "nul"))
_DATE = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})|\b(?:{_MONTH})\b(?:\s+\d{{4}})?|\b(?:19|20)\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}"
    r"|\b(?:medio|ultimo|primo|foråret|efteråret|årsskiftet|halvår|kvartal)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})(?:\s+\d{{4}})?|\b\d{{1,2}}[./]\d{{1,2}}(?:[./-]\d{{2,4}})?\b", re.IGNORECASE
)
# A tariff in a table row may have no unit.
_MONEY = re.compile(r"\d{1,3}(?:\.\d{3})+|(?:døgn|dag)\s.*\b\d{3,5}\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:fordi|skyldes|derfor|på grund af|grundet|for at|således at|så at|da der|idet|hensyn|formål|baggrund|årsag|begrund|medfør|henblik)",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"\b(?:{OPENS})\b|{_DATE.pattern}", re.IGNORECASE)
_FREQUENCY = re.compile(
    r"\bhver[t]?\b|\bårlig|(?<!\bi )\bgange?\b|\d+\s+møder|\bmånedlig|\bugentlig|\bhalvårlig|\bkvartal"
    rf"|\b(?:efter|gået|mellem|højst|inden for)\s+(?:\w+\s+)?(?:\d+|{COUNT_WORDS})\s+(?:måned|uge|år|mdr|md\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\d|\b(?:{COUNT_WORDS}|begge|ingen)\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"\b\d{2}[ .]?\d{2}[ .]?\d{2}[ .]?\d{2}\b|\b\d{4} \d{4}\b")
_ADDRESS = re.compile(  # a year is not a postal code, except Frederiksberg's 2000
    r"\b(?!(?:19|20)\d\d)\d{4} [A-ZÆØÅ]|\b2000 Fr|[A-ZÆØÅ]\w+(?:vej|gade|allé|alléen|plads|torv|stræde)(?:en)? \d+"
    r"|[A-ZÆØÅ]+(?:VEJ|GADE|ALLÉ|PLADS|TORV|STRÆDE) \d+"
)
_PLACE = re.compile(
    rf"{_ADDRESS.pattern}|\b(?:[Pp]å|[Ii]|[Vv]ed|[Hh]os)\s+(?!Region|KKR|Rammea|Social|{'|'.join(REGIONS)})[A-ZÆØÅ][\w-]+"
)
NAME = re.compile(
    r"[A-ZÆØÅ][\w-]+(?:\s+(?:for |og |af )?[A-ZÆØÅ][\w-]+)+|(?<=[a-zæøå,;:(] )[A-ZÆØÅ][\w-]+|\b[A-ZÆØÅ]{2,}\b"
)


_TIME_OF_DAY = r"\b(?:[01]?\d|2[0-3])[.:][0-5]\d\b(?![.,]?\d|\s*(?:kr|mio|pct|procent|%))"
_CLOCK = re.compile(rf"\bkl\.?\s*\d|{_TIME_OF_DAY}", re.IGNORECASE)
# A time may be given relative to an event.
_TIMELY = re.compile(
    rf"{_CONDITION.pattern}|\b(?:efter|inden|før|senest|løbende|samtidig|hver[t]?)\b",
    re.IGNORECASE,
)
_SECTION = re.compile(r"§+\s*\d+")
_AMOUNTS = rf"(?:\d+(?:[.,]\d+)*|(?:{COUNT_WORDS}|én|ét|et halvt|halvandet)\b)"
# The full item, to be set in bold, where that is more than what shows the type.
_WHOLE: dict[AnswerType, re.Pattern[str]] = {
    AnswerType.MONEY: re.compile(
        r"\d[\d.]*(?:,\d+)?(?:\s*(?:mio\.?|mia\.?))?(?:\s*(?:kr\.?|kroner))?", re.IGNORECASE
    ),
    AnswerType.FREQUENCY: re.compile(
        rf"(?<=efter )(?:\d+|{COUNT_WORDS})\s+(?:måneder|uger|år|mdr\.?)|(?<=gået )(?:\d+|{COUNT_WORDS})\s+(?:måneder|uger|år|mdr\.?)"
        rf"|{_AMOUNTS}\s+(?:\w+e\s+)?møder|{_AMOUNTS}\s+gange?(?:\s+(?:om|pr\.|i)\s+\w+)?|hvert?\s+[\w. ]{{0,20}}?(?:år|måned|uge|kvartal)|\w*årligt?\b",
        re.IGNORECASE,
    ),
    AnswerType.DATE: re.compile(
        rf"(?:\d{{1,2}}\.\s*(?:[-–]\s*\d{{1,2}}\.\s*)?)?(?:{_MONTH})(?:\s+(?:19|20)\d\d)?"
        r"|(?:medio|ultimo|primo|foråret|efteråret)\s*(?:19|20)?\d*|\b(?:19|20)\d\d(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?\b",
        re.IGNORECASE,
    ),
    AnswerType.COUNT: re.compile(
        rf"\d+(?:[.,]\d+)*(?:\s*[-–]\s*\d+)?(?!\s*[.)]\s)|\b(?:{COUNT_WORDS})\b", re.IGNORECASE
    ),
    AnswerType.NAME: re.compile(r"[A-ZÆØÅ][\w-]+(?:\s+[A-ZÆØÅ][\w-]+)*"),
    AnswerType.SECTION: re.compile(
        r"(?:\b(?:servicelovens?|SEL|barnets lovs?|ABL)\s+)?§+\s*\d+(?:\s?[a-z]\b)?(?:,?\s*stk\.\s*\d+)?"
    ),
}
_NO_AMOUNT = re.compile(
    r"^\s*\(?\d+(?:\.\d+)*[.)]\s|(?-i:^\s*\d{1,2}(?:\.\d{1,2})+\s+(?=[A-ZÆØÅ]))|§+\s*\d+(?:\s*(?:og|,|-)\s*\d+)*|(?:stk\.|nr\.|bilag)\s*\d+(?:\s*(?:og|-)\s*\d+)*|\b(?:19|20)\d\d\b"
    rf"|\b\d{{1,2}}\.\s*(?:{_MONTH})|{_TIME_OF_DAY}"
    r"|\b(?:bord|gruppe|runde|fase|spor|side|trin|punkt|kapitel|afsnit|tabel|figur|fokusområde|tema)\s+\d+\b",
    re.IGNORECASE,
)


# Words for an office or a job, alone or at the end of a compound.
_OFFICES = "formand|forstander|leder|direktør|borgmester|chef|kontaktperson|sekretær|rektor"
# A question for a past day.
HAPPENED = re.compile(r"\bhvornår (?:blev|var|begyndte|startede|sluttede)\b", re.IGNORECASE)
OFFICE = re.compile(
    rf"\b(?:hvem (?:er|var|bliver|blev)|hvad (?:hedder|hed))\s+(?:\w+\s+)?(\w*(?:{_OFFICES})(?:en)?)\b",
    re.IGNORECASE,
)

_POST = re.compile(rf"\w*(?:{_OFFICES}|konsulent|medlem|politiker|rådgiver)(?:en)?s?\b", re.IGNORECASE)
_FORMS: dict[AnswerType, re.Pattern[str]] = {
    AnswerType.MONEY: _MONEY, AnswerType.FIGURE: _MONEY, AnswerType.COUNT: _COUNT, AnswerType.FREQUENCY: _FREQUENCY,
    AnswerType.DATE: _DATE, AnswerType.DAY: _DAY, AnswerType.DEADLINE: _DATE, AnswerType.CLOCK: _CLOCK,
    AnswerType.TIMELY: _TIMELY, AnswerType.CONDITION: _CONDITION, AnswerType.CAUSE: _CAUSE, AnswerType.NAME: NAME,
    AnswerType.POST: _POST, AnswerType.PLACE: _PLACE, AnswerType.ADDRESS: _ADDRESS, AnswerType.PHONE: _PHONE, AnswerType.EMAIL: _EMAIL,
    AnswerType.SECTION: _SECTION,
}  # fmt: skip
EXACT = frozenset((*_WHOLE, *_OF_VALUES, AnswerType.DAY))
_DEPUTIES = "næst|vice|sous|tidligere|afdelings|under"


def holds_office(office: str, text: str) -> bool:
    """Whether a text names an office, also as the end of a compound. A deputy is another office.

    >>> holds_office("formand", "Regionsrådsformand Anna Bak"), holds_office("formand", "Næstformand Anna Bak")
    (True, False)
    >>> holds_office("næstformand", "Næstformand Anna Bak")
    True
    """
    word = re.escape(office.lower().removesuffix("en"))
    return bool(re.search(rf"\b(?:{word}|(?!{_DEPUTIES})\w*{word})(?:en)?s?\b", text, re.IGNORECASE))


# An amount that is mentioned only to be dismissed: "var sidst 92 pct., men den lægges ikke til grund".
DENIED = re.compile(
    r"\d[^.;]*(?:(?:pct|kr)\.[^.;]*)?,\s*men (?:den|det|de|dette|tallet)\b[^.;]{0,30}\bikke\b", re.IGNORECASE
)


def amounts_of(text: str) -> str:
    """A text with blanks for the numbers that are not amounts: sections, list numbers, dates, years, and dismissed
    amounts.

    >>> amounts_of("3. Takst 900 kr. fra 1. maj 2025").split()
    ['Takst', '900', 'kr.', 'fra']
    >>> amounts_of("Den var sidst 92,4 pct., men den lægges ikke til grund.").split()
    ['Den', 'var', 'sidst', 'til', 'grund.']
    """
    for said in (DENIED, _NO_AMOUNT):
        text = said.sub(lambda m: " " * len(m.group()), text)
    return text
