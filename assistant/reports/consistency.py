"""One report of the standing topics put to every region: where the regions differ, agree or are silent.

Topics come from a table that the secretariat edits (`corpus/topics.toml`). Differences come first, those with fewest
silent sides ahead; the other verdicts follow in the order of `STANDINGS`. Every cell carries its document, page and
quote. Markdown, CSV and HTML are written here; Excel and Word have writers of their own, from the same `Report`.
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

from assistant.answer.contract import link, number
from assistant.compare.as_answer import lead_of
from assistant.compare.standing import told
from assistant.compare.verdicts import UNSURE
from assistant.errors import ReadError, StorageError, cause
from assistant.messages import Said, escaped, period_text, printable, said
from assistant.models import By, Citation, Comparison, Row, Scope
from assistant.reports import excel, word
from assistant.reports.report import (
    CHANGED,
    SIDES,
    STANDINGS,
    Figure,
    Kind,
    Line,
    Matter,
    Place,
    Report,
    Source,
    figures,
)
from assistant.reports.since import Since
from assistant.service.assistant import Assistant
from assistant.service.review import Reviewed

SILENT = said("silent")
LEAD = 240  # most characters of a verdict sentence
UNCHECKED = "ikke kontrolleret"
COLUMNS = ("Emne", "Dom", "Region", "Periode", "Værdi", "Citat", "Dokument", "Side", "Kontrol")


@dataclass(frozen=True, slots=True)
class Topic:
    """A standing question, its title, and the audience it is suggested to ("staff" or "politician")."""

    key: str
    title: str
    question: str
    audience: str = "staff"


@dataclass(frozen=True, slots=True)
class Finding:
    """A topic with its comparison."""

    topic: Topic
    comparison: Comparison
    kind: Kind = "topic"

    @property
    def silent(self) -> int:
        return sum(row.status == "silent" for row in self.comparison.rows)

    @property
    def standing(self) -> str:
        """The key in STANDINGS: for an announcement whether it is answered, else whether the sides agree."""
        found = len(self.comparison.rows) - self.silent
        if self.kind == "contradiction":
            return "contradiction"
        if self.kind == "announcement":
            return "unanswered" if not found else "some_answered" if self.silent else "answered"
        if not found:
            return "silent"
        if self.comparison.verdict != "insufficient":
            return self.comparison.verdict
        doubted = any(isinstance(n, Said) and n.key == "may_differ" for n in self.comparison.notes)
        return "perhaps" if doubted else "unsettled"


def topics(path: Path) -> list[Topic]:
    """The topics of a file. Raises ReadError where the file is not such a table."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(f"Emnerne i {path} kan ikke læses ({cause(error)}). Ret filen.") from None
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
    """Every topic compared, in the order of STANDINGS. Raises QuestionError where there is only one region."""
    found = []
    for topic in asked:
        found.append(Finding(topic, assistant.compare(topic.question, given, today)))
        tell(topic.title)
    order = list(STANDINGS)
    return sorted(found, key=lambda f: (order.index(f.standing), f.silent))


# --- one report, in several forms ---


def report_of(
    found: Sequence[Finding],
    by: By = "region",
    server: str = "",
    today: dt.date | None = None,
    since: Since | None = None,
) -> Report:
    """The content of the report, the same for every format. `by` says what was compared; `server` is the address for
    links to pages, where it is known; `since` holds the changes since the last report."""
    sources: dict[str, Source] = {}
    matters = tuple(_matter(f, by, server.rstrip("/"), sources) for f in found)
    title = matters[0].title if len(matters) == 1 else "Er regionerne enige?"
    changes = changed(since) if since else ()
    return Report(
        title,
        today or dt.date.today(),
        by,
        matters,
        tuple(sources.values()),
        since.title if since else "",
        changes,
    )


def changed(since: Since) -> tuple[tuple[str, ...], ...]:
    """A row of text for each change, in the order of CHANGED; one row that says so where there is none."""
    rows = [(c.topic, c.side, c.what, c.before, c.after) for c in since.changes]
    return tuple(tuple(map(printable, row)) for row in rows) or ((said("since_nothing"), "", "", "", ""),)


def _matter(finding: Finding, by: By, server: str, sources: dict[str, Source]) -> Matter:
    compared = finding.comparison
    lines = tuple(
        _line(row, figure, by, server, sources)
        for row, figure in zip(compared.rows, figures(compared.rows), strict=True)
    )
    standing = STANDINGS[finding.standing]
    told = standing.meaning
    if finding.kind == "contradiction":
        told = "; ".join(
            f"{side} siger {text}" for d in compared.differences for side, text in d.values.items()
        )
    elif finding.kind == "topic":
        told = lead_of(compared, [line.side for line in lines]) or told
    if len(told) > LEAD:  # too long for a sentence: the table shows it
        told = standing.meaning
    notes = tuple(_flat(note) for note in compared.notes if note != told)
    lead = _flat(told).removeprefix(f"{standing.word}: ")
    return Matter(
        _flat(finding.topic.title),
        _flat(compared.question),
        finding.standing,
        lead,
        lines,
        notes,
        finding.kind,
    )


def _line(row: Row, figure: Figure | None, by: By, server: str, sources: dict[str, Source]) -> Line:
    region, period = row.region or "", period_text(row.period)
    side = {"region": region or "Hele landet", "period": period, "document": row.document or ""}[by] or "?"
    checked = printable(told(row.review)) if row.review else UNCHECKED
    if row.status == "silent":
        return Line(side, region, period, "silent", SILENT, checked=checked)
    citations: dict[tuple[str, int], Citation] = {}
    for c in number(row.statements)[1]:
        citations.setdefault((c.document_id, c.page), c)
    return Line(
        side, region, period, "unsure" if row.likely < UNSURE else "found",
        _flat("; ".join(text.replace("\n", "; ") for _, text, _ in row.values)), figure,
        _flat(" ".join(s.text for s in row.statements)),
        tuple(_place(c, server, sources) for c in citations.values()), checked,
    )  # fmt: skip


def _place(c: Citation, server: str, sources: dict[str, Source]) -> Place:
    """The place of a citation; adds its document to the sources."""
    source = sources.setdefault(
        c.document_id,
        Source(
            len(sources) + 1,
            _flat(c.title),
            _flat(c.document),
            c.facts.region or "",
            period_text(c.facts.period),
        ),
    )
    page = str(c.page) if c.place in ("", f"side {c.page}") else _flat(c.place)
    printed = f" (trykt {c.printed})" if c.printed is not None else ""
    return Place(source, page + printed, f"{server}{link(c)}" if server else "")


def _flat(text: str) -> str:
    """A text on one line, without characters that some format rejects."""
    return " ".join(printable(text).split())


def cells(found: Sequence[Finding], by: By = "region") -> Iterator[tuple[str, ...]]:
    """A row of text for each topic and side, in the order of COLUMNS."""
    for matter in report_of(found, by).matters:
        for line in matter.lines:
            yield (
                matter.title, matter.verdict.word, line.region, line.period, line.value, line.quote,
                "; ".join(dict.fromkeys(p.source.document for p in line.places)),
                "; ".join(p.page for p in line.places), line.checked,
            )  # fmt: skip


def markdown(found: Sequence[Finding], by: By = "region", since: Since | None = None) -> str:
    """The report as Markdown: the matrix of values, the changes since the last report, then every quote with its
    place."""
    report = report_of(found, by, since=since)
    out = [f"# {_plain(report.title)}", "", _count(report), ""]
    out.append(f"| Emne | Dom | {' | '.join(map(_plain, report.sides))} |")
    out.append("|---" * (len(report.sides) + 2) + "|")
    for matter in report.matters:
        own = [
            "; ".join(_plain(_cell(line)) for line in matter.lines if line.side == side)
            for side in report.sides
        ]
        out.append(f"| {_plain(matter.title)} | {matter.verdict.word} | {' | '.join(own)} |")
    if report.since:
        out += ["", f"## {report.since}", "", f"| {' | '.join(CHANGED)} |", "|---" * len(CHANGED) + "|"]
        out += [f"| {' | '.join(map(_plain, row))} |" for row in report.changes]
    for matter in report.matters:
        out += ["", f"## {_plain(matter.title)}: {matter.verdict.word}", ""]
        for line in matter.lines:
            words = f"»{_plain(line.quote)}« ({_plain(_placed(line))})" if line.quote else SILENT
            out.append(f"- **{_plain(line.called)}**: {words}")
            if line.checked != UNCHECKED:
                out.append(f"  - {_plain(line.checked)}")
        out += [f"- {_plain(note)}" for note in matter.notes]
    return "\n".join(out) + "\n"


def _placed(line: Line) -> str:
    return "; ".join(f"{p.source.document}, {p.where}" for p in line.places)


def _plain(text: str) -> str:
    """A text on one line, escaped for Markdown."""
    return escaped(_flat(text))


def _cell(line: Line) -> str:
    return "–" if line.standing == "silent" else line.value or "(se citatet)"


def _count(report: Report) -> str:
    return f"{report.counted} {said('silence')}"


def as_csv(found: Sequence[Finding], by: By = "region") -> str:
    """The report as CSV with semicolons, as Danish spreadsheets expect."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(cell) for cell in row] for row in cells(found, by))
    return out.getvalue()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet reads as a formula, even with leading blanks."""
    return f"'{cell}" if cell.lstrip()[:1] in tuple("=+-@＝＋－＠") or cell[:1] in ("\t", "\r") else cell


def page(found: Sequence[Finding], by: By = "region", since: Since | None = None) -> str:
    """The report as a self-contained HTML page that prints well."""
    report = report_of(found, by, since=since)
    rows = [_page_of_changes(report)] if report.since else []
    for matter in report.matters:
        own = "".join(
            f"<tr><th scope='row'>{html.escape(line.called)}</th>"
            f"<td class='value'>{html.escape(line.value or '(se citatet)')}</td>"
            f"<td>{html.escape(line.quote)}</td>"
            f"<td class='place'>{html.escape(_placed(line))}"
            f"{f'<br>{html.escape(line.checked)}' if line.checked != UNCHECKED else ''}</td></tr>"
            for line in matter.lines
        )
        notes = "".join(f"<p>{html.escape(n)}</p>" for n in matter.notes)
        rows.append(
            f"<section><h2>{html.escape(matter.title)} "
            f"<span class='{matter.standing}'>{matter.verdict.word}</span></h2>"
            f"<table><tr><th>{SIDES[by]}</th><th>Værdi</th><th>Citat</th><th>Sted</th></tr>{own}</table>{notes}</section>"
        )
    title = html.escape(report.title)
    return (
        "<!doctype html><html lang='da'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f"<p>{html.escape(_count(report))}</p>{''.join(rows)}</html>"
    )


def _page_of_changes(report: Report) -> str:
    head = "".join(f"<th>{name}</th>" for name in CHANGED)
    rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in report.changes)
    own = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<section><h2>{html.escape(report.since)}</h2><table><tr>{head}</tr>{own}</table></section>"


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b2430}
h2{font-size:1.1rem;margin:2rem 0 .4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #dde3ea}
td.value{font-weight:600}td.place{color:#4d5a68;font-size:.9rem}
span{font-weight:400;font-size:.9rem;padding:.1rem .5rem;border-radius:1rem;background:#eef2f6}
.differ,.contradiction{background:#fde8e0}.agree,.answered{background:#e2f2e5}section{break-inside:avoid}
@media(max-width:40rem){table,tr,td,th{display:block}td{border:0}}
@media print{body{margin:0;max-width:none;font-size:11pt}}"""


def write(
    found: Sequence[Finding], path: Path, by: By = "region", server: str = "", since: Since | None = None
) -> None:
    """Write the report in the format of the file name: .md, .csv, .html, .xlsx or .docx. CSV, being a single table,
    leaves out the changes. Raises StorageError."""
    form = path.suffix.lower()
    try:
        if form == ".md":
            path.write_text(markdown(found, by, since), encoding="utf-8")
        elif form == ".csv":
            path.write_text(as_csv(found, by), encoding="utf-8-sig")
        elif form == ".html":
            path.write_text(page(found, by, since), encoding="utf-8")
        elif form == ".xlsx":
            excel.write(report_of(found, by, server, since=since), path)
        elif form == ".docx":
            word.write(report_of(found, by, server, since=since), path)
        else:
            raise StorageError(f"{path.name}: brug en fil, der ender på .md, .csv, .html, .xlsx eller .docx.")
    except OSError as error:
        raise StorageError(f"{path} kan ikke skrives ({cause(error)}). Vælg en anden sti.") from error
