"""Places where one document says the same thing with different figures."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from assistant.answer.conflicts import Claim, claims, clash
from assistant.models import Comparison, Difference, Quote, Row, Statement
from assistant.reports.consistency import Finding, Topic
from assistant.service.assistant import Assistant


def findings(assistant: Assistant) -> list[Finding]:
    """Every contradiction found, each with both sides quoted from their pages."""
    found = []
    said: dict[str, list[Claim]] = defaultdict(list)
    for passage in assistant.retriever.passages:
        if passage.document_id not in assistant.retriever.replaced:
            said[passage.document_id] += claims(passage)
    for sentences in said.values():
        for one, other in combinations(sentences, 2):
            kind = clash(one, other) if one.passage.facts == other.passage.facts else None
            if kind and (finding := _finding(assistant, one, other, kind)):
                found.append(finding)
    return found


def _finding(assistant: Assistant, one: Claim, other: Claim, kind: str) -> Finding | None:
    rows, shown = [], {}
    for said in (one, other):
        quote = Quote(said.passage.id, said.unit.start, said.unit.end, said.unit.text)
        passed = assistant.answering.verified(Statement(said.unit.text, (quote,)))
        if passed is None:
            return None
        value = said.values[kind][0]
        first = passed.citations[0]
        shown[f"{first.place}{' igen' if first.place in shown else ''}"] = value.text
        rows.append(
            Row(first.facts.region, first.facts.period, first.document, "found", (passed,),
                ((value.kind, value.text, value.normalized),))
        )  # fmt: skip
    name = rows[0].document or "?"
    question = f"Siger {name} det samme to steder?"
    difference = Difference(kind, shown)
    comparison = Comparison(question, tuple(rows), "differ", (difference,), ())
    return Finding(Topic("", f"Modsigelse i {name}", question), comparison, "contradiction")
