"""Who asks, by what name and from where: told by the request, by a proxy that is trusted, and by nobody else."""

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
    """What the settings say of those who come. `people` is None without log-in."""

    def __init__(self, settings: Settings, people: People | None) -> None:
        self._settings, self._people = settings, people
        self._proxies = settings.proxies
        names = (n.strip().lower() for n in settings.names.split(","))
        self._names = {urlsplit(n if "//" in n else f"//{n}").hostname for n in names if n}

    def address(self, scope: Scope, headers: dict[str, str]) -> str:
        """Where a request comes from; what a trusted proxy says of it counts, nobody else's word."""
        address = (scope.get("client") or ("?", 0))[0]
        named = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
        while named and _within(address, self._proxies):
            address = named.pop()
        return address

    def person(self, scope: Scope, headers: dict[str, str], address: str) -> Person | None:
        """Who asks; None where somebody must log in first."""
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
            # A field that comes twice may be the reader's own beside the proxy's.
            raw = self._settings.proxy_header.lower().encode()
            if sum(k.lower() == raw for k, _ in scope["headers"]) != 1:
                return None
            try:
                role = self._people.role(name)
            except AwayError:  # whoever the proxy lets in may read, and no more until the database is back
                role = None
            return Person(name, role or "reader", name)
        given = headers.get("authorization", "")
        if given.lower().startswith("bearer "):
            return self._people.who(given[7:].strip(), "key")
        secret = _cookies(headers).get(SESSION, "")
        return self._people.who(secret, "session") if secret else None

    def _guest(self, scope: Scope, headers: dict[str, str]) -> str:
        """A name for a browser that nobody is logged in from, kept by the browser alone."""
        known = _cookies(headers).get(GUEST, "")
        if re.fullmatch(r"[\w-]{20,40}", known):
            return known
        fresh = secrets.token_urlsafe(18)
        cookie = f"{GUEST}={fresh}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        scope["set_cookies"] = [(b"set-cookie", cookie.encode())]
        return fresh

    def credible(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Without what a proxy might say and anybody can: of the name and the way that the page was reached by, only
        a name that is known and a way that there is are passed on, for Gradio builds its addresses of them."""

        def stays(name: bytes, value: bytes) -> bool:
            if name == b"x-forwarded-host":
                return self.known_host(value.decode("latin-1"))
            if name == b"x-forwarded-proto":
                return value in (b"http", b"https")
            return name != b"forwarded" and not name.startswith(b"x-forwarded-")

        return [(name, value) for name, value in headers if stays(name.lower(), value)]

    def known_host(self, host: str) -> bool:
        """Another site must not be able to read the page through a name that points here."""
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if name in ("127.0.0.1", "localhost", "::1") or name in self._names:
            return True
        # Served to a network, an address is no name that somebody else could point here.
        return not self._settings.local and _address(name)


def same_site(headers: dict[str, str]) -> bool:
    """Browsers say where a request comes from; programs say nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:
        return False


def _cookies(headers: dict[str, str]) -> dict[str, str]:
    """As browsers send them: one odd cookie of another page's does not spoil the rest."""
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
