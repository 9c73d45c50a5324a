"""The page in Gradio: question, conversation, scope chips, and the source viewer beside it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import html
import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.errors import AssistantError, QuestionError, StorageError
from assistant.language.places import REGIONS
from assistant.messages import Language, Say, date_text, number, of_error, period_text, said, speaking
from assistant.models import Abstained, Form, Grounded, Scope
from assistant.question.conversation import as_json, from_json
from assistant.question.followup import state_of
from assistant.question.scope import AGREEMENTS
from assistant.service.assistant import Asked, Assistant
from assistant.service.dialogue import converse
from assistant.ui import asset, matrix, render
from assistant.ui.desk import Desk
from assistant.ui.turns import in_turn
from assistant.users.accounts import Person
from assistant.users.conversations import Thread
from assistant.users.feedback import REASONS, Verdict

SHOWN = 20  # exchanges shown on the page
NEAREST = 3  # nearest topics offered under a refusal
DRAWN = 0.1  # seconds between two updates of a growing answer
PICTURES, PICTURE = ("ask", "source", "compare"), (360, 225)  # shown on a first visit; width and height
LOOKS = 0.01  # seconds between polls for new events; Gradio's default of 0.001 uses a tenth of a CPU
EVENTS = 300  # in progress on all pages together; further ones are rejected
# The server's state of an opened page. It is small, because the exchanges are stored in the conversation; `unkept`
# holds those that could not be stored.
NOBODY: dict[str, Any] = {
    "owner": None,
    "thread": None,
    "unkept": [],
    "chips": {},
    "lifted": [],
    "state": {},
}
Updates = tuple[Any, ...]
Steps = Generator[Updates, None, None]


def theme() -> Any:
    """Plain colours and system fonts, so that nothing is loaded from other hosts."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    plain = gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=fonts, font_mono=["monospace"])
    dark = {  # darker than the default, because white text needs more contrast
        f"button_primary_background_fill{state}{scheme}": f"*primary_{700 if not state else 800}"
        for state in ("", "_hover")
        for scheme in ("", "_dark")
    }
    return plain.set(**dark)


def head(language: Language) -> str:
    """The page's stylesheet and script, with its texts."""
    say = speaking(language)
    keys = (
        "viewer_empty", "marked", "no_page", "copied", "original", "read", "repaired", "sure_delete", "new_name",
        "shared", "sure_remove", "busy", "no_connection", "log_in", "of_pages", "as_text", "as_picture", "new_answer",
        "printed", "failed", "went_wrong", "close", "more_tabs", "review_saved",
    )  # fmt: skip
    words = {key: say(key) for key in keys} | {"language": language}
    text = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    version = hashlib.sha256(asset("chat.css").encode()).hexdigest()[:8]  # bypasses a cached older stylesheet
    look = f"<link rel='stylesheet' href='/udseende.css?{version}'>"
    return f"{look}<script>window.WORDS = {text};</script><script>{asset('chat.js')}</script>"


def page(desk: Desk, language: Language = "da") -> gr.Blocks:
    """The chat page over the current generation of the index. It is one function because Gradio's events are closures
    over the components: first the layout, then the events, then their connections."""
    say = speaking(language)
    with gr.Blocks(title=say("title"), analytics_enabled=False, fill_width=True) as blocks:
        memory = gr.State(NOBODY)
        heading = gr.HTML(padding=False)
        # What is read aloud stands apart from the heading, which may be drawn after it was said.
        gr.HTML(
            "<p id='told' class='unseen' role='status' aria-live='polite'></p>",
            padding=False,
            elem_id="aloud",
        )
        with gr.Row(elem_id="work"):
            with gr.Column(scale=5, min_width=320, elem_id="talk"), gr.Tabs(elem_id="tabs"):
                with gr.Tab(say("tab_ask"), id="ask"):
                    role = gr.Radio(
                        [(say(f"role_{r}"), r) for r in render.ROLES],
                        value="staff",
                        label=say("role"),
                        elem_id="role",
                    )
                    shown = gr.HTML(elem_id="thread", padding=False)
                    # chat.css shows or hides these by the thread's data-state.
                    with gr.Row(elem_id="judge"):
                        up = gr.Button(say("up"), size="sm", min_width=110, elem_id="up")
                        gr.Button(say("down"), size="sm", min_width=110, elem_id="down")
                        retry = gr.Button(say("retry"), size="sm", min_width=110, elem_id="retry")
                        edit = gr.Button(say("edit"), size="sm", min_width=110, elem_id="edit")
                    with gr.Column(elem_id="why"):
                        reason = gr.Radio(
                            [(say(f"why_{r}"), r) for r in REASONS], label=say("why"), elem_id="reason"
                        )
                        note = gr.Textbox(
                            label=say("note"), lines=2, max_lines=5, max_length=2000, elem_id="note"
                        )
                        send = gr.Button(say("send"), size="sm", elem_id="send-why")
                    noted = gr.HTML("", elem_id="said", padding=False)
                    limits = gr.CheckboxGroup([], label=say("scope"), visible=False, elem_id="scope")
                    with gr.Row(elem_id="ask"):
                        box = gr.Textbox(
                            label=say("question"), placeholder=say("placeholder"), lines=1, max_lines=10, scale=5,
                            elem_id="question", autofocus=True,
                        )  # fmt: skip
                        button = gr.Button(
                            say("ask"), variant="primary", scale=1, min_width=80, elem_id="send"
                        )
                        here_anew = "/en/" if language == "en" else "/"
                        gr.HTML(
                            f"<a class='plain new' href='{here_anew}'>{say('new_thread')}</a>",
                            padding=False,
                            min_width=90,
                        )
                        stop = gr.Button(say("stop"), scale=1, min_width=80, elem_id="stop")
                    with gr.Accordion(say("limit"), open=False, elem_id="limit"):
                        regions = gr.CheckboxGroup(list(REGIONS), label=say("regions"), elem_id="regions")
                        spans = gr.CheckboxGroup([], label=say("periods"), elem_id="periods")
                        on = gr.Textbox(label=say("on"), placeholder=say("a_day"), max_lines=1, elem_id="on")
                    here = gr.Textbox(
                        visible=False
                    )  # the id of the page's conversation, set by window.asking
                with gr.Tab(say("tab_compare"), id="compare"):
                    matrix.tab(blocks, desk, language)
                with gr.Tab(say("threads"), id="threads"):
                    gr.HTML(_conversations(say, language), padding=False)
                with gr.Tab(say("tab_corpus"), id="corpus"):
                    gr.HTML("<div id='corpus-panel' class='panel'></div>", padding=False)
            with gr.Column(scale=4, min_width=320, elem_id="source"):
                gr.HTML(_viewer(say), padding=False)

        outputs = [shown, box, limits, memory, noted]
        given = [memory, role, regions, spans, on, here]

        # Gradio passes the request to the parameter of that type; the others come from `given`.
        def asked(request: gr.Request, refused: str, question: str, *state: Any) -> Steps:
            yield from answered(desk, language, question, _given(desk, request, *state), refused=refused)

        def again(request: gr.Request, refused: str, *state: Any) -> Steps:
            page = _given(desk, request, *state)
            if page.memory["records"]:
                lifted = page.memory["lifted"]
                yield from answered(desk, language, _last(page), _earlier(page), lifted, refused)
            else:
                yield tuple(gr.skip() for _ in outputs)

        def relifted(request: gr.Request, refused: str, kept: list[str], *state: Any) -> Steps:
            page = _given(desk, request, *state)
            limits = page.memory["records"][-1]["limits"] if page.memory["records"] else []
            gone = [(at["field"], at["value"]) for at in limits if at["text"] not in kept]
            lifted = [*page.memory["lifted"], *gone]
            yield from answered(desk, language, _last(page), _earlier(page), lifted, refused)

        def edited(before: Any, request: gr.Request) -> str:
            records = _own(desk, before, request)["records"]
            return str(records[-1]["meant"]) if records else ""

        def opened(request: gr.Request) -> Updates:
            return _opened(desk, language, request)

        def redrawn(before: Any, role: str, request: gr.Request) -> Any:
            before = _own(desk, before, request)
            return thread(before, language, role) if before["records"] else gr.skip()

        def halted(before: Any, role: str, request: gr.Request) -> Updates:
            before = _own(desk, before, request)
            return thread(before, language, role), f"<p role='status'>{say('stopped')}</p>"

        def judged(
            before: Any, why: str, note: str, request: gr.Request, verdict: Verdict = "down"
        ) -> Updates:
            records = _own(desk, before, request)["records"]
            try:
                if not records:  # the server was restarted; the page is about to be redrawn
                    raise QuestionError(said("not_here"))
                pace = request.request.scope["pace"]
                desk.feedback.keep(pace, verdict, records[-1], note, why or "")
                desk.observed.feedback.labels(verdict).inc()
                words = say("thanks" if verdict == "up" else "noted")
            except AssistantError as error:
                words = of_error(error, language)
            return f"<p role='status'>{html.escape(words)}</p>", None, ""

        def praised(before: Any, request: gr.Request) -> Updates:
            return judged(before, "", "", request, "up")

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # The browser shows at once that the search runs and empties the box, so that text typed meanwhile is kept.
        new, same = "(...given) => window.asking(given, true)", "(...given) => window.asking(given, false)"
        # The browser (chat.js) ensures one question at a time. Gradio's own "once" would lose a question sent after the
        # answer is complete but before the server has finished the event.
        asks: dict[str, Any] = {**quiet, "trigger_mode": "multiple"}
        ask, ask_again, ask_wider = (in_turn(desk, language, f, _waits) for f in (asked, again, relifted))
        running = [event(ask, [box, *given], outputs, js=new, **asks) for event in (box.submit, button.click)]
        running += [
            retry.click(ask_again, given, outputs, js=same, **asks),
            limits.input(ask_wider, [limits, *given], outputs, js=same, **asks),
        ]
        stop.click(halted, [memory, role], [shown, noted], cancels=running, **quiet)
        edit.click(edited, [memory], [box], **quiet)
        role.change(redrawn, [memory, role], [shown], **quiet)
        up.click(praised, [memory], [noted, reason, note], **quiet)
        send.click(judged, [memory, reason, note], [noted, reason, note], **quiet)
        blocks.load(opened, None, [heading, shown, memory, spans], **quiet)
    # Gradio starts every event at once; slow ones wait in the desk's queue, which is fair between people.
    blocks.queue(default_concurrency_limit=None, max_size=EVENTS)
    queue = blocks._queue
    queue.max_thread_count = EVENTS
    queue.sleep_when_free, queue.progress_update_sleep_when_free = LOOKS, 1.0
    return blocks


@dataclass(frozen=True, slots=True)
class Given:
    """The page's fields when a question is asked, and who asks."""

    memory: dict[str, Any]
    role: str
    scope: tuple[Sequence[str], Sequence[str], str]  # regions, periods, the day as typed
    owner: str
    pace: str


def _given(
    desk: Desk, request: gr.Request, memory: dict[str, Any], role: str, regions: Sequence[str],
    periods: Sequence[str], on: str, here: str,
) -> Given:  # fmt: skip
    memory = _recalled(desk, memory, here, request)
    return Given(memory, role, (regions, periods, on), _owner(request), request.request.scope["pace"])


def _last(page: Given) -> str:
    return str(page.memory["records"][-1]["question"])


def _earlier(page: Given) -> Given:
    """The page with the state from before the last question."""
    before = page.memory["records"][-1].get("before") or {}
    return replace(page, memory={**page.memory, "state": before})


def _owner(request: gr.Request) -> str:
    """The owner of the conversations, as determined by the guard."""
    person: Person = request.request.scope["person"]
    return person.owner


def _found(desk: Desk, thread: str, request: gr.Request) -> Thread | None:
    """The person's conversation; None where there is none or it cannot be read now."""
    with contextlib.suppress(StorageError):  # a storage failure does not prevent the next answer
        return desk.threads.get(thread, _owner(request), SHOWN) if thread else None
    return None


def _own(desk: Desk, memory: dict[str, Any], request: gr.Request) -> dict[str, Any]:
    """The page's state with its exchanges ("records"); an empty state if it belongs to another person."""
    if memory["owner"] != _owner(request):
        return {**NOBODY, "records": []}
    found = _found(desk, memory["thread"] or "", request)
    if found and found.records and not memory["unkept"]:  # another replica may have answered meanwhile
        return {**memory, **_of_thread(found), "chips": memory["chips"]}
    return {**memory, "records": [*(found.records if found else ()), *memory["unkept"]][-SHOWN:]}


def _recalled(desk: Desk, memory: dict[str, Any], here: str, request: gr.Request) -> dict[str, Any]:
    """The page's state; restored from the stored conversation if another replica answered before or this server was
    restarted."""
    if here and memory["thread"] != here and (found := _found(desk, here, request)):
        return _of_thread(found)
    return _own(desk, memory, request)


def _of_thread(found: Thread) -> dict[str, Any]:
    records = list(found.records)
    memory = {**NOBODY, "owner": found.owner, "thread": found.id, "records": records}
    if records:
        memory |= {"state": _state_of(records[-1]), "lifted": records[-1].get("lifted") or []}
    return memory


def _state_of(record: dict[str, Any]) -> dict[str, Any]:
    """The state after an answer; derived from its question for records of versions that did not store it."""
    return record.get("state") or as_json(state_of(str(record["meant"]), dt.date.today()))


def _light(memory: dict[str, Any]) -> dict[str, Any]:
    """The part of the state that the server keeps until the page's next question."""
    return {name: memory[name] for name in NOBODY}


def _opened(desk: Desk, language: Language, request: gr.Request) -> Updates:
    """The content of a newly opened page: what the index holds, and the requested conversation."""
    found = _found(desk, request.query_params.get("samtale", ""), request)
    memory = _of_thread(found) if found else {**NOBODY, "records": []}
    body = thread(memory, language, "staff") if found else start(desk, language, _owner(request))
    documents = desk.live().retriever.documents.values()
    periods = sorted({d.facts.period for d in documents if d.facts.period}, reverse=True)
    person: Person = request.request.scope["person"]
    return (
        header(desk, language, person),
        body,
        _light(memory),
        gr.update(choices=[(period_text(p), p) for p in periods]),
    )


def _waits(words: str | None) -> Updates:
    """The update that shows how many are ahead instead of that the search runs."""
    note = f"<p role='status' class='ahead'>{html.escape(words)}</p>" if words else ""
    return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip() if words is None else note


def answered(
    desk: Desk, language: Language, question: str, page: Given, lifted: Sequence[tuple[str, str]] = (),
    refused: str = "",
) -> Iterator[Updates]:  # fmt: skip
    """Updates of (thread, box, chips, memory, note): one every DRAWN seconds while statements are verified, the last
    with the complete answer, which is stored in the conversation. `refused` is the reason why the question is not
    asked."""
    with desk.asks.one(page.pace) as kept_out:
        if kept_out is None and not refused:
            yield from _answered(desk, language, question, page, lifted)
        else:
            words = refused or (speaking(language)(kept_out.said, count=kept_out.count) if kept_out else "")
            told = thread(page.memory, language, page.role, render.trouble(question, words), "trouble")
            yield told, question, gr.skip(), gr.skip(), ""


def _answered(
    desk: Desk, language: Language, question: str, page: Given, lifted: Sequence[tuple[str, str]]
) -> Iterator[Updates]:
    assistant, off, role = desk.live(), gr.skip(), page.role
    memory = {**page.memory, "owner": page.owner, "lifted": list(lifted)}
    try:
        regions, periods, on = page.scope
        given = Scope(tuple(regions), tuple(periods), (), _day(on))
        last = time.monotonic()
        turns = [(r["meant"], r["answer"]) for r in memory["records"]]
        before = from_json(memory["state"])
        for asked in converse(
            assistant, question, before, given, lifted=lifted, form=_form(role), turns=turns
        ):
            if time.monotonic() - last > DRAWN:
                part = render.exchange(
                    question, assistant.as_record(asked, language), language, role, done=False
                )
                # The chips are updated once, at the end: redrawing them would lose a click made meanwhile.
                yield thread(memory, language, role, part), off, off, off, off
                last = time.monotonic()
        record = assistant.as_record(asked, language)
        record |= {"asked": dt.date.today().isoformat(), "around": around(assistant, asked)}
        record |= {"before": memory["state"], "state": as_json(asked.state), "lifted": list(lifted)}
        record["near"] = nearest(assistant, asked)
        questions = [r["question"] for r in memory["records"]]
        record["next"], record["compare"] = desk.suggestions().ahead(record, questions)
        desk.observed.answer(record)
        identity, told = _kept(desk, page.owner, record, memory["thread"], language)
        unkept = [*memory["unkept"], record][-SHOWN:] if told else memory["unkept"]
        found = {limit["text"]: (limit["field"], limit["value"]) for limit in record["limits"]}
        same = list(found) == list(memory["chips"]) and not lifted
        records = [*memory["records"], record][-SHOWN:]
        memory |= {
            "thread": identity, "records": records, "unkept": unkept, "state": record["state"], "chips": found
        }  # fmt: skip
        limits = off if same else gr.update(choices=list(found), value=list(found), visible=bool(found))
        yield thread(memory, language, role), off, limits, _light(memory), told
    except AssistantError as error:
        told = render.trouble(question, of_error(error, language))
        failed = thread(memory, language, role, told, "trouble")
        yield failed, question, gr.update(visible=False), {**_light(memory), "lifted": [], "chips": {}}, ""


def _kept(
    desk: Desk, owner: str, record: dict[str, Any], thread: str | None, language: Language
) -> tuple[str | None, str]:
    """Store an answer; returns (conversation id, message). An answer that cannot be stored is still shown."""
    try:
        return desk.threads.append(owner, record, thread), ""
    except StorageError as error:
        why = speaking(language)("not_kept", why=of_error(error, language))
        return thread, f"<p role='status'>{html.escape(why)}</p>"


def _form(role: str) -> Form:
    return next((r for r in render.ROLES if r == role), "staff")


def _day(text: str) -> dt.date | None:
    """A day as typed on the page: "31.1.2026" or "2026-01-31". Raises QuestionError."""
    try:
        parts = (text or "").strip().split(".")
        if len(parts) == 3:
            return dt.date(*(int(part) for part in reversed(parts)))
        return dt.date.fromisoformat(text.strip()) if text and text.strip() else None
    except ValueError:
        raise QuestionError(said("bad_day", text=text.strip()[:20])) from None


def nearest(assistant: Assistant, asked: Asked) -> list[str]:
    """Questions about the topics of the nearest passages, for a refusal."""
    if not isinstance(asked.answer, Abstained):
        return []
    scope = asked.answer.scope
    where = f" i {scope.regions[0]}" if len(scope.regions) == 1 else ""
    titles = assistant.answering.meanings(asked.meant or asked.question, scope)
    return [said("about_heading", title=title, where=where) for title in titles[:NEAREST]]


def around(assistant: Assistant, asked: Asked) -> list[str]:
    """The text of the passage that each statement comes from."""
    if not isinstance(asked.answer, Grounded):
        return []
    retriever = assistant.retriever
    return [retriever.passages[retriever.place[s.quotes[0].passage_id]].text for s in asked.answer.statements]


def thread(memory: dict[str, Any], language: Language, role: str, last: str = "", state: str = "busy") -> str:
    """The conversation as HTML; `last` is the exchange in progress, or an error."""
    records = memory["records"]
    parts = [
        render.exchange(r["question"], r if i == len(records) - 1 else {**r, "next": [], "compare": ""}, language, role,
                        done=not last and i == len(records) - 1)
        for i, r in enumerate(records)
    ]  # fmt: skip
    name = speaking(language)("conversation")
    identity = html.escape(memory["thread"] or "", quote=True)
    inside = "".join([*parts, last])
    state = state if last else "done" if records else "start"
    about = f"aria-label='{name}' data-thread='{identity}' data-state='{state}'"
    # A unique attribute, so that Gradio always redraws over what the browser has drawn meanwhile.
    return f"<div class='thread' role='region' {about} data-drawn='{time.monotonic_ns()}'>{inside}</div>"


def header(desk: Desk, language: Language, person: Person) -> str:
    """The page's header: what it is, what the index holds, and who is logged in."""
    say = speaking(language)
    assistant = desk.live()
    documents = assistant.retriever.documents.values()
    held = {
        "documents": number(len(documents), language), "pages": number(sum(d.pages for d in documents), language),
        "day": date_text(assistant.retriever.pointer.created[:10], language),
    }  # fmt: skip
    year = dt.date.today().year
    current = [
        r for r in REGIONS
        if any(r in d.facts.regions and d.facts.kind in AGREEMENTS and d.facts.years
               and d.facts.years[0] <= year <= d.facts.years[1] for d in documents)
    ]  # fmt: skip
    line = f"{say('in_corpus', **held)} {say('held', regions=', '.join(current)) if current else say('no_region_yet')}"
    lead = say("lead_worded" if assistant.model else "lead")
    other = "/" if language == "en" else "/en/"
    links = [f"<a href='{other}' lang='{'da' if language == 'en' else 'en'}'>{say('other_language')}</a>"]
    if address := assistant.settings.accessibility:
        links.append(f"<a href='{html.escape(address, quote=True)}'>{say('accessibility')}</a>")
    if person.name:
        links.append(f"<span>{say('logged_in_as', name=html.escape(person.name))}</span>")
    if person.name and assistant.settings.login == "adgangskode":
        links.append(
            f"<form method='post' action='/log-ud'><button class='plain'>{say('log_out')}</button></form>"
        )
    return (
        f"<a class='skip' href='#question'>{say('skip')}</a><header><div><h1>{say('title')}</h1><p>{lead}</p>"
        f"<p class='corpus'>{html.escape(line)}</p></div><nav class='links' aria-label='{say('title')}'>"
        f"{''.join(links)}</nav></header>"
    )


def start(desk: Desk, language: Language, owner: str) -> str:
    """The start page: a section for each role with questions that have an answer; new users see pictures too."""
    say = speaking(language)
    asked: Sequence[Thread] = ()
    with contextlib.suppress(StorageError):  # a storage failure does not prevent opening the page
        asked = desk.threads.listed(owner, limit=1)
    suggestions = desk.suggestions()
    suggestions.wait(1.0)
    ways = []
    for role in render.ROLES:
        if role == "secretariat":
            buttons = [render.compare_button(q, role) for q in suggestions.comparisons()]
            buttons.append(render.ask_button(say("ask_holdings"), role))
        else:
            buttons = [render.ask_button(q, role) for q in suggestions.starters(role)]
        items = "".join(f"<li>{button}</li>" for button in buttons)
        ways.append(
            f"<section class='way'><h3>{say(f'role_{role}')}</h3><p>{say(f'role_{role}_about')}</p>"
            f"<ul>{items}</ul></section>"
        )
    inside = f"<h2>{say('start')}</h2><div class='ways'>{''.join(ways)}</div>"
    first = "" if asked else _first(say)
    return f"<div class='thread start' data-state='start'>{first}{inside}</div>"


def _first(say: Say) -> str:
    """An introduction in three screenshots (made by `python -m eval pictures`); the browser remembers that it was
    dismissed."""
    shown = "".join(
        f"<li><img src='/billeder/{name}.webp' alt='' width='{PICTURE[0]}' height='{PICTURE[1]}'>"
        f"<p>{say(f'first_{name}')}</p></li>"
        for name in PICTURES
    )
    hide = f"<button type='button' class='plain' id='hide-first'>{say('hide')}</button>"
    return f"<section class='first' aria-label='{say('first')}'><h2>{say('first')}</h2>{hide}<ol>{shown}</ol></section>"


def _conversations(say: Say, language: Language) -> str:
    return (
        f"<div class='panel-head'><a class='plain' href='{'/en/' if language == 'en' else '/'}'>{say('new_thread')}</a>"
        f"<label>{say('search_threads')}<input type='search' id='threads-search'></label></div>"
        "<div id='threads-panel' class='panel' aria-live='polite'></div>"
    )


def _viewer(say: Say) -> str:
    return (
        f"<aside id='viewer' tabindex='-1' aria-label='{say('source')}'>"
        "<div class='viewer-head'><div><h2 id='viewer-title'></h2><p id='viewer-about' class='about'></p></div>"
        f"<button type='button' class='plain' id='viewer-close'>{say('close_source')}</button>"
        f"<nav id='viewer-nav' aria-label='{say('source')}' hidden>"
        f"<button type='button' id='viewer-back' aria-label='{say('previous_page')}'>‹</button>"
        f"<button type='button' id='viewer-next' aria-label='{say('next_page')}'>›</button>"
        f"<button type='button' id='viewer-less' aria-label='{say('zoom_out')}'>−</button>"
        f"<button type='button' id='viewer-more' aria-label='{say('zoom_in')}'>+</button>"
        f"<button type='button' class='plain' id='viewer-home' hidden>{say('to_place')}</button>"
        f"<button type='button' class='plain' id='viewer-text' hidden></button>"
        f"<a id='viewer-file' target='_blank' rel='noopener'>{say('open_file')}</a>"
        f"<a id='viewer-link'>{say('permalink')}</a>"
        f"<button type='button' class='plain' id='viewer-copy'>{say('copy')}</button></nav></div>"
        "<p id='viewer-note' class='about' role='status'></p>"
        f"<div id='viewer-page' tabindex='0' role='region' aria-label='{say('source')}'>"
        f"<p class='empty'>{say('viewer_empty')}</p></div></aside>"
    )
