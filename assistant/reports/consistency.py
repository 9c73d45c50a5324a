"""The standing topics put to every region, in one report: where they differ, agree, are silent.

Topics are a table that the secretariat edits (`corpus/topics.toml`). Differences come first, those with
the most sides ahead; then what cannot be settled, then what agrees. Every cell carries its document,
page and quote; written as Markdown, CSV, Excel, Word or a page for the browser.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.compare.standing import told
from assistant.errors import ReadError, StorageError
from assistant.messages import escaped, period_text, printable, said
from assistant.models import Comparison, Row, Scope
from assistant.reports.since import Since
from assistant.service.assistant import Assistant
from assistant.service.review import Reviewed

VERDICTS = {"differ": "forskellige", "agree": "ens", "insufficient": "for lidt at sige"}
SILENT = said("silent")
COLUMNS = ("Emne", "Dom", "Region", "Periode", "Værdi", "Citat", "Dokument", "Side", "Vurdering")
CHANGED = ("Emne", "Region", "Hvad", "Før", "Nu")
_ORDER = {"differ": 0, "insufficient": 1, "agree": 2}


@dataclass(frozen=True, slots=True)
class Topic:
    """A standing question, what it is called and whom it is suggested to ("staff" or "politician")."""

    key: str
    title: str
    question: str
    audience: str = "staff"


@dataclass(frozen=True, slots=True)
class Finding:
    """A topic with its comparison."""

    topic: Topic
    comparison: Comparison

    @property
    def silent(self) -> int:
        return sum(row.status == "silent" for row in self.comparison.rows)


def topics(path: Path) -> list[Topic]:
    """The topics of a file. Raises ReadError for a file that is not such a table."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(f"Emnerne i {path} kan ikke læses ({error}). Ret filen.") from None
    found = []
    for key, row in table.items():
        if not isinstance(row, dict) or not row.get("question"):
            raise ReadError(
                f"Emnet {key!r} i {path.name} mangler question. Skriv det spørgsmål, der skal stilles."
            )
        audience = "politician" if row.get("til") == "politiker" else "staff"
        found.append(Topic(key, str(row.get("title") or key), str(row["question"]), audience))
    if not found:
        raise ReadError(f"Der er ingen emner i {path}. Skriv mindst ét.")
    return found


def findings(
    assistant: Assistant | Reviewed,
    asked: Sequence[Topic],
    given: Scope | None = None,
    today: dt.date | None = None,
    tell: Callable[[str], None] = lambda title: None,
) -> list[Finding]:
    """Every topic compared, the firmest differences first. Raises QuestionError for one region only."""
    found = []
    for topic in asked:
        found.append(Finding(topic, assistant.compare(topic.question, given, today)))
        tell(topic.title)
    return sorted(found, key=lambda f: (_ORDER[f.comparison.verdict], f.silent))


# --- one report, in several forms ---


def cells(found: Sequence[Finding]) -> Iterator[tuple[str, ...]]:
    """A row of text for each topic and region, in the order of COLUMNS."""
    for finding in found:
        for row in finding.comparison.rows:
            yield (
                finding.topic.title, VERDICTS[finding.comparison.verdict], row.region or "", period_text(row.period),
                *_said(row), _judged(row),
            )  # fmt: skip


def _said(row: Row) -> tuple[str, str, str, str]:
    """(value, quote, document, page) of a row; the page in words where the file has none."""
    if row.status == "silent":
        return SILENT, "", "", ""
    first = row.statements[0].citations[0]
    values = "; ".join(text.replace("\n", "; ") for _, text, _ in row.values)
    return (
        printable(values),
        printable(" ".join(s.text for s in row.statements).replace("\n", " ")),
        first.document,
        str(first.page) if first.place in ("", f"side {first.page}") else first.place,
    )


def _judged(row: Row) -> str:
    """What people have said of a row, in a line; "" of most."""
    return printable(told(row.review)) if row.review else ""


def _side(row: Row) -> str:
    return ", ".join(x for x in (row.region, period_text(row.period)) if x)


def _placed(row: Row) -> str:
    _, _, document, page = _said(row)
    return f"{document}, {_where(page)}" if document else ""


def _where(page: str) -> str:
    """
    >>> _where("4"), _where("dias 4")
    ('side 4', 'dias 4')
    """
    return f"side {page}" if page.isdigit() else page


def markdown(found: Sequence[Finding], since: Since | None = None) -> str:
    """The report as Markdown: the matrix of values, what has changed since the last one, then every quote with its
    place."""
    regions = list(dict.fromkeys(row.region or "?" for f in found for row in f.comparison.rows))
    out = ["# Er regionerne enige?", "", _count(found), "", f"| Emne | Dom | {' | '.join(regions)} |"]
    out.append("|---" * (len(regions) + 2) + "|")
    for f in found:
        by_region = {row.region or "?": row for row in f.comparison.rows}
        own = [_cell(by_region[r]) if r in by_region else "" for r in regions]
        out.append(
            f"| {_plain(f.topic.title)} | {VERDICTS[f.comparison.verdict]} | {' | '.join(map(_plain, own))} |"
        )
    if since:
        out += ["", f"## {since.title}", "", f"| {' | '.join(CHANGED)} |", "|---" * len(CHANGED) + "|"]
        out += [f"| {' | '.join(map(_plain, row))} |" for row in changed(since)]
    for f in found:
        out += ["", f"## {_plain(f.topic.title)}: {VERDICTS[f.comparison.verdict]}", ""]
        for row in f.comparison.rows:
            _, quote, document, page = _said(row)
            side = _side(row)
            out.append(
                f"- **{side}**: {SILENT}"
                if not quote
                else f"- **{side}**: »{_plain(quote)}« ({_plain(document)}, {_where(page)})"
            )
            if judged := _judged(row):
                out.append(f"  - {_plain(judged)}")
        out += [f"- {_plain(note)}" for note in f.comparison.notes]
    return "\n".join(out) + "\n"


def changed(since: Since) -> list[tuple[str, ...]]:
    """A row of text for each change, in the order of CHANGED; one that says so where there is none."""
    rows = [(c.topic, c.side, c.what, c.before, c.after) for c in since.changes]
    return [tuple(map(printable, row)) for row in rows] or [(said("since_nothing"), "", "", "", "")]


def _plain(text: str) -> str:
    """One line that Markdown shows as it is."""
    return escaped(" ".join(printable(text).split()))


def _cell(row: Row) -> str:
    if row.status == "silent":
        return "–"
    return (_said(row)[0] or "(se citatet)").replace("|", "/")


def _count(found: Sequence[Finding]) -> str:
    verdicts = [f.comparison.verdict for f in found]
    return (
        f"{len(found)} emner: {verdicts.count('differ')} forskellige, {verdicts.count('agree')} ens, "
        f"{verdicts.count('insufficient')} med for lidt at sige. En streg betyder, at søgningen intet fandt, ikke at "
        "aftalen intet siger."
    )


def as_csv(found: Sequence[Finding]) -> str:
    """The report as CSV with semicolons, as Danish spreadsheets read it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(cell) for cell in row] for row in cells(found))
    return out.getvalue()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, be there blanks before it."""
    return f"'{cell}" if cell.lstrip()[:1] in tuple("=+-@＝＋－＠") or cell[:1] in ("\t", "\r") else cell


def page(found: Sequence[Finding], since: Since | None = None) -> str:
    """The report as one page that prints well and needs nothing else."""
    rows = [_page_of_changes(since)] if since else []
    for f in found:
        verdict = f.comparison.verdict
        own = "".join(
            f"<tr><th scope='row'>{html.escape(_side(r))}</th>"
            f"<td class='value'>{html.escape(_cell(r) if r.status == 'found' else SILENT)}</td>"
            f"<td>{html.escape(_said(r)[1])}</td>"
            f"<td class='place'>{html.escape(' '.join(x for x in (_placed(r), _judged(r)) if x))}</td></tr>"
            for r in f.comparison.rows
        )
        notes = "".join(f"<p>{html.escape(n)}</p>" for n in f.comparison.notes)
        rows.append(
            f"<section><h2>{html.escape(f.topic.title)} <span class='{verdict}'>{VERDICTS[verdict]}</span></h2>"
            f"<table><tr><th>Region</th><th>Værdi</th><th>Citat</th><th>Sted</th></tr>{own}</table>{notes}</section>"
        )
    return (
        "<!doctype html><html lang='da'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Er regionerne enige?</title><style>{_STYLE}</style><h1>Er regionerne enige?</h1>"
        f"<p>{_count(found)}</p>{''.join(rows)}</html>"
    )


def _page_of_changes(since: Since) -> str:
    head = "".join(f"<th>{name}</th>" for name in CHANGED)
    rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in changed(since))
    own = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<section><h2>{html.escape(since.title)}</h2><table><tr>{head}</tr>{own}</table></section>"


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b2430}
h2{font-size:1.1rem;margin:2rem 0 .4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #dde3ea}
td.value{font-weight:600}td.place{color:#4d5a68;font-size:.9rem}
span{font-weight:400;font-size:.9rem;padding:.1rem .5rem;border-radius:1rem;background:#eef2f6}
.differ{background:#fde8e0}.agree{background:#e2f2e5}section{break-inside:avoid}
@media(max-width:40rem){table,tr,td,th{display:block}td{border:0}}
@media print{body{margin:0;max-width:none;font-size:11pt}}"""


def write(found: Sequence[Finding], path: Path, since: Since | None = None) -> None:
    """The report in the form its name ends in: .md, .csv, .html, .xlsx or .docx; a table alone, as CSV is, has no room
    for what has changed. Raises StorageError."""
    form = path.suffix.lower()
    try:
        if form == ".md":
            path.write_text(markdown(found, since), encoding="utf-8")
        elif form == ".csv":
            path.write_text(as_csv(found), encoding="utf-8-sig")
        elif form == ".html":
            path.write_text(page(found, since), encoding="utf-8")
        elif form == ".xlsx":
            _excel(found, path, since)
        elif form == ".docx":
            _word(found, path, since)
        else:
            raise StorageError(f"{path.name}: brug en fil, der ender på .md, .csv, .html, .xlsx eller .docx.")
    except OSError as error:
        raise StorageError(f"{path} kan ikke skrives ({error.strerror}). Vælg en anden sti.") from error


def _excel(found: Sequence[Finding], path: Path, since: Since | None) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = "Regionerne"
    sheet.append(COLUMNS)
    for row in cells(found):
        sheet.append([printable(text) for text in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHI", (28, 16, 14, 12, 28, 70, 36, 6, 40), strict=True):
        sheet.column_dimensions[column].width = width
    if since:
        later = book.create_sheet("Siden sidst")
        for row in (CHANGED, *changed(since)):
            later.append(row)
    for line in (line for one in book.worksheets for line in one.iter_rows(min_row=2)):
        for cell in line:
            cell.data_type = "s"  # words, whatever they begin with: never a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.save(path)


def _word(found: Sequence[Finding], path: Path, since: Since | None) -> None:
    from docx import Document

    paper = Document()
    paper.add_heading("Er regionerne enige?", 0)
    paper.add_paragraph(_count(found))
    if since:
        paper.add_heading(since.title, 2)
        for change in changed(since):
            paper.add_paragraph(", ".join(text for text in change if text), style="List Bullet")
    for f in found:
        paper.add_heading(printable(f"{f.topic.title}: {VERDICTS[f.comparison.verdict]}"), 2)
        table = paper.add_table(rows=1, cols=4, style="Table Grid")
        for cell, head in zip(table.rows[0].cells, ("Region", "Værdi", "Citat", "Sted"), strict=True):
            cell.text = head
        for row in f.comparison.rows:
            value, quote, document, number = _said(row)
            side = _side(row)
            place = f"{document}, {_where(number)}" if document else ""
            place = "\n".join(x for x in (place, _judged(row)) if x)
            for cell, text in zip(table.add_row().cells, (side, value, quote, place), strict=True):
                cell.text = printable(text)
        for note in f.comparison.notes:
            paper.add_paragraph(printable(note))
    paper.save(str(path))
