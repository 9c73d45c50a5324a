"""The Compare tab: one question, a row for each region or period, each with its text and source."""

from __future__ import annotations

import html
import json
from collections.abc import Generator
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from assistant.answer.contract import number, placed_json
from assistant.compare.verdicts import UNSURE, timeline
from assistant.errors import AssistantError, QuestionError
from assistant.language.places import REGIONS
from assistant.messages import Language, Say, in_language, of_error, period_text, said, speaking
from assistant.models import Comparison, Row, Scope
from assistant.ui import render, review
from assistant.ui.desk import Desk
from assistant.ui.turns import in_turn

EXPORTS = (("Excel", "xlsx"), ("Word", "docx"), ("CSV", "csv"), ("Markdown", "md"))


def tab(blocks: gr.Blocks, desk: Desk, language: Language = "da") -> None:
    """Build the tab inside the page under construction (`blocks`)."""
    say = speaking(language)
    with gr.Column(elem_id="compare"):
        with gr.Row(elem_id="compare-ask"):
            box = gr.Textbox(
                label=say("compare_question"), placeholder=say("compare_placeholder"), lines=1, max_lines=4, scale=5,
                elem_id="compare-question",
            )  # fmt: skip
            button = gr.Button(
                say("compare"), variant="primary", scale=1, min_width=110, elem_id="compare-send"
            )
        by = gr.Radio(
            [(say("by_region"), "region"), (say("by_period"), "period"), (say("by_document"), "document")],
            value="region", label=say("by"), elem_id="compare-by",
        )  # fmt: skip
        with gr.Accordion(say("limit"), open=False):
            regions = gr.CheckboxGroup(list(REGIONS), label=say("regions"), elem_id="compare-regions")
        shown = gr.HTML(elem_id="matrix", padding=False)
        # Apart from what is compared, so that what is drawn late never covers a comparison: see chat.css.
        examples = gr.HTML(elem_id="compare-empty", padding=False)

        def compared(
            request: gr.Request, refused: str, question: str, by: str, chosen: list[str]
        ) -> Generator[str, None, None]:
            yield f"<p class='busy'>{say('busy')}</p>"
            pace = request.request.scope["pace"]
            try:
                if refused:
                    raise QuestionError(refused)
                with desk.asks.one(pace) as kept_out:
                    if kept_out:
                        raise QuestionError(said(kept_out.said, count=kept_out.count))
                    found = desk.reviewed.compare(question, Scope(regions=tuple(chosen)), by=by)  # type: ignore[arg-type]
                yield matrix(found, by, chosen, language, request.request.scope["person"].may("editor"))
            except AssistantError as error:
                yield f"<p class='trouble' role='alert'>{html.escape(of_error(error, language))}</p>"

        def waits(words: str | None) -> Any:
            return gr.skip() if words is None else f"<p class='busy'>{html.escape(words) or say('busy')}</p>"

        compare = in_turn(desk, language, compared, waits)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(
            lambda: _empty(desk, say), None, examples, **quiet
        )  # with the suggestions that there are by then
        # Another choice needs another table.
        by.change(lambda: ("", _empty(desk, say)), None, [shown, examples], **quiet)
        for event in (box.submit, button.click):
            event(compare, [box, by, regions], shown, **quiet)


def _empty(desk: Desk, say: Say) -> str:
    """The empty tab: suggested comparisons to click."""
    items = "".join(
        f"<li>{render.compare_button(q, 'secretariat')}</li>" for q in desk.suggestions().comparisons()
    )
    return f"<p class='empty'>{say('compare_empty')}</p><nav class='next'><ul>{items}</ul></nav>"


def matrix(
    found: Comparison, by: str, chosen: list[str], language: Language = "da", may: bool = False
) -> str:
    """A comparison as HTML: the verdict, then a table whose quotes open their page, with the judgements of its cells;
    `may` is whether the user may judge them."""
    say = speaking(language)
    numbers: dict[Any, int] = {}
    rows = "".join(_row(row, by, numbers, may, language) for row in found.rows)
    differences = "".join(
        f"<p class='difference'>{say(d.kind)}: "
        + "; ".join(f"<b>{html.escape(side)}</b> {html.escape(text)}" for side, text in d.values.items())
        + "</p>"
        for d in found.differences
    )
    if by == "period":
        differences += _timeline(found, say)
    notes = review.progress(found, say) + "".join(
        f"<p class='note'>{render.noted(in_language(note, language))}</p>" for note in found.notes
    )
    silent = sum(row.status == "silent" for row in found.rows)
    if silent:
        notes += f"<p class='note'>{say('silence')}</p>"
    asked = [("spm", found.question), ("efter", by), ("regioner", ",".join(chosen))]
    about = html.escape(json.dumps(dict(asked)), quote=True)
    links = " · ".join(
        f"<a href='/sammenlign.{form}?{html.escape(urlencode(asked), quote=True)}'>{name}</a>"
        for name, form in EXPORTS
    )
    return (
        f"<section class='exchange' data-compared='{about}'><h2 class='question'>{html.escape(found.question)}</h2>"
        f"<p class='verdict {found.verdict}' role='status'>{say(found.verdict)}</p>{differences}"
        f"<div class='matrix' tabindex='0'><table><caption class='unseen'>{html.escape(found.question)}</caption>"
        f"<thead><tr><th scope='col'>{say('side_' + by)}</th><th scope='col'>{say('value')}</th>"
        f"<th scope='col'>{say('words')}</th></tr></thead><tbody>{rows}</tbody></table></div>{notes}"
        f"<p class='about'>{say('export')} {links}</p></section>"
    )


def _timeline(found: Comparison, say: Say) -> str:
    """A table of which items are listed in which period; "" unless at least two periods list something."""
    names, items = timeline(found.rows, [row.period or "?" for row in found.rows])
    if len(names) < 2:
        return ""
    head = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in names)
    marks = {
        here: f"<td class='{key}'><span class='unseen'>{say(key)}</span></td>"
        for here, key in ((True, "there"), (False, "not_there"))
    }
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(item)}</th>{''.join(marks[here] for here in there)}</tr>"
        for item, there in items
    )
    return (
        f"<div class='matrix timeline' tabindex='0'><table><caption>{say('timeline')}</caption><thead><tr>"
        f"<td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Row, by: str, numbers: dict[Any, int], may: bool, language: Language) -> str:
    say = speaking(language)
    period = period_text(row.period)
    named = {"region": row.region, "period": period, "document": row.document}[by]
    beside = row.region if by == "period" else period
    small = f"<small>{render.words(beside)}</small>" if beside else ""
    head = f"<th scope='row'>{render.words(named or '?')}{small}</th>"
    judged = review.cell(row, may, language)
    if row.status == "silent":
        signed = row.review and row.review.stands
        silence = say("review_nothing") if signed else say("silent")
        return f"<tr class='silent'>{head}<td>–</td><td>{silence}{judged}</td></tr>"
    values = "<br>".join(html.escape(line) for _, text, _ in row.values for line in text.split("\n"))
    numbered, citations = number(row.statements)
    told = []
    for statement, own in numbered:
        marks = ""
        for n in own:
            citation = citations[n - 1]
            place = citation.document_id, citation.page, citation.raw_span
            mark = numbers.setdefault(place, len(numbers) + 1)
            marks += render.mark(placed_json(mark, citation), language)
        words = render.bolded(statement.text, statement.bold).replace("\n", "<br>")
        told.append(f"<p>{words} {marks}</p>")
    first = citations[0]
    there = f"{first.document}, {render.where(placed_json(1, first), say)}"
    where = f"<p class='about'>{html.escape(there)}</p>"
    doubt = f"<small class='unsure'>{say('unsure_cell')}</small>" if row.likely < UNSURE else ""
    return (
        f"<tr>{head}<td class='value'>{values or '–'}{doubt}</td><td>{''.join(told)}{where}{judged}</td></tr>"
    )
