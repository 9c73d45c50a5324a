"""What a question expects for an answer: its type, read from its words by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.language.danish import DANISH_SMALL, ENGLISH_SMALL, MONTHS, NUMBER_WORDS, REGIONS


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


_MONTH = "|".join(MONTHS)
_WORDS = "|".join(w for w in NUMBER_WORDS if w not in ("en", "et", "én", "ét", "nul"))
DATE = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})|\b(?:{_MONTH})\b(?:\s+\d{{4}})?|\b(?:19|20)\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}"
    r"|\b(?:medio|ultimo|primo|foråret|efteråret|årsskiftet|halvår|kvartal)\b",
    re.IGNORECASE,
)
DAY = re.compile(
    rf"\d{{1,2}}\.\s*(?:{_MONTH})(?:\s+\d{{4}})?|\b\d{{1,2}}[./]\d{{1,2}}(?:[./-]\d{{2,4}})?\b", re.IGNORECASE
)
PERCENT = re.compile(rf"(?:\d|\b(?:{_WORDS}))\s*(?:%|pct|procent)|\bprocent", re.IGNORECASE)
MONEY = re.compile(
    r"\d\s*(?:kr\b|kroner|mio|mia|tkr)|kr\.\s*\d|\d{1,3}(?:\.\d{3})+|(?:døgn|dag)\s.*\b\d{3,5}\b",
    re.IGNORECASE,
)
CAUSE = re.compile(
    r"\b(?:fordi|skyldes|derfor|på grund af|grundet|for at|således at|så at|da der|idet|hensyn|formål|baggrund|årsag|begrund|medfør|henblik)",
    re.IGNORECASE,
)
DURATION = re.compile(
    rf"(?:\d|\b(?:{_WORDS}|en|et|én|halvt?|løbende))\W+(?:\w+\W+)?(?:kalender|arbejds|hver)?(?:år\b|års\b|måned|mdr|md\b|uge|dag|døgn|time|kvartal)"
    r"|\w+årig|\bår(?:lig|ligt)\b|\d+-årig",
    re.IGNORECASE,
)
CONDITION = re.compile(rf"\b(?:når|hvis|såfremt|dersom|ved)\b|{DATE.pattern}", re.IGNORECASE)
DEADLINE = re.compile(f"{DATE.pattern}|{DURATION.pattern}", re.IGNORECASE)
FREQUENCY = re.compile(
    r"\bhver[t]?\b|\bårlig|(?<!\bi )\bgange?\b|\d+\s+møder|\bmånedlig|\bugentlig|\bhalvårlig|\bkvartal"
    rf"|\b(?:efter|gået|mellem|højst|inden for)\s+(?:\w+\s+)?(?:\d+|{_WORDS})\s+(?:måned|uge|år|mdr|md\b)",
    re.IGNORECASE,
)
FIGURE = re.compile(rf"{PERCENT.pattern}|{MONEY.pattern}|{DURATION.pattern}", re.IGNORECASE)
COUNT = re.compile(rf"\d|\b(?:{_WORDS}|begge|ingen)\b", re.IGNORECASE)
PHONE = re.compile(r"\b\d{2}[ .]?\d{2}[ .]?\d{2}[ .]?\d{2}\b|\b\d{4} \d{4}\b")
ADDRESS = re.compile(  # a year is no postal code, but for Frederiksberg's
    r"\b(?!(?:19|20)\d\d)\d{4} [A-ZÆØÅ]|\b2000 Fr|[A-ZÆØÅ]\w+(?:vej|gade|allé|alléen|plads|torv|stræde)(?:en)? \d+"
    r"|[A-ZÆØÅ]+(?:VEJ|GADE|ALLÉ|PLADS|TORV|STRÆDE) \d+"
)
PLACE = re.compile(
    rf"{ADDRESS.pattern}|\b(?:[Pp]å|[Ii]|[Vv]ed|[Hh]os)\s+(?!Region|KKR|Rammea|Social|{'|'.join(REGIONS)})[A-ZÆØÅ][\w-]+"
)
NAME = re.compile(
    r"[A-ZÆØÅ][\w-]+(?:\s+(?:for |og |af )?[A-ZÆØÅ][\w-]+)+|(?<=[a-zæøå,;:(] )[A-ZÆØÅ][\w-]+|\b[A-ZÆØÅ]{2,}\b"
)


_POLITE = frozenset(("I", "Jer", "Jeres", "De", "Dem", "Deres"))
_TIME_OF_DAY = r"\b(?:[01]?\d|2[0-3])[.:][0-5]\d\b(?![.,]?\d|\s*(?:kr|mio|pct|procent|%))"
CLOCK = re.compile(rf"\bkl\.?\s*\d|{_TIME_OF_DAY}", re.IGNORECASE)
# When something happens may be told by what it follows on.
TIMELY = re.compile(
    rf"{CONDITION.pattern}|{DURATION.pattern}|\b(?:efter|inden|før|senest|løbende|samtidig|hver[t]?)\b",
    re.IGNORECASE,
)
SECTION = re.compile(r"§+\s*\d+")
_AMOUNTS = rf"(?:\d+(?:[.,]\d+)*|(?:{_WORDS}|én|ét|et halvt|halvandet)\b)"
# What to set in bold: the whole amount with its unit, by the pattern that says one must be there.
_SPANS: dict[re.Pattern[str], re.Pattern[str]] = {
    PERCENT: re.compile(
        rf"(?:\+/-\s*|±\s*)?(?:\d+(?:[.,]\d+)?|\b(?:{_WORDS}))\s*(?:%|pct\.?|procent)", re.IGNORECASE
    ),
    MONEY: re.compile(r"\d[\d.]*(?:,\d+)?(?:\s*(?:mio\.?|mia\.?))?(?:\s*(?:kr\.?|kroner))?", re.IGNORECASE),
    DURATION: re.compile(
        rf"(?:løbende måned(?: plus| og| \+)? ?)?{_AMOUNTS}(?:\s+\w+)?\s+(?:kalender|arbejds|hver)?(?:år|måned|mdr|md\b|uge|dag|døgn|time)\w*"
        r"|\w+årige?\b|hvert?\s+(?:\w+\.?\s+)?(?:år|måned)",
        re.IGNORECASE,
    ),
    FREQUENCY: re.compile(
        rf"(?<=efter )(?:\d+|{_WORDS})\s+(?:måneder|uger|år|mdr\.?)|(?<=gået )(?:\d+|{_WORDS})\s+(?:måneder|uger|år|mdr\.?)"
        rf"|{_AMOUNTS}\s+(?:\w+e\s+)?møder|{_AMOUNTS}\s+gange?(?:\s+(?:om|pr\.|i)\s+\w+)?|hvert?\s+[\w. ]{{0,20}}?(?:år|måned|uge|kvartal)|\w*årligt?\b",
        re.IGNORECASE,
    ),
    DATE: re.compile(
        rf"(?:\d{{1,2}}\.\s*(?:[-–]\s*\d{{1,2}}\.\s*)?)?(?:{_MONTH})(?:\s+(?:19|20)\d\d)?"
        r"|(?:medio|ultimo|primo|foråret|efteråret)\s*(?:19|20)?\d*|\b(?:19|20)\d\d(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?\b",
        re.IGNORECASE,
    ),
    COUNT: re.compile(rf"\d+(?:[.,]\d+)*(?:\s*[-–]\s*\d+)?(?!\s*[.)]\s)|\b(?:{_WORDS})\b", re.IGNORECASE),
    NAME: re.compile(r"[A-ZÆØÅ][\w-]+(?:\s+[A-ZÆØÅ][\w-]+)*"),
    SECTION: re.compile(
        r"(?:\b(?:servicelovens?|SEL|barnets lovs?|ABL)\s+)?§+\s*\d+(?:\s?[a-z]\b)?(?:,?\s*stk\.\s*\d+)?"
    ),
}
_SPANS[DAY] = DAY
_SPANS[FIGURE] = re.compile("|".join(_SPANS[p].pattern for p in (PERCENT, DURATION)), re.IGNORECASE)
_SPANS[DEADLINE] = re.compile(f"{_SPANS[DATE].pattern}|{_SPANS[DURATION].pattern}", re.IGNORECASE)
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

POST = re.compile(rf"\w*(?:{_OFFICES}|konsulent|medlem|politiker|rådgiver)(?:en)?s?\b", re.IGNORECASE)
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


# Who is of a group, and the words that tell it.
MEMBERS = re.compile(
    r"\bhvem\s+(?:alle\s+)?(?:sidder|deltager|indgår|er (?:med i\b|medlem|repræsenteret|en del\b))",
    re.IGNORECASE,
)
MEMBERSHIP = re.compile(
    r"\b(?:\w*medlem|deltag|repræsent|sammensat|sammensætning|udpege|plads i\b|tæller\b|bestå|indgå|udgør|er med\b)"
    r"|\b(?:sidder|sad)\b",
    re.IGNORECASE,
)


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


def has_amount(text: str) -> bool:
    """Whether a text names an amount of any kind; a section's, a list's or a year's number is none.

    >>> has_amount("Der er 12 pladser."), has_amount("Der gives én besvarelse."), has_amount("Se § 12 i 2021.")
    (True, True, False)
    """
    bare = amounts_of(text)
    return bool(COUNT.search(bare) or re.search(r"\b(?:én|ét)\b", bare))


@dataclass(frozen=True, slots=True)
class Expectation:
    """A question's type, the pattern an answer must show (None = any words will do), how many
    things are asked for, where the question says so, and the word that names them."""

    kind: Kind
    pattern: re.Pattern[str] | None = None
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
            names = {m.group() for m in NAME.finditer(text)}
            if office:  # elsewhere a role will do: "bordformanden fremlægger Jeres drøftelser"
                names -= _POLITE
            return any(name not in self.question for name in names)
        if self.pattern in (DATE, DAY, DEADLINE, PLACE):  # what the question names is no answer
            return any(m.group() not in self.question for m in self.pattern.finditer(text))
        return self.pattern is None or bool(self.pattern.search(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where a text shows what is expected, in order."""
        form = _SPANS.get(self.pattern) if self.pattern else None
        if form is None:
            return []
        blanked = amounts_of(text) if self.kind is Kind.NUMBER else text
        found = [m for m in form.finditer(blanked) if m.group().strip()]
        if self.kind is Kind.WHO:  # neither a word of the question nor one that merely begins its sentence
            asked = self.question.lower()
            found = [m for m in found if m.group().lower() not in asked and not _begins(text, m)]
        return [m.span() for m in found]


def _begins(text: str, name: re.Match[str]) -> bool:
    """Whether a single capitalised word stands where any word would be capitalised."""
    before = text[: name.start()]
    return " " not in name.group() and bool(
        re.search(r"(?:^|[.!?:\n])\s*(?:[-•*]\s*|\(?\d{1,2}[.)]\s*)?$", before)
    )


# What a number is of that is no count of things.
_MEASURED = r"(?:måned|dage|uger|års?\b|timer|hverdage|arbejdsdage|kalenderdage|penge|kr\b|kroner|millioner|mio|tusinde|procent|pct|gange|%)"
# What there are several of, by its name alone.
_LISTED = r"(?:fokusområder|indsatsområder|fokuspunkter|temaer|målgrupper|krav|indsatser)(?:ne|ene)"
_RULES: tuple[tuple[str, Kind, re.Pattern[str] | None], ...] = (
    (r"\b(?:sammenlign|henholdsvis|forskel(?:len)?\b.*\bmellem|på tværs af|i de fem regioner|hver af regionerne"
     r"|ændret sig|ændre sig|udviklet sig|ændret\b.*\bfra\b.*\btil\b|difference between|compare)", Kind.COMPARE, None),
    (r"\bhvor (?:ofte|tit)\b|\bhvor mange gange\b|\bhow often\b|\bhvad er (?:\w+ ){0,4}\w*hyppighed|^\W*\w*hyppighed", Kind.NUMBER, FREQUENCY),
    (r"\bhvilke[nt]? (?:paragraf|bestemmelse|hjemmel|lovhjemmel|§)\w*|\befter hvilken (?:lov|paragraf)", Kind.OTHER, SECTION),
    (r"\bhvilke[nt]? (?:post|titel|stilling|hverv|embede)\b", Kind.OTHER, POST),
    (r"\btelefon\w*|\btlf\b|\bphone\b", Kind.NUMBER, PHONE),
    (r"\badresse\w*|\baddress\b", Kind.OTHER, ADDRESS),
    (r"\bhvornår (?:kan|må|har man)\b|\bi hvilke tilfælde\b|\bunder hvilke betingelser\b", Kind.WHEN, CONDITION),
    (r"\bhvilke[nt]? periode\b|\bhvor lang en periode\b|\bwhich period\b", Kind.WHEN, DATE),
    (r"\bhvad (?:er|var) (?:\w+ ){0,3}\w*(?:gebyr|beløb|budget)(?:s?grænsen?|t?et)?\b"
     r"|\bhvilke[nt]? (?:\w+ )?\w*(?:gebyr|beløb|beløbsgrænse|budget|bevilling)\b", Kind.NUMBER, MONEY),
    (r"\bhvad (?:er|var) (?:\w+ )?\w*(?:grænsen|tærsklen|loftet)\b", Kind.NUMBER, FIGURE),
    (rf"^\W*hvor mange (?!{_MEASURED})", Kind.NUMBER, COUNT),
    (r"\bhvor langt? er \w*frist|\bhvor længe\b", Kind.NUMBER, DURATION),
    (r"\b(?!betaling)\w*(?:frist|deadline)(?:en)?\b|\bhvor tidligt\b", Kind.WHEN, DEADLINE),
    (r"\bhvad tid\b|\bhvilket tidspunkt\b|\b(?:hvad er )?klokken\b", Kind.WHEN, CLOCK),
    (r"\bhvilken dato\b|\bhvad (?:er|var) (?:\w+ ){0,3}\w*dato(?:en)?\b", Kind.WHEN, DAY),
    (r"\bhvornår\b|\bhvilke[nt]? (?:dag|år|måned)\b|\bwhen\b|\b(?:which|what) (?:year|month|day|date)\b|\bfra hvilket år\b|\bhvad (?:er|var) (?:frist|sidste frist|deadline)"
     r"|\bfristen for\b", Kind.WHEN, DATE),
    (r"\bhvor (?:lang tid|lange?|hurtigt|mange (?:måned|dage|uger|års?\b|timer|hverdage))|\binden for hvilken tid\b|\bhvilke[nt]? (?:varsel|varighed|frist|opsigelsesvarsel)"
     r"|\b\w*vars(?:el|let|ler|lerne)\b|\bhvor gammel|\bhow long\b|\bbetalingsfrist|\bvarighed|\bafskrivningsperiode|\b(?:afskrivnings|svar|behandlings|kredit|løbe)tid(?:en)?\b",
     Kind.NUMBER, DURATION),
    (r"\bhvor stor (?:en )?(?:andel|del)\b|\bhvilken andel\b", Kind.NUMBER, PERCENT),
    (r"\bhvor (?:mange (?:penge|kr\b|kroner|millioner|mio|tusinde)|stort? et beløb|stort et budget)|\bhvor (?:stor|meget)\w*\b[^?]*\b\w*(?:budget(?:tet|ter)?|bevilling(?:en|er)?)\b",
     Kind.NUMBER, MONEY),
    (r"\bhvor (?:stor|høj)\w* (?:er|var) (?:overhead|administrationsbidrag)", Kind.NUMBER, PERCENT),
    (r"procent|\bpct\b|%|\bhvor (?:fyldt|tomt)|\bhvor (?:stor|lav|høj|lille)\w* (?:\w+ ){0,2}\w*belægning|\bhvilken belægning|\bhvilket bånd", Kind.NUMBER, PERCENT),
    (r"\bhvad (?:kost(?:er|ede)|betalte)\b|^\W*(?:\w+takst|\w*pris|honorar|budget)(?:en|et)?\b(?!-|.*\?)|\bhvad (?:får|fik)\b[^?]*\bi (?:honorar|tilskud|løn|støtte|betaling)\b|\bhvad (?:er|var) \w*(?:taksten|prisen)\b|\bhvad (?:\w+ ){1,2}koster\b|\bhvor meget (?:koster|betale|(?:skal|skulle) \w+ (?:\w+ )?betale)"
     r"|\bhvor dyr|\bhvor høj er (?:taksten|prisen)|\bhow much\b|\bhvilken takst\b", Kind.NUMBER, MONEY),
    (r"\bhvad (?:er|var) (?:\w+ )?(?:overheadet|\w*bidraget|\w*satsen|båndet|andelen|tillægget|størrelsen|omfanget|niveauet|reduktionen|nedsættelsen|stigningen)\b", Kind.NUMBER, FIGURE),
    (r"\bhvor (?:mange|meget|stor|stort|store|høj|højt|høje|lav|lavt)\b|\bhow many\b|\bantal(?:let)?\b", Kind.NUMBER, COUNT),
    (r"\bhvem\b|\bwho\b|\bhvilke[nt]? (?:organisation|kommune|person|formand|konsulent|borgmester|direktør|leverandør|aktør|gruppe|instans|myndighed)\b",
     Kind.WHO, NAME),
    (r"\bhvor (?:ligger|foregår|foregik|bor)\b|\bhvor (?:blev|bliver|er|var|skal|finder|fandt|holdes|afholdes)\b[^?]*\b(?:(?:af)?hold\w*|sted|foregå|henne)\b"
     r"|\bhvilket sted\b|\bhvilken by\b|\bwhere\b", Kind.OTHER, PLACE),
    (r"\bhvorfor\b|\bwhy\b|\bhvad er (?:årsagen|grunden|baggrunden)\b", Kind.WHY, CAUSE),
    (rf"^\W*hvad (?:er|var) de(?:res)?\s|\bhvilke\b|\bnævn\b|\blist\b|\bopremse\b|\bhvilke[nt]? (?:tre|fire|to|fem|seks)\b|\bhvad (?:er|var) (?:{_LISTED})\b"
     r"|\bwhich\b.*s\b", Kind.LIST, None),
    (r"^\W*(?:hvad er|hvad betyder|hvad dækker|hvad forstås|hvad menes|forklar|hvad vil det sige|what is|what does)\b", Kind.DEFINITION, None),
)  # fmt: skip
_COMPILED = tuple((re.compile(words, re.IGNORECASE), kind, pattern) for words, kind, pattern in _RULES)
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
    for n, (words, kind, pattern) in enumerate(_COMPILED):
        if words.search(question):
            if kind is Kind.COMPARE:  # what is compared may be of a kind of its own
                pattern = next((p for w, _, p in _COMPILED[n + 1 :] if w.search(question)), None)
            return Expectation(kind, pattern, count, _head(question), question)
    return Expectation(Kind.OTHER, None, count, _head(question), question)


def is_english(question: str) -> bool:
    """Whether it is put in English: it has more of that language's small words than of Danish ones.

    >>> is_english("How many places are there?"), is_english("Hvor mange pladser er der?")
    (True, False)
    """
    words = re.findall(r"[a-zæøå]+", question.lower())
    english = sum(w in ENGLISH_SMALL for w in words)
    return english > sum(w in DANISH_SMALL for w in words)


_HEAD = re.compile(
    rf"\b(?:hvilke[nt]?|hvor mange|hvor stor(?:t|e)?(?: en)?|which|how many|hvad (?:er|var) (?:de|den|det)?)\s+(?:\d+\s+|(?:{_WORDS})\s+)?"
    rf"((?:[a-zæøå-]+(?:e|t)\s+)?[a-zæøå-]{{3,}})|\bhvad (?:er|var) ({_LISTED})\b",
    re.IGNORECASE,
)


# In the texts these are signs, not words.
_MEASURES = frozenset(("procent", "pct", "kroner", "kr", "penge", "millioner", "mio"))
_AUXILIARY = frozenset(  # and what else goes on after the noun
    ("fra", "til", "for", "med", "ved", "af", "på", "om", "mellem", "hos", "under", "over", "efter", "før", "som",
     "er", "var", "har", "havde", "skal", "skulle", "kan", "kunne", "vil", "ville", "må", "måtte", "bør", "bliver",
     "blev", "får", "fik", "hører", "indgår", "gælder", "gjaldt", "findes", "kommer", "kom", "der", "de", "man")
)  # fmt: skip


def _head(question: str) -> str | None:
    """The noun after "hvilke", "hvor mange", "hvad er": the thing that is asked for.

    >>> _head("Hvilke tre politiske temaer blev udpeget?"), _head("Hvilken målgruppe har tilbuddet?")
    ('temaer', 'målgruppe')
    >>> _head("Hvad er fokusområderne i 2026?"), _head("Hvor stor en afvigelse fra taksten er tilladt?")
    ('fokusområderne', 'afvigelse')
    """
    if m := _HEAD.search(question):
        first, *rest = (m.group(1) or m.group(2)).lower().split()
        head = rest[0] if rest and rest[0] not in _AUXILIARY else first
        return None if head in _MEASURES else head
    return None
