"""Two real replicas behind a small proxy on loopback: the setup of `deploy/` without containers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

PROXY = "127.0.0.1"  # its headers about a request's origin are trusted
READER = "127.0.0.2"  # the address of another client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((PROXY, 0))
        return int(probe.getsockname()[1])


class Replica:
    """One process of the application. `settings` go into its environment."""

    def __init__(self, name: str, settings: dict[str, str], log: Path) -> None:
        self.name, self.port, self._log = name, free_port(), log
        self.base = f"http://{PROXY}:{self.port}"
        self._env = {k: v for k, v in os.environ.items() if not k.startswith("ASSISTANT_")} | settings

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assistant.cli", "serve", "--port", str(self.port)],
                stdout=log, stderr=log, env=self._env,
            )  # fmt: skip

    def wait(self, seconds: float = 240) -> None:
        """Wait until it takes questions."""
        until = time.monotonic() + seconds
        while not self.ready():
            assert self.process.poll() is None, self._log.read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < until, "it does not start"
            time.sleep(0.3)

    def ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.base}/readyz", timeout=5).status_code == 200
        return False

    def leave(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def created(self) -> str:
        """When the generation that it answers from was built."""
        return str(httpx.get(f"{self.base}/healthz", timeout=10).json()["created"])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)


class Proxy:
    """A load balancer with sticky sessions. A cookie keeps a browser at one replica. A replica that is not ready gets
    no new requests, except the stream of an event that it has already accepted. A replica that refuses a connection is
    skipped. Every request gets its own connection."""

    def __init__(self, replicas: list[Replica]) -> None:
        self._replicas, self._ready, self._next = replicas, set[str](), 0
        self.port = free_port()
        self.base = f"http://{PROXY}:{self.port}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._run(),), daemon=True
        )
        self._ends = asyncio.Event()

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 30
        while len(self._ready) < len(self._replicas):
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ends.set)
            self._thread.join(30)

    async def _run(self) -> None:
        server = await asyncio.start_server(self._serve, PROXY, self.port)
        looking = asyncio.create_task(self._look())
        await self._ends.wait()
        looking.cancel()
        server.close()

    async def _look(self) -> None:
        async with httpx.AsyncClient(timeout=2) as client:
            while True:
                for one in self._replicas:
                    status = 0
                    with contextlib.suppress(httpx.HTTPError):
                        status = (await client.get(f"{one.base}/readyz")).status_code
                    (self._ready.add if status == 200 else self._ready.discard)(one.name)
                await asyncio.sleep(0.2)

    def _order(self, head: bytes) -> list[Replica]:
        """The replicas to try for a request, in order."""
        self._next += 1
        turned = self._replicas[self._next % 2 :] + self._replicas[: self._next % 2]
        known = re.search(rb"replica=(\w+)", head)
        mine = known.group(1).decode() if known else ""
        streams = b"/queue/data" in head.partition(b"\r\n")[0]
        return sorted(
            turned, key=lambda r: (r.name != mine if streams else r.name not in self._ready, r.name != mine)
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            body = await reader.readexactly(int(length.group(1))) if length else b""
            line, _, rest = head.partition(b"\r\n")
            rest = re.sub(rb"(?i)(?:^|(?<=\r\n))connection: [^\r]*\r\n", b"", rest)
            peer = writer.get_extra_info("peername")[0].encode()
            named = re.search(rb"(?i)(?:^|\r\n)x-forwarded-for: *([^\r]*)\r\n", rest)
            came = named.group(1) + b", " + peer if named else peer
            rest = re.sub(rb"(?i)(?:^|(?<=\r\n))x-forwarded-for: [^\r]*\r\n", b"", rest)
            added = b"Connection: close\r\nX-Forwarded-For: " + came + b"\r\n"
            for one in self._order(head):
                try:
                    theirs, out = await asyncio.open_connection(PROXY, one.port)
                except OSError:
                    continue
                out.write(line + b"\r\n" + added + rest + body)
                reply = await theirs.readuntil(b"\r\n\r\n")
                status, _, fields = reply.partition(b"\r\n")
                writer.write(
                    status + b"\r\nset-cookie: replica=" + one.name.encode() + b"; Path=/\r\n" + fields
                )
                while data := await theirs.read(2**16):
                    writer.write(data)
                    await writer.drain()
                out.close()
                break
            else:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
        writer.close()


def browser(base: str, **cookies: str) -> httpx.Client:
    """A separate browser on a machine of its own."""
    return httpx.Client(
        base_url=base,
        timeout=60,
        cookies=cookies,
        transport=httpx.HTTPTransport(local_address=READER),
    )
