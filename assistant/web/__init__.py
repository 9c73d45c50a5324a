"""The web application: the page, its routes and the API for programs, behind one guard."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.admin.metrics import Observed
from assistant.errors import BusyError, StorageError, cause
from assistant.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.web.leaving import Leaving

THREADS = 8  # worker threads; each keeps memory of its own
FOLLOWED = 5.0  # seconds between checks for a new index generation
ANSWERED = 3  # questions answered at once; more would only slow each other down
WORDED = 12  # the same with a language model, where most of the time is waiting
CONNECTIONS = 600  # maximum open connections
SESSIONS = 250  # opened pages whose state is kept in memory; it is also stored in the conversations


def application(settings: Settings, observed: Observed | None = None, leaving: Leaving | None = None) -> Any:
    """The complete web application (ASGI); `leaving` says when the server stops. It is one function because it only
    puts the parts together, in an order that matters.

    Raises IndexMissing, IndexMismatch, StorageError.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    _some_folder(settings.state)
    import gradio as gr

    from assistant.admin.collection import Holdings
    from assistant.index import encoders
    from assistant.messages import LANGUAGES
    from assistant.service.live import Live
    from assistant.service.review import Reviewed
    from assistant.ui import chat
    from assistant.ui.desk import Desk
    from assistant.users.accounts import People
    from assistant.users.audit import Audit
    from assistant.users.conversations import Threads
    from assistant.users.feedback import Feedback
    from assistant.users.judgements import Judgements
    from assistant.users.rate_limit import Asks
    from assistant.users.together import Together
    from assistant.users.waiting_line import Line
    from assistant.web import (
        asking,
        conversations,
        documents,
        entry,
        joining,
        missing,
        pages,
        reference,
        review,
    )
    from assistant.web.guard import AT_ONCE, Guard
    from assistant.web.leaving import Leaving
    from assistant.web.waiting import InLine

    observed, leaving = observed or Observed(settings.log_questions), leaving or Leaving()
    encoders.for_many()
    live = Live(settings)
    live().ask("Hvad er en rammeaftale?", form=None)  # loads the model, so that the first user does not wait
    if model := live().model:
        threading.Thread(target=model.open, name="language model", daemon=True).start()
    threads, audit = Threads.serving(settings.kept), Audit(settings.kept)
    if threads.told:
        print(threads.told, file=sys.stderr)  # noqa: T201
    together = Together(settings.database) if settings.database else None
    desk = Desk(
        live,
        threads,
        Feedback(settings.kept, settings.index),
        observed,
        Asks(settings.per_minute, AT_ONCE, together),
        Reviewed(live, judgements := Judgements(settings.kept)),
        Line(WORDED if live().model else ANSWERED),
    )
    people = People(settings.kept) if settings.login != "ingen" else None
    holdings = Holdings(settings, lambda: live().retriever.documents.values())
    kept = [threads, desk.feedback, audit, judgements, *(one for one in (people, together) if one)]
    app = _bare(settings, live, desk.reviewed, kept)
    for router in (
        pages.router(live, desk.reviewed, audit), conversations.router(threads, audit),
        documents.router(live, holdings, audit),
        asking.router(live, observed, desk.feedback, desk.reviewed), review.router(desk.reviewed, audit),
        _watched(live, observed, leaving), reference.router(app),
    ):  # fmt: skip
        app.include_router(router)
    if people:
        app.include_router(entry.router(people, settings, audit, together))
    known, heads = {}, {}
    for language in reversed(LANGUAGES):  # Danish last, because it is mounted at the root path
        page = chat.page(desk, language)
        page.state_session_capacity = SESSIONS
        at = "" if language == "da" else f"/{language}"
        known[at], heads[at] = joining.events(page), chat.head(language)
        app = gr.mount_gradio_app(
            app,
            page,
            path=at or "/",
            server_name=settings.host,
            server_port=settings.port,
            footer_links=[],
            show_error=True,
            ssr_mode=False,
            pwa=False,
            enable_monitoring=False,
            run_history=False,
            max_file_size=1,
            theme=chat.theme(),
            head=heads[at],
        )
    missing.tell_people(app)
    desk.suggestions()
    return Guard(InLine(app, desk.line), settings, people, observed, desk.asks, known, heads, leaving)


def _bare(settings: Settings, live: Any, reviewed: Any, held: Sequence[Any]) -> FastAPI:
    """The application without its routes, with the MCP tools if the settings ask for them. Everything in `held` is
    closed when the server stops."""
    import anyio
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    from assistant.messages import Language, of_error

    tools = None
    if settings.mcp:
        from assistant.web import tools as protocol

        tools = protocol.server(live, reviewed)
        # The guard checks hosts and addresses for all routes alike.
        from mcp.server.transport_security import TransportSecuritySettings

        open_ = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        mounted = tools.streamable_http_app(
            streamable_http_path="/mcp", stateless_http=True, json_response=True, transport_security=open_
        )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        with _followed(live):
            async with tools.session_manager.run() if tools else contextlib.nullcontext():
                yield
        for one in held:
            one.close()

    from assistant.web.asking import DESCRIPTION, TAGS

    app = FastAPI(title="Rammeaftale-assistent", version="1", docs_url=None, redoc_url=None, description=DESCRIPTION,
                  openapi_tags=TAGS, openapi_url="/api/openapi.json", lifespan=lifespan)  # fmt: skip
    if tools:
        app.router.routes.extend(mounted.routes)

    @app.exception_handler(StorageError)
    async def away(request: Request, error: StorageError) -> JSONResponse:
        """The user database is unavailable; everything else still works."""
        language: Language = "en" if request.query_params.get("sprog") == "en" else "da"
        return JSONResponse({"detail": of_error(error, language)}, 503)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> JSONResponse:
        """Names the invalid field without its value, which may not be encodable as JSON."""
        found = [{name: e[name] for name in ("type", "loc", "msg")} for e in error.errors()]
        return JSONResponse({"detail": found}, 422)

    return app


@contextlib.contextmanager
def _followed(live: Any) -> Iterator[None]:
    """Open a new generation of the index even while nobody asks, because the old one's files may be deleted."""
    ends = threading.Event()

    def follow() -> None:
        while not ends.wait(FOLLOWED):
            live()

    threading.Thread(target=follow, name="following the index", daemon=True).start()
    try:
        yield
    finally:
        ends.set()


def _watched(live: Any, observed: Observed, leaving: Leaving) -> Any:
    """The routes for operation: liveness, readiness and metrics."""
    from fastapi import APIRouter, Response
    from fastapi.responses import JSONResponse

    from assistant.web import examples
    from assistant.web.asking import gives, refusals

    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", responses=gives(examples.ALIVE, "The server lives"))
    async def healthy() -> dict[str, Any]:  # async, and opens nothing, so that it never waits for a thread
        """Whether the server lives, how many documents its index holds and when that was built. Needs no log-in."""
        found = live.current
        return {
            "status": "ok",
            "documents": len(found.retriever.documents),
            "created": found.retriever.pointer.created,
        }

    @routes.get(
        "/readyz",
        response_class=JSONResponse,
        response_model=None,
        responses=gives({"status": "ready"}, "It takes questions")
        | gives({"status": "leaving"}, "It stops: send new ones elsewhere", status=503),
    )
    async def ready() -> JSONResponse:
        """Whether a proxy shall send questions here. Needs no log-in, and no database: what is known is answered
        without it."""
        return JSONResponse({"status": "leaving"}, 503) if leaving.told else JSONResponse({"status": "ready"})

    @routes.get(
        "/metrics",
        response_class=Response,
        response_model=None,
        responses=gives(examples.COUNTED, "One counter a line", "text/plain") | refusals(401, 403),
    )
    def metrics() -> Response:
        """Counters for Prometheus; for administrators, and for keys that may see them."""
        data = observed.metrics(len(live.current.retriever.documents))
        return Response(data, media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


def _some_folder(otherwise: Path) -> None:
    """Set a temporary folder where none is writable (full disks), because Gradio asks for one when imported."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = str(otherwise)


def _sparing() -> None:
    """Limit glibc to two malloc arenas, instead of one per thread, to save memory; no effect on other systems."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(-8, 2)  # M_ARENA_MAX


def serve(settings: Settings) -> None:
    """Serve until interrupted; answers in progress are finished. Raises BusyError when the port is taken."""
    import uvicorn

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                where = f"{settings.host}:{settings.port}"
                raise BusyError(
                    f"{where} kan ikke åbnes ({cause(error)}). Ret ASSISTANT_HOST eller PORT."
                ) from None
            raise BusyError(
                f"Port {settings.port} er optaget. Vælg en anden: PORT={settings.port + 1} make chat"
            ) from None
    _sparing()
    from assistant.web.leaving import Leaving, Server
    from assistant.web.timely import Timely

    leaving = Leaving()
    app = application(settings, leaving=leaving)
    print(f"Chatten er klar på http://{settings.host}:{settings.port}", flush=True)  # noqa: T201
    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_level="warning", access_log=False, proxy_headers=False,
        server_header=False, timeout_graceful_shutdown=settings.grace_seconds, limit_concurrency=CONNECTIONS,
        http=Timely,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        Server(config, leaving, settings.drain_seconds).run()
