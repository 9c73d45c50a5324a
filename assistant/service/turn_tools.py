"""The tools that answer a turn of a conversation where a search of the documents does not: comparison, list of changes,
summary, catalogue. Each gives None where it has nothing to say."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from assistant.answer import outline
from assistant.answer.holdings import held, named
from assistant.compare.amendments import amendments
from assistant.compare.as_answer import lead_of, statements_of
from assistant.compare.sides import present
from assistant.errors import QuestionError
from assistant.messages import said
from assistant.models import (
    Answer,
    Comparison,
    DocumentEntry,
    Grounded,
    Part,
    Passage,
    Scope,
    Statement,
    Told,
)
from assistant.question.acts import LEANS, MATTER, Act, read_turn
from assistant.question.conversation import State
from assistant.question.matter import own_words, without_scope
from assistant.question.scope import AGREEMENTS, admits, standing
from assistant.service.assistant import Assistant

TOLD = 60  # clauses of each kind in a list of changes
OUTLINED = 2  # documents that are summarised at once
_SHORT = re.compile(
    r"\bkort\w*|\bfå linjer\b|\bhurtig\w*|\bmin\b|\bvigtigste\b|\bbrief\w*|\bshort\w*", re.IGNORECASE
)
_LONG = re.compile(
    r"\bhele\b|\blang\w*|\bgrundig\w*|\budførlig\w*|\balle\b|\bdetalje\w*|\bsamlet\b", re.IGNORECASE
)
_ABOUT_CHANGE = re.compile(
    r"\b(?:ændr\w*|nyt|nye|sket|siden sidst|vigtigste|forskel\w*|væsentlig\w*|største|hvilke|hvad"
    r"|giv\w*|os|mig|der|har|er|vis|liste\w*"
    r"|anderledes|sammenlign\w*|gammel|udviklet|sig|fra|til|går|man|når|changed|what|has|have|new|gået|kommet|væk|ind|ud|helt)\b",
    re.IGNORECASE,
)


def _thanked(assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date) -> Answer | None:
    return Told(said("welcome"), scope)


def held_here(assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date) -> Answer | None:
    own = assistant.scope(text, today=day)
    if not own.regions and not own.periods and read_turn(text).leans >= LEANS:  # refers to the conversation
        own = replace(own, regions=scope.regions, periods=scope.periods)
    return held(assistant.retriever.documents, text, replace(own, on=None), day)


def compared(assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date) -> Answer | None:
    """The question asked of each region, or of each period of one region; None where no side answers."""
    carried = (
        [f"{state.asked.rstrip(' ?.!')}: {state.clause}?"]
        if state.clause and state.act is not Act.COMPARE
        else []
    )
    if state.clause and state.leans is False and not own_words(text):
        carried = [f"{state.asked.rstrip(' ?.!')}: {state.clause}?"]
    asks = [state.asked, f"Hvad er {state.matter}?"]
    if state.leans and state.act in (Act.COMPARE, Act.FIGURES) and read_turn(text).matter < MATTER:
        asks.reverse()  # "who is highest?" is about the topic of the conversation
    for asked in dict.fromkeys((*carried, *asks)):
        try:
            found, names = sides(assistant, asked, scope, day)
        except QuestionError:
            return None
        if statements := tuple(statements_of(found)):
            break
    else:
        return None
    silent = [
        said("side_silent", name=n)
        for n, row in zip(names, found.rows, strict=True)
        if row.status == "silent"
    ]
    lead = lead_of(found, names)
    notes = tuple(note for note in found.notes if note != lead)
    return Grounded(statements, scope, (), (*notes, *silent), lead=lead)


def sides(assistant: Assistant, asked: str, scope: Scope, day: dt.date) -> tuple[Comparison, list[str]]:
    """(comparison over the regions and periods of a scope, the names of its sides). Raises QuestionError."""
    alone = len(scope.regions) == 1 and len(_agreements(assistant, scope.regions)) < 2
    if alone and len(scope.periods) < 2:
        scope = replace(scope, regions=())
    if len(scope.periods) < 2:
        by = "region" if len(scope.regions) != 1 else "period"
        found = assistant.compare(asked, scope, day, by)  # type: ignore[arg-type]
        return found, [(r.region if by == "region" else r.period) or "?" for r in found.rows]
    regions = scope.regions or tuple(present(assistant.retriever))
    pairs = list(product(regions, scope.periods))
    names = [p if len(regions) == 1 else f"{r} {p}" for r, p in pairs]
    return assistant.comparing.beside(asked, scope, pairs, names, day), names


def _agreements(assistant: Assistant, regions: Sequence[str]) -> list[DocumentEntry]:
    entries = assistant.retriever.documents.values()
    return [d for d in entries if d.facts.kind in AGREEMENTS and set(regions) & set(d.facts.regions)]


def _changed(assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date) -> Answer | None:
    """What has changed about a topic, or, if none is named, in a region's agreement as a whole."""
    if _has_matter(state):
        return compared(assistant, text, state, scope, day)
    if len(scope.regions) != 1:
        return _which_region(assistant, state, scope)
    papers = sorted(_agreements(assistant, scope.regions), key=lambda d: standing(d.facts, day))
    papers = [d for d in papers if not scope.periods or d.facts.period in scope.periods]
    if len(papers) < 2:
        return Told(said("one_paper", region=scope.regions[0]), scope, tuple(d.id for d in papers))
    return _list_of_changes(assistant, papers[-2], papers[-1], scope)


def _list_of_changes(
    assistant: Assistant, older: DocumentEntry, newer: DocumentEntry, scope: Scope
) -> Answer:
    """The changed, new and removed clauses between two agreements, at most TOLD of each."""
    changed, came, went = _verified_changes(assistant, older, newer)
    if not (changed or came or went):
        return Told(said("unchanged"), scope)
    told = {"part_changed": changed[: 2 * TOLD], "part_came": came[:TOLD], "part_went": went[:TOLD]}
    parts = tuple(Part(said(name), Grounded(tuple(own), scope, ())) for name, own in told.items() if own)
    left = (len(changed) - len(told["part_changed"])) // 2 + sum(
        max(0, len(own) - TOLD) for own in (came, went)
    )
    lead = said(
        "changed_clauses", count=len(changed) // 2, came=len(came), went=len(went), before=older.facts.period,
        after=newer.facts.period,
    )  # fmt: skip
    notes = (said("changes_left", count=left),) if left else ()
    return Grounded(tuple(s for own in told.values() for s in own), scope, (), notes, lead=lead, parts=parts)


def _verified_changes(
    assistant: Assistant, older: DocumentEntry, newer: DocumentEntry
) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """(changed clauses, each before and after, new clauses, removed clauses) between two agreements."""
    verified = assistant.answering.verified
    changed: list[Statement] = []
    came: list[Statement] = []
    went: list[Statement] = []
    older_ones, newer_ones = _passages(assistant, older.id), _passages(assistant, newer.id)
    for one in amendments(older_ones, newer_ones, assistant.retriever.units_of):
        before = verified(one.before) if one.before else None
        after = verified(one.after) if one.after else None
        if one.before and one.after:
            changed += [before, after] if before and after else []
        elif after:
            came.append(after)
        elif before:
            went.append(before)
    return changed, came, went


def _passages(assistant: Assistant, document: str) -> list[Passage]:
    return assistant.retriever.passages.of(document)


def _has_matter(state: State) -> bool:
    return not re.search(r"\bændringer(?:ne)?\b", state.asked) and bool(
        own_words(re.sub(_ABOUT_CHANGE, " ", state.asked))
    )


def _summed(assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date) -> Answer | None:
    """A summary of a document, or of the chapters named, in its own words."""
    papers = _meant_papers(assistant, text, scope, day)
    if not papers:
        return _which_region(assistant, state, scope)
    statements: list[Statement] = []
    short = bool(_SHORT.search(text)) and not _LONG.search(text)
    for paper in papers[:OUTLINED]:
        found = outline.sections(_passages(assistant, paper.id))
        narrow = outline.chapters(found, without_scope(text), paper.title)
        told = outline.outline(
            narrow or found, short, bool(narrow) and len(narrow) <= max(3, len(found) // 4)
        )
        statements += [v for s in told if (v := assistant.answering.verified(s))]
    if not statements:
        return None
    titles = ", ".join(f"{p.title}" for p in papers[:OUTLINED])
    return Grounded(tuple(statements), scope, (), lead=said("outline_of", title=titles))


def _meant_papers(assistant: Assistant, text: str, scope: Scope, day: dt.date) -> list[DocumentEntry]:
    """The documents to summarise: those the question names by title, else the agreement in force."""
    documents = list(assistant.retriever.documents.values())
    titled = named(documents, text, scope)
    if titled and not any(d.facts.kind in AGREEMENTS for d in titled):
        return titled if len(titled) <= OUTLINED else []
    own = titled or [
        d for d in documents if d.facts.kind in AGREEMENTS and set(scope.regions) & set(d.facts.regions)
    ]
    timed = [d for d in own if d.facts.period in scope.periods]
    in_force = [d for d in own if admits(Scope(on=day), d.facts)]
    chosen = timed or in_force or own
    return chosen[:OUTLINED] if len({d.facts.region for d in chosen}) == 1 else []


def _which_region(assistant: Assistant, state: State, scope: Scope) -> Told:
    """A clarifying question that offers the regions to choose from."""
    asked = state.asked.rstrip(" ?.!")
    return Told(
        said("which_region"), scope, choices=tuple(f"{asked} i {r}?" for r in present(assistant.retriever))
    )


TOOLS = {
    Act.THANKS: _thanked,
    Act.COLLECTION: held_here,
    Act.COMPARE: compared,
    Act.FIGURES: compared,
    Act.CHANGES: _changed,
    Act.SUMMARY: _summed,
}
