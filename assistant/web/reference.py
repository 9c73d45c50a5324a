"""The API reference at /docs: Swagger UI for openapi.json, served entirely from this server.

The files come from a package (`fastapi-offline`), so that no browser contacts another host. The script that starts it
is a separate file, because the content security policy forbids inline scripts.
"""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, Response

from assistant.web import policy

ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon.png": "image/png"}
START = (
    "SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger', deepLinking: true, validatorUrl: null, "
    "presets: [SwaggerUIBundle.presets.apis], defaultModelsExpandDepth: 0});"
)
PAGE = (
    "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    "<title>Rammeaftale-assistent: API</title><link rel='stylesheet' href='/docs/swagger-ui.css'>"
    "<link rel='icon' href='/docs/favicon.png'></head><body><div id='swagger'></div>"
    "<script src='/docs/swagger-ui-bundle.js'></script><script src='/docs/start.js'></script></body></html>"
)


def router(app: FastAPI) -> APIRouter:
    """The routes /docs and /openapi.json, at their usual paths."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    def page() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"content-security-policy": policy.of_reference().decode()})

    @routes.get("/docs/{name}")
    def part(name: str) -> Response:
        kept = {"Cache-Control": "max-age=3600"}
        if name == "start.js":
            return Response(START, media_type="text/javascript", headers=kept)
        if name not in ASSETS:
            raise HTTPException(404)
        data = (files("fastapi_offline") / "static" / name).read_bytes()
        return Response(data, media_type=ASSETS[name], headers=kept)

    @routes.get("/openapi.json")
    def described() -> JSONResponse:
        return JSONResponse(app.openapi())

    return routes
