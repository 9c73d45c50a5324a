"""The Compare tab: one question, a row for each region or period, each with its own words and source."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from assistant.consistency import SILENT
from assistant.danish import REGIONS
from assistant.errors import AssistantError
from assistant.models import Comparison, Row, Scope
from assistant.service import Live, number
from assistant.ui import render, texts

EXPORTS = (("Excel", "xlsx"), ("Word", "docx"), ("CSV", "csv"), ("Markdown", "md"))


def tab(live: Live) -> None:
    """The tab's contents, within the page that is being built."""
    with gr.Column(elem_id="compare"):
        with gr.Row(elem_id="compare-ask"):
            box = gr.Textbox(
                label=texts.COMPARE_QUESTION, placeholder=texts.COMPARE_PLACEHOLDER, lines=1, max_lines=4, scale=5,
                elem_id="compare-question",
            )  # fmt: skip
            button = gr.Button(
                texts.COMPARE, variant="primary", scale=1, min_width=110, elem_id="compare-send"
            )
        by = gr.Radio(
            [(texts.BY_REGION, "region"), (texts.BY_PERIOD, "period"), (texts.BY_DOCUMENT, "document")],
            value="region", label=texts.BY, elem_id="compare-by",
        )  # fmt: skip
        with gr.Accordion(texts.LIMIT, open=False):
            regions = gr.CheckboxGroup(list(REGIONS), label=texts.REGIONS, elem_id="compare-regions")
        shown = gr.HTML(f"<p class='empty'>{texts.COMPARE_EMPTY}</p>", elem_id="matrix", padding=False)

        def compared(question: str, by: str, chosen: list[str]) -> Iterator[str]:
            yield f"<p class='busy'>{texts.BUSY}</p>"
            try:
                found = live().compare(question, Scope(regions=tuple(chosen)), by=by)  # type: ignore[arg-type]
                yield matrix(found, by, chosen)
            except AssistantError as error:
                yield f"<p class='trouble' role='alert'>{html.escape(str(error))}</p>"

        for event in (box.submit, button.click):
            event(compared, [box, by, regions], shown, show_progress="hidden", api_visibility="private")


def matrix(found: Comparison, by: str, chosen: list[str]) -> str:
    """A comparison as HTML: the verdict in words, then a table whose quotes open their page."""
    numbers: dict[Any, int] = {}
    rows = "".join(_row(row, by, numbers) for row in found.rows)
    differences = "".join(
        f"<p class='difference'>{texts.KINDS_OF_VALUE.get(d.kind, d.kind)}: "
        + "; ".join(f"<b>{html.escape(side)}</b> {html.escape(text)}" for side, text in d.values.items())
        + "</p>"
        for d in found.differences
    )
    notes = "".join(f"<p class='note'>{html.escape(note)}</p>" for note in found.notes)
    silent = sum(row.status == "silent" for row in found.rows)
    if silent:
        notes += f"<p class='note'>{texts.SILENCE}</p>"
    asked = [("spm", found.question), ("efter", by), ("regioner", ",".join(chosen))]
    links = " · ".join(
        f"<a href='/sammenlign.{form}?{html.escape(urlencode(asked), quote=True)}'>{name}</a>"
        for name, form in EXPORTS
    )
    return (
        f"<section class='exchange'><h2 class='question'>{html.escape(found.question)}</h2>"
        f"<p class='verdict {found.verdict}' role='status'>{texts.VERDICTS[found.verdict]}</p>{differences}"
        f"<div class='matrix'><table><caption class='unseen'>{html.escape(found.question)}</caption><thead><tr>"
        f"<th scope='col'>{texts.SIDES[by]}</th><th scope='col'>{texts.VALUE}</th><th scope='col'>{texts.WORDS}</th>"
        f"</tr></thead><tbody>{rows}</tbody></table></div>{notes}<p class='about'>{texts.EXPORT} {links}</p></section>"
    )


def _row(row: Row, by: str, numbers: dict[Any, int]) -> str:
    named = {"region": row.region, "period": row.period, "document": row.document}[by]
    beside = row.region if by == "period" else row.period
    small = f"<small>{html.escape(beside)}</small>" if beside else ""
    head = f"<th scope='row'>{html.escape(named or '?')}{small}</th>"
    if row.status == "silent":
        return f"<tr class='silent'>{head}<td>–</td><td>{SILENT}</td></tr>"
    values = "<br>".join(html.escape(line) for _, text, _ in row.values for line in text.split("\n"))
    numbered, citations = number(row.statements)
    said = []
    for statement, own in numbered:
        marks = ""
        for n in own:
            citation = citations[n - 1]
            place = citation.document_id, citation.page, citation.raw_span
            mark = numbers.setdefault(place, len(numbers) + 1)
            marks += render.mark(mark, citation)
        said.append(f"<p>{html.escape(statement.text).replace(chr(10), '<br>')} {marks}</p>")
    first = citations[0]
    where = f"<p class='about'>{html.escape(first.document)}, {html.escape(first.place)}</p>"
    return f"<tr>{head}<td class='value'>{values or '–'}</td><td>{''.join(said)}{where}</td></tr>"
