"""Logging in and out."""

from __future__ import annotations

import contextlib

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.errors import AwayError, StorageError
from assistant.messages import Language, of_error, say
from assistant.settings import Settings
from assistant.ui import render
from assistant.users.accounts import NAME_CHARS, People
from assistant.users.audit import Act, Audit
from assistant.users.rate_limit import Tries
from assistant.users.together import Together
from assistant.web.guard import LOGIN
from assistant.web.visitors import SESSION

TRIES = 8  # wrong log-ins per minute for one name from one address
FROM_ONE = 120  # wrong log-ins per minute from one address, which many people may share


def router(people: People, settings: Settings, audit: Audit, together: Together | None = None) -> APIRouter:
    """The routes /log-ind and /log-ud."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(LOGIN)
    def form(til: str = "/", sprog: Language = "da") -> HTMLResponse:
        return HTMLResponse(render.log_in("", _own(til), _language(til, sprog)))

    at_name, at_address = Tries("name", TRIES, together), Tries("address", FROM_ONE, together)

    @routes.post(LOGIN)
    def entered(request: Request, navn: str = Form(""), kode: str = Form(""), til: str = "/") -> Response:
        language, address = _language(til, "da"), request.scope["address"]
        name, place = navn.strip()[:NAME_CHARS], f"{navn.strip()[:NAME_CHARS]}\n{address}"
        # Count before checking, so that parallel attempts count too.
        if seconds := at_name.wait(place) or at_address.wait(address):
            page = render.log_in(say("too_fast", language, count=seconds), _own(til), language)
            return HTMLResponse(page, 429, {"Retry-After": str(seconds)})
        try:
            secret = people.log_in(name, kode, settings.session_hours)
        except StorageError as error:
            at_name.give_back(place)
            at_address.give_back(address)
            return HTMLResponse(render.log_in(of_error(error, language), _own(til), language), 503)
        with contextlib.suppress(StorageError):  # a full disk does not prevent log-in
            audit.note(name, Act.ENTERED if secret else Act.WRONG, address)
        if secret is None:
            return HTMLResponse(render.log_in(say("wrong_login", language), _own(til), language), 401)
        at_name.give_back(place)
        at_address.give_back(address)
        reply = RedirectResponse(_own(til), 303)
        secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        reply.set_cookie(
            SESSION,
            secret,
            max_age=settings.session_hours * 3600,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        return reply

    @routes.post("/log-ud")
    def left(request: Request) -> Response:
        with contextlib.suppress(AwayError):  # ended in this process; in the database the session expires
            people.log_out(request.cookies.get(SESSION, ""))
        reply = RedirectResponse(LOGIN, 303)
        reply.delete_cookie(SESSION)
        return reply

    return routes


def _own(target: str) -> str:
    """The target if it is a path on this site, else "/", so that log-in never redirects elsewhere.

    >>> _own("/en/?samtale=x"), _own("//evil.example"), _own("https://evil.example")
    ('/en/?samtale=x', '/', '/')
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target
    return target if plain and "\r" not in target else "/"


def _language(target: str, given: Language) -> Language:
    return "en" if target.startswith("/en") else given
