"""Access control for every request: identity, permissions, rate limits and origin.

Pure ASGI, so that answers stream through unchanged. Gradio's routes that the page does not use (uploads, file server,
API description) are blocked.
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
from assistant.users.accounts import Leave, People, Person
from assistant.users.rate_limit import Asks, Bucket, Refusal, UnderWay
from assistant.web import missing, policy
from assistant.web.joining import named, wrong
from assistant.web.leaving import Leaving
from assistant.web.visitors import Scope, Visitors, same_site

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

Refused = tuple[int, str, dict[str, str]]  # status, words, headers

LOGIN = "/log-ind"
# Open without log-in.
_OPEN = re.compile(r"/(?:log-ind|healthz|readyz|udseende\.css|favicon\.ico)")
# Gradio's routes that the page uses; all others are blocked.
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
# Routes open to a program's key: neither conversations, which are personal, nor the page.
_FOR_KEYS = re.compile(
    r"/(?:api|side|fil|kilde)/|/(?:dokumenter|indeks|mcp|metrics|healthz)(?:/|$)|/sammenlign\.|/openapi\.json$"
)
# Routes counted as questions. The chat counts its own, because its events also include stopping and opening the page.
_ASKS = re.compile(r"/api/(?:ask|compare|feedback)|/sammenlign\.|/mcp|/indeks|/drift|/vurdering")
_IMAGES = re.compile(r"/side/")
_PAGES = 300  # page images per minute
# Streams that stay open as long as a page does; each takes a connection.
_BEATS = re.compile(r"(?:/en)?/gradio_api/heartbeat/")  # a heartbeat sends no data
_STREAMS = re.compile(r"(?:/en)?/gradio_api/(?:heartbeat/|queue/data)")
AT_ONCE = 3  # simultaneous questions of one person
OPEN = 60  # simultaneous streams of one person's pages
_BODY = 2**18  # bytes of a request body that is not an upload
_BODY_SECONDS = 30  # for the body to arrive
_UPLOAD_SECONDS = 600
_SESSIONS = 20_000  # opened pages whose owner is remembered
# Sent when a reply is given before the whole body has been read, and when the server stops.
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
    """Wraps the application. `people` is None without log-in; `asks` is the question limit shared with the page;
    `events` and `heads` (HTML) are those of Gradio's pages by mount path; `leaving` says when the server stops."""

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
        self._sessions: OrderedDict[str, str] = OrderedDict()  # session of an opened page → its owner
        self._open = UnderWay(OPEN)
        self._visitors = Visitors(settings, people)
        self._leaving = leaving or Leaving()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # WebSockets are not used
            await send({"type": "websocket.close", "code": 1008})
            return
        start, status = time.perf_counter(), 500

        async def out(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(scope, message)
            await send(message)

        head = self._heads.get(scope["path"].rstrip("/"))
        sent = out if head is None else _with_policy(head, out)
        bounded = self._bounded(scope, receive)
        try:
            if self.people:  # identity is looked up in a database, which may block
                refused = await asyncio.to_thread(self._refused, scope)
            else:
                refused = self._refused(scope)
            if refused is None:
                bounded, refused = await self._of_page(scope, bounded)
            if refused is None:
                refused = await self._within_limits(scope, bounded, sent)
            if refused is not None:
                await _reply(scope, sent, *refused)
        finally:
            known = _OURS.match(scope["path"]) or _GRADIO.match(scope["path"])
            kind = known.group() if known else "other"
            self.observed.request(kind, scope["method"], status, time.perf_counter() - start)

    def _headers(self, scope: Scope, message: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
        """The headers of a response, with the security headers and the guest cookie."""
        given = message.get("headers", ())
        known = {name.lower() for name, _ in given}
        if not _OURS.match(scope["path"]):  # Gradio's files may be cached
            known.add(b"cache-control")
        closing = _CLOSING if scope["body_left"] or self._leaving.told else ()
        own = (h for h in HEADERS if h[0] not in known)
        return [*given, *own, *scope.get("set_cookies", ()), *closing]

    async def _of_page(self, scope: Scope, receive: Receive) -> tuple[Receive, Refused | None]:
        """Check that a request about an opened page comes from the page's owner and sends nothing it must not;
        returns how the body is received from here on, and the refusal."""
        language = _language(scope)
        if join := _JOIN.match(scope["path"]):
            return await self._joined(scope, join.group(1) or "", receive, language)
        if _STOP.match(scope["path"]):
            return await self._joined(scope, None, receive, language)
        if not self._theirs(scope, _session(scope)):
            return receive, (404, say("not_here", language), {})
        return receive, None

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> Refused | None:
        """Serve a request unless its person has reached a limit; returns the refusal."""
        async with self._counted(scope) as why:
            if why is None:
                await self._served(scope, receive, send)
                return None
            words = say(why.said, _language(scope), count=why.count)
            return 429, words, {"retry-after": str(why.seconds)}

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the whole answer, even when the server stops meanwhile; a page's heartbeat ends once no answer is
        left."""
        if not _BEATS.match(scope["path"]):
            with self._leaving.answering():
                await self.app(scope, receive, send)
        elif await self._leaving.while_open(self.app(scope, receive, send)):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _refused(self, scope: Scope) -> Refused | None:
        """(status, words, headers) for a refused request; None for one that passes, with scope["person"],
        scope["address"] and scope["pace"] set. The checks run in this order: address and form of the request, identity,
        permissions, image rate."""
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if refused := self._malformed(scope, headers):
            return refused
        language, address = _language(scope), self._visitors.address(scope, headers)
        try:
            person = self._visitors.person(scope, headers, address)
        except StorageError as error:
            return 503, of_error(error, language), {"retry-after": "5"}
        scope["person"], scope["address"] = person, address
        scope["headers"] = self._visitors.credible(scope["headers"])
        if person is None:
            return None if _OPEN.fullmatch(scope["path"]) else _log_in_first(scope, headers)
        if not _permitted(person, scope["path"], scope["method"]):
            return 403, say("not_allowed", language), {}
        # A guest's name is only what the browser claims, so the address counts. This machine itself has no limit.
        scope["pace"] = person.name or (address if person.owner else "")
        if _IMAGES.match(scope["path"]) and scope["pace"] and (seconds := self._images.wait(scope["pace"])):
            return 429, say("too_fast", language, count=seconds), {"retry-after": str(seconds)}
        return None

    def _malformed(self, scope: Scope, headers: dict[str, str]) -> Refused | None:
        """The refusal of a request that nobody may send: wrong host, another site, unknown path, too large, wrong
        method, or through a proxy that is not set up. One function, because it is a list of checks whose order
        matters."""
        path, method, language = scope["path"], scope["method"], _language(scope)
        hosts = sum(name.lower() == b"host" for name, _ in scope["headers"])
        if hosts > 1 or not self._visitors.known_host(headers.get("host", "")):
            return 421, say("unknown_name", language), {}
        # A link from another site may open a page, but not start work.
        if (method not in ("GET", "HEAD") or _ASKS.match(path)) and not same_site(headers):
            return 403, say("foreign_site", language), {}
        if not (_GRADIO.match(path) or _OURS.match(path)):
            return 404, say("not_here", language), {}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limit(scope):
            megabytes = self._limit(scope) // 2**20
            words = say("too_big", language, limit=megabytes) if megabytes else say("too_much", language)
            return 413, words, {}
        if path.rstrip("/") == "/mcp" and method in ("GET", "HEAD"):
            return 405, say("not_here", language), {"allow": "POST"}  # stateless: nothing to listen for
        forwarded = any(name in headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
        if self.settings.login == "ingen" and self.settings.local and forwarded:
            return 403, say("behind_proxy", language), {}
        return None

    def _limit(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and scope["path"].rstrip("/") == "/dokumenter"
        return self.settings.upload_mb * 2**20 + _BODY if upload else _BODY

    @contextlib.asynccontextmanager
    async def _counted(self, scope: Scope) -> AsyncIterator[Refusal | None]:
        """Yield why this person may start no more questions or streams now, or None; the request counts until the block
        ends."""
        path, name = scope["path"], scope.get("pace", "")
        with contextlib.ExitStack() as held:
            if _STREAMS.match(path) and not held.enter_context(self._open.one(name)):
                yield Refusal("too_many_pages", OPEN, 1)
                return
            asker = name if _ASKS.match(path) else ""
            turn = self._asks.one(asker)
            if asker and self._asks.waits:
                yield await asyncio.to_thread(held.enter_context, turn)
            else:
                yield held.enter_context(turn)

    def _theirs(self, scope: Scope, session: str) -> bool:
        """Whether an opened page belongs to this person, that is, whether they used its session first. Another person
        who learns the session name must not see what the page gets."""
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
        """Read and check the body of a queue event, or with `page` None of a request to stop one; returns a receiver
        that gives the body again, and the refusal."""
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
                return await receive()  # only the disconnect can follow
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again, None

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """A receiver that ends the request when its body exceeds the limit or does not arrive in time; a body without a
        length header is only caught here."""
        limit, seen = self._limit(scope), 0
        scope["body_left"] = any(
            name in (b"content-length", b"transfer-encoding") and value != b"0"
            for name, value in scope["headers"]
        )
        until = time.monotonic() + (_UPLOAD_SECONDS if limit > _BODY else _BODY_SECONDS)

        async def received() -> MutableMapping[str, Any]:
            nonlocal seen
            # After the body only the disconnect can follow, so no timeout applies.
            left = max(0.0, until - time.monotonic()) if scope["body_left"] else None
            try:
                message = await asyncio.wait_for(receive(), left)
            except TimeoutError:
                return {"type": "http.disconnect"}
            seen += len(message.get("body", b""))
            scope["body_left"] = message.get("more_body", False)
            return {"type": "http.disconnect"} if seen > limit else message

        return received


def _with_policy(head: str, out: Send) -> Send:
    """A sender that holds Gradio's page back until it is complete, because its content security policy contains the
    hashes of the scripts in it."""
    held: list[MutableMapping[str, Any]] = []

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] not in ("http.response.start", "http.response.body"):
            await out(message)
            return
        held.append(message)
        if message["type"] == "http.response.start" or message.get("more_body"):
            return
        html = b"".join(m.get("body", b"") for m in held)
        rule = (b"content-security-policy", policy.of_gradio(html, head))
        held[0]["headers"] = [*held[0].get("headers", ()), rule]
        for one in held:
            await out(one)

    return sent


def _log_in_first(scope: Scope, headers: dict[str, str]) -> Refused:
    """The refusal without an identity: browsers are redirected to the log-in page, programs get 401."""
    words = say("log_in_first", _language(scope))
    if _for_a_person(scope):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = quote(scope["path"] + (f"?{query}" if query else ""))
        return 303, words, {"location": f"{LOGIN}?til={wanted}"}
    return 401, words, {"www-authenticate": "Bearer"}


def _permitted(person: Person, path: str, method: str) -> bool:
    """Whether a person, and the key they use, may send this request."""
    if person.by_key and not _FOR_KEYS.match(path):
        return False
    editing = path.startswith("/dokumenter") and method not in ("GET", "HEAD")
    leave: Leave = "metrics" if path == "/metrics" else "edit" if editing else "read"
    if leave not in person.leaves or (editing and not person.may("editor")):
        return False
    # A key for the metrics alone need not be an administrator's.
    counting = path == "/metrics" and person.leaves == ("metrics",)
    operating = path.rstrip("/") in ("/metrics", "/drift")
    return not operating or counting or person.may("administrator")


def _language(scope: Scope) -> Language:
    return "en" if scope["path"].startswith("/en") else "da"


def _session(scope: Scope) -> str:
    """The session of the opened page that a Gradio request belongs to; "" for other requests."""
    if "/gradio_api/heartbeat/" in scope["path"]:
        return str(scope["path"].rpartition("/")[2])
    if "/gradio_api/queue/data" not in scope["path"]:
        return ""
    sessions = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])
    return sessions[-1] if sessions else ""


def _for_a_person(scope: Scope) -> bool:
    """Whether a browser asks for a page."""
    accepted = next((value for name, value in scope["headers"] if name.lower() == b"accept"), b"")
    return scope["method"] == "GET" and b"text/html" in accepted


async def _reply(scope: Scope, send: Send, status: int, words: str, headers: dict[str, str]) -> None:
    kind, body = b"application/json", json.dumps({"detail": words}, ensure_ascii=False)
    if status >= 400 and _for_a_person(scope):
        kind, body = b"text/html; charset=utf-8", missing.page(words, _language(scope))
    sent = body.encode()
    extra = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    start = [(b"content-type", kind), (b"content-length", str(len(sent)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": sent})
