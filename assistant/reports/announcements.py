"""Which of the agency's central announcements each region has answered, when, and in which words.

An answer is a sentence in the region's own documents that says so and is about the announcement's subject. Finding
none does not prove that none was given; the report words it accordingly.
"""

from __future__ import annotations

import re

from assistant.documents.answer_units import tokens_of, units_of
from assistant.language.letters import fold
from assistant.language.places import REGIONS, regions_named
from assistant.language.values import values_in
from assistant.language.words import terms
from assistant.models import Comparison, DocumentEntry, Quote, Row, Statement
from assistant.reports.consistency import Finding, Topic
from assistant.service.assistant import Assistant

KIND = "central udmelding"
ANSWERED = re.compile(
    r"\b(?:besvar|afr[ae]pporter|indsend|indberet|fremsend|afleverede|svarede|svaret på|har svaret|behandle[dt])\w*",
    re.IGNORECASE,
)
SPEAKS = re.compile(r"\budmelding", re.IGNORECASE)
RENEWED = re.compile(r"fornyet behandling", re.IGNORECASE)
OWN = 0.3  # share of the subject's words that the passage must hold
HEADED, TELLING = 2, 2  # passages whose headings may name a subject; fewest words of a subject
_FORM = re.compile(
    r"\b(?:central(?:e)? udmelding(?:en)?|fornyet (?:behandling|afrapportering)|anmodning|til kommunerne)\b"
    r"(?:\s+(?:om|vedrørende|for|af)\b)?",
    re.IGNORECASE,
)
GENERAL = frozenset(
    fold(word)
    for word in (
        "central", "centrale", "udmelding", "udmeldinger", "fornyet", "behandling", "anmodning", "om", "til", "med",
        "for", "og", "af", "borgere", "børn", "unge", "voksne", "behov",
    )
)  # fmt: skip


def findings(assistant: Assistant) -> list[Finding]:
    """One finding for each announcement in the index, by date; empty where there is none."""
    documents = assistant.retriever.documents.values()
    own = [
        d
        for d in documents  # a region's own document about announcements is not an announcement
        if d.facts.kind == KIND and d.id not in assistant.retriever.replaced and not regions_named(d.title)
    ]
    return [_finding(assistant, d) for d in sorted(own, key=lambda d: (d.facts.date or "", d.title))]


def subject(title: str) -> str:
    """The subject of an announcement, from its title.

    >>> subject("Central udmelding om punktskriftindsatser til børn og unge")
    'punktskriftindsatser til børn og unge'
    >>> subject("Døve voksne med psykisk sygdom – central udmelding til kommunerne")
    'Døve voksne med psykisk sygdom'
    """
    bare = _FORM.sub(" ", title)
    parts = [" ".join(part.split()) for part in re.split(r"\s[–-]\s|:", bare)]
    return max(parts, key=lambda part: len(frozenset(terms(part)) - GENERAL)) or title


def _about(assistant: Assistant, announcement: DocumentEntry) -> str:
    """The subject from the title or, where the title has none, from the first heading that has one."""
    passages = assistant.retriever.passages.of(announcement.id)[:HEADED]
    headings = [u.text.strip("# ") for p in passages for u in units_of(p.text) if u.kind == "heading"]
    told = [subject(text) for text in (announcement.title, *headings)]
    return next((t for t in told if len(_words(t)) >= TELLING), told[0])


def _words(text: str) -> list[str]:
    return [w for w in frozenset(terms(text)) - GENERAL if re.fullmatch(r"[^\W\d]{4,}", w)]


def _finding(assistant: Assistant, announcement: DocumentEntry) -> Finding:
    about = _about(assistant, announcement)
    renewed = bool(RENEWED.search(announcement.title))
    present = [
        r for r in REGIONS if any(r in d.facts.regions for d in assistant.retriever.documents.values())
    ]
    rows = [_row(assistant, region, about, renewed) for region in present]
    answered = [f"{r.region}{_when(r)}" for r in rows if r.status == "found"]
    silent = [r.region or "?" for r in rows if r.status == "silent"]
    notes = [
        f"Udmeldt {announcement.facts.date}." if announcement.facts.date else "Uden dato for udmeldingen."
    ]
    if answered:
        notes.append(f"Besvaret ifølge regionens egne dokumenter: {', '.join(answered)}.")
    if silent:
        notes.append(f"Intet svar fundet i de dokumenter, der er søgt i: {', '.join(silent)}.")
    title = f"{'Fornyet behandling' if renewed else 'Central udmelding'}: {about}"
    question = f"Er den centrale udmelding om {about} besvaret?"
    compared = Comparison(question, tuple(rows), "insufficient", (), tuple(notes))
    return Finding(Topic("", title, question), compared, "announcement")


def _when(row: Row) -> str:
    return f" ({row.values[0][1]})" if row.values else ""


def _row(assistant: Assistant, region: str, about: str, renewed: bool) -> Row:
    """The row of a region: the sentence in its documents that best states that the announcement was answered, or
    silence."""
    found = assistant.retriever
    wanted = frozenset(terms(about)) - GENERAL
    ranked: list[tuple[float, int, Statement]] = []
    for place, passage in enumerate(found.passages):
        facts = passage.facts
        around = f"{' '.join(passage.section)} {passage.text}"
        if region not in facts.regions or facts.kind == KIND or not SPEAKS.search(around):
            continue
        if passage.document_id in found.replaced or bool(RENEWED.search(around)) < renewed:
            continue
        near = _share(wanted, tokens_of(around))
        if near < OWN:
            continue
        for unit in units_of(passage.text):
            if unit.kind not in ("sentence", "item") or not ANSWERED.search(unit.text):
                continue
            dated = any(v.kind == "date" for v in values_in(unit.text))
            score = (
                near
                + _share(wanted, tokens_of(unit.text))
                + 0.5 * dated
                + 0.3 * bool(SPEAKS.search(unit.text))
            )
            quote = Quote(passage.id, unit.start, unit.end, unit.text)
            ranked.append((score, -place, Statement(unit.text, (quote,), kind=unit.kind)))
    for _, _, statement in sorted(ranked, key=lambda r: r[:2], reverse=True):
        if passed := assistant.answering.verified(statement):
            dates = [v for v in values_in(passed.text) if v.kind == "date"]
            values = tuple((v.kind, v.text, v.normalized) for v in dates[:1])
            first = passed.citations[0]
            return Row(region, first.facts.period, first.document, "found", (passed,), values)
    return Row(region, None, None, "silent")


def _share(wanted: frozenset[str], have: frozenset[str]) -> float:
    """Share of an announcement's words that occur in a text; for compounds, the same first part is enough."""
    if not wanted:
        return 1.0
    hit = sum(any(w == h or (len(w) > 6 and h.startswith(w[:7])) for h in have) for w in wanted)
    return hit / len(wanted)
