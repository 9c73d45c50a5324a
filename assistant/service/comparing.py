"""Comparisons: one question asked of each region, of each period of one region, or of each document, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answer.figures import row_of
from assistant.compare import selection, sides
from assistant.compare.verdicts import changes, single, verdict_of
from assistant.errors import QuestionError
from assistant.messages import said
from assistant.models import By, Comparison, Scope, Statement
from assistant.question.answer_type import AnswerType
from assistant.question.expectation import expects
from assistant.question.matter import without_scope
from assistant.question.scope import standing
from assistant.retrieval.search import Retriever

SIDES = 12  # documents in one comparison


class Comparing:
    """Compares over an opened index; `verified` adds a statement's citations, or returns None where verification
    fails."""

    def __init__(self, retriever: Retriever, verified: Callable[[Statement], Statement | None]) -> None:
        self.retriever = retriever
        self.verified = verified

    def compare(self, question: str, asked: str, scope: Scope, day: dt.date, by: By) -> Comparison:
        """Ask `asked` of each side in `scope`; `question` is the original wording. Raises QuestionError."""
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
        """The scope of one side of a comparison: its region, and its period if it has one."""
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
        """Ask one question of each (region, period)."""
        alone = without_scope(single(question))
        limits = [
            replace(scope, regions=(r,) if r else (), periods=(p,) if p else (), on=None, soft_years=())
            for r, p in pairs
        ]
        return self._side_by_side(question, alone, limits, pairs, names, day)

    def _by_document(self, question: str, asked: str, scope: Scope, day: dt.date) -> Comparison:
        """Ask each document in the scope, at most SIDES: those in force first, and of each the ones that fit best."""
        alone = without_scope(single(asked)) if scope.regions or scope.periods else single(asked)
        query = self.retriever.query(alone, scope)
        found = self.retriever.search(query, scope, 10 * SIDES)
        fitting = dict.fromkeys(f.passage.document_id for f in found)
        in_force = sorted(fitting, key=lambda i: not standing(self.retriever.documents[i].facts, day)[0])
        documents = in_force[:SIDES]
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
