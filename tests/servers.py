"""A real PostgreSQL for the tests, started from the system's package in a temporary folder, on loopback only."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.users import database

USER, PASSWORD = "desk", "hemmelig-nok"


def _program(name: str) -> str | None:
    found = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))]
    return next((f for f in reversed(found) if f), None)


def _as_whom() -> dict[str, Any]:
    """The user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {p.pw_name for p in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


class Postgres:
    """A server that can be stopped and restarted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self._count = folder, folder / "data", 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "ord").write_text(PASSWORD, encoding="utf-8")
        if whom := _as_whom():
            for path in (folder, folder / "ord"):
                shutil.chown(path, whom["user"])
        subprocess.run(
            [str(_program("initdb")), "-D", self.data, "-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C",
             "--pwfile", folder / "ord", "--no-sync", "--wal-segsize=1"],
            check=True, capture_output=True, cwd=folder, timeout=120, **whom,
        )  # fmt: skip

    def start(self) -> None:
        self.process = subprocess.Popen(
            [str(_program("postgres")), "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=100"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as_whom(),
        )  # fmt: skip
        for _ in range(300):
            try:
                self.sql("select 1")
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # fast shutdown: open connections are closed
        self.process.wait(60)

    def may_write(self, process: int, size: str) -> None:
        """No file of one of the server's processes can grow past this many bytes."""
        limit = f"--fsize={size}:unlimited"
        subprocess.run(["prlimit", "--pid", str(process), limit], check=True, timeout=30, **_as_whom())

    def url(self, name: str, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{name}"

    def sql(self, *statements: str, on: str = "postgres") -> list[Any]:
        """Run statements as the server's administrator. Returns the rows of the last one. Raises OSError where the
        server is down."""
        import psycopg

        try:
            with psycopg.connect(self.url(on), autocommit=True, connect_timeout=5) as db:
                for statement in statements:
                    found = db.execute(statement)  # type: ignore[call-overload]
                return found.fetchall() if found.description else []
        except psycopg.OperationalError as error:
            raise OSError(str(error)) from None

    def fresh(self, more: str = "") -> str:
        """Create an empty database and return its name."""
        self._count += 1
        self.sql(f"create database d{self._count} {more}")
        return f"d{self._count}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not (_program("postgres") and _program("initdb")):
        pytest.skip("PostgreSQL mangler: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg mangler: make server")
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(autouse=True)
def own_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts without cached connection state, and closes its connections."""
    monkeypatch.setattr(database, "AWAY", 0.0)
    database._pool.cache_clear()
    made = []
    pool = database._Pool
    monkeypatch.setattr(database, "_Pool", lambda url: made.append(pool(url)) or made[-1])
    yield
    for one in made:
        one.engine.dispose()
    database._pool.cache_clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """An empty store for user data, once in each kind of database."""
    if request.param == "sqlite":
        return tmp_path / "state"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.fresh())
