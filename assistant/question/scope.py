"""The limits that a question sets: regions, periods, kinds of document, and the day that "gældende" refers to.

`read_scope` reads them, `admits` applies them to a document's facts. A period named with the agreement is a hard
limit. A bare year may be the year of an event, so a document that is not an agreement may also answer with a passage
that names the year. An agreement of another period never answers for the one asked about.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from assistant.errors import QuestionError
from assistant.language.document_names import KIND_WORDS, KINDS
from assistant.language.letters import fold
from assistant.language.places import REGIONS, municipalities_named, regions_named
from assistant.language.times import YEAR, periods_in
from assistant.messages import date_text, said
from assistant.models import Facts, Scope

AGREEMENTS = frozenset({"rammeaftale", "styringsaftale", "udviklingsstrategi"})

_NOW = re.compile(
    r"\b(?:nu)?gældende\b[^?.]{0,25}aftale|\b(?:nuværende|aktuelle|nyeste)\b[^?.]{0,25}aftale"
    r"|\bgælder\b[^?.]{0,30}\b(?:i dag|nu|lige nu|for tiden|i øjeblikket)\b|\blige nu\b|\bi dag\b|\bi øjeblikket\b"
    r"|\baftale\w*[^?.]{0,20}\b(?:er i kraft|i kraft nu|som gælder nu|der gælder(?: nu| i dag)?)\b"
    r"|\b(?:current|in force)\b|\bgælder\s*(?:nu|i dag)\b|\bgældende\b|\bnu\W*$",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:forrige|foregående|sidste|seneste udløbne|tidligere)\b[^?.]{0,25}aftale|\bden før den gældende\b",
    re.IGNORECASE,
)
_FORMER_EDITION = re.compile(
    r"\b(?:før|inden) (?:den |sidste )?(?:revision|rettels|ændring|ajourføring)\w*"
    r"|\bopr[ie]ndelige? (?:udgave|version|aftale)"
    r"|\b(?:tidligere|forrige|gamle|første) (?:udgave|version)\w*|\budkast(?:et)?\b",
    re.IGNORECASE,
)
_THIS_YEAR = re.compile(r"\bi år\b|\bdette år\b", re.IGNORECASE)
_YEARS_OF_AGREEMENT = re.compile(r"aftale\w*\s+(?:for\s+|fra\s+|i\s+)?(?:år(?:et)?\s+)?$", re.IGNORECASE)
TERM = 2  # years that an agreement runs


def read_scope(question: str, today: dt.date) -> Scope:
    """The limits that a question names.

    >>> s = read_scope("Hvad er taksten i Faxe Kommune efter rammeaftalen 2021-22?", dt.date(2026, 1, 1))
    >>> s.regions, s.periods
    (('Sjælland',), ('2021-2022',))
    >>> read_scope("Hvad gælder nu i den nordjyske aftale?", dt.date(2026, 1, 1)).on
    datetime.date(2026, 1, 1)
    >>> read_scope("Hvor stor var afvigelsen i 2011?", dt.date(2026, 1, 1)).soft_years
    (2011,)
    """
    regions = [r for r, _ in regions_named(question)]
    regions = regions or [r for r, _ in municipalities_named(_OWNED.sub(" ", question))]
    spans = periods_in(question) or _short_periods(question)
    periods = [p for p, _, _ in spans]
    soft: list[int] = []
    for m in YEAR.finditer(question):
        if any(s <= m.start() < e for _, s, e in spans):
            continue
        if _YEARS_OF_AGREEMENT.search(question[: m.start()]):
            periods.append(f"{m.group(1)}-{m.group(1)}")
        else:
            soft.append(int(m.group(1)))
    kinds = [k for words, group in KIND_WORDS if re.search(rf"\b{words}\b", question, re.I) for k in group]
    if periods:  # next to the agreement's own period, a year is that of an event
        soft = []
    former = bool(_FORMER_EDITION.search(question))
    scope = Scope(_unique(regions), _unique(periods), _unique(kinds), None, _unique(soft), former)
    if scope.periods or scope.soft_years:
        return scope
    if _FORMER.search(question):
        return replace(scope, on=_earlier(today))
    if _THIS_YEAR.search(question):
        return replace(scope, soft_years=(today.year,))
    return replace(scope, on=today) if _NOW.search(question) else scope


def named(
    regions: Sequence[str], periods: Sequence[str] = (), kinds: Sequence[str] = (), on: dt.date | None = None
) -> Scope:
    """A scope given by name. Raises QuestionError for an unknown name.

    >>> named(["region sjælland"], ["2025"]).periods
    ('2025-2025',)
    """
    found: list[str] = []
    for text in regions:
        match = [r for r in REGIONS if fold(r) == fold(text).removeprefix("region ").strip()]
        if not match:
            raise QuestionError(said("unknown_region", name=repr(text), known=", ".join(REGIONS)))
        found += match
    years: list[str] = []
    for text in periods:
        spans = [p for p, _, _ in periods_in(text)] or (
            [f"{text}-{text}"] if re.fullmatch(r"[12]\d{3}", text) else []
        )
        if not spans:
            raise QuestionError(said("unknown_period", name=repr(text)))
        years += spans
    known = [kind for kind, _ in KINDS] + ["other"]
    chosen = tuple(k.lower() for k in kinds)
    if wrong := [k for k in chosen if k not in known]:
        raise QuestionError(said("unknown_kind", name=repr(wrong[0]), known=", ".join(known)))
    return Scope(tuple(found), tuple(years), chosen, on)


# "Frederiksberg Kommunes vision" is about the municipality, not about the agreement it is party to.
_OWNED = re.compile(r"[A-ZÆØÅ][\w-]+ kommunes (?!\w*(?:aftale|takst|tilbud|plads|region))", re.IGNORECASE)
_TWO_DIGITS = re.compile(r"(?<![\d§/.,-])'?([12]\d)\s*[-–/]\s*'?([1-3]\d)(?![\d,.]|-år)")


def _short_periods(question: str) -> list[tuple[str, int, int]]:
    """ "19-20" in a question, where it can be two years of an agreement."""
    return [
        (f"20{m.group(1)}-20{m.group(2)}", m.start(), m.end())
        for m in _TWO_DIGITS.finditer(question)
        if int(m.group(2)) - int(m.group(1)) in (1, 2)
    ]


def _earlier(today: dt.date) -> dt.date:
    return today - dt.timedelta(days=365 * TERM)


T = TypeVar("T")


def _unique(values: list[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def years_of(period: str) -> tuple[int, int]:
    """First and last year of "2021-2022".

    >>> years_of("2021-2022")
    (2021, 2022)
    """
    first, _, last = period.partition("-")
    return int(first), int(last or first)


def admits(scope: Scope, facts: Facts, named: frozenset[int] | None = None) -> bool:
    """Whether a document with these facts may answer. `named` are the years that a passage names. With None the
    document is judged as a whole, and passes if it may have such a passage.

    >>> agreement = Facts(region="Sjælland", period="2021-2022", kind="rammeaftale")
    >>> admits(Scope(regions=("Sjælland",), soft_years=(2022,)), agreement)
    True
    >>> admits(Scope(periods=("2023-2024",)), agreement)
    False
    """
    elsewhere = scope.regions and not set(scope.regions) & set(facts.regions)
    # A document without a region may apply to all of them; an agreement belongs to one.
    if elsewhere and (facts.region or facts.kind in AGREEMENTS):
        return False
    if scope.kinds and facts.kind and facts.kind not in scope.kinds:
        return False
    return _in_time(scope, facts, named)


def _in_time(scope: Scope, facts: Facts, named: frozenset[int] | None) -> bool:
    years = facts.years
    if scope.on:
        day = scope.on.isoformat()
        if (facts.valid_from and day < facts.valid_from) or (facts.valid_to and day > facts.valid_to):
            return False
        if facts.valid_from and facts.valid_to:
            return True
        if years:
            return years[0] <= scope.on.year <= years[1]
        return facts.kind not in AGREEMENTS and facts.kind == "central udmelding"
    if scope.periods and not any(_overlap(years, years_of(p), facts, named) for p in scope.periods):
        return False
    if scope.soft_years:
        return any(_overlap(years, (y, y), facts, named) for y in scope.soft_years)
    return True


def standing(facts: Facts, day: dt.date) -> tuple[bool, bool, tuple[int, int]]:
    """The sort key of a region's documents on a day: whether it is in force, whether it has begun, and its years.

    >>> now, then = Facts(period="2025-2026", kind="rammeaftale"), Facts(period="2027-2028", kind="rammeaftale")
    >>> standing(now, dt.date(2026, 5, 1)) > standing(then, dt.date(2026, 5, 1))
    True
    >>> standing(now, dt.date(2027, 1, 1)) < standing(then, dt.date(2027, 1, 1))
    True
    """
    years = facts.years or (0, 0)
    return admits(Scope(on=day), facts), years[0] <= day.year, years


def _overlap(
    years: tuple[int, int] | None,
    asked: tuple[int, int],
    facts: Facts,
    named: frozenset[int] | None,
) -> bool:
    if years and _meet(years, asked):
        return True
    if years and facts.kind in AGREEMENTS:
        return False
    if facts.date and asked[0] <= int(facts.date[:4]) <= asked[1]:
        return True
    return named is None or any(asked[0] <= y <= asked[1] for y in named)


def contradicts(scope: Scope, text: str) -> bool:
    """Whether a text speaks of another period than the one asked for, and not of that one.

    >>> contradicts(Scope(periods=("2025-2026",)), "Temaer i Rammeaftale 2023-2024")
    True
    >>> contradicts(Scope(periods=("2025-2026",)), "Aftalen for 2025-2026 afløser 2023-2024")
    False
    """
    asked = [years_of(p) for p in scope.periods] + [(y, y) for y in scope.soft_years]
    if not asked:
        return False
    named = [years_of(p) for p, _, _ in periods_in(text)]
    return bool(named) and not any(a[0] <= n[1] and n[0] <= a[1] for a in asked for n in named)


def speaks_to(scope: Scope, facts: Facts, text: str) -> bool:
    """Whether a passage of a document may answer for the period asked for. Where the document is from another period,
    the passage itself must name the one asked for.

    >>> report = Facts(region="Syddanmark", period="2022-2023", kind="opsamling")
    >>> speaks_to(Scope(periods=("2025-2026",)), report, "Socialdirektørforum valgte tre temaer.")
    False
    >>> speaks_to(Scope(periods=("2025-2026",)), report, "Temaerne for 2025 er valgt.")
    True
    >>> speaks_to(Scope(periods=("2025-2026",)), report, "Planen for 2020-2026 er udbredt.")
    False
    """
    if contradicts(scope, text):
        return False
    asked = [years_of(p) for p in scope.periods]
    if not asked or not facts.years or any(_meet(facts.years, a) for a in asked):
        return True
    spans = periods_in(text)
    named = [years_of(p) for p, _, _ in spans]
    named += [
        (int(m[1]), int(m[1]))
        for m in YEAR.finditer(text)
        if not any(a <= m.start() < b for _, a, b in spans)
    ]
    return any(a[0] <= n[0] and n[1] <= a[1] for a in asked for n in named)


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def chips(scope: Scope) -> dict[str, tuple[str, str]]:
    """The label of each chip to the limit and the value it stands for.

    >>> chips(Scope(regions=("Sjælland",)))
    {'Sjælland': ('regions', 'Sjælland')}
    """
    values = [*scope.regions, *scope.periods, *map(str, scope.soft_years), *scope.kinds]
    values += ["on"] * bool(scope.on) + ["former"] * scope.former
    return {text: (name, value) for (name, text), value in zip(describe(scope), values, strict=False)}


def describe(scope: Scope) -> list[tuple[str, str]]:
    """The scope as (field, label), one for each chip.

    >>> describe(Scope(regions=("Sjælland",), periods=("2021-2021",)))
    [('regions', 'Sjælland'), ('periods', '2021')]
    """
    found = [("regions", r) for r in scope.regions]
    found += [("periods", "-".join(dict.fromkeys(p.split("-")))) for p in scope.periods]
    found += [("soft_years", str(y)) for y in scope.soft_years]
    found += [("kinds", k) for k in scope.kinds]
    if scope.on:
        found.append(("on", said("chip_on", day=date_text(scope.on))))
    if scope.former:
        found.append(("former", said("chip_former")))
    return found
