"""Statements that refer to another place for the answer ("fremgår af bilag 2"), and the text at that place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answer.composing import stated
from assistant.answer.picks import Draft, Pick
from assistant.models import Passage
from assistant.retrieval.ranking import Query, likely
from assistant.retrieval.search import Retriever

_NUMBER = r"\d+(?:\.\d+)*|[A-Z](?!\w)|[IVX]+(?!\w)"
_NAMED = re.compile(
    rf"\b(?P<kind>(?i:bilag|tabel|skema|kapitel|tillæg|afsnit|punkt|pkt\.))\s+(?:(?i:nr\.)\s*)?(?P<number>{_NUMBER})"
)
# Parts whose heading may begin with the number alone: "4.3 Afregning".
_NUMBERED = ("afsnit", "punkt", "pkt.")


def followed(retriever: Retriever, query: Query, pick: Pick) -> Pick | None:
    """The best unit of the parts of its own document that a pick refers to. Its score is at least what the pick would
    have if it showed the answer itself. None where the pick refers to none, or nothing there shows what is asked for.
    """
    passages = retriever.passages.of(pick.passage.document_id)
    there = [
        Pick(found, scored)
        for heading in _headings(pick.unit.text)
        for passage, start in _under(heading, passages)
        for found in retriever.scored(query, [passage.id])
        for scored in found.units
        if scored.unit.start >= start
        and scored.unit.kind != "heading"
        and scored.coverage > 0
        and scored.form != "missed"
        and not (passage.id == pick.passage.id and scored.unit.start == pick.unit.start)
    ]
    best = max(there, key=lambda p: p.scored.score, default=None)
    if best is None:
        return None
    own = likely(pick.scored.cosine, pick.scored.coverage, best.scored.form)
    return Pick(best.found, replace(best.scored, score=max(best.scored.score, own)))


def completed(retriever: Retriever, query: Query, draft: Draft) -> Draft:
    """A draft whose leading unit refers to another place, with the text at that place: before it where the unit does
    not itself show what is asked for, else after it. Any other draft unchanged."""
    there = followed(retriever, query, draft.best)
    if there is None:
        return draft
    told = stated(query, there).statements[:1]
    if draft.best.scored.met:
        return replace(draft, statements=(*draft.statements, *told))
    return replace(draft, statements=(*told, *draft.statements), best=there)


def _headings(text: str) -> Iterator[re.Pattern[str]]:
    """Patterns for the headings of the parts that a text refers to.

    >>> [bool(h.match("## Bilag 2. Takster")) for h in _headings("Satsen fremgår af bilag 2.")]
    [True]
    >>> (heading,) = _headings("jf. punkt 4.1")
    >>> [bool(heading.match(line)) for line in ("4.1 Frister", "4.12 Andet", "4.1 - Mere")]
    [True, False, True]
    """
    for named in _NAMED.finditer(text):
        kind, number = named["kind"].lower(), re.escape(named["number"])
        lead = rf"(?:{re.escape(kind)}\s+)?" if kind in _NUMBERED else rf"{re.escape(kind)}\s+(?:nr\.\s*)?"
        yield re.compile(rf"[#*\s|]*{lead}{number}(?!\w)(?:[.:)–-]|\s|$)", re.IGNORECASE)


def _under(heading: re.Pattern[str], passages: Sequence[Passage]) -> Iterator[tuple[Passage, int]]:
    """The passages under a heading, each with the offset at which that part begins in its text."""
    for passage in passages:
        if any(heading.match(title) for title in passage.section):
            yield passage, 0
            continue
        lines = (m for m in re.finditer(r"(?m)^.*$", passage.text) if heading.match(m.group()))
        if line := next(lines, None):
            yield passage, line.end()
