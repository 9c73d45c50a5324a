"""What a question expects as its answer: its kind and the type of answer, read from its words by rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.language import vocabulary
from assistant.language.numerals import NUMBER_WORDS
from assistant.language.words import is_plural
from assistant.question.answer_type import (
    COUNT_WORDS,
    EXACT,
    NAME,
    OFFICE,
    AnswerType,
    amounts_of,
    holds_office,
)


class Kind(StrEnum):
    """Kinds of question."""

    WHO = "who"
    WHEN = "when"
    NUMBER = "number"
    LIST = "list"
    DEFINITION = "definition"
    WHY = "why"
    COMPARE = "compare"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The kind of a question; what an answer must show (None where any words will do); how many items are asked for,
    where the question says so; and the word that names them."""

    kind: Kind
    wants: AnswerType | None = None
    count: int | None = None
    head: str | None = None
    question: str = ""

    @property
    def lists(self) -> bool:
        """Whether several items are to be named, in one list or one for each side."""
        return self.kind is Kind.LIST or (self.kind is Kind.COMPARE and "hvilke " in self.question.lower())

    def met(self, text: str) -> bool:
        """Whether a text shows what is expected. The number of a section or a year is not an amount."""
        if self.kind is Kind.NUMBER:
            text = amounts_of(text)
        if self.kind is Kind.WHO:
            office = OFFICE.search(self.question)
            if office and not holds_office(office.group(1), text):
                return False
            names = {m.group() for m in NAME.finditer(text)}
            if office:  # for other questions a role is enough: "bordformanden fremlægger Jeres drøftelser"
                names -= _POLITE
            return any(name not in self.question for name in names)
        if self.wants in _NAMEABLE:  # what the question itself names is not an answer
            return any(words not in self.question for words in self.wants.signs_in(text))
        return self.wants is None or self.wants.shows(text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a text shows what is expected, in order."""
        if self.wants is None or self.wants not in EXACT:
            return []
        found = self.wants.spans(amounts_of(text) if self.kind is Kind.NUMBER else text)
        if self.kind is Kind.WHO:  # not a word of the question, nor one that merely begins its sentence
            asked = self.question.lower()
            found = [(a, b) for a, b in found if text[a:b].lower() not in asked and not _begins(text, a, b)]
        return found


_POLITE = frozenset(("I", "Jer", "Jeres", "De", "Dem", "Deres"))
_NAMEABLE = (AnswerType.DATE, AnswerType.DAY, AnswerType.DEADLINE, AnswerType.PLACE)


def _begins(text: str, start: int, end: int) -> bool:
    """Whether a single capitalised word stands where any word would be capitalised."""
    before = text[:start]
    return " " not in text[start:end] and bool(
        re.search(r"(?:^|[.!?:\n])\s*(?:[-•*]\s*|\(?\d{1,2}[.)]\s*)?$", before)
    )


# Units after "hvor mange" that ask for a measure rather than a count of things.
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
_ASKED_COUNT = re.compile(
    rf"\bhvilke\s+(\d+|{COUNT_WORDS})\b|\bde\s+(\d+|{COUNT_WORDS})\s+\w+er\b", re.IGNORECASE
)


def expects(question: str) -> Expectation:
    """What a question expects, by the first rule that matches.

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
            if kind is Kind.COMPARE:  # the compared items may have an answer type of their own
                wants = next((p for w, _, p in _COMPILED[n + 1 :] if w.search(question)), None)
            if kind is Kind.DEFINITION and (several := _several(question)):
                return Expectation(Kind.LIST, None, count, several, question)
            return Expectation(kind, wants, count, _head(question), question)
    return Expectation(Kind.OTHER, None, count, _head(question), question)


# Function words that only one of the two languages has.
_DANISH = frozenset(vocabulary.words("smaaord", "kender_dansk"))
_ENGLISH = frozenset(vocabulary.words("smaaord", "kender_engelsk"))


def is_english(question: str) -> bool:
    """Whether a question is in English: it has more English than Danish function words.

    >>> is_english("How many places are there?"), is_english("Hvor mange pladser er der?")
    (True, False)
    """
    said = re.findall(r"[a-zæøå]+", question.lower())
    return sum(w in _ENGLISH for w in said) > sum(w in _DANISH for w in said)


_HEAD = re.compile(
    rf"\b(?:hvilke[nt]?|hvor mange|hvor stor(?:t|e)?(?: en)?|which|how many|hvad (?:er|var) (?:de|den|det)?)\s+(?:\d+\s+|(?:{COUNT_WORDS})\s+)?"
    rf"((?:[a-zæøå-]+(?:e|t)\s+)?[a-zæøå-]{{3,}})",
    re.IGNORECASE,
)


# Units, which the texts write as signs rather than words.
_MEASURES = frozenset(vocabulary.words("smaaord", "maal"))
_AUXILIARY = frozenset(vocabulary.words("smaaord", "efter_navneord"))


# "Hvad er fokusområderne", "hvad er vores fokusområder", "hvad er Sjællands fokusområder", but not "hvad er
# rammeaftaler".
_DEFINITE = re.compile(
    r"^\W*hvad (?:er|var) (?:(?:vores|jeres|[a-zæøå]{3,}s) (?:[a-zæøå]+e )?([a-zæøå]+er)|([a-zæøå]+er)ne)\b",
    re.IGNORECASE,
)


def _several(question: str) -> str | None:
    """The definite plural noun that a "hvad er" question asks about; None where there is none.

    >>> _several("Hvad er vores fokusområder?"), _several("Hvad er rammeaftaler?"), _several("Hvad er temaerne i 2026?")
    ('fokusområder', None, 'temaerne')
    """
    m = _DEFINITE.match(question)
    if not m or not is_plural((m.group(1) or m.group(2)).lower()):
        return None
    return m.group().split()[-1].lower()


def _head(question: str) -> str | None:
    """The noun after "hvilke", "hvor mange" or "hvad er": what is asked for.

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
