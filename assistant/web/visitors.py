"""Identifies who sends a request, under which name and from which address. Only trusted proxies are believed."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from assistant.errors import AwayError
from assistant.settings import Networks, Settings
from assistant.users.accounts import People, Person

Scope = MutableMapping[str, Any]
SESSION, GUEST = "samtale_session", "samtale_gaest"


class Visitors:
    """Identifies visitors by the settings. `people` is None without log-in."""

    def __init__(self, settings: Settings, people: People | None) -> None:
        self._settings, self._people = settings, people
        self._proxies = settings.proxies
        names = (n.strip().lower() for n in settings.names.split(","))
        self._names = {urlsplit(n if "//" in n else f"//{n}").hostname for n in names if n}

    def address(self, scope: Scope, headers: dict[str, str]) -> str:
        """The client's address; X-Forwarded-For counts only as far as trusted proxies wrote it."""
        address = (scope.get("client") or ("?", 0))[0]
        named = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
        while named and _within(address, self._proxies):
            address = named.pop()
        return address

    def person(self, scope: Scope, headers: dict[str, str], address: str) -> Person | None:
        """The person who sends the request; None where they must log in first."""
        if self._settings.login == "ingen":
            if _loopback(address) and self._settings.local:
                return Person("", "administrator", "")
            return Person("", "reader", f"guest:{self._guest(scope, headers)}")
        assert self._people is not None
        if self._settings.login == "proxy":
            name = headers.get(self._settings.proxy_header.lower(), "").strip()
            peer = (scope.get("client") or ("?", 0))[0]
            if not name or not _within(peer, self._proxies):
                return None
            # If the header occurs twice, one of the two may be forged by the client.
            raw = self._settings.proxy_header.lower().encode()
            if sum(k.lower() == raw for k, _ in scope["headers"]) != 1:
                return None
            try:
                role = self._people.role(name)
            except AwayError:  # without the database, people from the proxy may only read
                role = None
            return Person(name, role or "reader", name)
        given = headers.get("authorization", "")
        if given.lower().startswith("bearer "):
            return self._people.who(given[7:].strip(), "key")
        secret = _cookies(headers).get(SESSION, "")
        return self._people.who(secret, "session") if secret else None

    def _guest(self, scope: Scope, headers: dict[str, str]) -> str:
        """The random name of a browser without log-in, stored only in its cookie."""
        known = _cookies(headers).get(GUEST, "")
        if re.fullmatch(r"[\w-]{20,40}", known):
            return known
        fresh = secrets.token_urlsafe(18)
        cookie = f"{GUEST}={fresh}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        scope["set_cookies"] = [(b"set-cookie", cookie.encode())]
        return fresh

    def credible(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The headers without forwarding headers that anyone can forge. Only X-Forwarded-Host with a known name and
        X-Forwarded-Proto with a valid scheme are passed on, because Gradio builds its URLs from them."""

        def stays(name: bytes, value: bytes) -> bool:
            if name == b"x-forwarded-host":
                return self.known_host(value.decode("latin-1"))
            if name == b"x-forwarded-proto":
                return value in (b"http", b"https")
            return name != b"forwarded" and not name.startswith(b"x-forwarded-")

        return [(name, value) for name, value in headers if stays(name.lower(), value)]

    def known_host(self, host: str) -> bool:
        """Whether a Host header is one of ours, so that another site cannot read the page through a name of its own
        that points here (DNS rebinding)."""
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if name in ("127.0.0.1", "localhost", "::1") or name in self._names:
            return True
        # A bare IP address is safe on a network, because it cannot be made to point elsewhere.
        return not self._settings.local and _address(name)


def same_site(headers: dict[str, str]) -> bool:
    """Whether a request comes from this site; requests without the headers that browsers send count as such."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:
        return False


def _cookies(headers: dict[str, str]) -> dict[str, str]:
    """The cookies, parsed leniently: a malformed one does not spoil the others."""
    from starlette.requests import cookie_parser

    return cookie_parser(headers.get("cookie", ""))


def _loopback(address: str) -> bool:
    return _address(address) and ipaddress.ip_address(address).is_loopback


def _within(address: str, networks: Networks) -> bool:
    return _address(address) and any(ipaddress.ip_address(address) in network for network in networks)


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
