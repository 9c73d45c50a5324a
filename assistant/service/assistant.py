"""Combines the parts that answer: question → scope → hits → draft → verified answer."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant import tracing
from assistant.answer import contract
from assistant.answer.grounding import Grounder
from assistant.compare.standing import review_json
from assistant.errors import QuestionError
from assistant.language.letters import calmed
from assistant.llm.client import LanguageModel, language_model
from assistant.llm.rewriting import Turn, leans, rewritten
from assistant.llm.wording import whole, write
from assistant.messages import Language, printable, said
from assistant.models import Abstained, Answer, By, Comparison, Contradicted, Cost, Form, Grounded, Scope
from assistant.question.conversation import State
from assistant.question.followup import standalone
from assistant.question.spelling import mended
from assistant.retrieval.search import Retriever
from assistant.service.answering import Answering, Near
from assistant.service.comparing import Comparing
from assistant.settings import Settings

KEPT = 256  # reworded answers in the cache
UNREAD = 4  # unreadable items that a refusal names


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer and the seconds it took, with models already loaded. `meant` is the question as
    understood: a follow-up is turned into a standalone question. `state` is the context for the next question."""

    question: str
    answer: Answer
    seconds: float
    meant: str = ""
    state: State = field(default_factory=State)


class Assistant:
    """An opened index that answers questions. `once` is true where the process asks a single question, so that nothing
    is warmed up. `model` is the language model that rewords the answers, if one is already open.

    Raises IndexMissing, IndexMismatch on opening.
    """

    def __init__(
        self, index: Path, settings: Settings, once: bool = False, model: LanguageModel | None = None
    ) -> None:
        self.settings = settings
        self.retriever = Retriever(index, settings, once)
        self.grounder = Grounder(self.retriever.catalog, self.retriever.documents)
        self.model = model or language_model(settings)
        self.answering = Answering(self.retriever, self.grounder, settings.llm_seconds)
        self.comparing = Comparing(self.retriever, self.answering.verified)
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

        `given` overrides the question's region, period, kind or day, field by field. `lifted` are single limits,
        (field, value), to be ignored. `previous` is the question before this one, for "og i Syddanmark?". `form` is the
        audience that a language model writes for (None: no model is asked), and `turns` the earlier turns given to it.
        `near` is what was shown last, where the question refers to it.
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
        """As `ask`, but yields an answer for each verified statement; the last one is complete. Raises
        QuestionError."""
        start = time.perf_counter()
        asked = self.checked(question)
        question = printable(question)
        day = today or dt.date.today()
        if previous:
            asked = self._alone(asked, previous, turns, day, form)
        scope = self.scope(asked, given, today, lifted)
        trace = tracing.begin("answer", self.settings.trace_url)
        reader = self.model if form and self.settings.llm_reads else None
        answers = self.answering.answers(asked, scope, day, reader, near)
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

    def _alone(
        self, asked: str, previous: str, turns: Sequence[Turn], day: dt.date, form: Form | None
    ) -> str:
        """A follow-up as a standalone question: by the rules, and where they do not apply, by the language model."""
        alone = standalone(asked, previous, day)
        if alone == asked and self.model and form and leans(asked):
            return rewritten(self.model, asked, turns or [(previous, "")])
        return alone

    def _worded(
        self, question: str, answers: Iterator[Answer], form: Form, day: dt.date, trace: tracing.Span
    ) -> Iterator[Answer]:
        """The answer in a language model's words. Without an answer no model is asked. Reworded answers are cached as
        long as this generation of the index is open."""
        *_, own = answers
        if self.model is None or not isinstance(own, Grounded) or isinstance(own, Contradicted):
            yield own  # a refusal or a contradiction is not reworded
            return
        key = (question, form, day, own.scope, tuple(s.quotes for s in own.statements), own.notes)
        if key in self._kept:
            yield self._kept[key]
            return
        cited = [q.passage_id for s in own.statements for q in s.quotes]
        passages = [self.retriever.passages[self.retriever.place[i]] for i in dict.fromkeys(cited)]
        # Only passages of the answer's own documents, so that its notes on them apply to every sentence.
        documents = {p.document_id for p in passages}
        further = (h.passage for h in own.hits if h.passage.document_id in documents)
        passages += [p for p in further if p not in passages]
        last = own
        step = trace.step("model")
        try:
            for last in write(
                self.model, question, own, passages[: self.settings.llm_passages], self.answering.titled,
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
        """The answer with a note if a search went without vectors since the count stood at `missed`."""
        if self.retriever.missed == missed:
            return answer
        return replace(answer, notes=(*answer.notes, said("no_vectors")))

    def forget(self) -> None:
        """Empty the cache of reworded answers."""
        self._kept.clear()

    def scope(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        lifted: Sequence[tuple[str, str]] = (),
    ) -> Scope:
        """The scope that a question is searched with."""
        scope = self.retriever.scope_of(question, today or dt.date.today())
        return scope.limited(given, lifted)

    def checked(self, question: str, message: bool = False) -> str:
        """The question cleaned: no markup, no text all in capitals, no control characters, and misspelt words
        corrected. Raises QuestionError for one that cannot be asked."""
        limit = self.settings.message_chars if message else self.settings.question_chars
        if len(question) > limit:
            raise QuestionError(said("too_long", length=len(question), limit=limit))
        words = re.sub(r"</?[a-zA-Z][^<>]*>", " ", question)
        words = calmed(re.sub(r"\s+", " ", printable(words)).strip())
        words = mended(words, self.retriever.lexical.vocabulary)
        if not question.strip():
            raise QuestionError(said("empty"))
        if len(re.findall(r"\w", words)) < 2:
            raise QuestionError(said("no_words"))
        return words

    def compare(
        self,
        question: str,
        given: Scope | None = None,
        today: dt.date | None = None,
        by: By = "region",
    ) -> Comparison:
        """One question asked of each region, of each period of one region, or of each document.
        Raises QuestionError.

        Regions are those of `given` or of the question, else all in the index. Where neither names a period, each
        region answers from its agreement in force, or else from its newest.
        """
        asked, day = self.checked(question), today or dt.date.today()
        return self.comparing.compare(printable(question), asked, self.scope(asked, given, day), day, by)

    # --- output ---

    def comparison_json(self, found: Comparison) -> dict[str, Any]:
        """A comparison as the JSON that scripts rely on."""
        told = contract.comparison_json(found)
        for own, row in zip(told["rows"], found.rows, strict=True):
            own["review"] = review_json(row.review)
        return told

    def as_json(self, asked: Asked, identity: object = None) -> dict[str, Any]:
        """An answer as the JSON that scripts rely on."""
        row = contract.answer_json(asked.answer, self.retriever.documents, self.searched_for(asked.answer))
        return _framed(asked, row, identity)

    def as_record(self, asked: Asked, language: Language = "da") -> dict[str, Any]:
        """As `as_json`, with everything a screen needs; the words around the quotes are in `language`."""
        about = self.retriever.documents, self.searched_for(asked.answer)
        row = contract.record_json(asked.answer, *about, language)
        for citation in row["citations"]:
            citation["pages"] = self.retriever.documents[citation["document_id"]].pages
        return _framed(asked, row)

    def searched_for(self, answer: Answer) -> str:
        """What was searched for an answer; under a refusal also what could not be read in it."""
        searched = self.searched(answer.scope)
        unread = self.retriever.unread(answer.scope) if isinstance(answer, Abstained) else []
        if not unread:
            return searched
        named = "; ".join(unread[:UNREAD])
        if len(unread) > UNREAD:
            named = said("and_more", named=named, count=len(unread) - UNREAD)
        return said("searched_unread", searched=searched, unread=named)

    def searched(self, scope: Scope) -> str:
        """What was searched, in one line for the user."""
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
