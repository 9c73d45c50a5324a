"""Comparisons with what people have said of their cells, and how they say it.

What somebody answers for stands in the place of what the search answers with, and the verdict is of that; what is open
again counts as nothing but the search's own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from assistant.answer.composing import picks_of
from assistant.answer.figures import ANY, kinds_of, value_of
from assistant.compare import standing
from assistant.compare.verdicts import changes, single, verdict_of
from assistant.documents.answer_units import Unit, units_of
from assistant.errors import BusyError, QuestionError, StorageError
from assistant.language.values import Value, values_in
from assistant.messages import printable, said
from assistant.models import Comparison, Judged, Judgement, Quote, Review, Row, Scope, Statement
from assistant.question.answer_type import AnswerType
from assistant.question.expectation import expects
from assistant.question.matter import without_scope
from assistant.service.answering import HITS
from assistant.service.assistant import Assistant
from assistant.users.judgements import Cell, Judgements

By = Literal["region", "period", "document"]
REASON, NAME, WORDS = 1000, 64, 1500  # letters at most
ELSEWHERE = 6  # sentences that are offered in the place of one


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison as it is asked."""

    question: str
    given: Scope | None = None
    by: By = "region"


@dataclass(frozen=True, slots=True)
class Side:
    """A row of it, by what it is named."""

    region: str = ""
    period: str = ""
    paper: str = ""

    def of(self, row: Row) -> bool:
        named = self.region, self.period, self.paper or row.document
        return named == (row.region or "", row.period or "", row.document)


@dataclass(frozen=True, slots=True)
class Place:
    """Words that somebody points at, and the value in them that is meant, "" where the reading is to choose."""

    document: str
    page: int
    words: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who judges: by an account, or by a name of their own."""

    who: str
    account: bool


class Reviewed:
    """Compares as `Assistant` does. `live` gives the assistant that counts now."""

    def __init__(self, live: Callable[[], Assistant], kept: Judgements) -> None:
        self._live, self._kept = live, kept

    def compare(
        self, question: str, given: Scope | None = None, today: dt.date | None = None, by: By = "region"
    ) -> Comparison:
        """As `Assistant.compare`. Where what people have said cannot be read, it says so. Raises QuestionError."""
        assistant = self._live()
        asked = Asked(question, given, by)
        return self._reviewed(assistant, asked, assistant.compare(question, given, today, by))

    def judge(
        self, asked: Asked, side: Side, seen: str, kind: Judged, by: Signed, reason: str, place: Place | None = None,
        note: Callable[[str], None] = lambda about: None,
    ) -> Comparison:  # fmt: skip
        """Keep a judgement of one row; returns the comparison with it. `seen` is the row as it was judged (`mark`); a
        correction needs a place; `note` is told of it before it is kept. Raises QuestionError, BusyError where another
        thing stands there by now, StorageError."""
        assistant = self._live()
        machine = assistant.compare(asked.question, asked.given, by=asked.by)
        now = self._reviewed(assistant, asked, machine, strict=True)
        at = next((i for i, row in enumerate(now.rows) if side.of(row)), None)
        if at is None or mark(now.rows[at]) != seen:
            raise BusyError(said("cell_changed"))
        row = now.rows[at]
        reason = " ".join(printable(reason).split())
        who = " ".join(printable(by.who).split())
        if len(reason) > REASON or len(who) > NAME:
            raise QuestionError(said("reason_long", count=REASON))
        if not who:
            raise QuestionError(said("name_needed"))
        if kind == "confirmed" and row.status == "silent":
            kind = "silent"
        contradicts = kind == "corrected" or (kind == "silent" and row.status == "found")
        if contradicts and not reason:
            raise QuestionError(said("reason_needed"))
        told = row
        if kind == "corrected":
            told = self._corrected(assistant, asked, machine, row, place)
        elif kind == "silent":
            told = replace(row, status="silent", statements=(), values=())
        elif kind == "withdrawn" and not (row.review and row.review.stands):
            raise BusyError(said("cell_changed"))
        topic, scope = self._topic(assistant, asked)
        papers = self._papers(assistant, asked, scope, row)
        basis = standing.basis_of(told, machine.rows[at], papers, asked.question)
        cell = _cell(topic, scope, asked.by, row)
        note(" ".join([asked.question, cell.region, cell.period, cell.paper, kind, who]))
        self._kept.keep(cell, kind, who, by.account, reason, basis)
        return self._reviewed(assistant, asked, machine, strict=True)

    def places(self, asked: Asked, side: Side) -> tuple[list[Statement], dict[str, str]]:
        """(sentences of a side's papers that may answer, likeliest first; its papers, the region's own first). Raises
        QuestionError."""
        assistant = self._live()
        row = Row(side.region or None, side.period or None, side.paper or None, "silent")
        _, scope = self._topic(assistant, asked)
        limit = self._limit(assistant, asked, scope, row)
        query = assistant.retriever.query(_alone(assistant, asked), limit)
        found = assistant.retriever.search(query, limit, HITS)
        told: dict[str, Statement] = {}
        for pick in picks_of(found, limit):
            unit = pick.unit
            quote = Quote(pick.passage.id, unit.start, unit.end, unit.text)
            if unit.text not in told and (
                passed := assistant.answering.verified(Statement(unit.text, (quote,), kind=unit.kind))
            ):
                told[unit.text] = passed
            if len(told) == ELSEWHERE:
                break
        papers, documents = self._papers(assistant, asked, scope, row), assistant.retriever.documents
        ordered = sorted(papers, key=lambda i: (side.region not in documents[i].facts.regions, papers[i]))
        return list(told.values()), {identity: papers[identity] for identity in ordered}

    def _reviewed(
        self, assistant: Assistant, asked: Asked, found: Comparison, strict: bool = False
    ) -> Comparison:
        try:
            topic, scope = self._topic(assistant, asked)
            kept = self._kept.of(topic)
        except StorageError:
            if strict:
                raise
            return replace(found, notes=(*found.notes, said("reviews_away")))
        if not kept:
            return found
        rows = tuple(self._row(assistant, asked, scope, topic, row, kept) for row in found.rows)
        if rows == found.rows:
            return found
        names = _names(found, asked.by)
        often = expects(_alone(assistant, asked)).wants is AnswerType.FREQUENCY
        listed = asked.by == "period"
        own = {*verdict_of(found.rows, names, often)[2], *(changes(found.rows, names) if listed else ())}
        verdict, differences, notes = verdict_of(rows, names, often)
        notes = (*notes, *(changes(rows, names) if listed else ()), *(n for n in found.notes if n not in own))
        return Comparison(found.question, rows, verdict, differences, notes)

    def _row(
        self, assistant: Assistant, asked: Asked, scope: Scope, topic: str, row: Row,
        kept: Mapping[Cell, tuple[Judgement, ...]],
    ) -> Row:  # fmt: skip
        """A side with what has been said of it."""
        cell = _cell(topic, scope, asked.by, row)
        history = kept.get(cell)
        if history is None:
            return _of_former(row, cell, kept) if asked.by == "region" else row
        last = history[-1]
        if last.kind == "withdrawn":
            return replace(row, review=Review(history))
        retriever = assistant.retriever
        papers = self._papers(assistant, asked, scope, row)
        why = standing.why_open(last, row, papers, retriever)
        told = None if why else standing.row_of_basis(row, last.basis, retriever, assistant.grounder)
        if told is None:
            return replace(row, review=Review(history, why or (said("words_gone"),)))
        if asked.by == "document":
            told = replace(told, document=row.document)
        same = standing.seen_in(row) == standing.seen_in(told)
        return replace(told, review=Review(history, (), None if same else row))

    def _corrected(
        self, assistant: Assistant, asked: Asked, machine: Comparison, row: Row, place: Place | None
    ) -> Row:
        """The side with the words that somebody points at, which must stand in its papers, and the value in them."""
        _, scope = self._topic(assistant, asked)
        papers = self._papers(assistant, asked, scope, row)
        if place is None or place.document not in papers or len(place.words) > WORDS:
            raise QuestionError(said("place_needed"))
        retriever = assistant.retriever
        quote = standing.located(retriever, place.document, place.page, place.words)
        if quote is None or len(re.findall(r"\w+", quote.text)) < 2:
            raise QuestionError(said("words_not_there", name=papers[place.document], page=place.page))
        passage = retriever.passages[retriever.place[quote.passage_id]]
        units = units_of(passage.text)
        kind = next((u.kind for u in units if (u.start, u.end) == (quote.start, quote.end)), "sentence")
        statement = assistant.answering.verified(Statement(quote.text, (quote,), kind=kind))
        if statement is None:
            raise QuestionError(said("words_not_there", name=papers[place.document], page=place.page))
        value: Value | None
        if place.value:
            value = _named_value(statement.text, place.value)
        else:
            unit = Unit(0, len(statement.text), statement.text, "sentence")
            alone = _alone(assistant, asked)
            query = retriever.query(alone, self._limit(assistant, asked, scope, row))
            value = value_of([statement], query, unit, _kinds(machine, alone))
        bold = ((value.start, value.end),) if value and value.end else ()
        values = ((value.kind, value.text, value.normalized),) if value else ()
        document = statement.citations[0].document
        return replace(
            row, document=document, status="found", statements=(replace(statement, bold=bold),), values=values
        )

    # --- what is asked, of which papers ---

    @staticmethod
    def _topic(assistant: Assistant, asked: Asked) -> tuple[str, Scope]:
        """(what the cells of a comparison are about, the limits it is asked within)."""
        scope = assistant.scope(assistant.checked(asked.question), asked.given)
        words = re.findall(r"\w+", _alone(assistant, asked).casefold())
        return " ".join([*words, *(f"({kind})" for kind in scope.kinds)]), scope

    @staticmethod
    def _limit(assistant: Assistant, asked: Asked, scope: Scope, row: Row) -> Scope:
        """The papers of one side."""
        if asked.by == "document":
            documents = tuple(d.id for d in assistant.retriever.documents.values() if d.name == row.document)
            return replace(scope, documents=documents)
        return assistant.comparing.side(scope, row.region, row.period)

    def _papers(self, assistant: Assistant, asked: Asked, scope: Scope, row: Row) -> dict[str, str]:
        admitted = assistant.retriever.admitted(self._limit(assistant, asked, scope, row))
        return {identity: assistant.retriever.documents[identity].name for identity in admitted}


def mark(row: Row) -> str:
    """What a row shows, in a few letters: whoever judges it says with them what they have seen."""
    return hashlib.sha256(json.dumps(standing.seen_in(row)).encode()).hexdigest()[:16]


def _alone(assistant: Assistant, asked: Asked) -> str:
    """The question as it is put to one side."""
    return without_scope(single(assistant.checked(asked.question)))


def _cell(topic: str, scope: Scope, by: By, row: Row) -> Cell:
    """Whose words a row is. The one period that is asked for is its own, whether anything is found or not."""
    if by == "document":
        return Cell(topic, "", "", row.document or "")
    period = scope.periods[0] if by == "region" and len(scope.periods) == 1 else row.period
    return Cell(topic, row.region or "", period or "")


def _names(found: Comparison, by: By) -> list[str]:
    return [
        {"region": row.region, "period": row.period, "document": row.document}[by] or "?"
        for row in found.rows
    ]


def _of_former(row: Row, cell: Cell, kept: Mapping[Cell, tuple[Judgement, ...]]) -> Row:
    """The side with what was said of its former agreement, which says nothing of this one but that it is to be read."""
    before = [
        (other.period, history)
        for other, history in kept.items()
        if (other.region, other.paper) == (cell.region, cell.paper) and "" < other.period < cell.period
    ]
    if not before:
        return row
    period, history = max(before, key=lambda one: one[0])
    if history[-1].kind == "withdrawn":
        return row
    return replace(row, review=Review(history, standing.why_former(period, cell.period)))


def _kinds(machine: Comparison, question: str) -> tuple[str, ...]:
    """Of which kinds the value of a side is: as those of the others, else as is asked for."""
    held = Counter(kind for row in machine.rows for kind, _, _ in row.values)
    own = tuple(kind for kind, _ in held.most_common())
    return tuple(dict.fromkeys((*own, *(kinds_of(expects(question)) or ANY))))


def _named_value(text: str, wanted: str) -> Value:
    """The value of a text that somebody has named. Raises QuestionError."""
    at = text.casefold().find(wanted.strip().casefold())
    found = [v for v in values_in(text) if at >= 0 and v.start < at + len(wanted.strip()) and at < v.end]
    if not found:
        raise QuestionError(said("no_such_value"))
    return found[0]
