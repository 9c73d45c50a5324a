"""Composes the read side: question → scope → hits → draft → verified answer."""

from __future__ import annotations

import datetime as dt
import gc
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from assistant import tracing
from assistant.answer import contract, reliability
from assistant.answer.composing import Draft, compose, heading_of, picks_of, provided
from assistant.answer.figures import row_of
from assistant.answer.grounding import Grounder
from assistant.answer.notes import noted
from assistant.answer.refusal import SURE, THRESHOLD, confidence, enough, shows, signs
from assistant.compare import selection, sides
from assistant.compare.standing import review_json
from assistant.compare.verdicts import changes, single, verdict_of
from assistant.errors import AssistantError, QuestionError
from assistant.llm.client import LanguageModel, language_model
from assistant.llm.reading import chosen, otherwise
from assistant.llm.rewriting import Turn, leans, rewritten
from assistant.llm.wording import whole, write
from assistant.messages import Language, printable, said
from assistant.models import (
    Abstained,
    Answer,
    Comparison,
    Contradicted,
    Cost,
    Form,
    Grounded,
    Hit,
    Passage,
    Reason,
    Scope,
    Statement,
)
from assistant.question.answer_type import AnswerType, expects
from assistant.question.followup import State, standalone, without_scope
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import POOL, Found, Retriever
from assistant.settings import Settings

HITS = 10
WIDE = 30  # where every region may answer
EACH = 2  # statements for each side that a question names
EACH_LIKELY = 0.35  # from which a side answers where another surely does
KEPT = 256  # worded answers that need not be worded again
UNREAD = 4  # things that could not be read, named under a refusal
MEANT = 0.6  # of the best clause's likelihood: what else a question may mean
CLOSE = 0.25  # of a likelihood: what a question that leans on what was shown gives to that
SIDES = 8  # documents that are set side by side


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer and the seconds it took, models already loaded. `meant` is the
    question as it was understood: one that leans on the question before it is made to stand alone; `state` is what
    the next one is read by."""

    question: str
    answer: Answer
    seconds: float
    meant: str = ""
    state: State = field(default_factory=State)


@dataclass(frozen=True, slots=True)
class Near:
    """What a question leans on: the passages that were shown last, the words of the turn alone, and the clause that
    answered, its figures masked: another region has it in like words."""

    passages: tuple[str, ...]
    words: str
    clause: str = ""


class Assistant:
    """An opened index that answers; `once` where the process asks a single question. `model` is the
    language model that words the answers, where it is open already.

    Raises IndexMissing, IndexMismatch on opening.
    """

    def __init__(
        self, index: Path, settings: Settings, once: bool = False, model: LanguageModel | None = None
    ) -> None:
        self.settings = settings
        self.retriever = Retriever(index, settings, once)
        self.grounder = Grounder(self.retriever.catalog, self.retriever.documents)
        self.model = model or language_model(settings)
        self._kept: OrderedDict[Hashable, Grounded] = OrderedDict()
        self.retriever.query("Hvad er en takst?", Scope())  # loads the model and the word lists
        if not once:
            self.retriever.warm()

    def ask(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        lifted: Sequence[tuple[str, str]] = (),
        previous: str = "",
        form: Form | None = "staff",
        turns: Sequence[Turn] = (),
        near: Near | None = None,
    ) -> Asked:
        """Answer a question. Raises QuestionError.

        `given` overrides what the question says of region, period, kind or day, field by field;
        `lifted` are single limits, (field, value), that are not to count; `previous` is the question
        that was asked before, for "og i Syddanmark?"; `form` is who a language model, where one is
        set, writes for (None: no model is asked), `turns` what was said before, for it; `near` is what was shown
        last, where the question leans on it.
        """
        *_, last = self.stream(question, given, today, lifted, previous, form, turns, near)
        return last

    def stream(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        lifted: Sequence[tuple[str, str]] = (),
        previous: str = "",
        form: Form | None = "staff",
        turns: Sequence[Turn] = (),
        near: Near | None = None,
    ) -> Iterator[Asked]:
        """As `ask`, but an answer comes once for every statement that has been verified, the last
        one whole. Raises QuestionError."""
        start = time.perf_counter()
        asked = self.checked(question)
        question = printable(question)
        day = today or dt.date.today()
        if previous:
            alone = standalone(asked, previous, day)
            if alone == asked and self.model and form and leans(asked):
                alone = rewritten(self.model, asked, turns or [(previous, "")])
            asked = alone
        scope = self.scope(asked, given, today, lifted)
        trace = tracing.begin("answer", self.settings.trace_url)
        reads = bool(self.model and form and self.settings.llm_reads)
        answers = self._answers(asked, scope, day, reads, near)
        if self.model and form:
            answers = self._worded(asked, answers, form, day, trace)
        answer: Answer | None = None
        missed = self.retriever.missed
        try:
            for answer in answers:
                answer = self._without(answer, missed)
                yield Asked(question, answer, time.perf_counter() - start, asked)
        finally:
            if answer:
                said_of = len(answer.statements) if isinstance(answer, Grounded) else 0
                trace.note(outcome=contract.outcome(answer), statements=said_of, form=form or "quotes")
            trace.end()

    def _worded(
        self, question: str, answers: Iterator[Answer], form: Form, day: dt.date, trace: tracing.Span
    ) -> Iterator[Answer]:
        """The answer in a language model's words. Where there is no answer, no model is asked. What was
        worded before is kept for as long as this generation of the index is open."""
        *_, own = answers
        if self.model is None or not isinstance(own, Grounded) or isinstance(own, Contradicted):
            yield own  # nothing to word, or nothing that a wording may settle
            return
        key = (question, form, day, own.scope, tuple(s.quotes for s in own.statements), own.notes)
        if key in self._kept:
            yield self._kept[key]
            return
        cited = [q.passage_id for s in own.statements for q in s.quotes]
        passages = [self.retriever.passages[self.retriever.place[i]] for i in dict.fromkeys(cited)]
        # Of the answer's own documents alone: what is noted of them holds for every sentence.
        documents = {p.document_id for p in passages}
        further = (h.passage for h in own.hits if h.passage.document_id in documents)
        passages += [p for p in further if p not in passages]
        last = own
        step = trace.step("model")
        try:
            for last in write(
                self.model, question, own, passages[: self.settings.llm_passages], self._titled,
                self.grounder.verify, form, self.settings.llm_seconds,
            ):  # fmt: skip
                yield last
        finally:
            if last.cost:
                kept = sum(s.by == "model" for s in last.statements)
                spent = {"tokens_read": last.cost.read, "tokens_written": last.cost.written}
                step.note(model=self.model.name, kept=kept, **spent)
            step.end()
        if whole(last):
            self._kept[key] = replace(last, cost=Cost(0, 0, 0.0))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def _without(self, answer: Answer, missed: int) -> Answer:
        """The answer with a line where vectors have been missed since there were so many searches without."""
        if self.retriever.missed == missed:
            return answer
        return replace(answer, notes=(*answer.notes, said("no_vectors")))

    def forget(self) -> None:
        """Keep no worded answer."""
        self._kept.clear()

    def _titled(self, passage: Passage) -> str:
        facts = passage.facts
        title = self.retriever.documents[passage.document_id].title
        return ", ".join(x for x in (title, facts.region, facts.period) if x)

    def scope(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        lifted: Sequence[tuple[str, str]] = (),
    ) -> Scope:
        """The scope a question would be asked with."""
        scope = self.retriever.scope_of(question, today or dt.date.today())
        if given:
            if given.periods or given.on or given.soft_years:
                scope = replace(scope, periods=(), on=None, soft_years=())
            chosen = {n: getattr(given, n) for n in Scope.__slots__ if getattr(given, n)}
            scope = replace(scope, **chosen)
        for name, value in lifted:
            scope = scope.without(name, value)
        return scope

    def checked(self, question: str, message: bool = False) -> str:
        """A question without mark-up and what is no character. Raises QuestionError for one that cannot be asked."""
        limit = self.settings.message_chars if message else self.settings.question_chars
        if len(question) > limit:
            raise QuestionError(said("too_long", length=len(question), limit=limit))
        words = re.sub(r"</?[a-zA-Z][^<>]*>", " ", question)
        words = re.sub(r"\s+", " ", printable(words)).strip()
        if not question.strip():
            raise QuestionError(said("empty"))
        if len(re.findall(r"\w", words)) < 2:
            raise QuestionError(said("no_words"))
        return words

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
        draft = (
            compose(query, found, scope, day, self.retriever.listing(query, found, day)) if found else None
        )
        if draft is None or not (draft.whole or shows(query, draft)):
            return 0.0
        seen = signs(query, found, draft, self.retriever.outside(query, scope), self.retriever.kinship)
        return 1.0 if draft.whole else confidence(seen)

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

    def _answers(
        self, question: str, scope: Scope, today: dt.date, reads: bool, near: Near | None = None
    ) -> Iterator[Answer]:
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
        named = self.retriever.provision(query, scope)
        by_number = provided(*named) if named else None
        draft = by_number or compose(query, found, scope, today, self.retriever.listing(query, found, today))
        pointed: Draft | bool = True
        if reads and not (draft and draft.whole):
            found, pointed = self._pointed(question, query, scope, found)
            draft = pointed if isinstance(pointed, Draft) else draft if pointed else None
        hits = _hits(found, draft)
        outside = self.retriever.outside(query, scope)
        if draft is not None and not draft.whole:
            seen = signs(query, found, draft, outside, self.retriever.kinship)
            likely = confidence(seen)
            shown = shows(query, draft) if isinstance(pointed, Draft) else enough(query, draft, seen)
            close = self._close(near, scope, today, outside) if near else None
            if close and close[-1] + CLOSE >= max(likely if shown else 0.0, THRESHOLD):
                query, found, draft, likely = close  # whose own likelihood says how sure it is
                shown = True
                hits = _hits(found, draft)
            unsure = (said("unsure"),) if likely < SURE else ()
            draft = replace(draft, notes=(*unsure, *draft.notes)) if shown else None
        if draft is None:
            yield Abstained(Reason.WEAK, scope, hits, self._better(found, outside))
            return
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

    def _pointed(
        self, question: str, query: Query, scope: Scope, found: list[Found]
    ) -> tuple[list[Found], Draft | bool]:
        """What a language model finds with words of its own beside what was found, and what it points at there."""
        assert self.model
        seconds = self.settings.llm_seconds
        if words := otherwise(self.model, question, seconds):
            known = {f.passage.id for f in found}
            again = self.retriever.query(words, scope)
            more = [
                f.passage.id for f in self.retriever.search(again, scope, HITS) if f.passage.id not in known
            ]
            found = [*found, *self.retriever.scored(query, more)]
        return found, chosen(self.model, query, found, scope, self._titled, seconds)

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
            listed = self.retriever.listing(query, found, today)
            draft = compose(query, found, side, today, listed) if found else None
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

    # --- side by side ---

    def compare(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        by: Literal["region", "period", "document"] = "region",
    ) -> Comparison:
        """One question asked of each region, of each period of one region, or of each document.
        Raises QuestionError.

        Regions are those of `given` or of the question, else every one in the index. Where neither
        names a period, each region answers from its agreement in force, else from its newest.
        """
        asked = self.checked(question)
        question = printable(question)
        day = today or dt.date.today()
        scope = self.scope(asked, given, day)
        found = self.retriever
        if by == "document":
            return self._by_document(question, asked, scope, day)
        pairs = sides.periods(found, scope) if by == "period" else sides.regions(found, scope, day)
        if len(pairs) < 2:
            raise QuestionError(said(f"one_{by}"))
        alone = without_scope(single(asked))
        limits = [self.side(scope, region, period) for region, period in pairs]
        names = [(region if by == "region" else period) or "?" for region, period in pairs]
        return self._side_by_side(question, alone, limits, pairs, names, day)

    @staticmethod
    def side(scope: Scope, region: str | None, period: str | None) -> Scope:
        """The scope of one side of a comparison: its region, and its period where it has one of its own."""
        own = replace(scope, regions=(region,) if region else ())
        return replace(own, periods=(period,), on=None, soft_years=()) if period else own

    def beside(
        self,
        question: str,
        scope: Scope,
        pairs: Sequence[tuple[str | None, str | None]],
        names: Sequence[str],
        day: dt.date,
    ) -> Comparison:
        """One question asked of each (region, period)."""
        alone = without_scope(single(question))
        limits = [
            replace(scope, regions=(r,) if r else (), periods=(p,) if p else (), on=None, soft_years=())
            for r, p in pairs
        ]
        return self._side_by_side(question, alone, limits, pairs, names, day)

    def _by_document(self, question: str, asked: str, scope: Scope, day: dt.date) -> Comparison:
        """Each document that the scope admits, up to SIDES of them, those that fit best."""
        alone = without_scope(single(asked)) if scope.regions or scope.periods else single(asked)
        query = self.retriever.query(alone, scope)
        found = self.retriever.search(query, scope, 10 * SIDES)
        documents = list(dict.fromkeys(f.passage.document_id for f in found))[:SIDES]
        if len(documents) < 2:
            raise QuestionError(said("one_document"))
        entries = sorted((self.retriever.documents[i] for i in documents), key=lambda d: d.name)
        limits = [replace(scope, documents=(d.id,)) for d in entries]
        pairs = [(d.facts.region, d.facts.period) for d in entries]
        shown = self._side_by_side(question, alone, limits, pairs, [d.name for d in entries], day)
        left = len(self.retriever.admitted(scope)) - len(entries)
        return replace(shown, notes=(*shown.notes, said("documents_left", count=left))) if left else shown

    def _side_by_side(
        self,
        question: str,
        alone: str,
        limits: Sequence[Scope],
        pairs: Sequence[tuple[str | None, str | None]],
        names: Sequence[str],
        today: dt.date,
    ) -> Comparison:
        missed = self.retriever.missed
        answers, kinds = selection.answers(self.retriever, alone, limits, today)
        rows = []
        for (region, period), limit, side in zip(pairs, limits, answers, strict=True):
            if side is None:
                row = row_of(region, period, ())
            else:
                statements = [v for s in side.draft.statements if (v := self.verified(s))]
                unit = side.draft.best.unit
                row = row_of(region, period, statements, side.query, unit, kinds, side.agreed)
                row = replace(row, likely=side.likely)
            if limit.documents:  # a silent document is still named
                row = replace(row, document=self.retriever.documents[limit.documents[0]].name)
            rows.append(row)
        verdict, differences, notes = verdict_of(
            rows, names, often=expects(alone).wants is AnswerType.FREQUENCY
        )
        if len({row.region for row in rows}) == 1 and not limits[0].documents:
            notes = (*notes, *changes(rows, names))
        if self.retriever.missed != missed:
            notes = (*notes, said("no_vectors"))
        return Comparison(question, tuple(rows), verdict, differences, notes)

    # --- what the outside sees ---

    def comparison_json(self, found: Comparison) -> dict[str, Any]:
        """One comparison in the form that scripts rely on."""
        told = contract.comparison_json(found)
        for own, row in zip(told["rows"], found.rows, strict=True):
            own["review"] = review_json(row.review)
        return told

    def as_json(self, asked: Asked, identity: object = None) -> dict[str, Any]:
        """One answer in the form that scripts rely on."""
        row = contract.answer_json(asked.answer, self.retriever.documents, self.searched_for(asked.answer))
        return _framed(asked, row, identity)

    def as_record(self, asked: Asked, language: Language = "da") -> dict[str, Any]:
        """The same with all that a screen needs, the words around the quotes in `language`."""
        about = self.retriever.documents, self.searched_for(asked.answer)
        row = contract.record_json(asked.answer, *about, language)
        for citation in row["citations"]:
            citation["pages"] = self.retriever.documents[citation["document_id"]].pages
        return _framed(asked, row)

    def searched_for(self, answer: Answer) -> str:
        """What was searched for an answer; under a refusal also what could not be read there."""
        searched = self.searched(answer.scope)
        unread = self.retriever.unread(answer.scope) if isinstance(answer, Abstained) else []
        if not unread:
            return searched
        named = "; ".join(unread[:UNREAD]) + (
            f" og {len(unread) - UNREAD} mere" if len(unread) > UNREAD else ""
        )
        return said("searched_unread", searched=searched, unread=named)

    def searched(self, scope: Scope) -> str:
        """What was searched, in a line for the reader."""
        count = len(self.retriever.admitted(scope))
        total = len(self.retriever.documents)
        if count == total:
            return said("searched_all", count=total)
        return said("searched_some", count=count, total=total)


def _framed(asked: Asked, row: dict[str, Any], identity: object = None) -> dict[str, Any]:
    return {
        "id": identity, "question": asked.question, "meant": asked.meant or asked.question, **row,
        "seconds": round(asked.seconds, 4),
    }  # fmt: skip


class Live:
    """The assistant over whatever generation counts: one that is built while a chat runs is taken up by
    the next question. A question keeps the assistant it began with.

    Raises IndexMissing, IndexMismatch on opening; later on, what cannot be opened leaves the old one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._seen = self._stamp()
        self._current = Assistant(settings.index, settings)

    def __call__(self) -> Assistant:
        stamp = self._stamp()
        if stamp != self._seen and self._opening.acquire(blocking=False):
            try:
                model = self._current.model  # which does not change with the index
                self._current = Assistant(self._settings.index, self._settings, model=model)
                self._seen = stamp
                gc.collect()  # what nobody reads any more holds files open until then
            except AssistantError:
                pass  # being built anew: the one that is open still answers
            finally:
                self._opening.release()
        return self._current

    @property
    def current(self) -> Assistant:
        """The one that is open, without a look at what counts."""
        return self._current

    def _stamp(self) -> int:
        try:
            return (self._settings.index / "index.json").stat().st_mtime_ns
        except OSError:
            return 0


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
