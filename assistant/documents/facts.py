"""Finds facts about a document, each with the words that prove it. A manifest overrides them.

Evidence near the front weighs most: the cover says what a document is, the body says what it talks about. If two values
score about the same, the fact stays None.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.language.document_names import KINDS, PARTS
from assistant.language.letters import fold
from assistant.language.places import REGIONS, municipalities_named, regions_named
from assistant.language.times import MONTHS, YEAR, month_number, periods_in
from assistant.models import CleanPage, Facts

COVER = 1200  # characters at the start that count as the cover
FRONT = 3000
MANIFEST_FIELDS = (
    "region",
    "period",
    "kind",
    "part",
    "publisher",
    "date",
    "valid_from",
    "valid_to",
    "replaces",
    "amends",
)


def facts_of(
    title: str,
    pages: Sequence[CleanPage],
    given: Mapping[str, str] | None = None,
    form: str = "",
    around: Mapping[str, str] | None = None,
) -> Facts:
    """Finds the facts in a document's title and clean pages. `form` is the file name's suffix; `given`, a manifest row,
    overrides what is found. `around` maps other places ("sidehoved", "filnavn", "mappe") to their text; they are tried
    in order for facts that the text does not give."""
    body = "\n".join(page.text for page in pages)
    elsewhere = around or {}
    cover = f"{title}\n{body[:COVER]}"
    evidence: dict[str, str] = {}

    def known(name: str, found: tuple[str, str] | None) -> str | None:
        if found:
            evidence[name] = found[1]
        return found[0] if found else None

    own = _about_agreements(title, body, form) or _kind(title, body)
    kind = known("kind", own or _kind_in(elsewhere))
    national = kind == "central udmelding"
    facts = Facts(
        region=None if national else known("region", _region(title, cover, body) or _region_in(elsewhere)),
        period=known("period", _period(title, cover, body) or _period_in(elsewhere)),
        kind=kind,
        part=known("part", _part(title, body)),
        publisher=known("publisher", _publisher(body)),
        date=known("date", _date(body)),
        valid_from=known("valid_from", _valid(body, 0)),
        valid_to=known("valid_to", _valid(body, 1)),
        replaces=known("replaces", _other(_REPLACES, f"{title}\n{body}")),
        amends=known("amends", _other(_AMENDS, f"{title}\n{body}")),
        evidence=evidence,
    )
    return _overridden(facts, given) if given else facts


def _overridden(facts: Facts, given: Mapping[str, str]) -> Facts:
    evidence = dict(facts.evidence)
    changes: dict[str, str | None] = {}
    for name in MANIFEST_FIELDS:
        if value := (given.get(name) or "").strip():
            changes[name] = None if value == "-" else value
            evidence[name] = "manifest.csv"
    return replace(facts, **changes, evidence=evidence)


def _region_in(around: Mapping[str, str]) -> tuple[str, str] | None:
    """The region, if a place around the text names exactly one."""
    for place, text in around.items():
        named = {region for region, _ in regions_named(text)} or {r for r, _ in municipalities_named(text)}
        if len(named) == 1:
            return named.pop(), f"{place}: {text[:80]}"
    return None


def _period_in(around: Mapping[str, str]) -> tuple[str, str] | None:
    for place, text in around.items():
        if periods := {period for period, _, _ in periods_in(text)}:
            if len(periods) == 1:
                return periods.pop(), f"{place}: {text[:80]}"
        elif len(years := set(YEAR.findall(text))) == 1 and place != "egenskaber":
            year = years.pop()
            return f"{year}-{year}", f"{place}: {text[:80]}"
    return None


def _kind_in(around: Mapping[str, str]) -> tuple[str, str] | None:
    for place, text in around.items():
        if found := _kind(text, ""):
            return found[0], f"{place}: {text[:80]}"
    return None


# --- region ---


def _region(title: str, cover: str, body: str) -> tuple[str, str] | None:
    scores: dict[str, float] = defaultdict(float)
    proof: dict[str, str] = {}

    def count(text: str, weight: float) -> None:
        for region, word in regions_named(text):
            scores[region] += weight
            proof.setdefault(region, _as_written(text, word))

    count(title, 12)
    count(cover, 4)
    count(body, 1)
    for region, names in _parties(body[:6000]).items():
        scores[region] += 6 * min(len(names), 5) if len(names) >= 3 else len(names)
        proof.setdefault(region, ", ".join(names[:3]))
    if not scores:
        for region, names in _parties(body).items():
            scores[region] = len(names)
            proof[region] = ", ".join(names[:3])
    if not scores:
        return None
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if len(ranked) > 1 and ranked[1][1] > 0.6 * ranked[0][1]:
        return None  # a document about several regions: each passage is judged on its own
    return ranked[0][0], proof[ranked[0][0]]


def _parties(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for region, name in municipalities_named(text):
        if name not in found[region]:
            found[region].append(name)
    return found


def _as_written(text: str, folded: str) -> str:
    """The words of `text` that a folded match stands for, with the word before it."""
    for m in re.finditer(r"(?:[\w'-]+\s)?([\w'-]+(?:\s[\w'-]+)?)", text):
        if folded in fold(m.group()):
            return m.group().replace("\n", " ")
    return folded


# --- period ---

_ABOUT = re.compile(
    r"(?:aftale|gælde|periode|virkning|træder|løber|omfatter|årene|valgperiode|strategi|for)\w*\W+(?:\w+\W+){0,6}$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:afløser|erstatter|tidligere|forrige|hidtidige|sammenlignet med|forhold til|siden|efter(?:følger)?"
    r"|kommende|næste|foregående|\bi forlængelse af|bygger videre på)\W+(?:\w+\W+){0,6}$",
    re.IGNORECASE,
)


def _period(title: str, cover: str, body: str) -> tuple[str, str] | None:
    scores: dict[str, float] = defaultdict(float)
    proof: dict[str, str] = {}
    for text, weight in ((title, 12.0), (cover, 4.0), (body[:FRONT], 1.5), (body, 0.5)):
        for period, start, end in periods_in(text):
            before = text[max(0, start - 60) : start]
            bonus = 0.3 if _BEFORE.search(before) else 1.6 if _ABOUT.search(before) else 1.0
            scores[period] += weight * bonus
            if not _BEFORE.search(before):
                proof.setdefault(
                    period, re.sub(r"^\S*\s", "", text[max(0, start - 30) : end]).replace("\n", " ")
                )
    titled = re.search(
        r"(?:aftalen?|strategi)\s+(?:for\s+)?((?:19|20)\d\d)(?![\d-])", f"{title}\n{cover}", re.I
    )
    if titled and not any(s >= 8 for s in scores.values()):
        return f"{titled.group(1)}-{titled.group(1)}", titled.group().replace("\n", " ")
    if not scores:
        return None
    best, score = max(scores.items(), key=lambda item: item[1])
    return (best, proof.get(best, best)) if score >= 3 else None


# --- kind, part, publisher, date ---


_ABOUT_THEM = re.compile(
    r"^\W*(notat|referat|orientering|dagsorden|nyhedsbrev|pressemeddelelse|(?:standard)?kontrakt|høringssvar"
    r"|sv:|vs:|re:|fw:|fwd:)",
    re.IGNORECASE,
)


def _about_agreements(title: str, body: str, form: str) -> tuple[str, str] | None:
    """A document that talks about agreements without being one: recognised by its first words or its file type."""
    if form == ".eml":
        return "other", "en mail"
    lines = [title, *[line for line in body[:400].split("\n") if line.strip()][:2]]
    for line in lines:
        if m := _ABOUT_THEM.match(line.lstrip("# ")):
            return "other", m.group(1)
    return ("oplæg", "en præsentation") if form == ".pptx" else None


def _kind(title: str, body: str) -> tuple[str, str] | None:
    head = body[:160].split("\n\n")[0]
    for text in (title, head, body[:COVER]):
        best: tuple[int, str, str] | None = None
        for rank, (kind, words) in enumerate(KINDS):
            if m := re.search(rf"(?<!\w)(?:{words})(?!\w)", text, re.IGNORECASE):
                # A word near the start says what the document is; a later one says what it is about.
                place = m.start() // 60 * 10 + rank
                if best is None or place < best[0]:
                    best = (place, kind, m.group())
        if best:
            return best[1], best[2]
    return None


def _part(title: str, body: str) -> tuple[str, str] | None:
    for text in (title, body[:200]):
        for part, words in PARTS:
            if m := re.search(rf"(?<!\w)(?:{words})(?!\w)[^\n.]{{0,30}}", text, re.IGNORECASE):
                return part, m.group().strip()
    return None


_PUBLISHERS = (
    r"Social- og Boligstyrelsen",
    r"Socialstyrelsen",
    r"Sekretariatet for Rammeaftale \w+",
    r"Fælleskommunalt \w*[Ss]ekretariat",
    r"Socialdirektørforum",
    r"KKR (?:" + "|".join(REGIONS) + ")",
    r"Region (?:" + "|".join(REGIONS) + ")",
)


def _publisher(body: str) -> tuple[str, str] | None:
    """The organisation that signs, named at the front or in the colophon at the end."""
    for text in (body[:COVER], body[-600:], body[:FRONT]):
        found = [m for p in _PUBLISHERS if (m := re.search(p, text))]
        if found:
            first = min(found, key=lambda m: m.start())
            return first.group(), first.group()
    return None


def _date(body: str) -> tuple[str, str] | None:
    """The date at the front or in the colophon: "september 2012", "den 28. juni 2024"."""
    months = "|".join(MONTHS)
    form = re.compile(rf"(?:(\d{{1,2}})\.\s*)?({months})\s+((?:19|20)\d\d)", re.IGNORECASE)
    for text in (body[:500], body[-500:]):
        for m in form.finditer(text):
            if re.search(r"\b(?:til|fra)\s*(?:den\s*)?$", text[max(0, m.start() - 8) : m.start()]):
                continue  # the start or end of a period of validity, not the date of the document
            month = month_number(m.group(2))
            day = f"-{int(m.group(1)):02d}" if m.group(1) else ""
            return f"{m.group(3)}-{month:02d}{day}", m.group()
    return None


_DAY = rf"(\d{{1,2}})\.\s*({'|'.join(MONTHS)})\s+((?:19|20)\d\d)"
_VALID = re.compile(
    r"\b(?:aftalen|rammeaftalen|styringsaftalen|socialaftalen|udgaven|bilaget|dokumentet)\b[^.\n]{0,60}?"
    r"\b(?:gælder|træder i kraft|trådte i kraft|har virkning|er gældende)\b[^.\n]{0,20}?"
    rf"\b(?:fra|den|pr\.)\s+(?:den\s+)?{_DAY}(?:[^.\n]{{0,15}}?\btil(?:\s+og\s+med)?\s+(?:den\s+)?{_DAY})?",
    re.IGNORECASE,
)


def _valid(body: str, which: int) -> tuple[str, str] | None:
    """The first (0) or last (1) day on which the document says it is in force, with the words that say so.

    >>> text = "Aftalen gælder fra den 1. juli 2025 til den 31. december 2026."
    >>> _valid(text, 0)[0], _valid(text, 1)[0]
    ('2025-07-01', '2026-12-31')
    """
    for m in _VALID.finditer(body):
        day, month, year = m.groups()[3 * which : 3 * which + 3]
        if day and 1 <= int(day) <= 31:
            return f"{year}-{month_number(month):02}-{int(day):02}", m.group()
    return None


_ITSELF = (
    r"\b(?:aftalen|rammeaftalen|styringsaftalen|socialaftalen|(?:denne|dette|nærværende) \w+|bilaget|tillægget|udgaven"
    r"|dokumentet|vejledningen|udmeldingen)\b[^.\n]{0,40}?\b"
)
_PAPER = (
    r"((?:(?:den|det|de) )?(?:(?:tidligere|hidtidige|gældende|nugældende|oprindelige|forrige) )?"
    r"(?:ramme|styrings|social)?(?:aftale|bilag|takstbilag|udgave|version|tillæg|vejledning|udmelding|strategi)\w*"
    r"(?: (?:for|fra|af|nr\.|til))*[^.,;\n]{0,50})"
)
_REPLACES = re.compile(rf"{_ITSELF}(?:erstatter|afløser|træder i stedet for) {_PAPER}", re.IGNORECASE)
_AMENDS = re.compile(
    rf"{_ITSELF}(?:ændrer|supplerer|er et tillæg til) {_PAPER}|^(?:\W*)(?:tillæg|rettelse|ændring) (?:til|af) {_PAPER}",
    re.IGNORECASE | re.MULTILINE,
)


def _other(pattern: re.Pattern[str], text: str) -> tuple[str, str] | None:
    """The document that this one says it replaces or amends, with the words that say so.

    >>> _other(_REPLACES, "Denne udgave erstatter rammeaftalen for 2023-2024.")[0]
    'rammeaftalen for 2023-2024'
    >>> _other(_AMENDS, "Tillæg til rammeaftale 2025-2026")[0]
    'rammeaftale 2025-2026'
    >>> _other(_REPLACES, "Den nye model erstatter de gamle takster.")
    """
    for m in pattern.finditer(text):
        if paper := next((g for g in m.groups() if g), ""):
            return " ".join(paper.split()), m.group().strip()
    return None


def title_of(own: str, pages: Sequence[CleanPage]) -> str:
    """The title of the document: its metadata title, else a line at the front that names a kind of document, else its
    first line; "" if none of these is usable."""
    own = own.strip()
    if len(own) > 6 and not re.search(
        r"\.(docx?|pdf|indd|pptx?|typ)$|^(microsoft|untitled|uden navn)", own, re.I
    ):
        return own
    lines = [
        line.strip(" #*")
        for page in pages[:2]
        for line in page.text.split("\n")[:8]
        if re.search(r"[^\W\d_]{5}", line) and line.strip(" #*").lower() != "eksempel"
    ]
    words = "|".join(words for _, words in KINDS)
    naming = [n for n in lines if len(n) <= 140 and re.search(rf"(?<!\w)(?:{words})(?!\w)", n, re.I)]
    naming = [n for n in naming if not re.search(r"aftalen$", n) or len(n.split()) > 4]
    if naming and len(naming[0]) < 90:
        return naming[0]
    if lines and len(lines[0]) <= 110 and not _SECTION.fullmatch(lines[0]):
        return lines[0]
    if pages and (
        m := re.search(
            r"\b(?:Ramme|Social|Styrings)aftalen?\s+(?:19|20)\d\d(?:\s*[-–/]\s*\d{2,4})?",
            pages[0].text,
        )
    ):
        return m.group()
    return ""


_FOR_ALL = re.compile(
    r"\b(?:lov|bekendtgørelse|cirkulære|vejledning|udmelding|standard|folketing)\w*\b", re.IGNORECASE
)


def for_all(title: str, facts: Facts) -> bool:
    """Whether a document without a region applies to every region: a law, guidance, or a national announcement.

    >>> for_all("Lov om socialtilsyn", Facts()), for_all("Aftale om takster", Facts())
    (True, False)
    """
    return facts.kind == "central udmelding" or bool(_FOR_ALL.search(title))


def named(facts: Facts, path: Path) -> str:
    """A title for a document without one: kind, region and period, or the file name."""
    if facts.kind and (facts.region or facts.period):
        period = facts.period and "-".join(dict.fromkeys(facts.period.split("-")))
        return " ".join(x for x in (facts.kind.capitalize(), facts.region, period) if x)
    return path.stem.replace("-", " ").replace("_", " ")


_SECTION = re.compile(r"(?:\d+\.?\s*)?(?:indledning|indhold|indholdsfortegnelse|forord|baggrund)", re.I)


def years_named(text: str) -> frozenset[int]:
    """The years that a text names, alone or as part of a period."""
    years = {int(y) for y in YEAR.findall(text)}
    for period, _, _ in periods_in(text):
        first, last = period.split("-")
        years |= set(range(int(first), int(last) + 1))
    return frozenset(years)
