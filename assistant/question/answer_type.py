"""What a question expects for an answer: its type, read from its words by rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from assistant.language import vocabulary
from assistant.language.clauses import OPENS
from assistant.language.marks import unmarked
from assistant.language.numerals import NUMBER_WORDS
from assistant.language.places import REGIONS
from assistant.language.times import MONTHS
from assistant.language.values import values_in
from assistant.language.words import is_plural


class Kind(StrEnum):
    """Types of question."""

    WHO = "who"
    WHEN = "when"
    NUMBER = "number"
    LIST = "list"
    DEFINITION = "definition"
    WHY = "why"
    COMPARE = "compare"
    OTHER = "other"


class AnswerType(StrEnum):
    """What a text must show to answer a question. `shows` and `spans` are the only readers of these forms: figures by
    the grammar of `language.values`, the others by a form of words."""

    PERCENT = "percent"
    MONEY = "money"
    DURATION = "duration"
    FIGURE = "figure"  # any of the three
    COUNT = "count"
    FREQUENCY = "frequency"
    DATE = "date"
    DAY = "day"
    DEADLINE = "deadline"
    CLOCK = "clock"
    TIMELY = "timely"  # told by what it follows on, too
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
        """The words by which a text shows it."""
        yield from (text[start:end] for start, end in _valued(self, text))
        if form := _FORMS.get(self):
            yield from (m.group() for m in form.finditer(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """[start, end) of each thing of this type in a text, whole with its unit, in order."""
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
    """Where the grammar of values finds what a type of figure asks for."""
    kinds = _OF_VALUES.get(kind, ())
    return [(v.start, v.end) for v in values_in(text) if v.kind in kinds] if kinds else []


_MONTH = "|".join(MONTHS)
_WORDS = "|".join(w for w in NUMBER_WORDS if w not in ("en", "et", "én", "ét", "nul"))
_DATE = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})|\b(?:{_MONTH})\b(?:\s+\d{{4}})?|\b(?:19|20)\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}"
    r"|\b(?:medio|ultimo|primo|foråret|efteråret|årsskiftet|halvår|kvartal)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})(?:\s+\d{{4}})?|\b\d{{1,2}}[./]\d{{1,2}}(?:[./-]\d{{2,4}})?\b", re.IGNORECASE
)
# A tariff in a row may stand without its unit.
_MONEY = re.compile(r"\d{1,3}(?:\.\d{3})+|(?:døgn|dag)\s.*\b\d{3,5}\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:fordi|skyldes|derfor|på grund af|grundet|for at|således at|så at|da der|idet|hensyn|formål|baggrund|årsag|begrund|medfør|henblik)",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"\b(?:{OPENS})\b|{_DATE.pattern}", re.IGNORECASE)
_FREQUENCY = re.compile(
    r"\bhver[t]?\b|\bårlig|(?<!\bi )\bgange?\b|\d+\s+møder|\bmånedlig|\bugentlig|\bhalvårlig|\bkvartal"
    rf"|\b(?:efter|gået|mellem|højst|inden for)\s+(?:\w+\s+)?(?:\d+|{_WORDS})\s+(?:måned|uge|år|mdr|md\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\d|\b(?:{_WORDS}|begge|ingen)\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"\b\d{2}[ .]?\d{2}[ .]?\d{2}[ .]?\d{2}\b|\b\d{4} \d{4}\b")
_ADDRESS = re.compile(  # a year is no postal code, but for Frederiksberg's
    r"\b(?!(?:19|20)\d\d)\d{4} [A-ZÆØÅ]|\b2000 Fr|[A-ZÆØÅ]\w+(?:vej|gade|allé|alléen|plads|torv|stræde)(?:en)? \d+"
    r"|[A-ZÆØÅ]+(?:VEJ|GADE|ALLÉ|PLADS|TORV|STRÆDE) \d+"
)
_PLACE = re.compile(
    rf"{_ADDRESS.pattern}|\b(?:[Pp]å|[Ii]|[Vv]ed|[Hh]os)\s+(?!Region|KKR|Rammea|Social|{'|'.join(REGIONS)})[A-ZÆØÅ][\w-]+"
)
_NAME = re.compile(
    r"[A-ZÆØÅ][\w-]+(?:\s+(?:for |og |af )?[A-ZÆØÅ][\w-]+)+|(?<=[a-zæøå,;:(] )[A-ZÆØÅ][\w-]+|\b[A-ZÆØÅ]{2,}\b"
)


_POLITE = frozenset(("I", "Jer", "Jeres", "De", "Dem", "Deres"))
_TIME_OF_DAY = r"\b(?:[01]?\d|2[0-3])[.:][0-5]\d\b(?![.,]?\d|\s*(?:kr|mio|pct|procent|%))"
_CLOCK = re.compile(rf"\bkl\.?\s*\d|{_TIME_OF_DAY}", re.IGNORECASE)
# When something happens may be told by what it follows on.
_TIMELY = re.compile(
    rf"{_CONDITION.pattern}|\b(?:efter|inden|før|senest|løbende|samtidig|hver[t]?)\b",
    re.IGNORECASE,
)
_SECTION = re.compile(r"§+\s*\d+")
_AMOUNTS = rf"(?:\d+(?:[.,]\d+)*|(?:{_WORDS}|én|ét|et halvt|halvandet)\b)"
# The whole of what is named, to be set in bold, where it is more than the sign of it.
_WHOLE: dict[AnswerType, re.Pattern[str]] = {
    AnswerType.MONEY: re.compile(
        r"\d[\d.]*(?:,\d+)?(?:\s*(?:mio\.?|mia\.?))?(?:\s*(?:kr\.?|kroner))?", re.IGNORECASE
    ),
    AnswerType.FREQUENCY: re.compile(
        rf"(?<=efter )(?:\d+|{_WORDS})\s+(?:måneder|uger|år|mdr\.?)|(?<=gået )(?:\d+|{_WORDS})\s+(?:måneder|uger|år|mdr\.?)"
        rf"|{_AMOUNTS}\s+(?:\w+e\s+)?møder|{_AMOUNTS}\s+gange?(?:\s+(?:om|pr\.|i)\s+\w+)?|hvert?\s+[\w. ]{{0,20}}?(?:år|måned|uge|kvartal)|\w*årligt?\b",
        re.IGNORECASE,
    ),
    AnswerType.DATE: re.compile(
        rf"(?:\d{{1,2}}\.\s*(?:[-–]\s*\d{{1,2}}\.\s*)?)?(?:{_MONTH})(?:\s+(?:19|20)\d\d)?"
        r"|(?:medio|ultimo|primo|foråret|efteråret)\s*(?:19|20)?\d*|\b(?:19|20)\d\d(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?\b",
        re.IGNORECASE,
    ),
    AnswerType.COUNT: re.compile(
        rf"\d+(?:[.,]\d+)*(?:\s*[-–]\s*\d+)?(?!\s*[.)]\s)|\b(?:{_WORDS})\b", re.IGNORECASE
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


# What an office or a job is called, alone or at the end of a compound.
_OFFICES = "formand|forstander|leder|direktør|borgmester|chef|kontaktperson|sekretær|rektor"
HAPPENED = re.compile(r"\bhvornår (?:blev|var|begyndte|startede|sluttede)\b", re.IGNORECASE)  # on what day
OFFICE = re.compile(
    rf"\b(?:hvem (?:er|var|bliver|blev)|hvad (?:hedder|hed))\s+(?:\w+\s+)?(\w*(?:{_OFFICES})(?:en)?)\b",
    re.IGNORECASE,
)

_POST = re.compile(rf"\w*(?:{_OFFICES}|konsulent|medlem|politiker|rådgiver)(?:en)?s?\b", re.IGNORECASE)
_FORMS: dict[AnswerType, re.Pattern[str]] = {
    AnswerType.MONEY: _MONEY, AnswerType.FIGURE: _MONEY, AnswerType.COUNT: _COUNT, AnswerType.FREQUENCY: _FREQUENCY,
    AnswerType.DATE: _DATE, AnswerType.DAY: _DAY, AnswerType.DEADLINE: _DATE, AnswerType.CLOCK: _CLOCK,
    AnswerType.TIMELY: _TIMELY, AnswerType.CONDITION: _CONDITION, AnswerType.CAUSE: _CAUSE, AnswerType.NAME: _NAME,
    AnswerType.POST: _POST, AnswerType.PLACE: _PLACE, AnswerType.ADDRESS: _ADDRESS, AnswerType.PHONE: _PHONE, AnswerType.EMAIL: _EMAIL,
    AnswerType.SECTION: _SECTION,
}  # fmt: skip
_DEPUTIES = "næst|vice|sous|tidligere|afdelings|under"


def holds_office(office: str, text: str) -> bool:
    """Whether a text names who holds an office, by a compound of it too; a deputy is another office.

    >>> holds_office("formand", "Regionsrådsformand Anna Bak"), holds_office("formand", "Næstformand Anna Bak")
    (True, False)
    >>> holds_office("næstformand", "Næstformand Anna Bak")
    True
    """
    word = re.escape(office.lower().removesuffix("en"))
    return bool(re.search(rf"\b(?:{word}|(?!{_DEPUTIES})\w*{word})(?:en)?s?\b", text, re.IGNORECASE))


# An amount that is named to be set aside: "var sidst 92 pct., men den lægges ikke til grund".
DENIED = re.compile(
    r"\d[^.;]*(?:(?:pct|kr)\.[^.;]*)?,\s*men (?:den|det|de|dette|tallet)\b[^.;]{0,30}\bikke\b", re.IGNORECASE
)


def amounts_of(text: str) -> str:
    """A text without the numbers that are no amounts, each as many blanks: of a section, a list, a date, a year;
    and without those that are set aside.

    >>> amounts_of("3. Takst 900 kr. fra 1. maj 2025").split()
    ['Takst', '900', 'kr.', 'fra']
    >>> amounts_of("Den var sidst 92,4 pct., men den lægges ikke til grund.").split()
    ['Den', 'var', 'sidst', 'til', 'grund.']
    """
    for said in (DENIED, _NO_AMOUNT):
        text = said.sub(lambda m: " " * len(m.group()), text)
    return text


@dataclass(frozen=True, slots=True)
class Expectation:
    """A question's kind, what an answer must show (None = any words will do), how many
    things are asked for, where the question says so, and the word that names them."""

    kind: Kind
    wants: AnswerType | None = None
    count: int | None = None
    head: str | None = None
    question: str = ""

    @property
    def lists(self) -> bool:
        """Whether several things are to be named, one list or one for each side."""
        return self.kind is Kind.LIST or (self.kind is Kind.COMPARE and "hvilke " in self.question.lower())

    def met(self, text: str) -> bool:
        """Whether a text shows what is expected; a section's or a year's number is no amount."""
        if self.kind is Kind.NUMBER:
            text = amounts_of(text)
        if self.kind is Kind.WHO:
            office = OFFICE.search(self.question)
            if office and not holds_office(office.group(1), text):
                return False
            names = {m.group() for m in _NAME.finditer(text)}
            if office:  # elsewhere a role will do: "bordformanden fremlægger Jeres drøftelser"
                names -= _POLITE
            return any(name not in self.question for name in names)
        if self.wants in _NAMEABLE:  # what the question names is no answer
            return any(words not in self.question for words in self.wants.signs_in(text))
        return self.wants is None or self.wants.shows(text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a text shows what is expected, in order."""
        if self.wants is None or self.wants not in (*_WHOLE, *_OF_VALUES, AnswerType.DAY):
            return []
        found = self.wants.spans(amounts_of(text) if self.kind is Kind.NUMBER else text)
        if self.kind is Kind.WHO:  # neither a word of the question nor one that merely begins its sentence
            asked = self.question.lower()
            found = [(a, b) for a, b in found if text[a:b].lower() not in asked and not _begins(text, a, b)]
        return found


_NAMEABLE = (AnswerType.DATE, AnswerType.DAY, AnswerType.DEADLINE, AnswerType.PLACE)


def _begins(text: str, start: int, end: int) -> bool:
    """Whether a single capitalised word stands where any word would be capitalised."""
    before = text[:start]
    return " " not in text[start:end] and bool(
        re.search(r"(?:^|[.!?:\n])\s*(?:[-•*]\s*|\(?\d{1,2}[.)]\s*)?$", before)
    )


# What a number is of that is no count of things.
_MEASURED = r"(?:måned|dage|uger|års?\b|timer|hverdage|arbejdsdage|kalenderdage|penge|kr\b|kroner|millioner|mio|tusinde|procent|pct|gange|%)"
_RULES: tuple[tuple[str, Kind, AnswerType | None], ...] = (
    (r"\b(?:sammenlign|henholdsvis|forskel(?:len)?\b.*\bmellem|på tværs af|i de fem regioner|hver af regionerne"
     r"|ændret sig|ændre sig|udviklet sig|ændret\b.*\bfra\b.*\btil\b|difference between|compare)", Kind.COMPARE, None),
    (r"\bhvor (?:ofte|tit)\b|\bhvor mange gange\b|\bhow often\b|\bhvad er (?:\w+ ){0,4}\w*hyppighed|^\W*\w*hyppighed", Kind.NUMBER, AnswerType.FREQUENCY),
    (r"\bhvilke[nt]? (?:paragraf|bestemmelse|hjemmel|lovhjemmel|§)\w*|\befter hvilken (?:lov|paragraf)", Kind.OTHER, AnswerType.SECTION),
    (r"\bhvilke[nt]? (?:post|titel|stilling|hverv|embede)\b", Kind.OTHER, AnswerType.POST),
    (r"\btelefon\w*|\btlf\b|\bphone\b", Kind.NUMBER, AnswerType.PHONE),
    (r"\be-?mail\w*|\bmailadresse\w*", Kind.OTHER, AnswerType.EMAIL),
    (r"\badresse\w*|\baddress\b", Kind.OTHER, AnswerType.ADDRESS),
    (r"\bhvornår (?:kan|må|har man)\b|\bi hvilke tilfælde\b|\bunder hvilke betingelser\b", Kind.WHEN, AnswerType.CONDITION),
    (r"\bhvilke[nt]? periode\b|\bhvor lang en periode\b|\bwhich period\b", Kind.WHEN, AnswerType.DATE),
    (r"\bhvad (?:er|var) (?:\w+ ){0,3}\w*(?:gebyr|beløb|budget)(?:s?grænsen?|t?et)?\b"
     r"|\bhvilke[nt]? (?:\w+ )?\w*(?:gebyr|beløb|beløbsgrænse|budget|bevilling)\b", Kind.NUMBER, AnswerType.MONEY),
    (r"\bhvad (?:er|var) (?:\w+ )?\w*(?:grænsen|tærsklen|loftet)\b", Kind.NUMBER, AnswerType.FIGURE),
    (rf"^\W*hvor mange (?!{_MEASURED})", Kind.NUMBER, AnswerType.COUNT),
    (r"\bhvor langt? er \w*frist|\bhvor længe\b", Kind.NUMBER, AnswerType.DURATION),
    (r"\b(?!betaling)\w*(?:frist|deadline)(?:en)?\b|\bhvor tidligt\b", Kind.WHEN, AnswerType.DEADLINE),
    (r"\bhvad tid\b|\bhvilket tidspunkt\b|\b(?:hvad er )?klokken\b", Kind.WHEN, AnswerType.CLOCK),
    (r"\bhvilken dato\b|\bhvad (?:er|var) (?:\w+ ){0,3}\w*dato(?:en)?\b", Kind.WHEN, AnswerType.DAY),
    (r"\bhvornår\b|\bhvilke[nt]? (?:dag|år|måned)\b|\bwhen\b|\b(?:which|what) (?:year|month|day|date)\b|\bfra hvilket år\b|\bhvad (?:er|var) (?:frist|sidste frist|deadline)"
     r"|\bfristen for\b", Kind.WHEN, AnswerType.DATE),
    (r"\bhvor (?:lang tid|lange?|hurtigt|mange (?:måned|dage|uger|års?\b|timer|hverdage))|\binden for hvilken tid\b|\bhvilke[nt]? (?:varsel|varighed|frist|opsigelsesvarsel)"
     r"|\b\w*vars(?:el|let|ler|lerne)\b|\bhvor gammel|\bhow long\b|\bbetalingsfrist|\bvarighed|\bafskrivningsperiode|\b(?:afskrivnings|svar|behandlings|kredit|løbe)tid(?:en)?\b",
     Kind.NUMBER, AnswerType.DURATION),
    (r"\bhvor stor (?:en )?(?:andel|del)\b|\bhvilken andel\b", Kind.NUMBER, AnswerType.PERCENT),
    (r"\bhvor (?:mange (?:penge|kr\b|kroner|millioner|mio|tusinde)|stort? et beløb|stort et budget)|\bhvor (?:stor|meget)\w*\b[^?]*\b\w*(?:budget(?:tet|ter)?|bevilling(?:en|er)?)\b",
     Kind.NUMBER, AnswerType.MONEY),
    (r"\bhvor (?:stor|høj)\w* (?:er|var) (?:overhead|administrationsbidrag)", Kind.NUMBER, AnswerType.PERCENT),
    (r"procent|\bpct\b|%|\bhvor (?:fyldt|tomt)|\bhvor (?:stor|lav|høj|lille)\w* (?:\w+ ){0,2}\w*belægning|\bhvilken belægning|\bhvilket bånd", Kind.NUMBER, AnswerType.PERCENT),
    (r"\bhvad (?:kost(?:er|ede)|betalte)\b|^\W*(?:\w+takst|\w*pris|honorar|budget)(?:en|et)?\b(?!-|.*\?)|\bhvad (?:får|fik)\b[^?]*\bi (?:honorar|tilskud|løn|støtte|betaling)\b|\bhvad (?:er|var) \w*(?:taksten|prisen)\b|\bhvad (?:\w+ ){1,2}koster\b|\bhvor meget (?:koster|betale|(?:skal|skulle) \w+ (?:\w+ )?betale)"
     r"|\bhvor dyr|\bhvor høj er (?:taksten|prisen)|\bhow much\b|\bhvilken takst\b", Kind.NUMBER, AnswerType.MONEY),
    (r"\bhvad (?:er|var) (?:\w+ )?(?:overheadet|\w*bidraget|\w*satsen|båndet|andelen|tillægget|størrelsen|omfanget|niveauet|reduktionen|nedsættelsen|stigningen)\b", Kind.NUMBER, AnswerType.FIGURE),
    (r"\bhvor (?:mange|meget|stor|stort|store|høj|højt|høje|lav|lavt)\b|\bhow many\b|\bantal(?:let)?\b", Kind.NUMBER, AnswerType.COUNT),
    (r"\bhvem\b|\bwho\b|\bhvilke[nt]? (?:organisation|kommune|person|formand|konsulent|borgmester|direktør|leverandør|aktør|gruppe|instans|myndighed)\b",
     Kind.WHO, AnswerType.NAME),
    (r"\bhvor (?:ligger|foregår|foregik|bor)\b|\bhvor (?:blev|bliver|er|var|skal|finder|fandt|holdes|afholdes)\b[^?]*\b(?:(?:af)?hold\w*|sted|foregå|henne)\b"
     r"|\bhvilket sted\b|\bhvilken by\b|\bwhere\b", Kind.OTHER, AnswerType.PLACE),
    (r"\bhvorfor\b|\bwhy\b|\bhvad er (?:årsagen|grunden|baggrunden)\b", Kind.WHY, AnswerType.CAUSE),
    (r"^\W*hvad (?:er|var) de(?:res)?\s|\bhvilke\b|\bnævn\b|\blist\b|\bopremse\b|\bhvilke[nt]? (?:tre|fire|to|fem|seks)\b"
     r"|\bwhich\b.*s\b", Kind.LIST, None),
    (r"^\W*(?:hvad er|hvad betyder|hvad dækker|hvad forstås|hvad menes|forklar|hvad vil det sige|what is|what does)\b", Kind.DEFINITION, None),
)  # fmt: skip
_COMPILED = tuple((re.compile(words, re.IGNORECASE), kind, wants) for words, kind, wants in _RULES)
_ASKED_COUNT = re.compile(rf"\bhvilke\s+(\d+|{_WORDS})\b|\bde\s+(\d+|{_WORDS})\s+\w+er\b", re.IGNORECASE)


def expects(question: str) -> Expectation:
    """The type of a question, by the first rule that fits.

    >>> expects("Hvor mange kommuner er med?").kind, expects("Hvem er formand?").kind
    (<Kind.NUMBER: 'number'>, <Kind.WHO: 'who'>)
    >>> expects("Hvilke tre temaer blev udpeget?").count
    3
    >>> asked = expects("Hvad er opsigelsesvarslet?")
    >>> asked.met("Varslet er tre måneder."), asked.spans("Varslet er tre måneder.")
    (True, [(11, 22)])
    """
    count = None
    if m := _ASKED_COUNT.search(question):
        word = (m.group(1) or m.group(2)).lower()
        count = int(word) if word.isdigit() else NUMBER_WORDS[word]
    for n, (words, kind, wants) in enumerate(_COMPILED):
        if words.search(question):
            if kind is Kind.COMPARE:  # what is compared may be of a kind of its own
                wants = next((p for w, _, p in _COMPILED[n + 1 :] if w.search(question)), None)
            if kind is Kind.DEFINITION and (several := _several(question)):
                return Expectation(Kind.LIST, None, count, several, question)
            return Expectation(kind, wants, count, _head(question), question)
    return Expectation(Kind.OTHER, None, count, _head(question), question)


# Small words that one of the two languages has and the other has not.
_DANISH = frozenset(vocabulary.words("smaaord", "kender_dansk"))
_ENGLISH = frozenset(vocabulary.words("smaaord", "kender_engelsk"))


def is_english(question: str) -> bool:
    """Whether it is put in English: it has more of that language's small words than of Danish ones.

    >>> is_english("How many places are there?"), is_english("Hvor mange pladser er der?")
    (True, False)
    """
    said = re.findall(r"[a-zæøå]+", question.lower())
    return sum(w in _ENGLISH for w in said) > sum(w in _DANISH for w in said)


_HEAD = re.compile(
    rf"\b(?:hvilke[nt]?|hvor mange|hvor stor(?:t|e)?(?: en)?|which|how many|hvad (?:er|var) (?:de|den|det)?)\s+(?:\d+\s+|(?:{_WORDS})\s+)?"
    rf"((?:[a-zæøå-]+(?:e|t)\s+)?[a-zæøå-]{{3,}})",
    re.IGNORECASE,
)


# In the texts these are signs, not words.
_MEASURES = frozenset(vocabulary.words("smaaord", "maal"))
_AUXILIARY = frozenset(vocabulary.words("smaaord", "efter_navneord"))


# "Hvad er fokusområderne", "hvad er vores fokusområder", "hvad er Sjællands fokusområder", but not "hvad er rammeaftaler".
_DEFINITE = re.compile(
    r"^\W*hvad (?:er|var) (?:(?:vores|jeres|[a-zæøå]{3,}s) (?:[a-zæøå]+e )?([a-zæøå]+er)|([a-zæøå]+er)ne)\b",
    re.IGNORECASE,
)


def _several(question: str) -> str | None:
    """The noun in the definite plural that a question asks what they are; None where it asks of none.

    >>> _several("Hvad er vores fokusområder?"), _several("Hvad er rammeaftaler?"), _several("Hvad er temaerne i 2026?")
    ('fokusområder', None, 'temaerne')
    """
    m = _DEFINITE.match(question)
    if not m or not is_plural((m.group(1) or m.group(2)).lower()):
        return None
    return m.group().split()[-1].lower()


def _head(question: str) -> str | None:
    """The noun after "hvilke", "hvor mange", "hvad er": the thing that is asked for.

    >>> _head("Hvilke tre politiske temaer blev udpeget?"), _head("Hvilken målgruppe har tilbuddet?")
    ('temaer', 'målgruppe')
    >>> _head("Hvor stor en afvigelse fra taksten er tilladt?")
    'afvigelse'
    """
    if m := _HEAD.search(question):
        first, *rest = m.group(1).lower().split()
        head = rest[0] if rest and rest[0] not in _AUXILIARY else first
        return None if head in _MEASURES else head
    return None
