"""A scripted language model behind a real address: OpenAI's HTTP API, on loopback.

    with serving(reply) as url: ...

`reply` takes the messages and yields the text, in pieces where it is to arrive slowly.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[list[dict[str, str]]], Iterable[str]]
_SOURCE = re.compile(r'<kilde id="(\w+)" fra="([^"]*)">\n(.*?)\n</kilde>', re.DOTALL)


@dataclass
class Heard:
    """The requests that the address received."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def serving(
    reply: Reply, status: Callable[[int], int | tuple[int, str]] = lambda n: 200, schemas: bool = True
) -> Iterator[tuple[str, Heard]]:
    """Serve the model. Yields the address and the requests it receives. `status` gives the HTTP status of the nth
    request (from 1), or a redirect with its address. Without `schemas` it refuses JSON schemas, as older servers do. The handler
    is a closure over what is heard and how it answers."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.requests.append(body)
            heard.keys.append(self.headers.get("Authorization", ""))
            code = status(len(heard.requests))
            to = ""
            if isinstance(code, tuple):
                code, to = code
            if not schemas and "response_format" in body:
                code = 400
            if code != 200:
                self._whole(
                    code, {"error": {"message": f"status {code}", "type": "invalid_request_error"}}, to
                )
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            count = 0
            try:
                for piece in reply(body["messages"]):
                    count += 1
                    self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
                self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                if body.get("stream_options"):
                    used = {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": 7 + count}
                    self._event({"choices": [], "usage": used})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                pass  # the assistant closed the connection

        def _event(self, row: dict[str, Any]) -> None:
            whole = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted", **row}
            self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())
            self.wfile.flush()

        def _whole(self, code: int, row: dict[str, Any], to: str) -> None:
            data = json.dumps(row).encode()
            self.send_response(code)
            if to:
                self.send_header("Location", to)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", heard
    finally:
        server.shutdown()
        server.server_close()


def sources(messages: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """(id, title, text) of every source in the prompt."""
    return [m.groups() for m in _SOURCE.finditer(messages[1]["content"])]  # type: ignore[misc]


def told(*statements: tuple[str, str, str]) -> str:
    """A reply in the required form, made of (text, id, words)."""
    rows = [{"text": text, "ids": [key], "words": words} for text, key, words in statements]
    return json.dumps({"statements": rows}, ensure_ascii=False)
