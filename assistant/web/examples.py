"""Example requests and responses for the API reference, from the sample corpus, shortened."""

from __future__ import annotations

from typing import Any

QUOTE = "Opsigelsesvarslet er 2 måneder for døgntilbud og 6 uger for dagtilbud."
PAPER = "rammeaftale-sjaelland-2025-2026.pdf"
ASKED = "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?"
_ASK_ALONE: dict[str, Any] = {"question": ASKED}
_ASK_LIMITED: dict[str, Any] = {
    "question": "Hvad er opsigelsesvarslet for døgntilbud?",
    "regions": ["Sjælland"],
    "periods": ["2025-2026"],
    "form": "quotes",
}
ASK = {
    "alone": {"summary": "A question alone", "value": _ASK_ALONE},
    "limited": {"summary": "With limits, and no model asked", "value": _ASK_LIMITED},
}
COMPARE = {
    "regions": {
        "summary": "Two regions",
        "value": {"question": "Hvad er overheadet?", "regions": ["Sjælland", "Nordjylland"]},
    },
    "periods": {
        "summary": "The periods of one region",
        "value": {"question": "Hvad er overheadet?", "regions": ["Sjælland"], "by": "period"},
    },
}
ANSWER: dict[str, Any] = {
    "id": None,
    "question": ASKED,
    "meant": ASKED,
    "scope": {"regions": ["Sjælland"], "periods": [], "kinds": [], "on": None},
    "status": "grounded",
    "reason": None,
    "answer": f"{QUOTE} [1]",
    "statements": [
        {"text": QUOTE, "citations": [1], "by": "extract", "kind": "sentence", "bold": [[21, 30]]}
    ],
    "citations": [
        {
            "n": 1,
            "document": PAPER,
            "title": "Rammeaftale Sjælland 2025-2026",
            "page": 6,
            "quote": QUOTE,
            "raw": QUOTE.replace("Opsigelsesvarslet er", "Opsigelsesvarslet \ner"),
            "region": "Sjælland",
            "period": "2025-2026",
            "kind": "rammeaftale",
            "document_id": "fb35898bb3f8",
            "span": [1942, 2013],
            "place": "side 6",
            "printed": None,
            "repaired": False,
            "read": False,
            "link": "/kilde/fb35898bb3f8/6?fra=1942&til=2013",
            "valid_from": "2025-01-01",
            "valid_to": "2026-12-31",
            "pages": 10,
        }
    ],
    "hits": [{"document": PAPER, "page": 6, "score": 0.9982}],
    "wider": [],
    "notes": ["Svaret er fra aftalen for 2025-2026; spørg med årstal for en anden."],
    "model": None,
    "outcome": "qualified",
    "searched": "Der er søgt i 6 af 14 dokumenter.",
    "limits": [{"field": "regions", "value": "Sjælland", "text": "Sjælland"}],
    "seconds": 0.2,
    "state": {
        "asked": "Hvad er opsigelsesvarslet for døgntilbud?",
        "act": "answer",
        "wanted": "answer",
        "matter": "opsigelsesvarslet for døgntilbud",
        "home": "Sjælland",
        "shown": ["fb35898bb3f8:10"],
        "clause": "Opsigelsesvarslet er   måneder for døgntilbud og   uger for dagtilbud.",
        "regions": ["Sjælland"],
        "periods": [],
        "years": [],
        "on": None,
        "former": False,
    },
}
FEEDBACK = {
    "down": {
        "summary": "The source is another",
        "value": {"verdict": "down", "reason": "source", "note": "Det står i bilaget.", "answer": ANSWER},
    }
}


def _row(region: str, document: str, page: int, value: str, figure: str) -> dict[str, Any]:
    quote = f"Overheadet udgør {value} af de direkte omkostninger og er ens for alle driftsherrer."
    return {
        "region": region,
        "period": "2025-2026",
        "document": document,
        "status": "found",
        "quotes": [{"document": document, "page": page, "quote": quote, "raw": quote}],
        "values": [{"kind": "percent", "text": value, "normalized": figure}],
    }


COMPARED: dict[str, Any] = {
    "question": "Hvad er overheadet?",
    "rows": [
        _row("Sjælland", PAPER, 6, "5 procent", "5"),
        _row("Nordjylland", "rammeaftale-nordjylland-2025-2026.pdf", 5, "9 pct.", "9"),
    ],
    "verdict": "differ",
    "differences": [{"kind": "percent", "values": {"Sjælland": "5 procent", "Nordjylland": "9 pct."}}],
    "notes": [],
}
DOCUMENTS = [
    {
        "id": "fb35898bb3f8",
        "document": PAPER,
        "title": "Rammeaftale Sjælland 2025-2026",
        "pages": 10,
        "region": "Sjælland",
        "period": "2025-2026",
        "kind": "rammeaftale",
        "part": None,
        "valid_from": "2025-01-01",
        "valid_to": "2026-12-31",
        "replaces": None,
        "amends": None,
        "evidence": {"region": "Region Sjælland", "period": "2025-2026", "kind": "Rammeaftale"},
    }
]
ALIVE = {"status": "ok", "documents": 14, "created": "2026-11-29T12:32:36Z"}
COUNTED = 'assistant_index_documents 14.0\nassistant_answers_total{status="grounded"} 3.0\n'
