"""Renders answers as HTML from their JSON (`contract.record_json`), so that a stored answer looks like a new one.

All text from documents and users is escaped.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args
from urllib.parse import quote

from assistant.language.places import REGIONS
from assistant.messages import Language, Say, date_text, period_text, speaking
from assistant.models import ATTACHED, CELL, HEAD, Form
from assistant.users.conversations import place

ROLES: tuple[Form, ...] = get_args(Form)
BRIEF = 2  # statements shown to a politician before "show more"
Record = Mapping[str, Any]
# Text that must not be hyphenated or broken: a region, a period, a document's title in quotation marks.
_NAMES = re.compile(rf"\b(?:{'|'.join(REGIONS)})\b|\b(?:19|20)\d\d[-–](?:19|20)\d\d\b")
_TITLES = re.compile(r"»[^«]{1,120}«")


def words(text: str) -> str:
    """A text as HTML in which the browser does not hyphenate names.

    >>> words("I Sjælland <2025-2026>")
    "I <span class='whole'>Sjælland</span> &lt;<span class='whole'>2025-2026</span>&gt;"
    """
    return _NAMES.sub(r"<span class='whole'>\g<0></span>", html.escape(text))


def exchange(
    question: str, record: Record | None, language: Language = "da", role: str = "staff", done: bool = True
) -> str:
    """One question with its answer; `record` is None while the search runs."""
    say = speaking(language)
    asked = f'<h2 class="question">{words(question)}</h2>'
    if record is None:
        return f'<section class="exchange">{asked}<p class="busy">{say("busy")}</p></section>'
    meant = record["meant"]
    if "".join(meant.split()) != "".join(question.split()) and not record.get("parts"):
        asked += (
            f'<p class="meant">{say("meant")} {words(meant)} <button type="button" class="plain edit" '
            f'data-edit="{html.escape(meant, quote=True)}">{say("edit_meant")}</button></p>'
        )
    show = {"grounded": _grounded, "told": _told}.get(record["status"])
    body = show(record, say, role, language) if show else _abstained(record, say)
    # Only the last answer says what was searched; under each one it would take up most of the page. A refusal
    # contains it anyway.
    searched = (
        f'<p class="searched">{html.escape(record["searched"])}</p>' if done and show is _grounded else ""
    )
    spoken = f' data-spoken="{html.escape(_spoken(record, say), quote=True)}"' if done else ""
    ahead = _next(record, say) if done else ""
    return f'<section class="exchange"{spoken}>{asked}{_chips(record, say)}{body}{searched}{ahead}</section>'


def trouble(question: str, message: str) -> str:
    """A question that could not be asked, and what to do."""
    asked = f'<h2 class="question">{html.escape(question[:300])}</h2>' if question.strip() else ""
    return f'<section class="exchange">{asked}<p class="trouble" role="alert">{html.escape(message)}</p></section>'


def _spoken(record: Record, say: Say) -> str:
    """The announcement for screen readers when the answer has arrived."""
    if record["status"] != "grounded":
        return str(record["answer"])
    if not record["statements"]:  # several questions: some answered by a reply, the others refused
        return " ".join(part["answer"] for part in record["parts"])
    if record.get("lead"):
        return str(record["lead"])
    count = len(record["citations"])
    first = record["statements"][0]["text"].replace("\n", ", ")
    return say("answered_one" if count == 1 else "answered", text=first, count=count)


def _chips(record: Record, say: Say) -> str:
    items = "".join(f"<li>{html.escape(limit['text'])}</li>" for limit in record["limits"])
    return f'<ul class="chips" aria-label="{say("scope_is")}">{items}</ul>' if items else ""


def _told(record: Record, say: Say, role: str, language: Language) -> str:
    """A reply about the collection or the conversation: a line, the documents with their facts, and choices."""
    first, *rest = str(record["answer"]).split("\n")
    papers = {d["document"]: d for d in record.get("documents") or []}
    items = []
    for line in rest:
        name = next((n for n in papers if f"({n})" in line), "")
        text = html.escape(line.lstrip("• "))
        if name:
            paper = papers[name]
            link = f"<a href='/fil/{paper['id']}' target='_blank' rel='noopener'>{html.escape(paper['title'])}</a>"
            text = text.replace(html.escape(f"{paper['title']} ({name})"), link, 1)
        items.append(f"<li>{text}</li>")
    listed = f"<ul class='papers'>{''.join(items)}</ul>" if items else ""
    choices = "".join(f"<li>{ask_button(c)}</li>" for c in record.get("choices") or [])
    asked = f"<nav class='next' aria-label='{say('choose')}'><ul>{choices}</ul></nav>" if choices else ""
    return f'<div class="answer"><p class="lead">{words(first)}</p>{listed}{asked}</div>'


def _grounded(record: Record, say: Say, role: str, language: Language) -> str:
    citations = record["citations"]
    statements = record["statements"]
    mixed = len({(c["region"], c["period"]) for c in citations}) > 1 or role == "secretariat"
    around = record.get("around") or [] if role == "staff" else []
    told = [
        _statement(s, citations, mixed, say, language, around[i] if i < len(around) else "")
        for i, s in enumerate(statements)
    ]
    out = ['<div class="answer">']
    if parts := record.get("parts"):
        out += [_part(part, told) for part in parts]
    else:
        out += [f'<p class="lead">{words(record["lead"])}</p>'] if record.get("lead") else []
        table = _sides(statements, citations, say, language)
        if (
            not table
            and role == "politician"
            and len(told) > BRIEF
            and not _listed(statements)
            and not record.get("lead")
        ):
            rest = "".join(told[BRIEF:])
            told = [*told[:BRIEF], f"<details class='rest'><summary>{say('rest')}</summary>{rest}</details>"]
        out += [table] if table else told
    worded = any(s.get("by") == "model" for s in statements)
    out.append(
        f'<p class="about">{html.escape(say("written_by", model=record["model"]))}</p>' if worded else ""
    )
    out += [f'<p class="note">{noted(n)}</p>' for n in record["notes"]]
    out.append(f'</div><h3 class="sources-head">{say("sources")}</h3><ol class="sources">')
    out += _sources(citations, say, language)
    out.append("</ol>")
    return "".join(out)


def noted(note: str) -> str:
    """A note as HTML, with text that only one side has marked as deleted or inserted.

    >>> noted("fra [-to-] {+tre+} <b>")
    'fra <del>to</del> <ins>tre</ins> &lt;b&gt;'
    """
    named = _TITLES.sub(r"<span class='name'>\g<0></span>", words(note))
    marked = re.sub(r"\[-(.*?)-\]", r"<del>\1</del>", named)
    return re.sub(r"\{\+(.*?)\+\}", r"<ins>\1</ins>", marked)


def _part(part: Record, told: Sequence[str]) -> str:
    """One of several questions of a message under its own heading, with its answer or refusal."""
    inside = "".join(told[part["from"] : part["to"]]) or f'<p class="refusal">{words(part["answer"])}</p>'
    lead = f'<p class="lead">{words(part["lead"])}</p>' if part["lead"] else ""
    notes = "".join(f'<p class="note">{noted(n)}</p>' for n in part["notes"])
    return f'<section class="part"><h3>{words(part["meant"])}</h3>{lead}{inside}{notes}</section>'


def _sides(statements: Sequence[Record], citations: Sequence[Record], say: Say, language: Language) -> str:
    """Sentences of several regions or periods as a small table with their names; "" where the statements are of another
    form."""
    own = [citations[s["citations"][0] - 1] for s in statements if s["citations"]]
    names = [_whose(c, say) for c in own]
    plain = all(s["kind"] in ("sentence", "item", "lead") for s in statements)
    if (
        len(own) != len(statements)
        or len(set(names)) < 2
        or not plain
        or len(set(names)) != len(_runs(names))
    ):
        return ""
    rows = []
    for name, count, at in _runs(names):
        cells = []
        for s in statements[at : at + count]:
            marks = _marks([citations[n - 1] for n in s["citations"]], language)
            lines = "<br>".join(bolded(s["text"], s["bold"]).split("\n"))
            cells.append(f"<p>{lines} {marks}</p>")
        rows.append(
            f"<tr><th scope='row'>{name}{_valid(own[at], say, language)}</th><td>{''.join(cells)}</td></tr>"
        )
    return f"<div class='matrix sides' tabindex='0'><table><tbody>{''.join(rows)}</tbody></table></div>"


def _runs(names: Sequence[str]) -> list[tuple[str, int, int]]:
    """(name, run length, start index) for each run of equal names."""
    out: list[tuple[str, int, int]] = []
    for at, name in enumerate(names):
        if out and out[-1][0] == name:
            out[-1] = (name, out[-1][1] + 1, out[-1][2])
        else:
            out.append((name, 1, at))
    return out


def _listed(statements: Sequence[Record]) -> bool:
    """Whether the statements belong to one list, which is never shortened."""
    return any(s["kind"] in ("item", "part", "lead") for s in statements)


def _statement(
    s: Record, citations: Sequence[Record], mixed: bool, say: Say, language: Language, around: str
) -> str:
    own = [citations[n - 1] for n in s["citations"]]
    marks = _marks(own, language)
    whose = f"{_whose(own[0], say)}{_valid(own[0], say, language)}"
    label = f'<span class="whose">{whose}</span>' if mixed else ""
    lines = bolded(s["text"], s["bold"]).split("\n")
    wider = ""
    if s.get("by") == "model":  # the quotes behind the sentence are always one click away
        quotes = "".join(f"<blockquote>{html.escape(c['quote'])}</blockquote>" for c in own)
        wider = f"<details class='around'><summary>{say('own_words')}</summary>{quotes}</details>"
    elif around and " ".join(around.split()) != " ".join(s["text"].split()):
        wider = (
            f"<details class='around'><summary>{say('around')}</summary><blockquote>{html.escape(around)}"
            "</blockquote></details>"
        )
    if s["kind"] == "list" and len(lines) > 1:
        lead, *items = lines
        shown = "".join(
            f"<li{_own_number(line)}>{line.lstrip('-•*–+»« ').strip()}</li>" for line in items if line.strip()
        )
        return f'<div class="statement">{label}<p>{lead} {marks}</p><ul>{shown}</ul>{wider}</div>'
    if s["kind"] == "row":
        shown = _as_table(lines) or f"<p>{'<br>'.join(lines)} {marks}</p>"
        return f'<div class="statement row">{label}{shown}{marks if "<table" in shown else ""}{wider}</div>'
    text = "<br>".join(line.lstrip("-•*–+»« ") if s["kind"] == "item" else line for line in lines)
    return f'<div class="statement">{label}<p>{text} {marks}</p>{wider}</div>'


def _marks(own: Sequence[Record], language: Language) -> str:
    """A citation number for each page of a statement."""
    pages = {(c["document_id"], c["page"]): c for c in reversed(own)}
    return "".join(mark(c, language) for c in reversed(pages.values()))


def _own_number(line: str) -> str:
    """The class attribute of an item that the document itself numbers; "" for others."""
    counted = re.match(r"(?:<[^>]+>)*\(?\d{1,2}[.):]", line.strip())
    return " class='counted'" if counted else ""


def _as_table(lines: Sequence[str]) -> str:
    """A row and its header as a table of two lines; "" where the cells are unknown."""
    if len(lines) != 2 or HEAD not in lines[0]:
        return ""
    heads, cells = lines[0].split(HEAD), lines[1].split(CELL)
    if len(heads) != len(cells):
        return ""
    head = "".join(f"<th scope='col'>{h}</th>" for h in heads)
    row = "".join(f'<td data-head="{h}">{c}</td>' for h, c in zip(heads, cells, strict=True))
    table = f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    return f"<div class='matrix' tabindex='0'>{table}</div>"


def bolded(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text as HTML with its [start, end) spans in bold."""
    at, out = 0, []
    for start, end in sorted(spans):
        out += [words(text[at:start]), f"<strong>{words(text[start:end])}</strong>"]
        at = end
    return "".join((*out, words(text[at:])))


def mark(c: Record, language: Language = "da", number: int | None = None) -> str:
    """A citation's number as a button that opens its page."""
    say = speaking(language)
    label = html.escape(say("open", place=where(c, say), title=c["title"]), quote=True)
    n = number or c["n"]
    return (
        f'<button type="button" class="cite" {_target(c, say, language)} aria-label="{n}: {label}" '
        f'title="{label}">{n}</button>'
    )


def _target(c: Record, say: Say, language: Language) -> str:
    """The data attribute from which the page shows the quote in the viewer."""
    about = " ".join(x for x in (_bare_whose(c, say), _valid_text(c, say, language)) if x)
    shown = {
        "document": c["document_id"], "page": c["page"], "from": c["span"][0], "to": c["span"][1],
        "kind": "image" if has_image(c["document"], c["place"]) else "text",
        "title": c["title"], "place": where(c, say), "file": c["document"], "about": about,
        "citation": say("citation_form", quote=" ".join(c["quote"].split()), title=c["title"],
                        place=_exactly(c, say), about=_bare_whose(c, say)),
        "link": c["link"], "pages": c.get("pages"), "printed": c.get("printed"),
        "original": c["raw"] if c["repaired"] else "", "read": c["read"],
    }  # fmt: skip
    return f'data-source="{html.escape(json.dumps(shown, ensure_ascii=False), quote=True)}"'


def _sources(citations: Sequence[Record], say: Say, language: Language) -> list[str]:
    """A line for each cited page, with the numbers of its citations."""
    pages: dict[tuple[str, int], list[Record]] = {}
    for c in citations:
        pages.setdefault((c["document_id"], c["page"]), []).append(c)
    return [_source(own[0], say, language, own) for own in pages.values()]


def _source(c: Record, say: Say, language: Language, own: Sequence[Record]) -> str:
    about = " · ".join(x for x in (_whose(c, say), html.escape(where(c, say))) if x)
    repaired = "".join(
        f"<details><summary>{say('repaired')}</summary><p>{say('original')}: <q>{html.escape(one['raw'])}</q></p>"
        "</details>"
        for one in own
        if one["repaired"]
    )
    if c["read"]:
        repaired += f'<p class="about">{say("read")}</p>'
    numbers = ", ".join(str(one["n"]) for one in own)
    return (
        f'<li><span class="numbers">{numbers}</span><button type="button" class="source" {_target(c, say, language)}>'
        f"{html.escape(c['title'])}</button> "
        f'<span class="about">{about}{_valid(c, say, language)} · {html.escape(c["document"])}</span>{repaired}</li>'
    )


def where(c: Record, say: Say) -> str:
    """A citation's place; a page number is in the user's language."""
    return say("page_of", page=c["page"]) if c["place"] == f"side {c['page']}" else str(c["place"])


def _exactly(c: Record, say: Say) -> str:
    """As `where`, with the page number printed on the page, if it differs."""
    return where(c, say) + (f" ({say('printed', page=c['printed'])})" if c.get("printed") else "")


def _whose(c: Record, say: Say) -> str:
    return words(_bare_whose(c, say))


def _bare_whose(c: Record, say: Say) -> str:
    return " ".join(x for x in (c["region"] or say("national"), period_text(c["period"])) if x)


def _valid_text(c: Record, say: Say, language: Language) -> str:
    """Text on whether the document is in force today; "" where it does not say."""
    today, begins, ends = dt.date.today().isoformat(), c["valid_from"], c["valid_to"]
    if begins and today < begins:
        return say("not_yet", since=date_text(begins, language))
    if not ends:
        return ""
    return say("in_force" if today <= ends else "expired", until=date_text(ends, language))


def _valid(c: Record, say: Say, language: Language) -> str:
    text = _valid_text(c, say, language)
    past = c["valid_to"] and dt.date.today().isoformat() > c["valid_to"]
    return f' <span class="valid{" past" if past else ""}">{html.escape(text)}</span>' if text else ""


def _abstained(record: Record, say: Say) -> str:
    out = [f'<p class="refusal">{words(record["answer"])}</p>']
    out.append(f'<p><a href="/indeks" target="_blank" rel="noopener">{say("stock")}</a></p>')
    if record["wider"]:
        out.append(f'<p class="wider">{say("wider")}</p><ul class="wider">')
        for hit in record["wider"][:3]:
            about = " ".join(x for x in (hit["region"], hit["period"]) if x)
            where = ", ".join(x for x in (hit["title"], about, say("page_of", page=hit["page"])) if x)
            out.append(f"<li>{html.escape(where)}</li>")
        out.append("</ul>")
    if record.get("near"):
        items = "".join(f"<li>{ask_button(q)}</li>" for q in record["near"])
        out.append(
            f"<nav class='next' aria-label='{say('perhaps')}'><p>{say('perhaps')}</p><ul>{items}</ul></nav>"
        )
    return "".join(out)


def _next(record: Record, say: Say) -> str:
    """Suggested questions that have an answer, as buttons."""
    items = "".join(f"<li>{ask_button(q)}</li>" for q in record.get("next") or [])
    compare = record.get("compare") or ""
    if compare:
        label = say("compare_this", question=compare)
        items += f"<li>{_try(label, 'compare', compare)}</li>"
    items += _into_compare(record, say)
    return f"<nav class='next' aria-label='{say('next')}'><ul>{items}</ul></nav>" if items else ""


def _into_compare(record: Record, say: Say) -> str:
    """A button from a comparison in the chat to the Compare tab, with the question filled in. A list of changes has no
    single topic, so its question is filled in but not run."""
    act = (record.get("state") or {}).get("act")
    sides = {(c["region"], c["period"]) for c in record["citations"] if c["region"]}
    if act not in ("compare", "figures", "changes") or len(sides) < 2:
        return ""
    by = "region" if len({region for region, _ in sides}) > 1 else "period"
    question = html.escape(record["meant"], quote=True)
    waits = " data-waits='1'" if act == "changes" else ""
    return (
        f"<li><button type='button' class='try' data-compare=\"{question}\" data-by='{by}'{waits}>"
        f"{say('to_compare')}</button></li>"
    )


def ask_button(question: str, role: str = "") -> str:
    """A button that asks a question."""
    return _try(question, "ask", question, role)


def compare_button(question: str, role: str = "") -> str:
    """A button that asks each region a question."""
    return _try(question, "compare", question, role)


def _try(label: str, use: str, question: str, role: str = "") -> str:
    asked = html.escape(question, quote=True)
    return (
        f'<button type="button" class="try" data-{use}="{asked}" data-role="{role}">{words(label)}</button>'
    )


# --- separate pages ---


def frame(title: str, body: str, language: Language = "da") -> str:
    """A separate page in the style of the chat."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><link rel='stylesheet' href='/udseende.css'></head>"
        f'<body class="paper"><main>{body}</main></body></html>'
    )


def shared(title: str, records: Sequence[Record], language: Language = "da") -> str:
    """A read-only conversation with its stored quotes, regardless of the current index."""
    say = speaking(language)
    plain = [{**r, "next": [], "compare": "", "state": {}} for r in records]
    parts = [_still(exchange(r["question"], r, language, "secretariat")) for r in plain]
    quotes = "".join(
        f"<li><a href='{html.escape(c['link'], quote=True)}'>{html.escape(place(c))}</a>: "
        f"<q>{html.escape(c['quote'])}</q></li>"
        for r in records
        for c in r["citations"]
    )
    head = f"<p class='about'>{say('shared_head')}</p><h1>{html.escape(title)}</h1>"
    return frame(
        title, f"{head}{''.join(parts)}<h2>{say('sources')}</h2><ul class='quotes'>{quotes}</ul>", language
    )


def _still(shown: str) -> str:
    """An exchange without buttons; citation numbers stay as text."""
    shown = re.sub(r'<button type="button" class="cite"[^>]*>(\d+)</button>', r"<sup>[\1]</sup>", shown)
    shown = re.sub(r'<button type="button" class="source"[^>]*>(.*?)</button>', r"<b>\1</b>", shown)
    return re.sub(r'<button type="button" class="plain edit".*?</button>', "", shown)


def has_image(name: str, place: str) -> bool:
    """Whether a place can be shown as an image: a page of a PDF, but not of a document attached to it."""
    return name.lower().endswith(".pdf") and not place.startswith(ATTACHED)


def source(c: Record, pages: int, text: str = "", language: Language = "da") -> str:
    """The target page of a permanent link: one place in a document. `c` is a citation's JSON, whose quote may be "";
    `text` is the page as HTML where there is no image of it."""
    say = speaking(language)
    document, number = c["document_id"], c["page"]
    marked = f"?fra={c['span'][0]}&amp;til={c['span'][1]}" if c["quote"] else ""
    about = " · ".join(
        x for x in (_whose(c, say), html.escape(_exactly(c, say)), html.escape(c["document"])) if x
    )
    turns = "".join(
        f"<a class='plain' href='/kilde/{document}/{to}' aria-label='{say(key)}'>{sign}</a> "
        for to, key, sign in ((number - 1, "previous_page", "‹"), (number + 1, "next_page", "›"))
        if 1 <= to <= pages
    )
    alt = html.escape(f"{c['title']}, {where(c, say)}", quote=True)
    sheet = text or f"<img src='/side/{document}/{number}.png{marked}' alt='{alt}'>"
    words = f"<blockquote>{html.escape(c['quote'])}</blockquote>" if c["quote"] else ""
    return frame(
        f"{c['title']}, {c['place']}",
        f"<h1>{html.escape(c['title'])}</h1><p class='about'>{about}{_valid(c, say, language)}</p>{words}"
        f"<p>{turns}<a href='/fil/{document}#page={number}'>{say('open_file')}</a></p><div class='sheet'>{sheet}</div>",
        language,
    )


def log_in(message: str, wanted: str, language: Language = "da") -> str:
    """The log-in page; `wanted` is where to go afterwards."""
    say = speaking(language)
    wrong = f"<p class='trouble' role='alert'>{html.escape(message)}</p>" if message else ""
    return frame(
        say("log_in"),
        f"<h1>{say('title')}</h1>{wrong}<form method='post' action='/log-ind?til={quote(wanted)}' class='login'>"
        f"<label>{say('user')}<input name='navn' autocomplete='username' required autofocus></label>"
        f"<label>{say('password')}<input name='kode' type='password' autocomplete='current-password' required></label>"
        f"<button>{say('log_in')}</button></form>",
        language,
    )
