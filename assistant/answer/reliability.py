"""How reliable an answer is: grounded, qualified or contradicted. (`refusal` decides on refusals.)"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from assistant.answer.conflicts import claims, clash
from assistant.answer.figures import in_force, key_of, kinds_of
from assistant.documents.editions import chain
from assistant.messages import Said, date_text, said
from assistant.models import Grounded, Hit, Qualified, Quote, Scope, Statement
from assistant.question.scope import AGREEMENTS
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import Retriever

# Notes without which an answer would be misleading; they make it qualified.
QUALIFYING = ("unsure", "ended", "superseded", "amended", "newest_period", "regions_differ")


def remarks(retriever: Retriever, statements: Sequence[Statement], today: dt.date) -> list[str]:
    """What a reader must know about the documents behind an answer: expired, amended, or one of several editions."""
    found: dict[str, None] = {}
    newer = retriever.replaced
    for citation in (c for s in statements for c in s.citations):
        facts = citation.facts
        ended = facts.valid_to or (f"{facts.years[1]}-12-31" if facts.years else "")
        if ended and ended < today.isoformat() and facts.kind in AGREEMENTS:
            until = date_text(ended) if facts.valid_to else ended[:4]
            found[said("ended", title=citation.title, until=until)] = None
        for document in retriever.amended.get(citation.document_id, ()):
            found[said("amended", title=citation.title, document=document)] = None
        if current := retriever.documents.get(newer.get(citation.document_id, "")):
            names = {"title": citation.title, "document": citation.document, "newer": current.name}
            found[said("superseded", **names)] = None
        elif older := chain(newer, citation.document_id):
            editions = ", ".join(retriever.documents[i].name for i in older)
            found[said("newest_edition", older=editions)] = None
    return list(found)


def against(
    retriever: Retriever,
    first: Statement,
    hits: Sequence[Hit],
    verified: Callable[[Statement], Statement | None],
) -> tuple[Statement, str] | None:
    """A statement from another place of the same region and period with the same words and another figure, and a note
    about both."""
    quote = first.quotes[-1]
    own = retriever.passages[retriever.place[quote.passage_id]]
    mine = next((c for c in claims(own) if c.unit.start <= quote.start < c.unit.end), None)
    if mine is None or first.kind != "sentence" or not own.facts.region:
        return None
    for hit in hits:
        if hit.passage.document_id in retriever.replaced:
            continue
        for other in claims(hit.passage):
            kind = clash(mine, other) if mine.words == other.words else None
            if kind is None or kind == "term":
                continue
            there = Quote(hit.passage.id, other.unit.start, other.unit.end, other.unit.text)
            if passed := verified(Statement(other.unit.text, (there,))):
                one, two = mine.values[kind][0].text, other.values[kind][0].text
                return passed, said("disagree", values=f"{one} ≠ {two}")
    return None


def step(
    verified: Sequence[Statement], scope: Scope, hits: tuple[Hit, ...], notes: tuple[str, ...], query: Query
) -> Grounded:  # fmt: skip
    """The answer as Grounded or Qualified."""
    sides: dict[str, set[tuple[str, ...]]] = {}
    kinds = kinds_of(query.expected)
    for s in verified:
        keys = {key_of(query, v) for v in in_force(query, s.text, kinds)}
        sides.setdefault(s.citations[0].facts.region or "", set()).update(keys)
    told = [keys for keys in sides.values() if keys]
    if len(told) > 1 and not set.intersection(*told):
        notes = (*notes, said("regions_differ"))
    reserved = any(isinstance(n, Said) and n.key in QUALIFYING for n in notes)
    return (Qualified if reserved else Grounded)(tuple(verified), scope, hits, notes)
