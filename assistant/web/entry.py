"""Logging in and out."""

from __future__ import annotations

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.messages import Language, say
from assistant.settings import Settings
from assistant.ui import render
from assistant.users.accounts import People
from assistant.users.rate_limit import Bucket
from assistant.web.guard import LOGIN, SESSION

TRIES = 8  # wrong ones a minute from one address


def router(people: People, settings: Settings) -> APIRouter:
    """The routes /log-ind and /log-ud."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(LOGIN)
    def form(til: str = "/", sprog: Language = "da") -> HTMLResponse:
        return HTMLResponse(render.log_in("", _own(til), _language(til, sprog)))

    failures = Bucket(TRIES)

    @routes.post(LOGIN)
    def entered(request: Request, navn: str = Form(""), kode: str = Form(""), til: str = "/") -> Response:
        language, address = _language(til, "da"), request.scope["address"]
        if seconds := failures.wait(address, take=False):
            page = render.log_in(say("too_fast", language, count=seconds), _own(til), language)
            return HTMLResponse(page, 429, {"Retry-After": str(seconds)})
        secret = people.log_in(navn.strip(), kode, settings.session_hours)
        if secret is None:
            failures.wait(address)
            return HTMLResponse(render.log_in(say("wrong_login", language), _own(til), language), 401)
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
        people.log_out(request.cookies.get(SESSION, ""))
        reply = RedirectResponse(LOGIN, 303)
        reply.delete_cookie(SESSION)
        return reply

    return routes


def _own(target: str) -> str:
    """A place on this page; never an address elsewhere.

    >>> _own("/en/?samtale=x"), _own("//evil.example"), _own("https://evil.example")
    ('/en/?samtale=x', '/', '/')
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target
    return target if plain and "\r" not in target else "/"


def _language(target: str, given: Language) -> Language:
    return "en" if target.startswith("/en") else given
