"""What a person sees where nothing is: a page in the style of the others. Programs get JSON, as everywhere."""

from __future__ import annotations

import html
from http import HTTPStatus
from typing import Any

from assistant.messages import Language, speaking
from assistant.ui import render


def page(why: str, language: Language) -> str:
    """Says why, and leads to the start page."""
    home, say = "/en/" if language == "en" else "/", speaking(language)
    body = f"<h1>{html.escape(why)}</h1><p><a href='{home}'>{say('title')}</a></p>"
    return render.frame(why, body, language)


def tell_people(app: Any) -> None:
    """Have an application, and those mounted in it, answer browsers with a page where they raise HTTPException."""
    from fastapi import Request, Response
    from fastapi.exception_handlers import http_exception_handler
    from fastapi.responses import HTMLResponse
    from starlette.exceptions import HTTPException
    from starlette.routing import Mount

    async def told(request: Request, error: HTTPException) -> Response:
        if error.status_code < 400 or "text/html" not in request.headers.get("accept", ""):
            return await http_exception_handler(request, error)
        language: Language = "en" if request.url.path.startswith("/en/") else "da"
        why = str(error.detail)
        if why == HTTPStatus(error.status_code).phrase:  # nothing of our own was said
            why = speaking(language)("not_here" if error.status_code == 404 else "went_wrong")
        return HTMLResponse(page(why, language), error.status_code, headers=error.headers)

    for one in (app, *(route.app for route in app.routes if isinstance(route, Mount))):
        one.add_exception_handler(HTTPException, told)
