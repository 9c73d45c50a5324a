"""The documents tab: the documents in the index with their facts and the words that prove them; for permitted users
also adding, correcting, removing and reindexing."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse

from assistant.admin.collection import Holdings, pathless
from assistant.documents import formats
from assistant.errors import AssistantError, BusyError
from assistant.language.document_names import KINDS
from assistant.language.places import REGIONS
from assistant.messages import Language, Say, date_text, number, of_error, period_text, speaking
from assistant.models import DocumentEntry, Facts, Unread
from assistant.retrieval.search import Retriever
from assistant.service.live import Live
from assistant.users.accounts import Person, Role
from assistant.users.audit import Act, Audit

RESULTS = 100  # files whose results are returned at once
_PROVEN = {"title", *(f.name for f in fields(Facts))} - {"evidence"}  # facts that can have evidence


@dataclass(frozen=True, slots=True)
class Missed:
    """What is missing from the index: whole files as (name, reason), and unread places by document id."""

    files: Sequence[tuple[str, str]]
    places: Mapping[str, Sequence[Unread]]


def router(live: Live, holdings: Holdings, audit: Audit) -> APIRouter:
    """The routes under /dokumenter. They are in one function because every route needs all three arguments and each is
    only a few lines."""
    routes = APIRouter(include_in_schema=False)

    def entry(document: str) -> DocumentEntry:
        found = live().retriever.documents.get(document)
        if found is None:
            raise HTTPException(404, speaking("da")("not_here"))
        return found

    @routes.get("/dokumenter")
    def listed(request: Request, sprog: Language = "da") -> HTMLResponse:
        person: Person = request.scope["person"]
        documents = sorted(live().retriever.documents.values(), key=_by_place)
        index = live().retriever
        missed = Missed(index.failed, index.catalog.all_unread())
        limit = 0 if holdings.read_only else live().settings.upload_mb
        return HTMLResponse(listing(documents, missed, person, limit, sprog))

    @routes.post("/dokumenter")
    def added(request: Request, fil: UploadFile, sprog: Language = "da") -> JSONResponse:
        person = may(request, "editor", sprog)
        say = speaking(sprog)
        name = fil.filename or ""
        try:
            audit.note(person.called, Act.ADDED, name)
            path = holdings.receive(name, fil.file)
        except AssistantError as error:
            return JSONResponse({"detail": say("refused_file", name=name, why=of_error(error, sprog))}, 422)
        return JSONResponse({"detail": say("received", name=path.name), "name": path.name})

    @routes.get("/dokumenter/resultat")
    def results(fil: Annotated[list[str], Query()], sprog: Language = "da") -> JSONResponse:
        """The results of uploaded files, for those that the index knows by now."""
        index, say = live().retriever, speaking(sprog)
        found = [(name, _result(name, index, say, sprog)) for name in fil[:RESULTS]]
        return JSONResponse([{"name": name, "state": r[0], "lines": r[1]} for name, r in found if r])

    @routes.post("/dokumenter/{document}/fakta")
    def corrected(
        request: Request, document: str, title: str = Form(""), region: str = Form(""), period: str = Form(""),
        kind: str = Form(""), part: str = Form(""), sprog: Language = "da",
    ) -> JSONResponse:  # fmt: skip
        person = may(request, "editor", sprog)
        given = {"title": title, "region": region, "period": period, "kind": kind, "part": part}

        def change() -> None:
            found = entry(document)
            now = ", ".join(f"{name}={value}" for name, value in given.items() if value)
            audit.note(person.called, Act.CORRECTED, f"{found.name}: {now}")
            holdings.correct(found, given)
            holdings.reindex()

        return attempted(change, sprog)

    @routes.delete("/dokumenter/{document}")
    def removed(request: Request, document: str, sprog: Language = "da") -> JSONResponse:
        person = may(request, "administrator", sprog)

        def change() -> None:
            found = entry(document)
            audit.note(person.called, Act.REMOVED, found.name)
            holdings.remove(found)
            holdings.reindex()

        return attempted(change, sprog)

    @routes.post("/dokumenter/indeks")
    def indexed(request: Request, sprog: Language = "da") -> JSONResponse:
        person = may(request, "editor", sprog)

        def change() -> None:
            audit.note(person.called, Act.INDEXED)
            holdings.reindex()

        return attempted(change, sprog)

    @routes.get("/dokumenter/indeks")
    def status(sprog: Language = "da") -> JSONResponse:
        now, say = holdings.progress, speaking(sprog)
        said = (
            say("indexing")
            if now.running
            else say("index_failed", why=now.why)
            if now.why
            else say("indexed")
        )
        return JSONResponse({"running": now.running, "runs": now.runs, "lines": now.lines[-12:], "detail": said,
                             "failed": bool(now.why)})  # fmt: skip

    return routes


def may(request: Request, role: Role, language: Language = "da") -> Person:
    """The person asking, if the role is sufficient. Raises HTTPException 403."""
    person: Person = request.scope["person"]
    if not person.may(role):
        raise HTTPException(403, speaking(language)("not_allowed"))
    return person


def attempted(change: Callable[[], None], language: Language) -> JSONResponse:
    """Run `change`; the reply says that indexing has started, or in one line what failed."""
    try:
        change()
    except AssistantError as error:
        return JSONResponse(
            {"detail": of_error(error, language)}, 409 if isinstance(error, BusyError) else 422
        )
    return JSONResponse({"detail": speaking(language)("indexing")}, 202)


def _result(name: str, index: Retriever, say: Say, language: Language) -> tuple[str, list[str]] | None:
    """("ok", "partly" or "trouble", lines) for a file that was read, read in part or not read, with what to do; None
    for an unknown file."""
    for failed, why in index.failed:
        if failed == name:
            return "trouble", [pathless(why)]
    for copy, original in index.copies:
        if copy == name:
            return "ok", [say("result_copy", name=name, other=original)]
    found = next((d for d in index.documents.values() if d.name == name), None)
    if found is None:
        return None
    pages = say("pages", count=number(found.pages, language))
    unread = [missed.line for missed in index.catalog.unread(found.id)]
    return ("partly" if unread else "ok"), [
        say("result_partly" if unread else "result_read", name=name, pages=pages),
        *unread,
    ]


def _by_place(d: DocumentEntry) -> tuple[int, str, str]:
    region = d.facts.region or ""
    return REGIONS.index(region) if region in REGIONS else len(REGIONS), d.facts.period or "", d.title


def listing(
    documents: list[DocumentEntry], missed: Missed, person: Person, limit: int, language: Language
) -> str:
    """The tab's contents with what this person may do; a `limit` of 0 means that nothing can be changed here."""
    say = speaking(language)
    out = []
    if person.may("editor") and not limit:
        out.append(f"<p class='about'>{say('index_elsewhere')}</p>")
    elif person.may("editor"):
        known = say("accepted", known=formats.KNOWN, limit=limit)
        kinds = ",".join(formats.READABLE)
        out.append(
            f"<section id='uploads' aria-label='{say('add')}'><h3>{say('add')}</h3>"
            f"<label class='drop' id='drop'><span>{say('drop')}</span><input type='file' id='files' multiple "
            f"accept='{kinds}'></label><p class='about'>{known}</p><ul id='progress' aria-live='polite'></ul>"
            f"<p><button type='button' class='plain' id='clear-results' hidden>{say('clear_results')}</button></p>"
            f"<p><button type='button' id='reindex'>{say('reindex')}</button></p></section>"
            "<p id='indexing' role='status'></p>"
        )
    else:
        out.append(f"<p class='about'>{say('readers_only')}</p>")
    links = [f"<a href='/indeks' target='_blank' rel='noopener'>{say('stock')}</a>"]
    if person.may("administrator"):
        links.append(f"<a href='/drift' target='_blank' rel='noopener'>{say('machine')}</a>")
    out.append(f"<p>{' · '.join(links)}</p>")
    if missed.files:
        lines = "".join(f"<li>{html.escape(pathless(why))}</li>" for _, why in missed.files)
        out.append(f"<h3>{say('unread_files')}</h3><ul class='unread'>{lines}</ul>")
    out.append(f"<h3>{say('documents')}</h3><ul class='documents'>")
    here = person if limit else replace(person, role="reader")  # a read-only server offers no changes
    out += [_document(d, missed.places.get(d.id, ()), here, say, language) for d in documents]
    return "".join([*out, "</ul>"])


def _document(
    d: DocumentEntry, unread: Sequence[Unread], person: Person, say: Say, language: Language
) -> str:
    facts, identity = d.facts, d.id
    about = [
        facts.region or say("national"),
        period_text(facts.period),
        say("kind_other_one") if facts.kind == "other" else facts.kind,
        facts.part,
        say("pages", count=number(d.pages, language)),
    ]
    valid = ""
    if facts.valid_from or facts.valid_to:
        ends = [date_text(x, language) if x else "" for x in (facts.valid_from, facts.valid_to)]
        valid = f"<p class='about'>{say('valid')} {' – '.join(ends)}</p>"
    for key, other in (("replaces", facts.replaces), ("amends", facts.amends)):
        valid += f"<p class='about'>{say(key, other=html.escape(other))}</p>" if other else ""
    proof = "".join(
        f"<li>{say(f'fact_{name}') if name in _PROVEN else html.escape(name)}: <q>{html.escape(words[:160])}</q></li>"
        for name, words in facts.evidence.items()
    )
    form = _form(d, say) if person.may("editor") else ""
    if person.may("administrator"):
        label = html.escape(f"{say('remove')} {d.name}", quote=True)
        remove = (
            f"<button type='button' class='remove' data-name='{html.escape(d.name, quote=True)}' "
            f"aria-label='{label}'>{say('remove')}</button>"
        )
    else:
        remove = ""
    lines = "".join(f"<li>{html.escape(missed.line)}</li>" for missed in unread)
    left = (
        f"<details class='left'><summary>{say('unread_here', count=len(unread))}</summary><ul>{lines}</ul></details>"
        if unread
        else ""
    )
    return (
        f"<li data-document='{identity}'><div class='titled'><p><a class='name' href='/kilde/{identity}/1'>"
        f"{html.escape(d.title)}</a> <span class='about name'>{html.escape(d.name)}</span></p>{remove}</div>"
        f"<p class='about'>{' · '.join(html.escape(str(x)) for x in about if x)}</p>{valid}{left}"
        f"<details><summary>{say('proof')}</summary><ul>{proof}</ul></details>{form}</li>"
    )


def _form(d: DocumentEntry, say: Say) -> str:
    """The form to correct facts. Regions and kinds are radio buttons, so that a screen reader reads all options."""
    facts = d.facts

    def text(name: str, label: str, value: str | None, hint: str = "") -> str:
        return (
            f"<label>{label}<input name='{name}' value='{html.escape(value or '', quote=True)}' "
            f"placeholder='{hint}'></label>"
        )

    def radios(name: str, label: str, values: list[str], current: str | None) -> str:
        every = "".join(
            f"<label><input type='radio' name='{name}' value='{html.escape(v, quote=True)}'"
            f"{' checked' if v == (current or '-') else ''}> "
            f"{html.escape({'-': '–', 'other': say('kind_other_one')}.get(v, v))}</label>"
            for v in dict.fromkeys([*values, *([current] if current else []), "-"])
        )
        return f"<fieldset><legend>{label}</legend>{every}</fieldset>"

    kinds = [kind for kind, _ in KINDS] + ["other"]
    return (
        f"<details class='correct'><summary>{say('correct')}</summary><form>"
        f"{text('title', say('document_title'), d.title)}"
        f"{radios('region', say('regions'), list(REGIONS), facts.region)}"
        f"{text('period', say('periods'), facts.period, '2025-2026')}{radios('kind', say('kind'), kinds, facts.kind)}"
        f"{text('part', say('part'), facts.part)}<button>{say('save')}</button></form></details>"
    )
