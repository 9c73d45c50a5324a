"""Answers as HTML. Everything that comes from a document or a reader is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence

from assistant.models import CELL, HEAD, Abstained, Answer, Citation, Grounded, Statement
from assistant.scope import describe
from assistant.service import Assistant, number, refusal_text
from assistant.ui import texts


def exchange(assistant: Assistant, question: str, answer: Answer | None, place: int, meant: str = "") -> str:
    """One question with its answer; `place` keeps the ids of several on a page apart. `meant` is how a
    question was understood that leans on the one before."""
    asked = f'<h2 class="question">{html.escape(question)}</h2>'
    if meant and "".join(meant.split()) != "".join(question.split()):
        asked += f'<p class="meant">{texts.MEANT} {html.escape(meant)}</p>'
    if answer is None:
        return f'<section class="exchange">{asked}<p class="busy">{texts.BUSY}</p></section>'
    body = _grounded(answer, place) if isinstance(answer, Grounded) else _abstained(assistant, answer)
    searched = f'<p class="searched">{html.escape(assistant.searched(answer.scope))}</p>'
    return f'<section class="exchange">{asked}{_chips(answer)}{body}{searched}</section>'


def trouble(question: str, message: str) -> str:
    """A question that could not be asked, and what to do."""
    asked = f'<h2 class="question">{html.escape(question[:300])}</h2>' if question.strip() else ""
    return f'<section class="exchange">{asked}<p class="trouble" role="alert">{html.escape(message)}</p></section>'


def _chips(answer: Answer) -> str:
    chips = describe(answer.scope)
    if not chips:
        return ""
    items = "".join(f"<li>{html.escape(text)}</li>" for _, text in chips)
    return f'<ul class="chips" aria-label="Søgningen er afgrænset til">{items}</ul>'


def _grounded(answer: Grounded, place: int) -> str:
    numbered, citations = number(answer.statements)
    mixed = len({(c.facts.region, c.facts.period) for c in citations}) > 1
    out = ['<div class="answer">']
    out += [_statement(s, ns, citations, place, mixed) for s, ns in numbered]
    out += [f'<p class="note">{html.escape(n)}</p>' for n in answer.notes]
    out.append(f'</div><h3 class="sources-head">{texts.SOURCES}</h3><ol class="sources">')
    out += [_source(n, c, place) for n, c in enumerate(citations, start=1)]
    out.append("</ol>")
    return "".join(out)


def _statement(
    s: Statement, numbers: Sequence[int], citations: Sequence[Citation], place: int, mixed: bool
) -> str:
    marks = "".join(mark(n, citations[n - 1]) for n in numbers)
    label = f'<span class="whose">{html.escape(_whose(citations[numbers[0] - 1]))}</span>' if mixed else ""
    lines = _bolded(s).split("\n")
    if s.kind == "list" and len(lines) > 1:
        lead, *items = lines
        shown = "".join(f"<li>{line.lstrip('-•*–+»« ').strip()}</li>" for line in items if line.strip())
        return f'<div class="statement">{label}<p>{lead} {marks}</p><ul>{shown}</ul></div>'
    if s.kind == "row":
        shown = _as_table(lines) or f"<p>{'<br>'.join(lines)} {marks}</p>"
        return f'<div class="statement row">{label}{shown}{marks if "<table" in shown else ""}</div>'
    text = "<br>".join(line.lstrip("-•*–+»« ") if s.kind == "item" else line for line in lines)
    return f'<div class="statement">{label}<p>{text} {marks}</p></div>'


def _as_table(lines: Sequence[str]) -> str:
    """A row under its header as a table of two lines; "" where its cells are not known."""
    if len(lines) != 2 or HEAD not in lines[0]:
        return ""
    heads, cells = lines[0].split(HEAD), lines[1].split(CELL)
    if len(heads) != len(cells):
        return ""
    head = "".join(f"<th scope='col'>{h}</th>" for h in heads)
    row = "".join(f'<td data-head="{h}">{c}</td>' for h, c in zip(heads, cells, strict=True))
    return f"<div class='matrix'><table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table></div>"


def _bolded(s: Statement) -> str:
    out, at = [], 0
    for start, end in sorted(s.bold):
        out += [html.escape(s.text[at:start]), f"<strong>{html.escape(s.text[start:end])}</strong>"]
        at = end
    return "".join([*out, html.escape(s.text[at:])])


def mark(n: int, c: Citation) -> str:
    """A citation's number, as a button that opens its page."""
    label = html.escape(texts.OPEN.format(place=c.place, title=c.title), quote=True)
    return f'<button type="button" class="cite" {_target(c)} aria-label="{n}: {label}" title="{label}">{n}</button>'


def _target(c: Citation) -> str:
    """What the page needs to show the quote."""
    kind = "image" if c.document.lower().endswith(".pdf") else "text"
    start, end = c.raw_span
    title = html.escape(f"{c.title}, {c.place}", quote=True)
    return (
        f'data-document="{c.document_id}" data-page="{c.page}" data-from="{start}" data-to="{end}" '
        f'data-kind="{kind}" data-title="{title}"'
    )


def _source(n: int, c: Citation, place: int) -> str:
    about = " · ".join(html.escape(x) for x in (_whose(c), c.place) if x)
    repaired = ""
    if c.repaired:
        repaired = (
            f"<details><summary>{texts.REPAIRED}</summary><p>{texts.ORIGINAL}: "
            f"<q>{html.escape(c.raw)}</q></p></details>"
        )
    if c.read:
        repaired += f'<p class="about">{texts.READ}</p>'
    return (
        f'<li value="{n}"><button type="button" class="source" {_target(c)}>{html.escape(c.title)}</button> '
        f'<span class="about">{about} · {html.escape(c.document)}</span>{repaired}</li>'
    )


def _whose(c: Citation) -> str:
    period = "-".join(dict.fromkeys(c.facts.period.split("-"))) if c.facts.period else ""
    return " ".join(x for x in (c.facts.region or texts.NATIONAL, period) if x)


def _abstained(assistant: Assistant, answer: Abstained) -> str:
    out = [f'<p class="refusal">{html.escape(refusal_text(answer, assistant))}</p>']
    out.append(f'<p><a href="/indeks" target="_blank" rel="noopener">{texts.STOCK}</a></p>')
    if answer.wider:
        out.append(f'<p class="wider">{texts.WIDER}</p><ul class="wider">')
        for hit in answer.wider[:3]:
            entry = assistant.retriever.documents[hit.passage.document_id]
            about = " ".join(x for x in (entry.facts.region, entry.facts.period) if x)
            out.append(f"<li>{html.escape(entry.title)}, {html.escape(about)}, side {hit.passage.page}</li>")
        out.append("</ul>")
    return "".join(out)
