"""Answering a question from an index: passages found → a draft → what of it stands on its page.

Where nothing answers it says so, with what was found nearest; where sides are named, each answers from its own papers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answer import reliability
from assistant.answer.composing import Draft, compose, heading_of, picks_of, provided
from assistant.answer.grounding import Grounder
from assistant.answer.notes import noted
from assistant.answer.references import completed
from assistant.answer.refusal import SURE, THRESHOLD, confidence, enough, shows, signs
from assistant.compare import sides
from assistant.compare.verdicts import single
from assistant.llm.client import LanguageModel
from assistant.llm.reading import chosen, otherwise
from assistant.messages import said
from assistant.models import Abstained, Answer, Contradicted, Hit, Passage, Reason, Scope, Statement
from assistant.question.expectation import expects
from assistant.question.matter import without_scope
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import POOL, Found, Retriever

HITS = 10
WIDE = 30  # where every region may answer
EACH = 2  # statements for each side that a question names
EACH_LIKELY = 0.35  # from which a side answers where another surely does
MEANT = 0.6  # of the best clause's likelihood: what else a question may mean
CLOSE = 0.25  # of a likelihood: what a question that leans on what was shown gives to that


@dataclass(frozen=True, slots=True)
class Near:
    """What a question leans on: the passages that were shown last, the words of the turn alone, and the clause that
    answered, its figures masked: another region has it in like words."""

    passages: tuple[str, ...]
    words: str
    clause: str = ""


class Answering:
    """Answers questions from an opened index; `seconds` are what a language model may take."""

    def __init__(self, retriever: Retriever, grounder: Grounder, seconds: float) -> None:
        self.retriever = retriever
        self.grounder = grounder
        self.seconds = seconds

    def answers(
        self,
        question: str,
        scope: Scope,
        today: dt.date,
        reader: LanguageModel | None,
        near: Near | None = None,
    ) -> Iterator[Answer]:
        """The answer, once for every statement that has been verified, the last one whole; `reader` is the language
        model that reads along, if one does, `near` is what the question leans on."""
        apart = sides.apart(scope, expects(question), today)
        if len(apart) > 1:
            yield from self._each(question, scope, apart, today)
            return
        query = self.retriever.query(question, scope)
        if near and near.clause:
            query = self.retriever.query(f"{question} {near.clause}", scope)
        # Where no region is named, each may have the clause in two papers, and the one in force is to be among them.
        several = HITS if scope.regions or scope.documents else WIDE
        found = self.retriever.search(query, scope, several, max(several, POOL))
        if not found:
            yield self._out_of_scope(question, scope)
            return
        query, hits, draft, outside = self._chosen(question, query, found, scope, today, reader, near)
        if draft is None:
            yield Abstained(Reason.WEAK, scope, hits, self._better(found, outside))
        else:
            yield from self._told(query, draft, hits, scope, today)

    def _chosen(
        self, question: str, query: Query, found: list[Found], scope: Scope, today: dt.date,
        reader: LanguageModel | None, near: Near | None,
    ) -> tuple[Query, tuple[Hit, ...], Draft | None, list[Found]]:  # fmt: skip
        """(the question as it was searched with, the hits, what they say where it is enough, what lies outside the
        scope)."""
        named = self.retriever.provision(query, scope)
        by_number = provided(*named) if named else None
        draft = by_number or self._drafted(query, found, scope, today)
        pointed: Draft | bool = True
        if reader and not (draft and draft.whole):
            found, pointed = self._pointed(reader, question, query, scope, found)
            draft = pointed if isinstance(pointed, Draft) else draft if pointed else None
        hits = _hits(found, draft)
        outside = self.retriever.outside(query, scope)
        if draft is None or draft.whole:
            return query, hits, draft, outside
        seen = signs(query, found, draft, outside, self.retriever.kinship)
        likely = confidence(seen)
        shown = shows(query, draft) if isinstance(pointed, Draft) else enough(query, draft, seen)
        close = self._close(near, scope, today, outside) if near else None
        if close and close[-1] + CLOSE >= max(likely if shown else 0.0, THRESHOLD):
            query, found, draft, likely = close  # whose own likelihood says how sure it is
            shown, hits = True, _hits(found, draft)
        unsure = (said("unsure"),) if likely < SURE else ()
        return query, hits, replace(draft, notes=(*unsure, *draft.notes)) if shown else None, outside

    def _told(
        self, query: Query, draft: Draft, hits: tuple[Hit, ...], scope: Scope, today: dt.date
    ) -> Iterator[Answer]:
        """A draft's statements, one by one as they are verified, with what is to be said of them."""
        verified: list[Statement] = []
        notes = draft.notes
        against: tuple[Statement, str] | None = None
        for statement in draft.statements:
            passed = self.verified(statement)
            if passed is None:
                continue
            verified += [passed, *self._notes(passed, verified)]
            if against is None and verified[0] is passed:
                against = reliability.against(self.retriever, passed, hits, self.verified)
            notes = (*draft.notes, *reliability.remarks(self.retriever, verified, today))
            if against:  # both sides come first, whatever else is said
                other, told = against
                rest = [v for v in verified[1:] if v.quotes != other.quotes]
                yield Contradicted((verified[0], other, *rest), scope, hits, (*notes, told))
            else:
                yield reliability.step(verified, scope, hits, notes, query)
        left = len(draft.statements) - sum(s.kind != "note" for s in verified)
        if verified and not against and left:
            note = said("left_out", count=left)
            yield reliability.step(verified, scope, hits, (*notes, note), query)
        if not verified:
            yield Abstained(Reason.UNVERIFIED, scope, hits)

    def meanings(self, question: str, scope: Scope, day: dt.date) -> list[str]:
        """The headings of the clauses that answer a question about as well as the best one does: what it may mean."""
        query = self.retriever.query(question, scope)
        found = self.retriever.search(query, scope, WIDE)
        picks = picks_of(found, scope)
        if not picks:
            return []
        own = [p for p in picks if p.value >= MEANT * picks[0].value]
        titles = [heading_of(p) or (p.passage.section[-1] if p.passage.section else "") for p in own]
        kept: dict[str, str] = {}
        for title in titles:
            if title:
                kept.setdefault(re.sub(r"\W+", " ", title).strip().lower(), title.strip("# :"))
        return list(kept.values())

    def likely(self, question: str, scope: Scope, day: dt.date) -> float:
        """How likely the papers answer a question, 0 where they show nothing of the kind that is asked for."""
        query = self.retriever.query(question, scope)
        found = self.retriever.search(query, scope, HITS)
        draft = self._drafted(query, found, scope, day)
        if draft is None or not (draft.whole or shows(query, draft)):
            return 0.0
        seen = signs(query, found, draft, self.retriever.outside(query, scope), self.retriever.kinship)
        return 1.0 if draft.whole else confidence(seen)

    def _drafted(self, query: Query, found: list[Found], scope: Scope, day: dt.date) -> Draft | None:
        """What the passages found say, and what stands where they point; None where they say nothing."""
        if not found:
            return None
        draft = compose(query, found, scope, day, self.retriever.listing(query, found, day))
        return draft if draft is None or draft.whole else completed(self.retriever, query, draft)

    def _close(
        self, near: Near, scope: Scope, day: dt.date, outside: Sequence[Found]
    ) -> tuple[Query, list[Found], Draft, float] | None:
        """What the passages that were shown last, and those right behind them, say to a question that leans on them."""
        places = [self.retriever.place[i] for i in near.passages if i in self.retriever.place]
        held = {i for i in (*places, *(n + 1 for n in places)) if i < len(self.retriever.passages)}
        documents = {self.retriever.passages[n].document_id for n in places}
        admitted = set(self.retriever.admitted(scope))
        ids = [
            p.id
            for n in sorted(held)
            if (p := self.retriever.passages[n]).document_id in documents & admitted
        ]
        if not ids:
            return None
        query = self.retriever.query(near.words, scope)
        found = sorted(self.retriever.scored(query, ids), key=lambda f: -f.score)
        draft = compose(query, found, scope, day)
        if draft is None or not shows(query, draft):
            return None
        return query, found, draft, confidence(signs(query, found, draft, outside, self.retriever.kinship))

    def _pointed(
        self, model: LanguageModel, question: str, query: Query, scope: Scope, found: list[Found]
    ) -> tuple[list[Found], Draft | bool]:
        """What a language model finds with words of its own beside what was found, and what it points at there."""
        if words := otherwise(model, question, self.seconds):
            known = {f.passage.id for f in found}
            again = self.retriever.query(words, scope)
            more = [
                f.passage.id for f in self.retriever.search(again, scope, HITS) if f.passage.id not in known
            ]
            found = [*found, *self.retriever.scored(query, more)]
        return found, chosen(model, query, found, scope, self.titled, self.seconds)

    def _each(
        self, question: str, scope: Scope, apart: Sequence[tuple[str, Scope]], today: dt.date
    ) -> Iterator[Answer]:
        """The sides that a question names, each answered from its own documents; a side that nothing is
        found for is named."""
        query = self.retriever.query(without_scope(single(question)), scope)
        outside = self.retriever.outside(query, scope)
        drafts: list[tuple[str, Draft | None, float]] = []
        hits: list[Hit] = []
        sure = False
        for name, side in apart:
            found = self.retriever.search(query, side, HITS)
            draft = self._drafted(query, found, side, today)
            hits += _hits(found, draft)[: HITS // len(apart)]
            likely = 0.0
            if draft:
                seen = signs(query, found, draft, outside, self.retriever.kinship)
                likely, sure = confidence(seen), sure or enough(query, draft, seen)
            drafts.append((name, draft, likely))
        # Where one side surely answers, the question can be answered, and less will do for the others.
        told = [draft for _, draft, likely in drafts if draft and sure and likely >= EACH_LIKELY]
        silent = [name for name, draft, _ in drafts if draft not in told]
        shown = tuple(sorted(hits, key=lambda h: -h.score))
        if not told:
            yield Abstained(Reason.WEAK if hits else Reason.OUT_OF_SCOPE, scope, shown)
            return
        verified: list[Statement] = []
        left = [said("side_silent", name=name) for name in silent]
        for draft in told:
            for statement in draft.statements if draft.whole else draft.statements[:EACH]:
                if passed := self.verified(statement):
                    verified.append(passed)
                    notes = (*left, *reliability.remarks(self.retriever, verified, today))
                    yield reliability.step(verified, scope, shown, notes, query)
        if not verified:
            yield Abstained(Reason.UNVERIFIED, scope, shown)

    @staticmethod
    def _better(found: Sequence[Found], outside: Sequence[Found]) -> tuple[Hit, ...]:
        """What lies outside the scope and fits clearly better: worth a look, never the answer."""
        inside = max((f.score for f in found), default=0.0)
        return tuple(f.hit for f in outside if f.score > inside + 0.2)[:5]

    def verified(self, statement: Statement) -> Statement | None:
        """The statement with its citations, or None when a quote of it does not stand on its page."""
        citations = []
        for quote in statement.quotes:
            passage = self.retriever.passages[self.retriever.place[quote.passage_id]]
            citation = self.grounder.verify(passage, quote)
            if citation is None:
                return None
            citations.append(citation)
        return replace(statement, citations=tuple(citations)) if citations else None

    def _notes(self, statement: Statement, have: Sequence[Statement]) -> list[Statement]:
        """The notes that a statement's words point to, verified as it was, but those that are there already."""
        spans = self.grounder.places(statement, self.retriever.passages, self.retriever.place)
        own = dict.fromkeys(q.passage_id.rpartition(":")[0] for q in statement.quotes)
        passages = [p for document in own for p in self.retriever.passages.of(document)] if spans else []
        told = {s.text for s in have}
        found = [self.verified(note) for note in noted(statement, spans, passages) if note.text not in told]
        return [note for note in found if note is not None]

    def _out_of_scope(self, question: str, scope: Scope) -> Answer:
        """Nothing within the scope: say so, and look wider for what may help, never as the answer."""
        if not scope:
            return Abstained(Reason.NO_HITS, scope)
        wider = scope
        while wider:
            wider = self.retriever.wider(wider)
            found = self.retriever.search(self.retriever.query(question, wider), wider, 5)
            if found:
                return Abstained(Reason.OUT_OF_SCOPE, scope, (), tuple(f.hit for f in found))
        return Abstained(Reason.OUT_OF_SCOPE, scope)

    def titled(self, passage: Passage) -> str:
        """What a passage's paper is called, with its region and period."""
        facts = passage.facts
        title = self.retriever.documents[passage.document_id].title
        return ", ".join(x for x in (title, facts.region, facts.period) if x)


def _hits(found: Sequence[Found], draft: Draft | None) -> tuple[Hit, ...]:
    """Ranked hits; the passage that the answer is taken from comes first."""
    ordered = list(found)
    if draft:
        first = draft.best.found
        ordered = [first, *(f for f in found if f.passage.id != first.passage.id)]
    hits: list[Hit] = []
    ceiling = max((f.score for f in ordered), default=0.0)
    for f in ordered[:HITS]:
        ceiling = min(ceiling, f.score) if hits else max(ceiling, f.score)
        hits.append(replace(f.hit, score=round(ceiling, 4)))
    return tuple(hits)
