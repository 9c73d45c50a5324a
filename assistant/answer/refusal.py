"""Whether the evidence is enough to answer: the decision to abstain, from the hits and the draft.

A logistic model over three signs, fitted on questions with and without an answer (`python -m eval.calibrate` fits it
again and prints the weights), and three conditions that no weight may override: the index knows the word for what a
figure is asked of, the names occur, and the draft shows the kind of thing asked for. Because the agreements are
nearly identical, `elsewhere` is the second strongest sign: where documents outside the scope answer clearly better
with another clause than the one found, that clause is missing here rather than worded differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from math import exp, log

from assistant.answer.amounts import of_another_kind
from assistant.answer.picks import Draft, alike
from assistant.documents.answer_units import tokens_of
from assistant.language.letters import fold
from assistant.language.places import municipalities_named, regions_named
from assistant.question.answer_type import HAPPENED, OFFICE, AnswerType, holds_office
from assistant.question.expectation import Kind
from assistant.retrieval.ranking import Query, Scored
from assistant.retrieval.search import Found

Kinship = Callable[[str, Sequence[str]], Sequence[float]]

THRESHOLD, SURE = 0.5, 0.6  # in between, the answer is given but marked as unsure
LEAST = 1e-4  # probabilities are clipped to this before taking log odds
BETTER = 0.05
HELD = 0.5  # how well the index must cover a word for it to count as known
KIN = 0.55  # cosine, figures masked, from which two sentences are about the same; 0.932 before tuning
# Types that nothing else may replace.
EXACT = (AnswerType.DAY, AnswerType.CLOCK, AnswerType.PLACE, AnswerType.EMAIL, AnswerType.ADDRESS)
# Consecutive capitalised words inside a sentence: "KKR Nordjylland" is one name.
_NAME = re.compile(r"(?<=[a-zæøå,] )[A-ZÆØÅ][\w-]{2,}(?: [A-ZÆØÅ][\w-]{2,})*")

_MUCH = re.compile(r"\bhvor meget\b|\bhow much\b", re.IGNORECASE)  # a share may answer it
# A share expressed without a percentage.
_SHARE = re.compile(
    r"\b(?:halvdel|(?:\w{2,5})?(?:tredje|fjerde|femte|tiende)del|promille|hele\b|alle\b|ud af\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The evidence for and against answering."""

    likely: float  # log odds of the unit that leads the draft
    elsewhere: float  # how much higher a unit outside the scope scores; 0 if none does
    unknown: float  # share of the question's weight that lies in words the index does not hold


# In the order of `Signs`, then the constant.
WEIGHTS = (0.54, -1.98, -0.51, 0.85)


def signs(
    query: Query, found: Sequence[Found], draft: Draft, outside: Sequence[Found], kinship: Kinship
) -> Signs:
    """The signs for a draft. `outside` are hits in documents that the scope excludes; `kinship` gives the cosines
    between one text and others."""
    best = draft.best.scored
    kinds = {f.passage.facts.kind for f in found}
    others = _others(best, [f for f in outside if f.passage.facts.kind in kinds], kinship)
    score = min(max(best.score, LEAST), 1 - LEAST)
    unknown = sum(t.weight for t in query.terms if t.surely < HELD)
    return Signs(
        likely=log(score / (1 - score)),
        elsewhere=max(0.0, max((u.score for u in others), default=0.0) - best.score),
        unknown=unknown / (sum(t.weight for t in query.terms) or 1.0),
    )


def _others(best: Scored, outside: Sequence[Found], kinship: Kinship) -> list[Scored]:
    """The best unit of each document outside the scope that scores higher and says something else than the best one
    here: another clause, not the same one in other words."""
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

    >>> clear = Signs(likely=3.0, elsewhere=0, unknown=0)
    >>> confidence(clear) > 0.9
    True
    >>> confidence(Signs(likely=-2.0, elsewhere=0.3, unknown=0.5)) < 0.4
    True
    """
    return likelihood(WEIGHTS, astuple(seen))


def likelihood(weights: Sequence[float], seen: Sequence[float]) -> float:
    """Logistic regression, 0 to 1, from signs and their weights; the last weight is the constant.

    >>> likelihood((2.0, -1.0), (0.5,))
    0.5
    """
    return 1 / (1 + exp(-sum(w * x for w, x in zip(weights, (*seen, 1.0), strict=True))))


def enough(query: Query, draft: Draft, seen: Signs) -> bool:
    """Whether the draft's best unit answers the question rather than merely resembling it, given its signs."""
    return shows(query, draft) and confidence(seen) >= THRESHOLD


def shows(query: Query, draft: Draft) -> bool:
    """The conditions alone: the index knows what is asked about, the names occur, and the draft shows the kind of
    thing asked for."""
    return asked_known(query) and _names_there(query, draft) and _shown(query, draft)


def _shown(query: Query, draft: Draft) -> bool:
    """Whether the draft shows the kind of thing asked for: an amount where one is asked for, the office where its
    holder is."""
    text = " ".join(s.text for s in draft.statements)
    told = f"{draft.best.unit.about} {text}"
    # The column heads decide what the numbers of a row are.
    row = draft.best.unit.kind == "row" and query.expected.kind is Kind.NUMBER
    shown = draft.best.scored.met or (not row and _in_form(query, text))
    office = OFFICE.search(query.text)
    held = office is None or (query.expected.met(told) and holds_office(office.group(1), told))
    return shown and held and not of_another_kind(query.text, told)


def _in_form(query: Query, text: str) -> bool:
    """Whether a text shows what is expected, or an acceptable substitute."""
    expected = query.expected
    if expected.met(text):
        return True
    if expected.wants is AnswerType.MONEY:
        return _MUCH.search(query.text) is not None and bool(AnswerType.PERCENT.shows(text))
    if expected.wants is AnswerType.PERCENT:
        return bool(_SHARE.search(text))
    if expected.kind is Kind.NUMBER or expected.wants in EXACT or HAPPENED.search(query.text):
        return False
    return expected.kind is not Kind.WHEN or bool(AnswerType.TIMELY.shows(text))


def asked_known(query: Query) -> bool:
    """Whether the index covers the word for what a figure is asked of well, or not at all. Where it only covers a
    part of the word (the occupancy, when asked for the over-occupancy), that is another thing."""
    if query.expected.kind is not Kind.NUMBER or not query.expected.head:
        return True
    asked = fold(query.expected.head)
    return not any(0 < t.surely < HELD for t in query.terms if t.word == asked)


def _names_there(query: Query, draft: Draft) -> bool:
    """Whether at least one of the names that a question asks about, if any, occurs in full in the answer's passage,
    its headings or its document's title."""
    around, asked = draft.best.found.around, {t.word for t in query.terms}
    named = (*regions_named(query.text), *municipalities_named(query.text))
    where = fold(" ".join(["region kommune", *(name for both in named for name in both)])).split()
    asked -= set(where)  # places are handled by the scope
    names = [[w for w in name.split() if fold(w) in asked] for name in _NAME.findall(query.text)]
    names = [name for name in names if name]
    return not names or any(all(_whole(word) & around for word in name) for name in names)


def _whole(name: str) -> set[str]:
    """The tokens of a name, without those of its parts."""
    return {token for token in tokens_of(name) if not token.startswith("~")}
