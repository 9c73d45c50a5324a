"""A statement that says where the answer stands, "fremgår af bilag 2", and what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answer.composing import Draft, Pick, stated
from assistant.models import Passage
from assistant.retrieval.ranking import Query, likely
from assistant.retrieval.search import Retriever

_NUMBER = r"\d+(?:\.\d+)*|[A-Z](?!\w)|[IVX]+(?!\w)"
_NAMED = re.compile(
    rf"\b(?P<kind>(?i:bilag|tabel|skema|kapitel|tillæg|afsnit|punkt|pkt\.))\s+(?:(?i:nr\.)\s*)?(?P<number>{_NUMBER})"
)
# Parts that begin with their number alone: "4.3 Afregning".
_NUMBERED = ("afsnit", "punkt", "pkt.")


def followed(retriever: Retriever, query: Query, pick: Pick) -> Pick | None:
    """The unit that answers best in the parts of its own paper that a pick's words name, as likely as the pick would be
    if it showed that itself; None where it names none, or nothing there shows what is asked for."""
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
    """A draft whose leading unit names where its answer stands: led by what stands there, where it does not itself
    show what is asked for, else followed by it. Any other draft as it is."""
    there = followed(retriever, query, draft.best)
    if there is None:
        return draft
    told = stated(query, there).statements[:1]
    if draft.best.scored.met:
        return replace(draft, statements=(*draft.statements, *told))
    return replace(draft, statements=(*told, *draft.statements), best=there)


def _headings(text: str) -> Iterator[re.Pattern[str]]:
    """How the lines begin that head the parts a text names.

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
    """The passages that stand under a heading, each with where in its text that part begins."""
    for passage in passages:
        if any(heading.match(title) for title in passage.section):
            yield passage, 0
            continue
        lines = (m for m in re.finditer(r"(?m)^.*$", passage.text) if heading.match(m.group()))
        if line := next(lines, None):
            yield passage, line.end()
