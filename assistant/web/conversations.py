"""The conversations tab: search, rename, share, download and delete a person's threads."""

from __future__ import annotations

import contextlib
import html
import tempfile
from pathlib import Path

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from assistant.errors import StorageError
from assistant.messages import Language, date_text, speaking
from assistant.ui import render
from assistant.users import conversations
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Thread, Threads

FORMS = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def router(kept: Threads, audit: Audit) -> APIRouter:
    """The routes under /samtaler, /samtale and /delt."""
    routes = APIRouter(include_in_schema=False)

    def own(request: Request, thread: str) -> Thread:
        found = kept.get(thread, request.scope["person"].owner)
        if found is None:
            raise _not_here()
        return found

    @routes.get("/samtaler")
    def listed(request: Request, ord: str = "", sprog: Language = "da") -> HTMLResponse:
        return HTMLResponse(listing(kept.listed(request.scope["person"].owner, ord), ord, sprog))

    @routes.get("/samtale/{thread}.{form}")
    def taken(request: Request, thread: str, form: str) -> Response:
        found = own(request, thread)
        if form not in FORMS:
            raise HTTPException(404, speaking("da")("no_such_form"))
        with contextlib.suppress(StorageError):  # a full disk does not prevent the download
            audit.note(request.scope["person"].called, Act.TAKEN, f"{found.title}.{form}")
        if form == "md":
            data = conversations.markdown(found).encode()
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "samtale.docx"
                conversations.word(found, path)
                data = path.read_bytes()
        way = {"Content-Disposition": f'attachment; filename="samtale.{form}"'}
        return Response(data, media_type=FORMS[form], headers=way)

    @routes.post("/samtale/{thread}/navn")
    def renamed(request: Request, thread: str, navn: str = Form("")) -> JSONResponse:
        return _done(kept.rename(thread, request.scope["person"].owner, navn))

    @routes.post("/samtale/{thread}/del")
    def shared(request: Request, thread: str) -> JSONResponse:
        secret = kept.share(thread, request.scope["person"].owner)
        if secret is None:
            raise _not_here()
        with contextlib.suppress(StorageError):
            audit.note(request.scope["person"].called, Act.SHARED, own(request, thread).title)
        return JSONResponse({"link": f"/delt/{secret}"})

    @routes.delete("/samtale/{thread}/del")
    def unshared(request: Request, thread: str) -> JSONResponse:
        return _done(kept.unshare(thread, request.scope["person"].owner))

    @routes.delete("/samtale/{thread}")
    def deleted(request: Request, thread: str) -> JSONResponse:
        return _done(kept.delete(thread, request.scope["person"].owner))

    @routes.get("/delt/{secret}")
    def read(secret: str, sprog: Language = "da") -> HTMLResponse:
        found = kept.by_link(secret)
        if found is None:
            raise _not_here()
        return HTMLResponse(render.shared(found.title, found.records, sprog))

    return routes


def _not_here() -> HTTPException:
    return HTTPException(404, speaking("da")("not_here"))


def _done(changed: bool) -> JSONResponse:
    if not changed:
        raise _not_here()
    return JSONResponse({"detail": ""})


def listing(found: list[Thread], words: str, language: Language) -> str:
    """The tab's list; the search field is above it, in the page itself."""
    say = speaking(language)
    if not found:
        return f"<p class='empty'>{say('none_found' if words else 'no_threads')}</p>"
    home = "/en" if language == "en" else ""
    items = []
    for t in found:
        unshare = (
            f"<button type='button' class='plain' data-act='unshare'>{say('unshare')}</button>"
            if t.shared
            else ""
        )
        title, identity = html.escape(t.title), html.escape(t.id, quote=True)
        items.append(
            f"<li data-thread='{identity}' data-title='{html.escape(t.title, quote=True)}'>"
            f"<a href='{home}/?samtale={identity}'>{title}</a> "
            f"<span class='about'>{say('asked_on', day=date_text(t.changed[:10], language))}</span>"
            f"<div class='acts'><button type='button' class='plain' data-act='rename'>{say('rename')}</button>"
            f"<button type='button' class='plain' data-act='share'>{say('share')}</button>"
            f"<a href='/samtale/{identity}.docx' download>Word</a> "
            f"<a href='/samtale/{identity}.md' download>Markdown</a>"
            f"{unshare}<button type='button' class='plain' data-act='delete'>{say('delete')}</button></div></li>"
        )
    return f"<ul class='threads'>{''.join(items)}</ul>"
