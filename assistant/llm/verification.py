"""Decides whether a sentence that a language model proposes says no more than its quotes.

A sentence is kept only if every check passes: it is a sentence; its figures occur in the quotes and refer to the same
things there; its names, regions and years come from the quotes or their document; actor, negation, modality and
condition are the same; and its words are those of the quotes or synonyms of them. One failed check drops it. The checks
are strict on purpose: a dropped sentence is replaced by the quote itself, which only costs fluency, while a wrongly
kept one would mislead a civil servant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.language.clauses import clauses
from assistant.language.letters import fold
from assistant.language.modality import (
    actors_alike,
    as_strong,
    as_whole,
    negated_alike,
    restricted_alike,
    tied_alike,
)
from assistant.language.paraphrase import content, entire, hangs, has_verb, is_frame, meanings, sentences_of
from assistant.language.places import municipalities_named, regions_named
from assistant.language.times import MONTHS, periods_in
from assistant.language.values import values_in
from assistant.language.words import is_word, stem
from assistant.llm.binding import SINGLE_YEAR, bound_alike, limited_alike, same_figures, shared_alike
from assistant.models import Facts

SUPPORTED = 0.82  # least share of a sentence's words that must be supported by quotes and headings
BARE = 0.5  # least share that must be supported by the quotes alone
CLAUSE = 0.45  # least share for each clause
PART = 0.6  # weight of a word of which the quotes hold only a part of the compound

_BODY = re.compile(
    r"\b[\w-]*(?:styrelse|ministeri|nævn|institut|sekretariat|gruppe|udvalg|forum|råd|lov)(?:en|et|n|ne|rne|er)?s?\b"
    r"|\bKL\b|\bKKR\b",
    re.IGNORECASE,
)
_DATED = re.compile(  # a year with its month or season
    rf"\b({'|'.join(MONTHS)}|foråret|sommeren|efteråret|vinteren)(?: i)? ((?:19|20)\d\d)\b"
)
_NAME = re.compile(r"(?<![.!?:»\"]\s)(?<!^)\b[A-ZÆØÅ][\wÆØÅæøå-]+")
_ASKING = re.compile(r"\W*(?:hvor\w*|hvad|hvilke\w*|hvem|hvis ikke|hvordan)\b(?![^?]*,)", re.IGNORECASE)
_OPEN = re.compile(  # an incomplete sentence
    r"\b(?:og|eller|men|samt|at|som|en|et)\W*$|\b(?:i|på|for|af|til|ved|om|fra|hos|under|over|der|den|det|de)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verified quote, the heading above it, and the facts known about its document."""

    quote: str
    facts: Facts
    title: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a sentence is kept; `why` names the failed checks: "figure", "binding", "name",
    "region", "period", "negation", "strength", "tie", "actor", "whole", "added", "words", "nothing"."""

    kept: bool
    why: tuple[str, ...] = ()
    share: float = 1.0  # of its words that the quotes support


def rule(sentence: str, evidence: Sequence[Evidence]) -> Ruling:
    """Whether `evidence` supports everything that `sentence` says.

    >>> said = [Evidence("Opsigelsesvarslet er 2 måneder for døgntilbud og 6 uger for dagtilbud.", Facts("Sjælland"))]
    >>> rule("Varslet for opsigelse af et døgntilbud er to måneder.", said).kept
    True
    >>> rule("Varslet for opsigelse af et døgntilbud er 6 uger.", said).why
    ('binding',)
    >>> rule("I Syddanmark er opsigelsesvarslet 2 måneder for døgntilbud.", said).why
    ('region',)
    >>> rule("Opsigelsesvarslet er ikke 2 måneder for døgntilbud.", said).why
    ('negation',)
    """
    quotes = "\n".join(e.quote for e in evidence)
    context = "\n".join(f"{e.title} {e.section}" for e in evidence)
    if not evidence or not _is_sentence(sentence, f"{quotes}\n{context}"):
        return Ruling(False, ("nothing",), 0.0)
    # Headings count as support, because they name the topic; titles do not, because they only name the owner.
    headed = "\n".join([quotes, *(e.section for e in evidence)])
    share, weakest = _shares(sentence, headed)
    bare, _ = _shares(sentence, quotes)
    if (
        len(evidence) > 1
    ):  # one quote must support each clause: words picked from several quotes prove nothing
        told = [[_shares(c, f"{e.quote}\n{e.section}")[0] for e in evidence] for c in clauses(sentence)]
        weakest = min([weakest, *(max(shares) - SUPPORTED + CLAUSE for shares in told)])
    signs = {
        "figure": same_figures(sentence, quotes, _years(evidence)),
        "binding": bound_alike(sentence, quotes) and shared_alike(sentence, quotes),
        "region": _regions(sentence, f"{quotes}\n{context}", evidence),
        "period": _periods(sentence, f"{quotes}\n{context}", evidence),
        "name": _names(sentence, f"{quotes}\n{context}", evidence),
        "negation": negated_alike(sentence, quotes),
        "strength": as_strong(sentence, quotes) and limited_alike(sentence, quotes),
        "tie": tied_alike(sentence, quotes) and restricted_alike(sentence, quotes),
        "actor": actors_alike(sentence, quotes),
        "whole": as_whole(sentence, quotes),
        "added": not _added(sentence, f"{headed}\n{context}", quotes),
        "words": share >= SUPPORTED and bare >= BARE and weakest >= CLAUSE,
    }
    why = tuple(name for name, fits in signs.items() if not fits)
    return Ruling(not why, why, share)


def _is_sentence(text: str, quotes: str) -> bool:
    """Whether a text is a Danish sentence: enough words, a verb, and no word that is neither known nor quoted."""
    there = set(re.findall(r"\w+", quotes.lower()))
    words = re.findall(r"[^\W\d_]+", text.lower())
    figures = [v for v in values_in(text) if v.kind != "period"]
    return (
        bool(words)
        and not _ASKING.match(text)
        and not _OPEN.search(text)
        and len(_weighty(text)) >= 2 - bool(figures)
        and has_verb(text)
        and not hangs(text)
        and all(w in there or len(w) < 2 or is_word(w) for w in words)
    )


# --- names, regions, years ---


def _years(evidence: Sequence[Evidence]) -> set[Decimal]:
    """The years in the documents' periods and titles."""
    known = " ".join(f"{e.facts.period or ''} {e.title}" for e in evidence)
    return {Decimal(y) for y in re.findall(r"\d{4}", known)}


def _regions(sentence: str, quotes: str, evidence: Sequence[Evidence]) -> bool:
    own = {r for e in evidence for r in e.facts.regions} | {r for r, _ in regions_named(quotes)}
    named = {r for r, _ in regions_named(sentence)}
    places = {name for _, name in municipalities_named(quotes)}
    return named <= own and all(
        name in places or (region in own and name == region)
        for region, name in municipalities_named(sentence)
    )


def _periods(sentence: str, quotes: str, evidence: Sequence[Evidence]) -> bool:
    there = {
        y
        for e in evidence
        for y in re.findall(r"(?:19|20)\d\d", f"{e.facts.period or ''} {e.facts.date or ''}")
    }
    for period, _, _ in periods_in(quotes):
        first, _, last = period.partition("-")
        there |= {str(y) for y in range(int(first), int(last or first) + 1)}
    there |= set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", quotes))
    named = {y for period, _, _ in periods_in(sentence) for y in period.split("-")}
    named |= set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", sentence))
    # Where the quotes give years themselves, the years of the document do not count.
    dated = set(SINGLE_YEAR.findall("\n".join(e.quote for e in evidence)))
    if dated and not set(SINGLE_YEAR.findall(sentence)) <= dated:
        return False
    return named <= there and set(_DATED.findall(sentence.lower())) <= set(_DATED.findall(quotes.lower()))


def _names(sentence: str, quotes: str, evidence: Sequence[Evidence]) -> bool:
    """Whether all names in the sentence occur in the quotes or in the facts of the document."""
    known = {w.rstrip("s") for w in re.findall(r"\w+", fold(quotes))}
    known |= {
        w.rstrip("s")
        for e in evidence
        for w in re.findall(r"\w+", fold(f"{e.facts.region or ''} {e.facts.publisher or ''}"))
    }
    # Regions and municipalities are checked in `_regions`.
    places = {w for _, name in municipalities_named(sentence) for w in re.findall(r"\w+", fold(name))}
    places |= {w for _, name in regions_named(sentence) for w in re.findall(r"\w+", name)}
    for m in _BODY.finditer(sentence):
        own = stem(m.group())
        if not any(stem(b.group()).endswith(own) for b in _BODY.finditer(quotes)):
            return False
    for m in _NAME.finditer(sentence):
        parts = [w.rstrip("s") for w in re.findall(r"\w+", fold(m.group()))]
        if parts and not all(
            p in known or p in ("region", "kommune", "kkr") or p in places or len(p) < 3 for p in parts
        ):
            return False
    return True


# --- words ---


def likeness(sentence: str, quote: str) -> float:
    """The share of a sentence's words that a quote supports, plus a bonus for shared values; among equals the shorter
    quote scores higher."""
    share, _ = _shares(sentence, quote)
    same = {v.key for v in values_in(sentence)} & {v.key for v in values_in(quote)}
    return share + 0.1 * len(same) - 0.0005 * len(quote.split())


def _added(sentence: str, headed: str, quotes: str) -> bool:
    """Whether the sentence adds content. In a paraphrase each new word replaces one of the quote's words; more new
    words than missing ones mean that something is added."""
    told = set().union(*content(sentence))
    there = set().union(*content(headed))
    new = sum(not meanings(w) & there for w in _weighty(_without_figures(sentence)))
    parts = sentences_of(quotes)
    nearest = max(parts, key=lambda part: likeness(sentence, part)) if parts else ""
    gone = sum(not meanings(w) & told for w in _weighty(nearest))
    return new > gone


def _without_figures(text: str) -> str:
    for value in reversed(values_in(text)):
        text = f"{text[: value.start]} {text[value.end :]}"
    return text


def _weighty(text: str) -> list[str]:
    """The content words of a text."""
    words = re.findall(r"[\w-]+", text)
    return [w for w in words if meanings(w) and not is_frame(w.lower())]


def _shares(sentence: str, quotes: str) -> tuple[float, float]:
    """(share of the sentence's words that the quotes support, the share of its weakest clause)."""
    there = set().union(*content(quotes))
    weakest, have, whole = 1.0, 0.0, 0
    for clause in clauses(sentence):
        words = _weighty(_without_figures(clause))  # figures are checked separately
        got = sum(1.0 if entire(w.lower()) & there else PART if meanings(w) & there else 0.0 for w in words)
        have, whole = have + got, whole + len(words)
        if len(words) >= 2:
            weakest = min(weakest, got / len(words))
    return (have / whole if whole else 1.0), weakest
