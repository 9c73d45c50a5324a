"""Reading and encoding on several machines, as Ray tasks.

The machine that runs the ingest still plans and writes the index. It sends a file's bytes to a node and gets the
document back; it sends passages and gets their vectors back. Results are taken in the order in which the tasks were
sent, and passages are encoded in the same groups as on one machine, so that the index is the same.
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
from assistant.errors import AssistantError, ClusterError, cause
from assistant.index import encoders
from assistant.index.unit_vectors import Encoded, encode
from assistant.language.added import Added, added, adopt
from assistant.settings import Settings

AHEAD = 4  # tasks in progress for each core
HELD = 512 * 2**20  # bytes of files in progress
TRIES = 5  # retries of a task whose node or process died
HEARD = 5  # timeout in seconds for an address to answer
PATIENCE = 30  # seconds without a result before checking whether any node is left
# The settings that reading and encoding need. No others are sent to the nodes.
TRAVELS = ("model", "allow_hub", "passwords", "file_seconds", "file_mb")
PROJECT = "rammeaftale-assistent"
GUIDE = "Se docs/ray.md."


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[Nodes]:
    """The nodes of the configured cluster, while the context lasts. Raises ClusterError."""
    ray, address = _ray(), settings.cluster
    _heard(address)
    try:
        ray.init(address=address, logging_level=logging.CRITICAL, log_to_driver=False)
    except Exception as error:  # the type depends on the fault and on the form of the address
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
    """Imports Ray with its usage reports switched off. Raises ClusterError if it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_task_oom_retries", str(TRIES))  # Ray's default is to retry without end
    try:
        import ray
    except ImportError:
        raise ClusterError(
            "Ray er ikke installeret. Skriv make cluster, eller tag cluster ud igen."
        ) from None
    return ray


def _heard(address: str) -> None:
    """Checks that Ray answers at the address. Ray itself would try for minutes and then end this process. Raises
    ClusterError."""
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
        why = cause(error) if isinstance(error, OSError) else "intet svar fra Ray"
        raise ClusterError(
            f"Ray-klyngen på {address} svarer ikke ({why}). Start den, eller ret cluster."
        ) from None


def _refused(address: str, error: Exception) -> str:
    """One line that says why Ray does not accept this machine, and what to do."""
    said = re.sub(r"\s+", " ", str(error)).strip()
    if "ersion mismatch" in said:
        return f"Ray-klyngen på {address} har en anden Ray eller Python end her. Kør make cluster på alle maskiner."
    if address == "auto":
        return f"Maskinen er ikke med i en Ray-klynge. Start Ray på den: ray start. {GUIDE}"
    return f"Ray-klyngen på {address} kan ikke bruges fra denne maskine ({said[:200]}). {GUIDE}"


class Nodes:
    """The machines of a cluster, used for one index. Raises ClusterError if they cannot be used."""

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
        """The number of tasks to keep in progress: enough for all cores that are available now."""
        return AHEAD * max(1, self._cores())

    def read_all(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, Read | str]]:
        """Like `worker.read_all`, with the number and bytes of files in progress limited by this machine's memory."""
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
        """(bytes sent, task), or (0, reason) if the file could not be read."""
        try:
            data = one.path.read_bytes()
        except OSError as error:
            return 0, worker.why_not(one.path.name, error, self._settings)
        one = replace(one, path=one.path.absolute())  # nodes have another working directory
        return len(data), self._reading.remote(self._ours, self._own, self._words, self._ray.put(data), one)

    def _read(self, one: Wanted, task: Any) -> Read | str:
        try:
            found: Read | str = self._result(task)
            return found
        except _gone(self._ray):  # raised after the last retry
            return worker.why_not(one.path.name, MemoryError(), self._settings)

    def encode(self, contexts: Sequence[str], texts: Sequence[str]) -> Callable[[], Encoded]:
        """Sends passages to a node; calling the result waits for their vectors."""
        task = self._encoding.remote(self._ours, self._own, self._words, contexts, texts)

        def found() -> Encoded:
            vectors: Encoded = self._result(task)
            return vectors

        return found

    def _result(self, task: Any) -> Any:
        """The result of a task, on whichever node it ran. Raises ClusterError if no nodes are left."""
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
    """The exceptions that Ray raises if a task's process died on every try."""
    of = ray.exceptions
    return of.WorkerCrashedError, of.OutOfMemoryError, of.NodeDiedError


# --- runs on a node ---


def read_there(
    ours: Mapping[str, str], own: Mapping[str, Any], words: Added, data: bytes, wanted: Wanted
) -> Read | str:
    """Reads a file from its bytes within the time and memory limits; returns the reason if it fails."""
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
    """Vectors of passages and of their units, computed on one core because the other cores run other tasks."""
    settings = _agreed(ours, own, words)
    return encode(encoders.piece_encoder(settings, threads=1), contexts, texts)


def _agreed(ours: Mapping[str, str], own: Mapping[str, Any], words: Added) -> Settings:
    """The settings that were sent. The node also takes over the added words.

    Raises ClusterError if this machine would read or encode differently from the one that sent the task.
    """
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
    """What must be equal on two machines for them to build the same index: the program, its libraries, the model,
    tesseract."""
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
                # A GPU build of torch differs only in the suffix.
                found[name] = importlib.metadata.version(name).split("+")[0]
    return found
