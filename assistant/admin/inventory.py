"""Reports what the index holds and lacks by region, period and kind, and what was hard to read.

Every finding has a severity and a remedy, like the doctor's; the output is lines or one page. Findings about the
machine come from the doctor and have their own page, because users of the documents have no use for them.
"""

from __future__ import annotations

import datetime as dt
import html
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.admin.doctor import Finding
from assistant.documents.facts import for_all
from assistant.errors import AssistantError
from assistant.index.builder import OUTCOME
from assistant.index.catalog import Catalog
from assistant.index.generations import pointer
from assistant.language.document_names import UNCOMPUTED
from assistant.language.places import REGIONS
from assistant.messages import date_text, number, period_text
from assistant.models import DocumentEntry
from assistant.question.scope import AGREEMENTS
from assistant.settings import Settings

SHEETS = (".xlsx", ".xlsm")
SAMPLES = 3  # repairs shown for each document
BRING = "send den ind under Dokumenter, eller læg den i mappen: assistant ingest"


def take_stock(settings: Settings, today: dt.date) -> tuple[list[DocumentEntry], list[Finding]]:
    """(documents, findings about them, most severe first). Changes nothing."""
    try:
        folder = settings.index / pointer(settings.index, settings).generation
    except AssistantError:
        return [], []
    catalog = Catalog.open(folder / "catalog.db")
    try:
        documents = catalog.documents()
        found = [
            *_outcome(folder),
            *_entries(documents),
            *_missing(documents, today),
            *_editions(documents, catalog.replaced(), today),
        ]
        for document in documents:
            found += _pages(catalog, document)
    finally:
        catalog.close()
    return documents, ordered(found)


def ordered(found: Sequence[Finding]) -> list[Finding]:
    """Findings, most severe first."""
    return sorted(found, key=lambda f: ("fejl", "advarsel", "ok").index(f.severity))


def _outcome(folder: Path) -> Iterator[Finding]:
    """Files that could not be indexed, and duplicates."""
    try:
        outcome = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for name, why in outcome["failed"]:
        said, _, remedy = why.removeprefix(name).strip(" :,").partition(". ")
        yield Finding("ulæst fil", "fejl", f"{name}: {said}", remedy or "se filen efter")
    for _, line in outcome.get("told", ()):
        said, _, remedy = line.partition(". ")
        yield Finding("mappen", "advarsel", said, remedy)
    for copy, original in outcome["duplicates"]:
        yield Finding("kopi", "advarsel", f"{copy} er den samme fil som {original}", "slet den ene")


def _entries(documents: Sequence[DocumentEntry]) -> Iterator[Finding]:
    """Documents whose file is missing, and agreements without a known region or period."""
    for entry in documents:
        if not entry.path.exists():
            remedy = f"assistant ingest over dets mappe nu, eller: assistant ingest MAPPE --gone {entry.path}"
            text = f"{entry.name} ligger ikke længere i {entry.path.parent}"
            yield Finding("dokument", "advarsel", text, remedy)
        if lacks := _lacking(entry):
            remedy = f"skriv en linje om {entry.name} i manifest.csv"
            yield Finding("dokument", "advarsel", f"{entry.name}: {lacks} ukendt", remedy)


def _lacking(entry: DocumentEntry) -> str:
    """Which of region and period is unknown for a document that should have it."""
    facts = entry.facts
    agreement = facts.kind in AGREEMENTS
    missing = ["region"] if facts.region is None and not for_all(entry.title, facts) else []
    return " og ".join(missing + (["periode"] if agreement and facts.period is None else []))


def _missing(documents: Sequence[DocumentEntry], today: dt.date) -> Iterator[Finding]:
    """Regions without an agreement in force, and gaps between a region's agreements."""
    for region in REGIONS:
        years: set[int] = set()
        for d in documents:
            if region in d.facts.regions and d.facts.kind in AGREEMENTS and d.facts.years:
                years |= set(range(d.facts.years[0], d.facts.years[1] + 1))
        if not years:
            yield Finding("mangler", "advarsel", f"ingen aftale for {region}", BRING)
            continue
        if today.year not in years:
            text = (
                f"ingen aftale for {region}, der gælder i {today.year}; den nyeste er til og med {max(years)}"
            )
            yield Finding("mangler", "advarsel", text, BRING)
        gaps = sorted(set(range(min(years), max(years))) - years)
        if gaps:
            named = ", ".join(map(str, gaps))
            yield Finding("mangler", "advarsel", f"ingen aftale for {region} i {named}", BRING)


def _editions(documents: Sequence[DocumentEntry], newer: dict[str, str], today: dt.date) -> Iterator[Finding]:
    names = {d.id: d.name for d in documents}
    for d in documents:
        if d.id in newer:
            yield Finding("udgave", "ok", f"{d.name} er erstattet af {names.get(newer[d.id], '?')}")
        elif d.facts.years and d.facts.years[1] < today.year and d.facts.kind in AGREEMENTS:
            yield Finding("udløbet", "ok", f"{d.name} gjaldt til og med {d.facts.years[1]}")


def _pages(catalog: Catalog, document: DocumentEntry) -> Iterator[Finding]:
    """Pages of a document that were repaired, read by OCR, could not be read, or have formulas without values."""
    repaired: dict[int, list[str]] = {}
    read, uncomputed = [], []
    for at in range(1, document.pages + 1):
        page = catalog.page(document.id, at)
        changes = [f"{r.before} → {r.after}" for r in page.repairs if r.reason == "ocr"]
        if changes:
            repaired[at] = changes
        if catalog.origin(document.id, at)[0] == "ocr":
            read.append(at)
        if document.path.suffix.lower() in SHEETS and UNCOMPUTED in page.text:
            uncomputed.append(catalog.origin(document.id, at)[1])
    for missed in catalog.unread(document.id):
        text = f"{document.name}, {missed.what}: {missed.why}"
        yield Finding("ulæst", "advarsel", text, missed.remedy or "se stedet efter i filen")
    if repaired:
        samples = ", ".join([c for own in repaired.values() for c in own if "\n" not in c][:SAMPLES])
        text = f"{document.name}: {len(repaired)} sider er rettet for OCR-fejl, fx {samples}"
        yield Finding("rettet", "advarsel", text, "skaf en bedre udgave, hvis den findes")
    if read:
        text = f"{document.name}: {_listed(read)} er læst i et billede"
        yield Finding("skannet", "advarsel", text, "sammenhold tal med siden")
    if uncomputed:
        text = f"{document.name}: {', '.join(uncomputed)} har formler uden tal; de er læst som »{UNCOMPUTED}«"
        yield Finding("formler", "advarsel", text, "åbn filen i Excel, gem den, og læg den ind igen")


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"side {shown}{' m.fl.' if len(numbers) > 8 else ''}"


def held(documents: Sequence[DocumentEntry]) -> dict[str, dict[str, list[str]]]:
    """Names of documents by region ("hele landet" for none) and period."""
    table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for d in documents:
        for region in d.facts.regions or ("hele landet",):
            kind = "andet" if d.facts.kind == "other" else d.facts.kind or "ukendt art"
            table[region][period_text(d.facts.period) or "uden periode"].append(f"{d.name} ({kind})")
    return table


def page(documents: Sequence[DocumentEntry], found: Sequence[Finding], today: dt.date) -> str:
    """The report as one self-contained page that prints well."""
    table = held(documents)
    periods = sorted({p for own in table.values() for p in own})
    head = "".join(f"<th scope='col'>{html.escape(p)}</th>" for p in periods)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(region)}</th>"
        + "".join(
            f"<td>{'<br>'.join(map(html.escape, sorted(table[region].get(p, []))))}</td>" for p in periods
        )
        + "</tr>"
        for region in [*(r for r in REGIONS if r in table), *(r for r in table if r not in REGIONS)]
    )
    return _paper(
        "Hvad er i indekset?",
        f"<p>{number(len(documents))} dokumenter, {number(sum(d.pages for d in documents))} sider, set efter "
        f"{date_text(today)}.</p><h2>Efter region og periode</h2><div class='wide'><table><tr>"
        f"<td></td>{head}</tr>{rows}</table></div><h2>Hvad der mangler eller ikke er læst</h2>{_listing(found)}",
    )


def machine(found: Sequence[Finding], today: dt.date) -> str:
    """The doctor's findings as a page in the same style, for administrators."""
    return _paper(
        "Drift: disk, processor og adgang", f"<p>Set efter {date_text(today)}.</p>{_listing(ordered(found))}"
    )


def _listing(found: Sequence[Finding]) -> str:
    lines = "".join(
        f"<tr class='{f.severity}'><td>{f.severity}</td><td>{html.escape(f.name)}</td><td>{html.escape(f.message)}</td>"
        f"<td>{html.escape(f.remedy)}</td></tr>"
        for f in found
    )
    head = "<tr><th>Alvor</th><th>Hvad</th><th>Fundet</th><th>Gør</th></tr>"
    return f"<div class='wide'><table>{head}{lines}</table></div>"


def _paper(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='da'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{body}</html>"
    )


STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
body{color:light-dark(#1b2430,#f1f5f9);background:light-dark(#fff,#0f172a)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;overflow-wrap:break-word}
th,td{border-bottom:1px solid light-dark(#dde3ea,#475569)}
td{font-size:.92rem}tr[class] td:nth-child(-n+2){white-space:nowrap}
tr.fejl td:first-child{color:light-dark(#a3200d,#fca5a5);font-weight:600}
tr.advarsel td:first-child{color:light-dark(#7a5200,#fcd34d);font-weight:600}
@media print{body{margin:0;max-width:none;font-size:10pt}}"""
