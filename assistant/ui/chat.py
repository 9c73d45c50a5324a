"""The page itself, in Gradio: question, thread, chips, and the source beside it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.danish import REGIONS
from assistant.errors import AssistantError
from assistant.feedback import Verdict, keep
from assistant.models import Scope
from assistant.scope import chips
from assistant.service import Assistant, Live
from assistant.ui import matrix, render, texts

SHOWN = 20  # exchanges kept on the page


def asset(name: str) -> str:
    """A file of this package as text."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def theme() -> Any:
    """Plain colours and the fonts the reader's machine has: nothing is fetched from elsewhere."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=fonts, font_mono=["monospace"])


def page(live: Live) -> gr.Blocks:
    """The chat over an index, the newest generation of it."""
    documents = live().retriever.documents.values()
    periods = sorted({d.facts.period for d in documents if d.facts.period}, reverse=True)
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, fill_width=True) as blocks:
        thread = gr.State([])
        last = gr.State({"question": "", "meant": "", "before": "", "lifted": []})
        gr.HTML(lambda: _header(live()))  # drawn anew whenever the page is opened
        with gr.Row(elem_id="work"):
            with gr.Column(scale=5, min_width=320, elem_id="talk"), gr.Tabs(elem_id="tabs"):
                with gr.Tab(texts.TABS[0], id="ask"):
                    shown = gr.HTML(_thread([]), elem_id="thread", padding=False)
                    with gr.Row(visible=False, elem_id="judge") as judge:
                        up = gr.Button(texts.UP, size="sm", min_width=120, elem_id="up")
                        down = gr.Button(texts.DOWN, size="sm", min_width=120, elem_id="down")
                    said = gr.HTML("", elem_id="said", padding=False)
                    with gr.Row(elem_id="ask"):
                        box = gr.Textbox(
                        label=texts.QUESTION, placeholder=texts.PLACEHOLDER, lines=1, max_lines=4,
                        scale=5, elem_id="question", autofocus=True,
                    )  # fmt: skip
                        button = gr.Button(
                            texts.ASK, variant="primary", scale=1, min_width=90, elem_id="send"
                        )
                    limits = gr.CheckboxGroup([], label=texts.SCOPE, visible=False, elem_id="scope")
                    with gr.Accordion(texts.LIMIT, open=False, elem_id="limit"):
                        regions = gr.CheckboxGroup(list(REGIONS), label=texts.REGIONS)
                        spans = gr.CheckboxGroup(periods, label=texts.PERIODS)
                    gr.HTML(f"<p class='examples-head'>{texts.EXAMPLES}</p>", padding=False)
                    with gr.Row(elem_id="examples"):
                        tries = [gr.Button(q, size="sm", elem_classes="try") for q in examples(live())]
                with gr.Tab(texts.TABS[1], id="compare"):
                    matrix.tab(live)
            with gr.Column(scale=4, min_width=320, elem_id="source"):
                gr.HTML(_viewer(), padding=False)

        def asked(
            question: str, have: list[str], memory: dict[str, Any], by_region: list[str], by_period: list[str]
        ) -> Iterator[tuple[Any, ...]]:
            yield from _answered(live(), question, have, memory, [], by_region, by_period)

        def relifted(
            kept: list[str],
            have: list[str],
            memory: dict[str, Any],
            by_region: list[str],
            by_period: list[str],
        ) -> Iterator[tuple[Any, ...]]:
            gone = [text for text in memory["chips"] if text not in kept]
            lifted = [*memory["lifted"], *(tuple(memory["chips"][text]) for text in gone)]
            again = {**memory, "meant": memory["before"]}
            yield from _answered(
                live(), memory["question"], have, again, lifted, by_region, by_period, emptied=False
            )

        def judged(memory: dict[str, Any], verdict: Verdict) -> tuple[Any, ...]:
            try:
                keep(live().settings.index, verdict, memory["answer"])
                words = texts.THANKS if verdict == "up" else texts.NOTED
            except AssistantError as error:
                words = str(error)
            return gr.update(visible=False), f"<p role='status'>{html.escape(words)}</p>"

        verdicts: tuple[tuple[gr.Button, Verdict], ...] = ((up, "up"), (down, "down"))
        for thumb, verdict in verdicts:
            thumb.click(
                partial(judged, verdict=verdict),
                [last],
                [judge, said],
                show_progress="hidden",
                api_visibility="private",
            )
        outputs = [shown, box, limits, thread, last, judge, said]
        for event in (box.submit, button.click):
            event(
                asked,
                [box, thread, last, regions, spans],
                outputs,
                show_progress="hidden",
                api_visibility="private",
            )
        limits.input(
            relifted,
            [limits, thread, last, regions, spans],
            outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        for one in tries:
            one.click(
                asked,
                [one, thread, last, regions, spans],
                outputs,
                show_progress="hidden",
                api_visibility="private",
            )
    return blocks


def _answered(
    assistant: Assistant,
    question: str,
    have: list[str],
    former: dict[str, Any],
    lifted: list[tuple[str, str]],
    by_region: list[str],
    by_period: list[str],
    emptied: bool = True,
) -> Iterator[tuple[Any, ...]]:
    """Updates of (thread, box, chips, state, memory) as the statements are verified."""
    before = former.get("meant", "")
    memory = {"question": question, "meant": question, "before": before, "lifted": lifted, "chips": {}}
    quiet = gr.update(visible=False)
    try:
        given = Scope(tuple(by_region), tuple(by_period))
        # The box is emptied once, at the start: what is typed while an answer arrives stays.
        waiting = _thread([*have, render.exchange(assistant, question, None, len(have))])
        yield waiting, "" if emptied else gr.skip(), gr.skip(), have, memory, quiet, ""
        one = ""
        for asked in assistant.stream(question, given, lifted=lifted, previous=before):
            one = render.exchange(assistant, asked.question, asked.answer, len(have), asked.meant)
            found = chips(asked.answer.scope)
            memory = memory | {"chips": found, "meant": asked.meant}
            names = list(found)
            shown = gr.update(choices=names, value=names, visible=bool(names))
            # The limits are drawn once, at the end: drawn anew, they lose a click that comes at once.
            yield _thread([*have, one]), gr.skip(), gr.skip(), have, memory, quiet, ""
        done = [*have, one][-SHOWN:]
        memory = memory | {"answer": assistant.as_json(asked)}
        yield _thread(done), gr.skip(), shown, done, memory, gr.update(visible=True), ""
    except AssistantError as error:
        failed = [*have, render.trouble(question, str(error))][-SHOWN:]
        yield _thread(failed), question if emptied else gr.skip(), quiet, failed, memory, quiet, ""


def _header(assistant: Assistant) -> str:
    documents = assistant.retriever.documents.values()
    pages = sum(d.pages for d in documents)
    line = texts.in_corpus(len(documents), pages, assistant.retriever.pointer.created)
    head = f"<h1>{texts.TITLE}</h1><p>{texts.LEAD}</p>"
    return f"<header>{head}<p class='corpus'>{html.escape(line)}</p></header>"


def examples(assistant: Assistant) -> list[str]:
    """Questions that the index can answer, chosen among those its kind of documents allow."""
    found = []
    for question in (
        "Hvad er opsigelsesvarslet for døgntilbud i den gældende syddanske rammeaftale?",
        "Hvilke fokusområder er valgt i Region Sjælland 2025-2026?",
        "Hvad er en central udmelding?",
        "Hvad er belægningsprocenten for døgntilbud i Nordjylland 2025-2026?",
        "Hvad er en rammeaftale?",
        "Hvilke tilbud er de mest specialiserede?",
    ):
        if assistant.as_json(assistant.ask(question))["status"] == "grounded":
            found.append(question)
    return found[:3]


def _thread(exchanges: list[str]) -> str:
    inside = "".join(exchanges) or f"<p class='empty'>{texts.EMPTY}</p>"
    return f"<div class='thread' role='log' aria-live='polite' aria-label='Samtale'>{inside}</div>"


def _viewer() -> str:
    return (
        "<aside id='viewer' tabindex='-1' aria-label='Kilde'>"
        "<div class='viewer-head'><h2 id='viewer-title'></h2>"
        "<nav><button type='button' id='viewer-back' hidden aria-label='Forrige side'>‹</button>"
        "<button type='button' id='viewer-next' hidden aria-label='Næste side'>›</button>"
        "<a id='viewer-file' hidden target='_blank' rel='noopener'>Åbn dokumentet</a></nav></div>"
        f"<div id='viewer-page'><p class='empty'>{texts.VIEWER}</p></div></aside>"
    )
