"""Answers and comparisons as JSON: the format that scripts, stored conversations and the user interface rely on.

The JSON of an answer is enough to show it again without the index it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.messages import Language, in_language, said
from assistant.models import (
    Abstained,
    Answer,
    Citation,
    Comparison,
    Contradicted,
    DocumentEntry,
    Grounded,
    Hit,
    Qualified,
    Reason,
    Scope,
    Statement,
    Told,
)
from assistant.question.scope import AGREEMENTS, chips, describe

Documents = Mapping[str, DocumentEntry]


def answer_json(
    answer: Answer,
    documents: Documents,
    searched: str,
    cited: Callable[[int, Citation], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """An answer in the format that scripts rely on. `searched` describes what was searched; `cited` replaces the
    function that makes the JSON of a citation."""
    numbered, citations = number(answer.statements if isinstance(answer, Grounded) else ())
    wider = answer.wider if isinstance(answer, Abstained) else ()
    return {
        "scope": scope_json(answer.scope),
        "status": status(answer),
        "reason": answer.reason.value if isinstance(answer, Abstained) else None,
        "answer": _answer_text(answer, numbered, searched),
        **_more(answer, documents, searched),
        "statements": [{"text": s.text, "citations": n, "by": s.by} for s, n in numbered],
        "citations": [(cited or citation_json)(n, c) for n, c in enumerate(citations, start=1)],
        "hits": [_hit_json(h, documents) for h in answer.hits],
        "wider": [_hit_json(h, documents) for h in wider],
        "notes": list(answer.notes),
        "model": answer.model if isinstance(answer, Grounded) else None,
        "outcome": outcome(answer),
        **_cost_json(answer),
    }


def status(answer: Answer) -> str:
    """ "grounded" where the answer rests on quotes, "told" where it is about the collection or the conversation,
    "abstained" where there is none."""
    return "grounded" if isinstance(answer, Grounded) else "told" if isinstance(answer, Told) else "abstained"


def _answer_text(answer: Answer, numbered: Sequence[tuple[Statement, list[int]]], searched: str) -> str:
    if isinstance(answer, Told):
        return answer.text
    if isinstance(answer, Abstained):
        return refusal_text(answer, searched)
    lead = [answer.lead] if answer.lead else []
    return " ".join([*lead, *(f"{s.text} {_marks(n)}" for s, n in numbered)])


def _more(answer: Answer, documents: Documents, searched: str) -> dict[str, Any]:
    """The fields that only some answers have: a verdict, the parts of a message with the places of their statements,
    documents and choices."""
    if isinstance(answer, Told):
        papers = [documents[i] for i in answer.documents if i in documents]
        named = [{"id": d.id, "document": d.name, "title": d.title} for d in papers]
        return {"documents": named, "choices": list(answer.choices)}
    if not isinstance(answer, Grounded):
        return {}
    found: dict[str, Any] = {"lead": answer.lead} if answer.lead else {}
    if answer.parts:
        found["parts"] = []
        at = 0
        for part in answer.parts:
            own = part.answer.statements if isinstance(part.answer, Grounded) else ()
            found["parts"].append(
                {
                    "meant": part.asked, "status": status(part.answer), "from": at, "to": at + len(own),
                    "answer": "" if own else _answer_text(part.answer, [], searched),
                    "lead": getattr(part.answer, "lead", ""), "notes": list(part.answer.notes),
                    "scope": scope_json(part.answer.scope),
                }
            )  # fmt: skip
            at += len(own)
    return found


def outcome(answer: Answer) -> str:
    """The level of the answer: "grounded", "qualified", "contradicted" or "refused"; "told" for an answer without
    quotes."""
    if isinstance(answer, Told):
        return "told"
    if isinstance(answer, Abstained):
        return "refused"
    if isinstance(answer, Contradicted):
        return "contradicted"
    return "qualified" if isinstance(answer, Qualified) else "grounded"


def _cost_json(answer: Answer) -> dict[str, Any]:
    """The cost of the language model; empty where none was used."""
    if not isinstance(answer, Grounded) or not answer.cost:
        return {}
    cost = answer.cost
    return {
        "cost": {"tokens_read": cost.read, "tokens_written": cost.written, "seconds": round(cost.seconds, 3)}
    }


def record_json(
    answer: Answer, documents: Documents, searched: str, language: Language = "da"
) -> dict[str, Any]:
    """`answer_json` with everything that the user interface needs to show it, with our own texts in `language`."""
    row = answer_json(answer, documents, searched, placed_json)
    if isinstance(answer, Grounded):
        for told, s in zip(row["statements"], answer.statements, strict=True):
            told |= {"kind": s.kind, "bold": [list(b) for b in s.bold]}
    elif isinstance(answer, Abstained):
        for shown, hit in zip(row["wider"], answer.wider, strict=True):
            entry = documents[hit.passage.document_id]
            shown |= {"title": entry.title, "region": entry.facts.region, "period": entry.facts.period}
    return row | {
        "answer": in_language(row["answer"], language),
        **({"lead": in_language(row["lead"], language)} if "lead" in row else {}),
        "notes": [in_language(note, language) for note in answer.notes],
        "searched": in_language(searched, language),
        "limits": [
            {"field": name, "value": value, "text": in_language(text, language)}
            for text, (name, value) in chips(answer.scope).items()
        ],
    }


def comparison_json(found: Comparison) -> dict[str, Any]:
    """A comparison, one row for each side."""
    rows: list[dict[str, Any]] = []
    for row in found.rows:
        _, citations = number(row.statements)
        rows.append(
            {
                "region": row.region, "period": row.period, "document": row.document, "status": row.status,
                "quotes": [
                    {"document": c.document, "page": c.page, "quote": c.quote, "raw": c.raw}
                    for c in citations
                ],
                "values": [{"kind": k, "text": t, "normalized": n} for k, t, n in row.values],
                "likely": round(row.likely, 3) if row.status == "found" else None,
            }
        )  # fmt: skip
    return {
        "question": found.question,
        "rows": rows,
        "verdict": found.verdict,
        "differences": [{"kind": d.kind, "values": dict(d.values)} for d in found.differences],
        "notes": list(found.notes),
    }


def number(
    statements: Sequence[Statement],
) -> tuple[list[tuple[Statement, list[int]]], list[Citation]]:
    """The statements with the numbers of their citations, and the citations in order. The same place on a page has
    one number."""
    citations: list[Citation] = []
    out = []
    for s in statements:
        mine = []
        for c in s.citations:
            if c not in citations:
                citations.append(c)
            mine.append(citations.index(c) + 1)
        out.append((s, mine))
    return out, citations


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[{n}]" for n in numbers)


def scope_json(scope: Scope) -> dict[str, Any]:
    periods = ["-".join(dict.fromkeys(p.split("-"))) for p in scope.periods] + [
        str(y) for y in scope.soft_years
    ]
    return {
        "regions": list(scope.regions),
        "periods": periods,
        "kinds": list(scope.kinds),
        "on": scope.on.isoformat() if scope.on else None,
    }


def citation_json(n: int, c: Citation) -> dict[str, Any]:
    return {
        "n": n, "document": c.document, "title": c.title, "page": c.page, "quote": c.quote, "raw": c.raw,
        "region": c.facts.region, "period": c.facts.period, "kind": c.facts.kind,
    }  # fmt: skip


def placed_json(n: int, c: Citation) -> dict[str, Any]:
    """A citation with its place in the index; `span` holds the offsets of the quote in the raw text of the page."""
    years = c.facts.years
    if years and years[0] == years[1] and c.facts.kind not in AGREEMENTS:
        years = None  # the year a paper is of, which it does not expire with
    return citation_json(n, c) | {
        "document_id": c.document_id, "span": list(c.raw_span), "place": c.place, "printed": c.printed,
        "repaired": c.repaired, "read": c.read, "link": link(c),
        "valid_from": c.facts.valid_from or (f"{years[0]}-01-01" if years else None),
        "valid_to": c.facts.valid_to or (f"{years[1]}-12-31" if years else None),
    }  # fmt: skip


def link(c: Citation) -> str:
    """The server path of a citation: document hash, page and span."""
    return f"/kilde/{c.document_id}/{c.page}?fra={c.raw_span[0]}&til={c.raw_span[1]}"


def _hit_json(hit: Hit, documents: Documents) -> dict[str, Any]:
    return {"document": documents[hit.passage.document_id].name, "page": hit.passage.page, "score": hit.score}


def refusal_text(answer: Abstained, searched: str) -> str:
    """Why there is no answer, and what was searched."""
    if answer.reason is Reason.OUT_OF_SCOPE:
        return said("refused_scope", limits=", ".join(text for _, text in describe(answer.scope)))
    if answer.reason is Reason.UNVERIFIED:
        return said("refused_unverified", searched=searched)
    return said("refused", searched=searched)
