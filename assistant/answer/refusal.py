"""Is this enough to answer with? The decision to abstain, from what the hits and the draft show.

A logistic model over nine signs, fitted on questions with and without an answer (`python -m
eval.calibrate` fits it anew and prints the weights), and three rules that no weight may overrule: the
index knows the question's words, its names are there, and what it asks for is of the kind that is shown.
The strongest signs over near-identical agreements are `elsewhere` and `siblings`: when documents
outside the scope answer clearly better, with another clause than the one found here, that clause is
missing here, not badly worded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from math import exp

from assistant.answer.amounts import of_another_kind
from assistant.answer.composing import Draft, alike
from assistant.documents.units import tokens_of
from assistant.language.danish import fold, municipalities_named
from assistant.language.expansion import Term
from assistant.question.answer_type import (
    HAPPENED,
    MEMBERS,
    MEMBERSHIP,
    OFFICE,
    AnswerType,
    Kind,
    has_amount,
    holds_office,
    is_english,
)
from assistant.retrieval.ranking import Query, Scored
from assistant.retrieval.search import Found

Kinship = Callable[[str, Sequence[str]], Sequence[float]]

THRESHOLD = 0.62
BETTER = 0.05
KIN = 0.932  # cosine, figures masked, from which two sentences are about the same: 92 % of either side
COUNTED = 0.4  # how well what is counted must stand in the answer
LEAST_KNOWN = 0.2  # of the question's words: below, it is about something else
NEAR_ENGLISH = 0.835  # cosine from which an English question may be answered
# Share of its words, by their Danish counterparts, that does as well; half of it is needed beside the cosine.
ENGLISH_OWN = 0.5

_MUCH = re.compile(r"\bhvor meget\b|\bhow much\b", re.IGNORECASE)  # a share may answer it
# A share that is told without a percentage.
_SHARE = re.compile(
    r"\b(?:halvdel|(?:\w{2,5})?(?:tredje|fjerde|femte|tiende)del|promille|hele\b|alle\b|ud af\b)",
    re.IGNORECASE,
)
# A verb in the past tense, before its subject: what an agreement lays down for all is asked in the present.
_DID = r"(?:\w{2,}(?:ede|te|gde)|trak|gav|tog|gik|kom|lod|skrev|drev|vandt|tabte)"
_PEOPLE = frozenset(("personer", "mennesker", "folk", "deltagere"))
RARE_FORMS = (AnswerType.PHONE, AnswerType.ADDRESS)  # what looks like one hardly is anything else


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against answering. All 0 to 1 but for `near`, `elsewhere` and `met`."""

    covered: float  # share of the question the best passage covers, unknown words included
    near: float  # (best cosine - 0.85) * 10
    elsewhere: float  # how much better a unit outside the scope scores, 0 if none does
    met: float  # 1 when the best unit shows the kind of thing asked for, 2 when that is rare
    known: float  # share of the question's words the index holds
    own: float  # share of the known words that stand in the best unit or its heading
    head: float  # how surely the index holds the word for what is asked for; 1 where none is named
    unknown: float  # share of the question's weight in words the index does not hold
    siblings: float  # documents outside the scope that answer better with another clause, of three


# In the order of `Signs`, then the constant.
WEIGHTS = (3.27, 2.99, -2.21, 0.91, 1.28, 1.19, 1.26, -3.32, -2.72, -3.9)


def signs(
    query: Query, found: Sequence[Found], draft: Draft, outside: Sequence[Found], kinship: Kinship
) -> Signs:
    """The signs for a draft; `outside` are hits of documents that the scope shuts out, `kinship` gives
    the cosines between one text and others."""
    best = draft.best
    own = tokens_of(f"{best.unit.about} {best.unit.text}")
    kinds = {f.passage.facts.kind for f in found}
    others = _others(best.scored, [f for f in outside if f.passage.facts.kind in kinds], kinship)
    elsewhere = max((u.score for u in others), default=0.0)
    cosines = [f.cosine for f in found[:5] if f.cosine is not None]
    asked = fold(query.expected.head) if query.expected.head else None
    unknown = sum(t.weight for t in query.terms if t.surely < 0.5)
    return Signs(
        covered=query.known_share * best.found.coverage,
        near=(max(cosines) - 0.85) * 10 if cosines else 0.0,
        elsewhere=max(0.0, elsewhere - best.scored.score),
        met=float(best.scored.met) * (2 if query.expected.wants in RARE_FORMS else 1),
        known=query.known_share,
        own=query.coverage(own),
        head=next((t.surely for t in query.terms if t.word == asked), 1.0),
        unknown=unknown / (sum(t.weight for t in query.terms) or 1.0),
        siblings=min(len(others), 3) / 3,
    )


def _others(best: Scored, outside: Sequence[Found], kinship: Kinship) -> list[Scored]:
    """The units of documents outside the scope, one for each, that answer better and say something
    else than the best one here: another clause, not the same one in other words."""
    firsts: dict[str, Scored] = {}
    for found in outside:
        if found.units:
            firsts.setdefault(found.passage.document_id, found.units[0])
    better = [u for u in firsts.values() if u.score > best.score + BETTER and not alike(u.unit, best.unit)]
    if not better:
        return []
    near = kinship(best.unit.text, [u.unit.text for u in better])
    return [u for u, cosine in zip(better, near, strict=True) if cosine < KIN]


def confidence(seen: Signs) -> float:
    """Probability that the draft answers the question.

    >>> clear = Signs(covered=0.9, near=0.5, elsewhere=0, met=1, known=1, own=0.9, head=1, unknown=0, siblings=0)
    >>> confidence(clear) > 0.95
    True
    >>> from dataclasses import replace
    >>> confidence(replace(clear, covered=0.2, elsewhere=0.4, own=0.3, siblings=1)) < 0.5
    True
    """
    return likelihood(WEIGHTS, astuple(seen))


def likelihood(weights: Sequence[float], seen: Sequence[float]) -> float:
    """Logistic regression: 0 to 1, from signs and their weights, of which the last is the constant.

    >>> likelihood((2.0, -1.0), (0.5,))
    0.5
    """
    return 1 / (1 + exp(-sum(w * x for w, x in zip(weights, (*seen, 1.0), strict=True))))


def enough(query: Query, draft: Draft, seen: Signs) -> bool:
    """Whether the draft's best unit answers the question rather than merely sounding like it, by the signs
    seen for it."""
    if not _shown(query, draft):
        return False
    if is_english(query.text):
        # The signs are fitted on Danish questions.
        near = seen.near >= (NEAR_ENGLISH - 0.85) * 10 and seen.own >= ENGLISH_OWN / 2
        return _names_there(query, draft) and (near or seen.own >= ENGLISH_OWN)
    if seen.known < LEAST_KNOWN or not _names_there(query, draft):
        return False
    return confidence(seen) >= THRESHOLD


def _shown(query: Query, draft: Draft) -> bool:
    """Whether what is asked for is of the kind that the draft shows: an amount where one is asked for, words of
    membership where it is asked who is of a group, the office where the one who holds it is."""
    text = " ".join(s.text for s in draft.statements)
    told = f"{draft.best.unit.about} {text}"
    if of_another_kind(query.text, told) or not (draft.best.scored.met or _in_form(query, text)):
        return False
    if MEMBERS.search(query.text) and not MEMBERSHIP.search(told):
        return False
    if query.expected.wants is AnswerType.COUNT and query.head and not _counted(query.head, draft):
        return False
    office = OFFICE.search(query.text)
    return office is None or (query.expected.met(told) and holds_office(office.group(1), told))


def _in_form(query: Query, text: str) -> bool:
    """Whether a text shows what is expected, or what may stand for it."""
    expected = query.expected
    if expected.met(text):
        return True
    if expected.wants is AnswerType.MONEY:
        return _MUCH.search(query.text) is not None and bool(AnswerType.PERCENT.shows(text))
    if expected.wants is AnswerType.PERCENT:
        return bool(_SHARE.search(text))
    if expected.kind is Kind.NUMBER:
        return has_amount(text)
    if HAPPENED.search(query.text) or expected.wants in (AnswerType.DAY, AnswerType.CLOCK, AnswerType.PLACE):
        return False
    return expected.kind is not Kind.WHEN or bool(AnswerType.TIMELY.shows(text))


def _counted(head: Term, draft: Draft) -> bool:
    """Whether what is to be counted stands where the answer does. People go by what they are."""
    return head.word in _PEOPLE or head.match(_around(draft)) >= COUNTED


def _around(draft: Draft) -> frozenset[str]:
    """The tokens of the passage that is to answer, and of its headings."""
    passage = draft.best.passage
    return tokens_of(f"{' '.join(passage.section)} {passage.text}")


def _names_there(query: Query, draft: Draft) -> bool:
    """Whether a name the question asks about stands in the passage that is to answer; and the municipality
    that the question says did something."""
    there = _around(draft)
    for _, name in municipalities_named(query.text):
        did = re.search(rf"\b{_DID}\s+{re.escape(name)}\b(?! kommunes)", query.text, re.IGNORECASE)
        if did and not tokens_of(name) & there:
            return False
    words = re.findall(r"(?<=[a-zæøå,] )[A-ZÆØÅ][\w-]{2,}", query.text)
    names = {fold(w) for w in words}
    asked = [t for t in query.terms if t.word in names and t.weight >= 2]
    if not asked:
        return True
    return any(t.match(there) >= 0.5 for t in asked)
