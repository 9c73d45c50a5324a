"""A result as one self-contained HTML page: figures, plots, every failed case."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

LABELS = {
    "hit@1": "svarets side først", "hit@5": "blandt de fem første", "mrr": "MRR", "ndcg@10": "nDCG@10",
    "wrong_document": "forkert dokument først", "complete": "svaret er helt",
    "citation_precision": "henvisninger: præcision", "citation_recall": "henvisninger: dækning",
    "gold_cited": "de nødvendige steder nævnt", "quote_validity": "citater, der står på siden",
    "coverage": "udsagn med gyldigt citat", "number_safety": "tal, der står i citatet",
    "dense_mrr": "MRR, vektorerne alene", "lexical_mrr": "MRR, ordene alene",
    "rerank_gain": "omordningens gevinst i MRR", "complete_repaired": "helt svar, rettede sider",
    "words_p50": "ord, median", "refusal_precision": "afslag: præcision", "refusal_recall": "afslag: fundet",
    "refusal_f1": "afslag: F1", "seconds_p50": "sekunder, median", "seconds_p95": "sekunder, 95 %",
}  # fmt: skip
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2430;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;width:100%}
td,th{padding:.3rem .6rem;border-bottom:1px solid #dde3ea;text-align:left;vertical-align:top}td.n{text-align:right;
font-variant-numeric:tabular-nums}.dim{color:#5a6775}article{border:1px solid #dde3ea;border-radius:.4rem;
padding:.8rem 1rem;margin:1rem 0;break-inside:avoid}article h3{margin:0;font-size:1rem}svg{width:100%;height:1.4rem}
.bad{color:#9b1c1c}pre{white-space:pre-wrap;font:inherit;margin:.4rem 0;background:#f6f8fa;padding:.5rem}
"""


def page(result: Mapping[str, Any]) -> str:
    """The HTML report of a result of `eval.run.run`."""
    about = result["about"]
    failed = [row for row in result["cases"] if faults(row)]
    groups = "".join(
        _groups(result["cases"], key, title) for key, title in (("type", "Type"), ("user", "Bruger"))
    )
    facts = " · ".join(f"{html.escape(k)} {html.escape(str(v))}" for k, v in about.items() if k != "versions")
    versions = " · ".join(f"{html.escape(k)} {html.escape(v)}" for k, v in about["versions"].items())
    return (
        f"<!doctype html><html lang='da'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Prøvens resultat</title><style>{STYLE}</style><h1>Prøvens resultat</h1>"
        f"<p>{len(result['cases'])} spørgsmål, {len(failed)} med fejl.</p>"
        f"<p class='dim'>{facts}<br>{versions}</p>"
        f"<h2>Mål</h2>{_measures(result['summary'])}{groups}"
        f"<h2>Spørgsmål med fejl</h2>{''.join(_failed(row) for row in failed) or '<p>Ingen.</p>'}</html>"
    )


def faults(row: Mapping[str, Any]) -> list[str]:
    """What went wrong with a case, in words. Empty where nothing did."""
    grounded, values = row["answer"]["status"] == "grounded", row["measures"]
    if not row["answerable"]:
        return ["skulle have været afslået"] if grounded else []
    if not grounded:
        return ["afslået, men svaret findes"]
    found = []
    if not values["complete"]:
        found.append("svaret mangler noget")
    if values["wrong_document"]:
        found.append("forkert dokument først")
    elif not values["hit@1"]:
        found.append("forkert side først")
    if values["gold_cited"] is not None and values["gold_cited"] < 1:
        found.append("et nødvendigt sted er ikke nævnt")
    for name, words in (("quote_validity", "ugyldigt citat"), ("number_safety", "tal uden belæg")):
        if values[name] is not None and values[name] < 1:
            found.append(words)
    return found


def _measures(summary: Mapping[str, Any]) -> str:
    rows = []
    for name, value in summary.items():
        mean, low, high = value["mean"], value.get("low"), value.get("high")
        span = f"{_number(low)} til {_number(high)}" if low is not None else ""
        rows.append(
            f"<tr><td>{LABELS.get(name, name)}<br><span class='dim'>{html.escape(name)}</span></td>"
            f"<td class='n'>{_number(mean)}</td><td class='n dim'>{span}</td><td class='n dim'>{value['n']}</td>"
            f"<td style='width:40%'>{_bar(mean, low, high) if low is not None else ''}</td></tr>"
        )
    head = "<tr><th>Mål</th><th>Værdi</th><th>95 %-interval</th><th>Antal</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _bar(mean: float, low: float, high: float) -> str:
    return (
        "<svg viewBox='0 0 100 10' preserveAspectRatio='none' role='img' aria-hidden='true'>"
        "<rect width='100' height='10' fill='#eef2f6'/>"
        f"<rect width='{100 * mean:.1f}' height='10' fill='#7aa5d2'/>"
        f"<rect x='{100 * low:.1f}' y='4' width='{max(100 * (high - low), 0.4):.1f}' height='2' fill='#12365c'/></svg>"
    )


def _groups(rows: Sequence[Mapping[str, Any]], key: str, title: str) -> str:
    out = []
    for name in sorted({row[key] for row in rows}):
        own = [row for row in rows if row[key] == name]
        good = [not faults(row) for row in own]
        share = sum(good) / len(good)
        out.append(
            f"<tr><td>{html.escape(name)}</td><td class='n'>{len(own)}</td><td class='n'>{_number(share)}</td>"
            f"<td style='width:50%'>{_bar(share, share, share)}</td></tr>"
        )
    return (
        f"<h2>{title}</h2><table><tr><th>{title}</th><th>Antal</th><th>Uden fejl</th><th></th></tr>"
        f"{''.join(out)}</table>"
    )


def _failed(row: Mapping[str, Any]) -> str:
    answer = row["answer"]
    hits = ", ".join(f"{h['document']} s. {h['page']}" for h in answer["hits"][:5]) or "ingen"
    gold = ", ".join(f"{g['doc']} s. {'/'.join(map(str, g['pages']))}" for g in row["gold"]) or "intet svar"
    need = "; ".join(" / ".join(group) for group in row["must_include"])
    need = f"<br><b>Skal rumme:</b> {html.escape(need)}" if need else ""
    return (
        f"<article id='{html.escape(row['id'])}'><h3>{html.escape(answer['meant'])}</h3>"
        f"<p class='dim'>{html.escape(row['id'])} · {html.escape(row['type'])} · {html.escape(row['user'])}</p>"
        f"<p class='bad'>{', '.join(faults(row))}</p><pre>{html.escape(answer['answer'])}</pre>"
        f"<p><b>Skal findes:</b> {html.escape(gold)}{need}<br><b>Fundet:</b> {html.escape(hits)}</p></article>"
    )


def _number(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")
