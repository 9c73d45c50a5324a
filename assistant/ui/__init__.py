"""The chat: a Gradio page over the service, with page images beside the answer. Local only."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from assistant.errors import BusyError
from assistant.service import Live
from assistant.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def application(settings: Settings) -> FastAPI:
    """The whole web application. Raises IndexMissing, IndexMismatch."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.ui import chat, pages

    live = Live(settings)
    live().ask("Hvad er en rammeaftale?")  # loads the model before the first reader waits for it
    app = FastAPI(title="Rammeaftale-assistent", docs_url=None, redoc_url=None, openapi_url=None)
    # Another site must not be able to read the documents through a name that points here.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    app.include_router(pages.router(live))
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        chat.page(live),
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        show_error=True,
        ssr_mode=False,
        pwa=False,
        enable_monitoring=False,
        theme=chat.theme(),
        css=chat.asset("chat.css"),
        head=f"<script>{chat.asset('chat.js')}</script>",
    )
    return mounted


def serve(settings: Settings) -> None:
    """Serve until interrupted. Raises BusyError when the port is taken."""
    import uvicorn

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise BusyError(
                f"Port {settings.port} er optaget. Vælg en anden: PORT={settings.port + 1} make chat"
            ) from None
    app = application(settings)
    print(f"Chatten er klar på http://{settings.host}:{settings.port}", flush=True)  # noqa: T201
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
