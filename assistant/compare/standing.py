"""Whether a reviewer's judgement of a cell still stands, and where the words that a reviewer points at are in the
documents.

A judgement is about documents, identified by the hash of their bytes. It is reopened when a document it rests on is
no longer among those of its cell, even if a newer one has the same words: their surroundings may differ, and the
reviewer has not seen it. A document added to the cell reopens the judgement where the search now answers with it. A
judgement that the documents say nothing is reopened by any added document, because it was about all of them. Other
changes in the search result do not reopen it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.answer.grounding import Grounder
from assistant.messages import Language, date_text, in_language, period_text, said, speaking
from assistant.models import CleanPage, Judgement, Passage, Quote, Review, Row, Statement
from assistant.retrieval.search import Retriever

Papers = Mapping[str, str]  # id → file name


def located(retriever: Retriever, document: str, page: int, words: str, near: int = 0) -> Quote | None:
    """Words of a page as a quote of one of its passages, or None. Where they occur twice, the place next to `near`."""
    entry = retriever.documents.get(document)
    if entry is None or not 1 <= page <= entry.pages:
        return None
    text = retriever.catalog.page(document, page).text
    passages = retriever.passages.of(document)
    for start, end in sorted(stretches(text, words), key=lambda one: abs(one[0] - near)):
        for passage in passages:
            if quote := _within(passage, page, start, end):
                return quote
    return None


def stretches(text: str, words: str) -> list[tuple[int, int]]:
    """[start, end) of every place in a text with exactly these words. Where there is none: every place with the same
    letters and digits as whole words, whatever the spacing and line breaks, because a reader may copy the words from
    anywhere.

    >>> stretches("Varslet er 15 pct. og 5\\npct. af", "5 pct")
    [(22, 27)]
    """
    exact = [m.span() for m in re.finditer(re.escape(words), text)] if words.strip() else []
    if exact := [(start, end) for start, end in exact if not _cuts(text, start, end)]:
        return exact
    places = [i for i, c in enumerate(text) if c.isalnum()]
    bare, wanted = "".join(text[i] for i in places), "".join(c for c in words if c.isalnum())
    found = []
    at = bare.find(wanted) if wanted else -1
    while at >= 0:
        start, end = places[at], places[at + len(wanted) - 1] + 1
        if not _cuts(text, start, end):
            found.append((start, end + _closing(text, end, words)))
        at = bare.find(wanted, at + 1)
    return found


def _cuts(text: str, start: int, end: int) -> bool:
    """Whether a stretch begins or ends inside a word or a figure.

    >>> _cuts("5,5 pct.", 2, 7), _cuts("§ 5, 5 pct.", 5, 10)
    (True, False)
    """
    for at in (start, end):
        before, after = text[max(0, at - 2) : at], text[at : at + 2]
        if (before[-1:] + after[:1]).isalnum() and before and after:
            return True
        if re.fullmatch(r"\d[.,]", before) and after[:1].isdigit():
            return True
        if before[-1:].isdigit() and re.fullmatch(r"[.,]\d", after):
            return True
    return False


def _closing(text: str, end: int, words: str) -> int:
    """The length of the punctuation after the words, where the text has it too."""
    last = max((i for i, c in enumerate(words) if c.isalnum()), default=-1)
    signs = words[last + 1 :].strip()
    return len(signs) if signs and text.startswith(signs, end) else 0


def _within(passage: Passage, page: int, start: int, end: int) -> Quote | None:
    at = 0
    for span in passage.spans:
        if span.page == page and span.start <= start and end <= span.end:
            first = at + start - span.start
            last = first + end - start
            return Quote(passage.id, first, last, passage.text[first:last])
        at += span.end - span.start + 1  # spans are joined by one line break
    return None


# --- what a cell was judged on ---


def basis_of(row: Row, machine: Row, papers: Papers, question: str) -> dict[str, Any]:
    """What a judgement rests on: the content of the cell, the search result, and the cell's documents."""
    return {"question": question, **_said_in(row), "machine": _said_in(machine), "papers": dict(papers)}


def _said_in(row: Row) -> dict[str, Any]:
    return {
        "period": row.period,
        "values": [list(value) for value in row.values],
        "statements": [
            {
                "text": s.text, "kind": s.kind, "bold": [list(b) for b in s.bold],
                "quotes": [
                    {"document_id": c.document_id, "document": c.document, "title": c.title, "page": c.page,
                     "place": c.place, "quote": c.quote, "span": list(c.raw_span)}
                    for c in s.citations
                ],
            }
            for s in row.statements
        ],
    }  # fmt: skip


def quotes_of(basis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The quotes that a judgement rests on, in order."""
    return [quote for statement in basis["statements"] for quote in statement["quotes"]]


def seen_in(row: Row) -> dict[str, Any]:
    """What a reviewer of a row has in view."""
    number = row.review.last.number if row.review else 0
    places = [[c.document_id, c.page, list(c.raw_span)] for s in row.statements for c in s.citations]
    return {"status": row.status, "places": places, "values": [list(v) for v in row.values], "last": number}


def row_of_basis(row: Row, basis: Mapping[str, Any], retriever: Retriever, grounder: Grounder) -> Row | None:
    """The side with the judged content instead of the search result, each quote verified again. None where a quote is
    no longer found."""
    if not basis["statements"]:
        return replace(row, document=None, status="silent", statements=(), values=(), likely=1.0)
    statements = []
    for told in basis["statements"]:
        quotes, citations = [], []
        for q in told["quotes"]:
            quote = located(retriever, q["document_id"], q["page"], q["quote"], q["span"][0])
            passage = retriever.passages[retriever.place[quote.passage_id]] if quote else None
            citation = grounder.verify(passage, quote) if quote and passage else None
            if quote is None or citation is None:
                return None
            quotes.append(quote)
            citations.append(citation)
        bold = tuple((a, b) for a, b in told["bold"])
        statements.append(Statement(told["text"], tuple(quotes), tuple(citations), bold, told["kind"]))
    values = tuple((kind, text, normal) for kind, text, normal in basis["values"])
    document = statements[0].citations[0].document
    return replace(
        row, document=document, status="found", statements=tuple(statements), values=values, likely=1.0
    )


# --- does it stand? ---


def why_open(judgement: Judgement, row: Row, papers: Papers, retriever: Retriever) -> tuple[str, ...]:
    """Why a judgement of this cell no longer stands, given the current search result (`row`) and the cell's
    documents; empty where it stands."""
    basis = judgement.basis
    quotes = quotes_of(basis)
    gone = {q["document_id"]: q["document"] for q in quotes if q["document_id"] not in papers}
    if gone:
        told = [_gone(retriever, papers, identity, name) for identity, name in gone.items()]
        return (*told, _still(retriever, papers, quotes))
    came = {identity: name for identity, name in papers.items() if identity not in basis["papers"]}
    if not quotes:
        own = set((row.region or "").split("; "))
        came = {
            i: n for i, n in came.items() if not row.region or own & set(retriever.documents[i].facts.regions)
        }
    else:
        resting = {c.document_id for s in row.statements for c in s.citations}
        came = {i: n for i, n in came.items() if i in resting}
    return (said("open_came", names=", ".join(sorted(came.values()))),) if came else ()


def why_former(former: str, now: str) -> tuple[str, ...]:
    """Why a judgement about a former agreement does not apply to the one in force."""
    return (said("open_newer", former=period_text(former), now=period_text(now)),)


def _gone(retriever: Retriever, papers: Papers, identity: str, name: str) -> str:
    newer = retriever.documents.get(retriever.replaced.get(identity, ""))
    if newer:
        return said("open_replaced", name=name, newer=newer.name)
    if name in papers.values():
        return said("open_changed", name=name)
    return said("open_moved" if identity in retriever.documents else "open_removed", name=name)


def _still(retriever: Retriever, papers: Papers, quotes: Sequence[Mapping[str, Any]]) -> str:
    """Whether all the quoted words occur in the current documents, and where the first of them does."""
    places = [_anywhere(retriever, papers, quote["quote"]) for quote in quotes]
    first = places[0]
    if first is None or None in places:
        return said("words_gone")
    return said("words_stand", name=first[0], place=first[1])


def _anywhere(retriever: Retriever, papers: Papers, words: str) -> tuple[str, str] | None:
    """(file name, place) of the first document that has these words."""
    for identity, name in papers.items():
        for page in range(1, retriever.documents[identity].pages + 1):
            clean: CleanPage = retriever.catalog.page(identity, page)
            if stretches(clean.text, words):
                return name, retriever.catalog.origin(identity, page)[1]
    return None


# --- in words ---


def signed(judgement: Judgement, language: Language = "da") -> str:
    """Who judged what, and when, in one line."""
    say = speaking(language)
    who = judgement.who or say("gone_user")
    if judgement.who and not judgement.account:
        who = say("without_account", name=who)
    return say(f"review_{judgement.kind}", who=who, day=date_text(judgement.time[:10], language))


def told(review: Review, language: Language = "da") -> str:
    """The state of a cell in one line: judged by whom, or reopened and why."""
    line = f"{signed(review.last, language)} {review.last.reason}".strip()
    if review.why:
        why = " ".join(in_language(one, language) for one in review.why)
        return speaking(language)("review_reopened", why=why, before=line)
    return line


def review_json(review: Review | None) -> dict[str, Any] | None:
    """The review of a cell, for scripts: its state and all judgements, oldest first."""
    if review is None:
        return None
    return {
        "state": review.state,
        "why": list(review.why),
        "machine": _said_in(review.machine) if review.machine else None,
        "history": [
            {"id": j.number, "time": j.time, "who": j.who, "account": j.account, "judgement": j.kind,
             "reason": j.reason, "values": j.basis["values"], "quotes": quotes_of(j.basis)}
            for j in review.history
        ],
    }  # fmt: skip
