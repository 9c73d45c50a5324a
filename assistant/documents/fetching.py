"""Downloads public documents from a list of addresses into a folder. This is the only module here that opens a
connection, only to the listed addresses, and only on request.

A file is put in place when it is complete and has the format that the list states; until then the old file stays.
`manifest.csv` in the folder gets the facts from the list, `hentet.csv` records where each file came from.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from assistant.documents.decoding import rows_of
from assistant.documents.facts import MANIFEST_FIELDS
from assistant.errors import FetchError, ReadError, StorageError, cause
from assistant.language.letters import fold

if TYPE_CHECKING:
    import httpx

COLUMNS = ("key", "title", "region", "period", "kind", "form", "address")
FORMS = {"pdf": b"%PDF-", "html": b"", "docx": b"PK"}
MEGABYTES = 60
SECONDS = 120.0  # for one file, including retries
WAIT = 15.0  # seconds for the next bytes
TRIES = 3
HOPS = 3
AGENT = "rammeaftale-assistent"
TEMPORARY = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Source:
    """One line of the list."""

    key: str
    title: str
    region: str
    period: str
    kind: str
    form: str  # "pdf" | "html" | "docx"
    address: str

    @property
    def file(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", fold(self.title)).strip("-")
        return f"{self.key.lower()}-{words[:60].strip('-')}.{self.form}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The outcome for one source: "ny", "uændret" or "ikke hentet", and the reason if it failed."""

    source: Source
    outcome: str
    why: str = ""


def sources(path: Path) -> list[Source]:
    """Reads the list. Raises ReadError with one line if the file is not a valid list."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"Listen {path} kan ikke læses ({cause(error)}). Ret stien eller filen.") from None
    found = []
    for n, row in enumerate(rows, start=2):
        if missing := [c for c in ("key", "title", "form", "address") if not (row.get(c) or "").strip()]:
            raise ReadError(f"{path.name}, linje {n}: {missing[0]} mangler. Udfyld den.")
        source = Source(**{c: (row.get(c) or "").strip() for c in COLUMNS})
        if not re.fullmatch(r"[\w-]{1,20}", source.key):
            raise ReadError(f"{path.name}, linje {n}: key må kun have bogstaver, tal og bindestreg.")
        parts = urlsplit(source.address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ReadError(f"{path.name}, linje {n}: {source.address!r} er ingen adresse, der kan hentes.")
        if source.form not in FORMS:
            raise ReadError(f"{path.name}, linje {n}: form skal være en af {', '.join(FORMS)}.")
        found.append(source)
    return found


def fetch(
    wanted: Sequence[Source],
    folder: Path,
    tell: Callable[[str], None] = lambda line: None,
    pause: float = 1.0,
    seconds: float = SECONDS,
) -> list[Fetched]:
    """Downloads every source in turn into `folder`. The first retry waits 2 * `pause` seconds, each later one twice as
    long. Raises StorageError."""

    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = {row["file"]: row.get("sha256", "") for row in _table(folder / "hentet.csv")}
    except OSError as error:
        raise StorageError(f"{folder} kan ikke skrives ({cause(error)}). Vælg en anden mappe.") from error
    found = []
    for source in wanted:
        try:
            outcome = asyncio.run(_one(source, folder, known.get(source.file), pause, seconds))
            found.append(Fetched(source, outcome))
        except FetchError as error:
            found.append(Fetched(source, "ikke hentet", str(error)))
        except OSError as error:
            raise StorageError(f"{folder} kan ikke skrives ({cause(error)}). Frigør plads.") from error
        tell(f"{found[-1].outcome}: {source.title} {found[-1].why}".rstrip())
    return found


async def _one(source: Source, folder: Path, before: str | None, pause: float, seconds: float) -> str:
    """The outcome for one source. Stops after `seconds`, whatever the server does. Raises FetchError."""
    import httpx

    partial = folder / f".{source.file}.{os.getpid()}"
    why = f"Serveren brugte mere end {seconds:.0f} sekunder."
    # The client uses the proxy settings of the environment. It does not follow redirects: `_followed` checks them.
    client = httpx.AsyncClient(timeout=httpx.Timeout(WAIT), headers={"User-Agent": AGENT})
    try:
        async with asyncio.timeout(seconds), client:
            for attempt in range(TRIES):
                if attempt:
                    await asyncio.sleep(pause * 2**attempt)
                try:
                    digest, size = await _download(client, source, partial)
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    why = f"Forbindelsen svigtede ({type(error).__name__})."
                    continue
                except _Again as error:
                    why = str(error)
                    continue
                if digest == before and (folder / source.file).is_file():
                    return "uændret"
                partial.replace(folder / source.file)
                _note(folder, source, digest, size)
                return "ny"
    except TimeoutError:
        pass
    finally:
        partial.unlink(missing_ok=True)
    raise FetchError(f"{why} Prøv igen senere, eller hent filen i en browser.")


class _Again(Exception):
    """A failure that may be temporary."""


async def _download(client: httpx.AsyncClient, source: Source, partial: Path) -> tuple[str, int]:
    """Writes the answer to `partial` and returns (sha256, bytes). Raises FetchError, _Again, httpx.HTTPError."""
    address = source.address
    for _ in range(HOPS + 1):
        async with client.stream("GET", address) as answer:
            if answer.is_redirect:
                address = _followed(source, address, answer.headers.get("location", ""))
                continue
            if answer.status_code in TEMPORARY:
                raise _Again(f"Serveren svarede {answer.status_code}.")
            if answer.status_code != 200:
                raise FetchError(f"Serveren svarede {answer.status_code}. Ret adressen i listen.")
            return await _written(answer, source, partial)
    raise FetchError("Adressen viser videre for mange gange. Ret den i listen.")


def _followed(source: Source, address: str, location: str) -> str:
    """The target of a redirect if it stays on the listed host. Raises FetchError."""
    try:
        target = urljoin(address, location)
        old, new = urlsplit(source.address), urlsplit(target)
    except ValueError:
        raise FetchError("Adressen viser videre til noget, der ingen adresse er. Ret den i listen.") from None

    def bare(host: str | None) -> str:
        return (host or "").removeprefix("www.")

    safe = new.scheme == "https" or (new.scheme == old.scheme == "http")
    same = bare(new.hostname) == bare(old.hostname) and (new.port == old.port or new.scheme != old.scheme)
    if not (safe and same):
        raise FetchError(
            f"Adressen viser videre til {new.hostname or target}, som ikke er i listen. Ret den."
        )
    return target


async def _written(answer: Any, source: Source, partial: Path) -> tuple[str, int]:
    most = MEGABYTES * 2**20
    if int(answer.headers.get("content-length") or 0) > most:
        raise FetchError(f"Filen fylder mere end {MEGABYTES} MB. Hent den i en browser.")
    sha, size, head = hashlib.sha256(), 0, b""
    with partial.open("wb") as file:
        async for block in answer.aiter_bytes():
            size += len(block)
            if size > most:
                raise FetchError(f"Filen fylder mere end {MEGABYTES} MB. Hent den i en browser.")
            head = (head + block)[:1024]
            sha.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise _Again("Serveren sendte en tom fil.")
    if FORMS[source.form] not in head:
        kind = (answer.headers.get("content-type") or "noget andet").split(";")[0]
        raise FetchError(f"Serveren sendte {kind}, ikke {source.form}. Ret form eller adresse i listen.")
    return sha.hexdigest(), size


# --- records written beside the files ---


def _note(folder: Path, source: Source, digest: str, size: int) -> None:
    row = {
        "file": source.file, "address": source.address, "sha256": digest, "bytes": str(size),
        "fetched": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    _merge(folder / "hentet.csv", row, tuple(row))
    known = ("title", "region", "period", "kind")
    facts = {"file": source.file} | {n: getattr(source, n) for n in known}
    _merge(folder / "manifest.csv", facts, ("file", "title", *MANIFEST_FIELDS))


def _table(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        yield from (row for row in rows_of(path.read_bytes()) if row.get("file"))


def _merge(path: Path, row: dict[str, str], columns: Sequence[str]) -> None:
    """Writes a row, replacing the row of the same file. Rows and fields that the user wrote are kept."""
    rows = {r["file"]: r for r in _table(path)}
    rows[row["file"]] = {**rows.get(row["file"], {}), **{k: v for k, v in row.items() if v}}
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows.values())
    partial.replace(path)
