"""Reading and encoding on several machines, as tasks of Ray.

The machine that is asked for an index plans it and writes it, as always. A file's bytes go to a node and the
document comes back; its passages go out and their vectors come back. Both are taken in the order in which they
were sent, and passages are encoded in the groups in which they would be here, so that the index is the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import logging
import os
import platform
import re
import socket
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.documents import worker
from assistant.documents.formats.pdf import ocr
from assistant.documents.worker import Read, Wanted
from assistant.errors import AssistantError, ClusterError
from assistant.index import encoders
from assistant.index.unit_vectors import Encoded, encode
from assistant.language.added import Added, added, adopt
from assistant.settings import Settings

AHEAD = 4  # tasks that are under way for each core
HELD = 512 * 2**20  # bytes of files that are under way
TRIES = 5  # times that a task begins anew because its node or its process went away
HEARD = 5  # seconds within which an address answers
PATIENCE = 30  # seconds of silence until it is asked whether there is a node left
# Settings that reading and encoding need; no other leaves this machine.
TRAVELS = ("model", "allow_hub", "passwords", "file_seconds", "file_mb")
PROJECT = "rammeaftale-assistent"
GUIDE = "Se docs/ray.md."


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[Nodes]:
    """The nodes of the cluster that is set, for as long as the block lasts. Raises ClusterError."""
    ray, address = _ray(), settings.cluster
    _heard(address)
    try:
        ray.init(address=address, logging_level=logging.CRITICAL, log_to_driver=False)
    except Exception as error:  # of many kinds, by what is wrong and how the address is written
        raise ClusterError(_refused(address, error)) from error
    try:
        yield Nodes(ray, settings)
    except (ray.exceptions.RayError, ConnectionError) as error:
        why = type(error).__name__
        raise ClusterError(
            f"Ray-klyngen på {address} gik tabt undervejs ({why}). Start den, og kør igen."
        ) from error
    finally:
        ray.shutdown()


def _ray() -> Any:
    """The library, which reports to nobody. Raises ClusterError where it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_task_oom_retries", str(TRIES))  # without end from the start
    try:
        import ray
    except ImportError:
        raise ClusterError(
            "Ray er ikke installeret. Skriv make cluster, eller tag cluster ud igen."
        ) from None
    return ray


def _heard(address: str) -> None:
    """Ray itself would ask for minutes, and end this process. Raises ClusterError where no Ray answers."""
    if address == "auto":
        return
    import grpc
    from ray._private.grpc_utils import init_grpc_channel

    place = address.removeprefix("ray://")
    host, port = place.rsplit(":", 1)
    try:
        socket.create_connection((host.strip("[]"), int(port)), HEARD).close()
        with init_grpc_channel(place) as channel:
            grpc.channel_ready_future(channel).result(HEARD)
    except (OSError, OverflowError, grpc.FutureTimeoutError) as error:
        why = getattr(error, "strerror", None) or "intet svar fra Ray"
        raise ClusterError(
            f"Ray-klyngen på {address} svarer ikke ({why}). Start den, eller ret cluster."
        ) from None


def _refused(address: str, error: Exception) -> str:
    """Why Ray does not let this machine in, in one line that says what to do."""
    said = re.sub(r"\s+", " ", str(error)).strip()
    if "ersion mismatch" in said:
        return f"Ray-klyngen på {address} har en anden Ray eller Python end her. Kør make cluster på alle maskiner."
    if address == "auto":
        return f"Maskinen er ikke med i en Ray-klynge. Start Ray på den: ray start. {GUIDE}"
    return f"Ray-klyngen på {address} kan ikke bruges fra denne maskine ({said[:200]}). {GUIDE}"


class Nodes:
    """The machines of a cluster, at work for one index. Raises ClusterError where they cannot be used."""

    def __init__(self, ray: Any, settings: Settings) -> None:
        self._ray, self._settings = ray, settings
        self._own = {name: getattr(settings, name) for name in TRAVELS}
        self._ours, self._words = fingerprint(settings), added()
        task = ray.remote(num_cpus=1, max_retries=TRIES)
        self._reading, self._encoding = task(read_there), task(encode_there)
        if not self._cores():
            raise ClusterError(f"Ray-klyngen på {settings.cluster} har ingen kerner at arbejde med. {GUIDE}")

    def _cores(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 0))

    @property
    def ahead(self) -> int:
        """Tasks under way: enough for every core of those that are there now."""
        return AHEAD * max(1, self._cores())

    def read_all(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Read | str]]:
        """As `worker.read_all`, with so many files and bytes under way that this machine's memory holds them."""
        waiting: deque[tuple[Wanted, int, Any]] = deque()
        upcoming, held = iter(wanted), 0
        while True:
            while held < HELD and len(waiting) < self.ahead and (following := next(upcoming, None)):
                size, task = self._sent(following)
                held += size
                waiting.append((following, size, task))
            if not waiting:
                return
            one, size, task = waiting.popleft()
            yield one, task if isinstance(task, str) else self._read(one, task)
            held -= size

    def _sent(self, one: Wanted) -> tuple[int, Any]:
        """How many bytes were sent, and the task; or why none were."""
        try:
            data = one.path.read_bytes()
        except OSError as error:
            return 0, worker.why_not(one.path.name, error, self._settings)
        one = replace(one, path=one.path.absolute())  # a node stands in another folder
        return len(data), self._reading.remote(self._ours, self._own, self._words, self._ray.put(data), one)

    def _read(self, one: Wanted, task: Any) -> Read | str:
        try:
            found: Read | str = self._result(task)
            return found
        except _gone(self._ray):  # as often as it was tried
            return worker.why_not(one.path.name, MemoryError(), self._settings)

    def encode(self, contexts: Sequence[str], texts: Sequence[str]) -> Callable[[], Encoded]:
        """Hand passages over; their vectors when they are asked for."""
        task = self._encoding.remote(self._ours, self._own, self._words, contexts, texts)

        def found() -> Encoded:
            vectors: Encoded = self._result(task)
            return vectors

        return found

    def _result(self, task: Any) -> Any:
        """What a task found, wherever it was done in the end."""
        while not self._ray.wait([task], timeout=PATIENCE)[0]:
            if not self._cores():
                raise ClusterError("Der er ingen maskiner tilbage i Ray-klyngen. Start dem, og kør igen.")
        try:
            return self._ray.get(task)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, AssistantError):
                raise error.cause from None
            why = re.sub(r"\s+", " ", f"{type(error.cause).__name__}: {error.cause}")[:200]
            raise ClusterError(
                f"En maskine i Ray-klyngen kan ikke køre programmet ({why}). Kør make cluster dér, og start Ray igen."
            ) from error


def _gone(ray: Any) -> tuple[type[Exception], ...]:
    """What Ray says when a task's process went away again and again."""
    of = ray.exceptions
    return of.WorkerCrashedError, of.OutOfMemoryError, of.NodeDiedError


# --- on a node ---


def read_there(
    ours: Mapping[str, str], own: Mapping[str, Any], words: Added, data: bytes, wanted: Wanted
) -> Read | str:
    """A file from its bytes, within its time and memory; or why not."""
    settings = _agreed(ours, own, words)
    with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
        lying = Path(folder) / wanted.path.name
        lying.write_bytes(data)
        return worker.read_apart(wanted, settings, lying)


def encode_there(
    ours: Mapping[str, str],
    own: Mapping[str, Any],
    words: Added,
    contexts: Sequence[str],
    texts: Sequence[str],
) -> Encoded:
    """Vectors of passages and of their units, on one core: others are at work on the others."""
    settings = _agreed(ours, own, words)
    return encode(encoders.piece_encoder(settings, threads=1), contexts, texts)


def _agreed(ours: Mapping[str, str], own: Mapping[str, Any], words: Added) -> Settings:
    """The settings that came along, where this machine would read and encode as the one that asks, by whose own words
    it goes from here on.

    Raises ClusterError."""
    settings = Settings(**own)
    adopt(words)
    try:
        theirs = fingerprint(settings)
    except AssistantError as error:
        raise ClusterError(f"Maskinen {platform.node()} i Ray-klyngen: {error}") from None
    for name in {**ours, **theirs}:
        if ours.get(name) != theirs.get(name):
            raise ClusterError(
                f"Maskinen {platform.node()} i Ray-klyngen har {name} {theirs.get(name, 'ikke')}, her er det "
                f"{ours.get(name, 'ikke')}. Gør dem ens (make cluster), og start Ray igen dér."
            )
    return settings


@lru_cache(maxsize=1)
def fingerprint(settings: Settings) -> Mapping[str, str]:
    """What must be the same on two machines for the same index: the program, its libraries, the model, tesseract."""
    home = Path(__file__).parent.parent
    seen = hashlib.sha256()
    for file in sorted(f for f in home.rglob("*") if f.suffix in (".py", ".npz", ".json", ".toml")):
        seen.update(file.relative_to(home).as_posix().encode() + file.read_bytes())
    found = {
        "programmet": seen.hexdigest()[:8],
        "modellen": encoders.identity(settings),
        "tesseract": "ingen",
    }
    if ocr.available():
        import pytesseract

        found["tesseract"] = str(pytesseract.get_tesseract_version())
    for line in importlib.metadata.requires(PROJECT) or ():
        name = re.split(r"[^A-Za-z0-9._-]", line)[0]
        if "extra ==" not in line:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                found[name] = importlib.metadata.version(name).split("+")[0]  # torch for a graphics card
    return found
