"""The optional language model: an OpenAI-compatible address, or a GGUF file that runs in this process.
Without a model in the settings nothing is imported and no address is contacted.

What a model writes is never shown unchecked; see `wording` and `verification`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from assistant.errors import SettingsError
from assistant.models import Cost
from assistant.settings import LOOPBACK, Settings

TOKENS = 700  # of one reply; an answer is a few sentences
LONGEST = 20_000  # characters of one reply; a server may ignore the token limit
CONTEXT = 8192  # context tokens of a GGUF file that runs in this process
REPEATED = 1.1  # repetition penalty, so that a small model does not loop
PAUSES = (0.5, 1.5)  # seconds to wait before each retry when the address is busy or away
# Replies read at once; fewer than the server's threads, so that some are left for work that needs no model.
READERS = 6
BYTES = 4_000_000  # of one reply on the wire, comments included
SLOW, REST = 3, 30.0  # after SLOW timeouts in a row the model is not asked for REST seconds
Message = tuple[Literal["system", "user", "assistant"], str]


class ModelAway(Exception):
    """No reply, or none in time. `slow` is true when the model is only too slow or too busy."""

    def __init__(self, why: str, slow: bool = False) -> None:
        super().__init__(why)
        self.slow = slow


class LanguageModel:
    """One model, opened at the first question. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._plain = False  # whether the address has rejected a schema
        self._under_way = threading.local()  # per thread: the sockets of the reply it reads
        self._readers = threading.BoundedSemaphore(READERS)
        self._slow, self._rests_until = 0, 0.0

    @property
    def name(self) -> str:
        """The name that is displayed."""
        return self._settings.llm_model or self._settings.llm_file.stem

    def open(self) -> None:
        """Load the model ahead of time, so that no user waits for it. Errors are ignored here and raised at the first
        question."""
        with contextlib.suppress(Exception), self._opening:
            _ = self._llm

    @property
    def bounded(self) -> bool:
        """Whether a schema may limit the length of a text: not every address supports that."""
        return bool(self._settings.llm_file.name)

    def write(
        self,
        messages: Sequence[Message],
        until: Callable[[], float],
        schema: Mapping[str, Any] | None = None,
        cost: list[Cost] | None = None,
    ) -> Iterator[str]:
        """Yield pieces of the reply as they arrive, until `until()` (`time.monotonic`) at the latest; the tokens used
        are added to `cost`. A `schema` (JSON schema) constrains the reply where the address supports schemas.

        Raises ModelAway, SettingsError. Closing the iterator stops the model.
        """
        if time.monotonic() < self._rests_until:
            raise ModelAway("har ikke svaret i tide", slow=True)
        if not self._readers.acquire(blocking=False):
            raise ModelAway("har for meget at lave", slow=True)
        pieces: queue.Queue[str | Cost | Exception | None] = queue.Queue()
        stopped = threading.Event()
        sockets: list[Any] = []
        threading.Thread(
            target=self._read,
            args=(messages, schema, pieces, stopped, sockets),
            name="language model",
            daemon=True,
        ).start()
        length = 0
        try:
            while length <= LONGEST:
                piece = self._next(pieces, until)
                if piece is None:
                    return
                if isinstance(piece, Cost):
                    if cost is not None:
                        cost.append(piece)
                else:
                    length += len(piece)
                    yield piece
        finally:
            stopped.set()
            # Wakes the reading thread, whatever it waits for, and tells the model that nobody reads on.
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _next(
        self, pieces: queue.Queue[str | Cost | Exception | None], until: Callable[[], float]
    ) -> str | Cost | None:
        """The next piece from the reading thread, None at the end of the reply. Raises ModelAway, also when the time is
        up, and SettingsError."""
        try:
            if (left := until() - time.monotonic()) <= 0:
                raise queue.Empty
            piece = pieces.get(timeout=left)
        except queue.Empty:
            self._slow += 1
            if self._slow >= SLOW:
                self._rests_until = time.monotonic() + REST
            raise ModelAway("for langsom", slow=True) from None
        self._slow = 0
        if isinstance(piece, SettingsError):
            raise piece
        if isinstance(piece, Exception):
            raise ModelAway(_short(piece, self._settings)) from None
        return piece

    def _read(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        pieces: queue.Queue[str | Cost | Exception | None],
        stopped: threading.Event,
        sockets: list[Any],
    ) -> None:
        """Read the reply into `pieces`. Runs in its own thread, because a blocking read cannot be interrupted."""
        self._under_way.sockets = sockets
        try:
            from llama_index.core.llms import ChatMessage

            chat = [ChatMessage(role=role, content=text) for role, text in messages]
            with self._opening:
                llm = self._llm
            began, used = time.monotonic(), (0, 0)
            for part in self._stream(llm, chat, schema, stopped):
                if stopped.is_set():
                    break
                counts = part.additional_kwargs
                used = (
                    counts.get("prompt_tokens", used[0]) or used[0],
                    counts.get("completion_tokens", used[1]) or used[1],
                )
                if part.delta:
                    pieces.put(part.delta)
            pieces.put(Cost(*used, time.monotonic() - began))
            pieces.put(None)
        except Exception as error:  # any failure of any server counts as "no reply"
            pieces.put(error)
        finally:
            self._readers.release()

    def _stream(
        self, llm: Any, chat: list[Any], schema: Mapping[str, Any] | None, stopped: threading.Event
    ) -> Iterator[Any]:
        """Yield the parts of the reply. The request is repeated without schema and usage where the address rejects
        them, and after a growing pause where it is busy or away. After a timeout it is not repeated. One loop, because
        every error is decided by whether the reply has begun and which retries are left."""
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        bound = _options(schema)
        plain, pauses = self._plain, list(PAUSES)
        while True:
            begun = False
            try:
                for part in llm.stream_chat(chat, **({} if plain else bound)):
                    begun = True
                    self._plain = plain
                    yield part
                return
            except APITimeoutError:
                raise
            except APIStatusError as error:
                if begun or stopped.is_set():
                    raise
                if error.status_code in (400, 422) and not plain:
                    plain = True
                    continue
                if not _temporary(error.status_code) or not pauses:
                    raise
            except APIConnectionError:
                if begun or not pauses:
                    raise
            if stopped.wait(pauses.pop(0)):
                return

    @cached_property
    def _llm(self) -> Any:
        """The LlamaIndex model object. Its import takes seconds."""
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        url, key = self._settings.llm_url, self._settings.llm_key
        if not url:
            url, key = self._served()
        # A redirect would send the documents' text to an address that is not in the settings.
        client = httpx.Client(
            follow_redirects=False, trust_env=not is_loopback(url), timeout=self._settings.llm_seconds,
            limits=httpx.Limits(max_keepalive_connections=0), event_hooks={
                "request": [_unnamed, self._traced], "response": [_bounded],
            },
        )  # fmt: skip
        return OpenAILike(
            model=self.name, api_base=url, api_key=key or "ingen", is_chat_model=True, temperature=0.0,
            max_tokens=TOKENS, context_window=CONTEXT, max_retries=0, http_client=client,
            timeout=self._settings.llm_seconds,
        )  # fmt: skip

    def _traced(self, request: Any) -> None:
        """Record the sockets of a reply, so that it can be cancelled even before its header arrives."""

        def seen(event: str, info: Mapping[str, Any]) -> None:
            if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
                self._under_way.sockets.append(info["return_value"].get_extra_info("socket"))

        request.extensions["trace"] = seen

    def _served(self) -> tuple[str, str]:
        """Start llama.cpp in this process on a loopback port with a random key; returns (address, key)."""
        path = self._settings.llm_file
        try:
            import xllamacpp
        except ImportError:
            raise SettingsError(
                "En GGUF-fil kræver xllamacpp. Installér den: pip install xllamacpp."
            ) from None
        if not path.is_file():
            raise SettingsError(f"Sprogmodellen {path} findes ikke. Ret ASSISTANT_LLM_FILE.")
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.model_alias = {self.name}
        params.n_ctx, params.n_parallel, params.warmup, params.verbosity = CONTEXT, 1, False, -1
        params.sampling.penalty_repeat = REPEATED
        params.cpuparams.n_threads = os.cpu_count() or 1
        key = secrets.token_hex(16)
        params.api_keys = [key]
        params.ui = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError:
            raise SettingsError(
                f"Sprogmodellen {path} kan ikke åbnes. Brug en GGUF-fil, som llama.cpp kan læse."
            ) from None
        return f"{self._server.listening_address}/v1", key


def _options(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The request options that not every address supports: token counts, and the schema where there is one."""
    bound: dict[str, Any] = {"stream_options": {"include_usage": True}}
    if schema:
        form = {"name": "svar", "strict": True, "schema": dict(schema)}
        bound["response_format"] = {"type": "json_schema", "json_schema": form}
    return bound


def _temporary(status: int) -> bool:
    """Whether an HTTP status means that a later retry may succeed."""
    return status in (408, 409, 429) or status >= 500


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine.

    >>> is_loopback("http://127.0.0.1:11434/v1"), is_loopback("https://model.example/v1")
    (True, False)
    """
    return (urlsplit(url).hostname or "") in LOOPBACK


def _unnamed(request: Any) -> None:
    """Remove the headers that the OpenAI client sets from another program's environment variables."""
    for name in ("OpenAI-Organization", "OpenAI-Project"):
        request.headers.pop(name, None)


def _bounded(reply: Any) -> None:
    """Make the reply's stream raise an error after BYTES bytes."""
    import httpx

    whole = reply.stream

    class Bounded(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for block in whole:
                length += len(block)
                if length > BYTES:
                    raise httpx.ReadError("svaret er for langt")
                yield block

        def close(self) -> None:
            whole.close()

    reply.stream = Bounded()


def _short(error: Exception, settings: Settings) -> str:
    """An error in one line, with the key removed in case the server repeats it."""
    text = f"{type(error).__name__}: {error}"
    if settings.llm_key:
        text = text.replace(settings.llm_key, "…")
    return text.splitlines()[0][:200]


def language_model(settings: Settings) -> LanguageModel | None:
    """The model from the settings; None where none is set."""
    return LanguageModel(settings) if settings.llm_url or settings.llm_file.name else None
