"""Comparisons with people's judgements of their cells, and the saving of these judgements.

A valid judgement replaces the search's own answer in a cell, and the verdict is computed from it. A judgement that is
open again has no effect on the answer: the cell shows what the search finds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assistant.answer.figures import kinds_of, value_of
from assistant.answer.picks import picks_of
from assistant.compare import standing
from assistant.compare.verdicts import changes, single, verdict_of
from assistant.documents.answer_units import Unit, units_of
from assistant.errors import BusyError, QuestionError, StorageError
from assistant.language.values import FIGURES, Value, values_in
from assistant.messages import printable, said
from assistant.models import By, Comparison, Judged, Judgement, Quote, Review, Row, Scope, Statement
from assistant.question.answer_type import AnswerType
from assistant.question.expectation import expects
from assistant.question.matter import without_scope
from assistant.service.answering import HITS
from assistant.service.assistant import Assistant
from assistant.users.judgements import Cell, Judgements

REASON, NAME, WORDS = 1000, 64, 1500  # maximum characters
ELSEWHERE = 6  # alternative sentences offered for a cell


@dataclass(frozen=True, slots=True)
class Asked:
    """The request for a comparison."""

    question: str
    given: Scope | None = None
    by: By = "region"


@dataclass(frozen=True, slots=True)
class Side:
    """Identifies a row of a comparison."""

    region: str = ""
    period: str = ""
    paper: str = ""

    def of(self, row: Row) -> bool:
        named = self.region, self.period, self.paper or row.document
        return named == (row.region or "", row.period or "", row.document)


@dataclass(frozen=True, slots=True)
class Place:
    """Words that a person points at in a document, and the value meant; "" where the program chooses the value."""

    document: str
    page: int
    words: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who judges: an account's name, or a name the person typed."""

    who: str
    account: bool


class Reviewed:
    """Compares as `Assistant` does, with the judgements applied. `live` gives the current assistant."""

    def __init__(self, live: Callable[[], Assistant], kept: Judgements) -> None:
        self._live, self._kept = live, kept

    def compare(
        self, question: str, given: Scope | None = None, today: dt.date | None = None, by: By = "region"
    ) -> Comparison:
        """As `Assistant.compare`; a note says so where the judgements cannot be read. Raises QuestionError."""
        assistant = self._live()
        asked = Asked(question, given, by)
        return self._reviewed(assistant, asked, assistant.compare(question, given, today, by))

    def judge(
        self, asked: Asked, side: Side, seen: str, kind: Judged, by: Signed, reason: str, place: Place | None = None,
        note: Callable[[str], None] = lambda about: None,
    ) -> Comparison:  # fmt: skip
        """Save a judgement of one row and return the updated comparison. `seen` is the `mark` of the row that the
        person saw; a correction needs a place; `note` is called with a description before saving. Raises QuestionError,
        StorageError, and BusyError where the row has changed since."""
        assistant = self._live()
        machine = assistant.compare(asked.question, asked.given, by=asked.by)
        now = self._reviewed(assistant, asked, machine, strict=True)
        at = next((i for i, row in enumerate(now.rows) if side.of(row)), None)
        if at is None or mark(now.rows[at]) != seen:
            raise BusyError(said("cell_changed"))
        row = now.rows[at]
        reason, who = _signature(reason, by)
        if kind == "confirmed" and row.status == "silent":
            kind = "silent"
        contradicts = kind == "corrected" or (kind == "silent" and row.status == "found")
        if contradicts and not reason:
            raise QuestionError(said("reason_needed"))
        told = self._as_judged(assistant, asked, machine, row, kind, place)
        topic, scope = self._topic(assistant, asked)
        papers = self._papers(assistant, asked, scope, row)
        basis = standing.basis_of(told, machine.rows[at], papers, asked.question)
        cell = _cell(topic, scope, asked.by, row)
        note(" ".join([asked.question, cell.region, cell.period, cell.paper, kind, who]))
        self._kept.keep(cell, kind, who, by.account, reason, basis)
        return self._reviewed(assistant, asked, machine, strict=True)

    def _as_judged(
        self, assistant: Assistant, asked: Asked, machine: Comparison, row: Row, kind: Judged, place: Place | None
    ) -> Row:  # fmt: skip
        """The row as a judgement says it should be. Raises QuestionError, BusyError where nothing can be withdrawn."""
        if kind == "corrected":
            return self._corrected(assistant, asked, machine, row, place)
        if kind == "silent":
            return replace(row, status="silent", statements=(), values=())
        if kind == "withdrawn" and not (row.review and row.review.stands):
            raise BusyError(said("cell_changed"))
        return row

    def places(self, asked: Asked, side: Side) -> tuple[list[Statement], dict[str, str]]:
        """(sentences of a side's documents that may answer, likeliest first; the names of these documents by id, the
        region's own first). Raises QuestionError."""
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
        """The row with its judgements applied."""
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
        """The row with the words that a person points at and the value in them. Raises QuestionError where the words
        are not in the row's documents."""
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

    # --- topic and documents ---

    @staticmethod
    def _topic(assistant: Assistant, asked: Asked) -> tuple[str, Scope]:
        """(the topic under which the cells of a comparison are stored, the scope of the comparison)."""
        scope = assistant.scope(assistant.checked(asked.question), asked.given)
        words = re.findall(r"\w+", _alone(assistant, asked).casefold())
        return " ".join([*words, *(f"({kind})" for kind in scope.kinds)]), scope

    @staticmethod
    def _limit(assistant: Assistant, asked: Asked, scope: Scope, row: Row) -> Scope:
        """The scope of one side's documents."""
        if asked.by == "document":
            documents = tuple(d.id for d in assistant.retriever.documents.values() if d.name == row.document)
            return replace(scope, documents=documents)
        return assistant.comparing.side(scope, row.region, row.period)

    def _papers(self, assistant: Assistant, asked: Asked, scope: Scope, row: Row) -> dict[str, str]:
        admitted = assistant.retriever.admitted(self._limit(assistant, asked, scope, row))
        return {identity: assistant.retriever.documents[identity].name for identity in admitted}


def mark(row: Row) -> str:
    """A short hash of what a row shows. It is sent with a judgement to say which version of the row was seen."""
    return hashlib.sha256(json.dumps(standing.seen_in(row)).encode()).hexdigest()[:16]


def _signature(reason: str, by: Signed) -> tuple[str, str]:
    """(reason, name) of a judgement, cleaned. Raises QuestionError where one is too long or the name is missing."""
    reason = " ".join(printable(reason).split())
    who = " ".join(printable(by.who).split())
    if len(reason) > REASON or len(who) > NAME:
        raise QuestionError(said("reason_long", count=REASON))
    if not who:
        raise QuestionError(said("name_needed"))
    return reason, who


def _alone(assistant: Assistant, asked: Asked) -> str:
    """The question as it is asked of one side."""
    return without_scope(single(assistant.checked(asked.question)))


def _cell(topic: str, scope: Scope, by: By, row: Row) -> Cell:
    """The cell under which judgements of a row are stored. If the question names exactly one period, it belongs to the
    cell even where nothing is found."""
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
    """The row with the judgements of the region's former agreement, which are only a reminder to check this one."""
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
    """The kinds of value to look for in a side: those of the other sides first, then those the question asks for."""
    held = Counter(kind for row in machine.rows for kind, _, _ in row.values)
    own = tuple(kind for kind, _ in held.most_common())
    return tuple(dict.fromkeys((*own, *(kinds_of(expects(question)) or FIGURES))))


def _named_value(text: str, wanted: str) -> Value:
    """The value in a text that a person has named. Raises QuestionError where it is not there."""
    at = text.casefold().find(wanted.strip().casefold())
    found = [v for v in values_in(text) if at >= 0 and v.start < at + len(wanted.strip()) and at < v.end]
    if not found:
        raise QuestionError(said("no_such_value"))
    return found[0]
