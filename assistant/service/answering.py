"""Answers a question from an index: search for passages → draft statements → verify them against their pages.

If nothing answers, it says so and shows the nearest hits. If the question names several sides, each is answered from
its own documents.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answer import reliability
from assistant.answer.composing import compose, provided
from assistant.answer.grounding import Grounder
from assistant.answer.notes import noted
from assistant.answer.picks import Draft, heading_of, picks_of
from assistant.answer.references import completed
from assistant.answer.refusal import SURE, THRESHOLD, confidence, enough, shows, signs
from assistant.compare import sides
from assistant.compare.verdicts import single
from assistant.documents.blocks import is_header
from assistant.llm.client import LanguageModel
from assistant.llm.reading import chosen, otherwise
from assistant.messages import said
from assistant.models import Abstained, Answer, Contradicted, Hit, Passage, Reason, Scope, Statement
from assistant.question.expectation import expects
from assistant.question.matter import without_scope
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import POOL, Found, Retriever

HITS = 10
WIDE = 30  # hits where the question names no region
EACH = 2  # statements for each side in the question
EACH_LIKELY = 0.35  # least likelihood of a side's answer, where another side answers with certainty
MEANT = 0.6  # least share of the best clause's likelihood for another possible meaning
CLOSE = 0.25  # bonus on the likelihood of the passages just shown, for a question that refers to them


@dataclass(frozen=True, slots=True)
class Near:
    """What a follow-up question refers to: the passages shown last, the words of this turn alone, and the clause that
    answered, with its figures masked, because another region phrases the same clause in similar words."""

    passages: tuple[str, ...]
    words: str
    clause: str = ""


class Answering:
    """Answers questions from an opened index; `seconds` is the time limit for a language model."""

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
        """Yield the answer once for each verified statement; the last one is complete. `reader` is the language model
        that also reads the passages, if any; `near` is what the question refers to."""
        apart = sides.apart(scope, expects(question), today)
        if len(apart) > 1:
            yield from self._each(question, scope, apart, today)
            return
        query = self.retriever.query(question, scope)
        if near and near.clause:
            query = self.retriever.query(f"{question} {near.clause}", scope)
        # Without a region, each region may have the clause in two agreements: fetch enough hits to include the one
        # in force.
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
        """(the query used, the hits, the draft where it is good enough to show, the hits outside the scope). One
        function, because each source of a draft decides whether the next one is tried."""
        draft = self._by_number(query, scope) or self._drafted(query, found, scope, today)
        pointed: Draft | bool = True
        if reader and not (draft and draft.whole):
            found, pointed = self._pointed(reader, question, query, scope, found)
            draft = pointed if isinstance(pointed, Draft) else draft if pointed else None
        outside = self.retriever.outside(query, scope)
        if draft is None or draft.whole:
            return query, _hits(found, draft), draft, outside
        close = self._close(near, scope, today, outside) if near else None
        seen = signs(query, found, draft, outside, self.retriever.kinship)
        shown = shows(query, draft) if isinstance(pointed, Draft) else enough(query, draft, seen)
        likely = confidence(seen)
        if close and close[-1] + CLOSE >= max(likely if shown else 0.0, THRESHOLD):
            query, found, draft, likely = close  # its own likelihood decides on the note below
            shown = True
        unsure = (said("unsure"),) if likely < SURE else ()
        told = replace(draft, notes=(*unsure, *draft.notes)) if shown else None
        return query, _hits(found, draft), told, outside

    def _by_number(self, query: Query, scope: Scope) -> Draft | None:
        """The provision that the question cites by its number, if any."""
        named = self.retriever.provision(query, scope)
        return provided(*named) if named else None

    def _told(
        self, query: Query, draft: Draft, hits: tuple[Hit, ...], scope: Scope, today: dt.date
    ) -> Iterator[Answer]:
        """Verify a draft's statements one by one; yield the answer after each, with the notes that apply to it."""
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
            if against:  # both contradicting statements come first
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

    def meanings(self, question: str, scope: Scope) -> list[str]:
        """What a question may mean: the headings of the clauses that answer it nearly as well as the best one."""
        query = self.retriever.query(question, scope)
        found = self.retriever.search(query, scope, WIDE)
        picks = picks_of(found, scope)
        if not picks:
            return []
        own = [p for p in picks if p.value >= MEANT * picks[0].value]
        titles = [heading_of(p) or (p.passage.section[-1] if p.passage.section else "") for p in own]
        kept: dict[str, str] = {}
        for title in titles:
            if title and not is_header(title):  # the columns of a table name nothing
                kept.setdefault(re.sub(r"\W+", " ", title).strip().lower(), title.strip("# :"))
        return list(kept.values())

    def likely(self, question: str, scope: Scope, day: dt.date) -> float:
        """How likely the documents answer a question; 0 where they have nothing of the requested kind."""
        query = self.retriever.query(question, scope)
        found = self.retriever.search(query, scope, HITS)
        draft = self._drafted(query, found, scope, day)
        if draft is None or not (draft.whole or shows(query, draft)):
            return 0.0
        seen = signs(query, found, draft, self.retriever.outside(query, scope), self.retriever.kinship)
        return 1.0 if draft.whole else confidence(seen)

    def _drafted(self, query: Query, found: list[Found], scope: Scope, day: dt.date) -> Draft | None:
        """A draft from the passages found, completed with the places they refer to; None where they say nothing."""
        if not found:
            return None
        draft = compose(query, found, scope, day, self.retriever.listing(query, found, day))
        return draft if draft is None or draft.whole else completed(self.retriever, query, draft)

    def _close(
        self, near: Near, scope: Scope, day: dt.date, outside: Sequence[Found]
    ) -> tuple[Query, list[Found], Draft, float] | None:
        """(query, hits, draft, likelihood) from the passages shown last and those right after them; None where they
        do not answer the question."""
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
        """(hits extended by a search with the language model's rephrasing, the result of `chosen` on them)."""
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
        """Answer each side of the question from its own documents; a note names the sides without an answer."""
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
        # If one side answers with certainty, the question can be answered, and a lower limit holds for the others.
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
        """Hits outside the scope that fit clearly better: shown as a hint, never as the answer."""
        inside = max((f.score for f in found), default=0.0)
        return tuple(f.hit for f in outside if f.score > inside + 0.2)[:5]

    def verified(self, statement: Statement) -> Statement | None:
        """The statement with its citations; None when one of its quotes is not found on its page."""
        citations = []
        for quote in statement.quotes:
            passage = self.retriever.passages[self.retriever.place[quote.passage_id]]
            citation = self.grounder.verify(passage, quote)
            if citation is None:
                return None
            citations.append(citation)
        return replace(statement, citations=tuple(citations)) if citations else None

    def _notes(self, statement: Statement, have: Sequence[Statement]) -> list[Statement]:
        """The footnotes that a statement refers to, verified; without those already in `have`."""
        spans = self.grounder.places(statement, self.retriever.passages, self.retriever.place)
        own = dict.fromkeys(q.passage_id.rpartition(":")[0] for q in statement.quotes)
        passages = [p for document in own for p in self.retriever.passages.of(document)] if spans else []
        told = {s.text for s in have}
        found = [self.verified(note) for note in noted(spans, passages) if note.text not in told]
        return [note for note in found if note is not None]

    def _out_of_scope(self, question: str, scope: Scope) -> Answer:
        """Abstain because nothing lies within the scope; hits from a wider scope are added as a hint, never as the
        answer."""
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
        """The title of a passage's document, with its region and period."""
        facts = passage.facts
        title = self.retriever.documents[passage.document_id].title
        return ", ".join(x for x in (title, facts.region, facts.period) if x)


def _hits(found: Sequence[Found], draft: Draft | None) -> tuple[Hit, ...]:
    """Ranked hits; the passage of the answer comes first, and scores never increase down the list."""
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
