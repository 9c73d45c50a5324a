"""The door: who asks, whether they may, how often and from where. Everything that is served passes here.

Pure ASGI, so that answers stream through untouched. What Gradio offers beyond what the page uses (its
uploads, its file server, its description of itself) does not pass at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs, quote

from assistant.admin.metrics import Observed
from assistant.errors import StorageError
from assistant.messages import Language, of_error, say
from assistant.settings import Settings
from assistant.users.accounts import Leave, People
from assistant.users.rate_limit import Asks, Bucket, Refusal, UnderWay
from assistant.web import policy
from assistant.web.joining import named, wrong
from assistant.web.leaving import Leaving
from assistant.web.visitors import Scope, Visitors, same_site

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

Refused = tuple[int, str, dict[str, str]]  # status, words, headers

LOGIN = "/log-ind"
# Open to somebody who has not said who they are.
_OPEN = re.compile(r"/(?:log-ind|healthz|readyz|udseende\.css|favicon\.ico)")
# Gradio's routes that the page itself uses; every other one of Gradio's is shut.
_GRADIO = re.compile(
    r"(?:/en)?/(?:$|config/?$|theme\.css$|assets/|static/|svelte/|favicon\.ico$|manifest\.json$|robots\.txt$"
    r"|gradio_api/(?:queue/(?:join|data)|heartbeat/|startup-events|reset|cancel|theme\.css|app_id|login_check))"
)
_JOIN = re.compile(r"(/en)?/gradio_api/queue/join")
_STOP = re.compile(r"(?:/en)?/gradio_api/(?:cancel|reset)")
_OURS = re.compile(
    r"/(?:(?:side|fil|kilde|samtale|delt|dokumenter|api)(?=/)|(?:samtaler|dokumenter|vurdering|indeks|drift|mcp|log-ind|log-ud"
    r"|healthz|readyz|metrics|udseende\.css|docs|openapi\.json)/?$|sammenlign\.|docs/|billeder/)"
)
# What a program's key opens: no conversation, which are people's own, and not the page.
_FOR_KEYS = re.compile(
    r"/(?:api|side|fil|kilde)/|/(?:dokumenter|indeks|mcp|metrics|healthz)(?:/|$)|/sammenlign\.|/openapi\.json$"
)
# Questions in the chat are counted there, for stopping and opening the page are no questions.
_ASKS = re.compile(r"/api/(?:ask|compare|feedback)|/sammenlign\.|/mcp|/indeks|/drift|/vurdering")
_IMAGES = re.compile(r"/side/")
_PAGES = 300  # images a minute
# What stays open while a page is: each takes a connection.
_BEATS = re.compile(r"(?:/en)?/gradio_api/heartbeat/")  # and says nothing
_STREAMS = re.compile(r"(?:/en)?/gradio_api/(?:heartbeat/|queue/data)")
AT_ONCE = 3  # questions of one person
OPEN = 60  # streams of one person's pages
_BODY = 2**18  # bytes of a request that is no upload
_BODY_SECONDS = 30  # until it is here
_UPLOAD_SECONDS = 600
_SESSIONS = 20_000  # opened pages whose owner is known
# Where the answer does not wait for all that is sent: nobody reads the rest.
_CLOSING = ((b"connection", b"close"),)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"private, no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"content-security-policy", policy.plain()),
)


class Guard:
    """Wraps the application. `people` is None without log-in; `asks` counts the questions of the page too;
    `events` and `heads` (HTML) are Gradio's pages' own by the path they are mounted at; `leaving` tells when the
    server stops."""

    def __init__(
        self,
        app: Any,
        settings: Settings,
        people: People | None,
        observed: Observed,
        asks: Asks | None = None,
        events: Mapping[str, Mapping[int, int]] | None = None,
        heads: Mapping[str, str] | None = None,
        leaving: Leaving | None = None,
    ) -> None:
        self._events, self._heads = events or {}, heads or {}
        self.app, self.settings, self.people, self.observed = app, settings, people, observed
        self._asks, self._images = asks or Asks(settings.per_minute, AT_ONCE), Bucket(_PAGES)
        self._sessions: OrderedDict[str, str] = OrderedDict()  # of opened pages, and whose they are
        self._open = UnderWay(OPEN)
        self._visitors = Visitors(settings, people)
        self._leaving = leaving or Leaving()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here speaks over sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        start, status = time.perf_counter(), 500
        head = self._heads.get(scope["path"].rstrip("/"))
        held: list[MutableMapping[str, Any]] = []  # of Gradio's page, until all of it is seen

        async def sent(message: MutableMapping[str, Any]) -> None:
            if head is not None and message["type"] in ("http.response.start", "http.response.body"):
                held.append(message)
                if message["type"] == "http.response.start" or message.get("more_body"):
                    return
                html = b"".join(m.get("body", b"") for m in held)
                rule = (b"content-security-policy", policy.of_gradio(html, head))
                held[0]["headers"] = [*held[0].get("headers", ()), rule]
                for one in held:
                    await out(one)
            else:
                await out(message)

        async def out(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                known = {name.lower() for name, _ in message.get("headers", ())}
                if not _OURS.match(scope["path"]):  # Gradio's files may be kept
                    known.add(b"cache-control")
                message["headers"] = [
                    *message.get("headers", ()), *(h for h in HEADERS if h[0] not in known),
                    *scope.get("set_cookies", ()), *(_CLOSING if scope["body_left"] or self._leaving.told else ()),
                ]  # fmt: skip
            await send(message)

        bounded = self._bounded(scope, receive)
        try:
            if self.people:  # who it is stands in a database, which may have to be waited for
                refused = await asyncio.to_thread(self._refused, scope)
            else:
                refused = self._refused(scope)
            if refused is None and (join := _JOIN.match(scope["path"])):
                bounded, refused = await self._joined(scope, join.group(1) or "", bounded, _language(scope))
            elif refused is None and _STOP.match(scope["path"]):
                bounded, refused = await self._joined(scope, None, bounded, _language(scope))
            elif refused is None and not self._theirs(scope, _session(scope)):
                refused = 404, say("not_here", _language(scope)), {}
            if refused is None:
                async with self._counted(scope) as why:
                    if why is None:
                        await self._served(scope, bounded, sent)
                    else:
                        words = say(why.said, _language(scope), count=why.count)
                        refused = 429, words, {"retry-after": str(why.seconds)}
            if refused is not None:
                await _reply(sent, *refused)
        finally:
            known = _OURS.match(scope["path"]) or _GRADIO.match(scope["path"])
            kind = known.group() if known else "other"
            self.observed.request(kind, scope["method"], status, time.perf_counter() - start)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """All of an answer, also when the server stops meanwhile; of an opened page, until nothing else is left."""
        if not _BEATS.match(scope["path"]):
            with self._leaving.answering():
                await self.app(scope, receive, send)
        elif await self._leaving.while_open(self.app(scope, receive, send)):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _refused(self, scope: Scope) -> Refused | None:
        """(status, words, headers) of a request that does not pass; sets scope["person"] on one that does."""
        path, method = scope["path"], scope["method"]
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        language = _language(scope)
        hosts = sum(name.lower() == b"host" for name, _ in scope["headers"])
        if hosts > 1 or not self._visitors.known_host(headers.get("host", "")):
            return 421, say("unknown_name", language), {}
        # A link from elsewhere may open a page; it may not set the machine to work.
        if (method not in ("GET", "HEAD") or _ASKS.match(path)) and not same_site(headers):
            return 403, say("foreign_site", language), {}
        if not (_GRADIO.match(path) or _OURS.match(path)):
            return 404, say("not_here", language), {}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limit(scope):
            megabytes = self._limit(scope) // 2**20
            return (
                413,
                say("too_big", language, limit=megabytes) if megabytes else say("too_much", language),
                {},
            )
        if path.rstrip("/") == "/mcp" and method in ("GET", "HEAD"):
            return 405, say("not_here", language), {"allow": "POST"}  # no answers are kept for listeners
        address = self._visitors.address(scope, headers)
        forwarded = any(name in headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
        if self.settings.login == "ingen" and self.settings.local and forwarded:
            return 403, say("behind_proxy", language), {}
        try:
            person = self._visitors.person(scope, headers, address)
        except StorageError as error:
            return 503, of_error(error, language), {"retry-after": "5"}
        scope["person"], scope["address"] = person, address
        scope["headers"] = self._visitors.credible(scope["headers"])
        if person is None:
            if _OPEN.fullmatch(path):
                return None
            if method == "GET" and "text/html" in headers.get("accept", ""):
                query = scope.get("query_string", b"").decode("latin-1")
                wanted = quote(path + (f"?{query}" if query else ""))
                return 303, say("log_in_first", language), {"location": f"{LOGIN}?til={wanted}"}
            return 401, say("log_in_first", language), {"www-authenticate": "Bearer"}
        if person.by_key and not _FOR_KEYS.match(path):
            return 403, say("not_allowed", language), {}
        editing = path.startswith("/dokumenter") and method not in ("GET", "HEAD")
        leave: Leave = "metrics" if path == "/metrics" else "edit" if editing else "read"
        if leave not in person.leaves:
            return 403, say("not_allowed", language), {}
        # A key for the counters alone need not be an administrator's.
        counting = path == "/metrics" and person.leaves == ("metrics",)
        if (editing and not person.may("editor")) or (
            path.rstrip("/") in ("/metrics", "/drift") and not (counting or person.may("administrator"))
        ):
            return 403, say("not_allowed", language), {}
        # A guest's name is the browser's own word; the address is not. This machine slows down nobody.
        scope["pace"] = person.name or (address if person.owner else "")
        if _IMAGES.match(path) and scope["pace"] and (seconds := self._images.wait(scope["pace"])):
            return 429, say("too_fast", language, count=seconds), {"retry-after": str(seconds)}
        return None

    def _limit(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and scope["path"].rstrip("/") == "/dokumenter"
        return self.settings.upload_mb * 2**20 + _BODY if upload else _BODY

    @contextlib.asynccontextmanager
    async def _counted(self, scope: Scope) -> AsyncIterator[Refusal | None]:
        """Why no more of this person's questions or streams may begin now; one that may is counted while it lasts."""
        path, name = scope["path"], scope.get("pace", "")
        with contextlib.ExitStack() as held:
            if _STREAMS.match(path) and not held.enter_context(self._open.one(name)):
                yield Refusal("one_at_a_time", AT_ONCE, 1)
                return
            asker = name if _ASKS.match(path) else ""
            turn = self._asks.one(asker)
            if asker and self._asks.waits:
                yield await asyncio.to_thread(held.enter_context, turn)
            else:
                yield held.enter_context(turn)

    def _theirs(self, scope: Scope, session: str) -> bool:
        """Whether an opened page is this person's: who used it first keeps it. What is told to one page is for
        nobody else's eyes, though they learn its name."""
        if not session:
            return True
        owner: str = scope["person"].owner
        first = self._sessions.setdefault(session, owner)
        self._sessions.move_to_end(session)
        while len(self._sessions) > _SESSIONS:
            self._sessions.popitem(last=False)
        return first == owner

    async def _joined(
        self, scope: Scope, page: str | None, receive: Receive, language: Language
    ) -> tuple[Receive, Refused | None]:
        """An event for the queue of a page, or what ends one, read whole; and why it does not pass."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return receive, (400, say("odd_event", language), {})
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if page is not None and (status := wrong(body, self._events.get(page, {}))):
            return receive, (status, say("not_here" if status == 404 else "odd_event", language), {})
        if not self._theirs(scope, named(body)):
            return receive, (404, say("not_here", language), {})
        read = False

        async def again() -> MutableMapping[str, Any]:
            nonlocal read
            if read:
                return await receive()  # that the client goes
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again, None

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """A body that says nothing of its length is cut where the limit is, and one that does not come in time
        is waited for no longer."""
        limit, seen = self._limit(scope), 0
        scope["body_left"] = any(
            name in (b"content-length", b"transfer-encoding") and value != b"0"
            for name, value in scope["headers"]
        )
        until = time.monotonic() + (_UPLOAD_SECONDS if limit > _BODY else _BODY_SECONDS)

        async def received() -> MutableMapping[str, Any]:
            nonlocal seen
            # What comes after the body is only that the client goes.
            left = max(0.0, until - time.monotonic()) if scope["body_left"] else None
            try:
                message = await asyncio.wait_for(receive(), left)
            except TimeoutError:
                return {"type": "http.disconnect"}
            seen += len(message.get("body", b""))
            scope["body_left"] = message.get("more_body", False)
            return {"type": "http.disconnect"} if seen > limit else message

        return received


def _language(scope: Scope) -> Language:
    return "en" if scope["path"].startswith("/en") else "da"


def _session(scope: Scope) -> str:
    """The opened page that one of Gradio's routes is asked about; "" for other requests."""
    if "/gradio_api/heartbeat/" in scope["path"]:
        return str(scope["path"].rpartition("/")[2])
    if "/gradio_api/queue/data" not in scope["path"]:
        return ""
    sessions = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])
    return sessions[-1] if sessions else ""


async def _reply(send: Send, status: int, words: str, headers: dict[str, str]) -> None:
    body = json.dumps({"detail": words}, ensure_ascii=False).encode()
    extra = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    start = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
