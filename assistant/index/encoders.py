"""Converts texts to vectors: one interface, `Encoder`, with three runtimes.

The bundled model runs in `engine` (for an ingest or a running service) or in `light` (for a process that answers one
question), both with the fine-tuning (`adapter`). Any other model runs in sentence-transformers.
"""

from __future__ import annotations

import gc
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from assistant.errors import ModelError
from assistant.index import weights
from assistant.index.adapter import learnt
from assistant.index.batches import Batches
from assistant.index.packed_model import packed
from assistant.settings import BUNDLED_MODEL, Settings

Role = Literal["query", "passage"]
Vectors = np.ndarray[Any, np.dtype[np.float32]]

MANY = 40  # texts; with more, progress is shown
LATELY = 512  # texts in the cache: one question is encoded in several forms, and several users may ask it
FEW = 12  # texts at 0.1 s each that take less time than loading the engine


class Encoder(Protocol):
    """Encodes texts as unit vectors, shape (len(texts), dimension), float32."""

    def __call__(self, texts: Sequence[str], role: Role) -> Vectors: ...

    def __hash__(self) -> int: ...


class PieceEncoder(Protocol):
    """Encodes passages that are split into pieces at blanks. Returns unit vectors of the passages, shape (len(texts),
    dimension), and for each passage one unnormalised vector per piece, shape (pieces, dimension). A piece's vector is
    the sum of its token vectors in context, so the vectors of neighbouring pieces can be added.

        Günther et al., Late Chunking (2024): pooling after the transformer instead of before it.
    """

    def __call__(self, texts: Sequence[Sequence[str]]) -> tuple[Vectors, list[Vectors]]: ...


def encoder(settings: Settings) -> Encoder:
    """The encoder for the questions and passages of an index. Raises ModelError."""
    return engine_encoder() if settings.model == BUNDLED_MODEL else bulk_encoder(settings)


def piece_encoder(settings: Settings, threads: int | None = None) -> PieceEncoder:
    """The encoder for the passages of an index, with the given number of threads or one per core. Raises ModelError."""
    return engine_pieces(threads) if settings.model == BUNDLED_MODEL else bulk_pieces(settings)


def single_encoder(settings: Settings) -> Encoder:
    """The encoder for a process that asks one question: it avoids the second of loading the engine, unless more than
    `FEW` texts are encoded. Raises ModelError."""
    if settings.model != BUNDLED_MODEL:
        return bulk_encoder(settings)
    asked = 0

    def encode(texts: Sequence[str], role: Role) -> Vectors:
        nonlocal asked
        asked += len(texts)
        return (light_encoder() if asked <= FEW else engine_encoder())(texts, role)

    return encode


def identity(settings: Settings) -> str:
    """The model with which an index must have been built to be searched, by name or folder."""
    if settings.model == BUNDLED_MODEL:
        return bundled_identity()
    folder = Path(settings.model).expanduser()
    if not folder.is_dir():
        return settings.model
    seen = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        seen.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode())
        if file.suffix == ".json" and file.stat().st_size < 100_000:
            seen.update(file.read_bytes())
    return f"{folder.name}-{seen.hexdigest()[:8]}"


def bundled_identity() -> str:
    """The name of the bundled model with the identity of its fine-tuning."""
    return "-".join(n for n in (BUNDLED_MODEL, learnt().identity) if n)


@lru_cache(maxsize=1)
def light_encoder() -> Encoder:
    """The bundled model in numpy, which needs no compilation. Raises ModelError."""
    from assistant.index.light import Light

    light = Light(packed())

    def encode(texts: Sequence[str], role: Role) -> Vectors:
        return np.stack([light.encode(f"{role}: {text}") for text in texts])

    return encode


_threads = 0  # threads of the bundled model; 0 means one per core


def for_many() -> None:
    """Makes the bundled model use one thread when it is next opened. With many concurrent questions this needs a third
    less processor time in total; a single question takes a few milliseconds longer."""
    global _threads
    _threads = 1


@lru_cache(maxsize=1)
def _engine(threads: int | None = None) -> tuple[Any, threading.Lock]:
    from assistant.index.engine import Engine

    return Engine(_threads if threads is None else threads), threading.Lock()


@lru_cache(maxsize=1)
def engine_encoder() -> Encoder:
    """The bundled model in OpenVINO: loads in one second, 5 ms per question. Concurrent requests are encoded in batches
    and recent texts are cached; neither changes a bit of a vector. Raises ModelError."""
    from assistant.index.engine import BATCH

    engine, one = _engine()
    lately: OrderedDict[str, Vectors] = OrderedDict()
    looking = threading.Lock()

    def run(tokens: list[list[int]]) -> Vectors:
        with one:
            found: Vectors = engine.encode(tokens)
        return found

    batches = Batches[list[int], Vectors](run, engine.padded, BATCH)

    def encode(texts: Sequence[str], role: Role) -> Vectors:
        marked = [f"{role}: {text}" for text in texts]
        with looking:
            found = {text: lately[text] for text in marked if text in lately}
        new = [text for text in dict.fromkeys(marked) if text not in found]
        found |= zip(new, batches([engine.tokens(text) for text in new]), strict=True)
        with looking:
            lately.update((text, found[text].copy()) for text in new)
            while len(lately) > LATELY:
                lately.popitem(last=False)
        return np.stack([found[text] for text in marked])

    return encode


def release() -> None:
    """Releases the memory of the bundled model, 170 MB; the next encoder loads it again."""
    engine_encoder.cache_clear()
    _engine.cache_clear()
    gc.collect()


def engine_pieces(threads: int | None = None) -> PieceEncoder:
    """The bundled model in OpenVINO, for passages. Raises ModelError."""
    engine, one = _engine(threads) if threads else _engine()

    def encode(texts: Sequence[Sequence[str]]) -> tuple[Vectors, list[Vectors]]:
        with one:
            whole, parts = engine.encode_pieces([["passage: ", *t] for t in texts])
        return whole, [p[1:] for p in parts]

    return encode


@lru_cache(maxsize=2)
def bulk_encoder(settings: Settings) -> Encoder:
    """sentence-transformers, in bf16 if the processor supports it. Raises ModelError."""
    model = _sentence_transformer(settings)

    def encode(texts: Sequence[str], role: Role) -> Vectors:
        import torch

        with torch.inference_mode():
            vectors = (model.encode_query if role == "query" else model.encode_document)(
                list(texts),
                batch_size=8,  # measured: 16 is a tenth slower on two cores
                show_progress_bar=len(texts) > MANY,
                convert_to_numpy=False,
                convert_to_tensor=True,
                normalize_embeddings=True,
            )
        rows: Vectors = vectors.float().cpu().numpy().reshape(len(texts), -1)
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit

    return encode


def bulk_pieces(settings: Settings) -> PieceEncoder:
    """sentence-transformers, for passages. Raises ModelError."""
    model = _sentence_transformer(settings)

    def encode(texts: Sequence[Sequence[str]]) -> tuple[Vectors, list[Vectors]]:
        import torch

        joined = ["".join(pieces) for pieces in texts]
        prompt = next((model.prompts[n] for n in ("document", "passage", "corpus") if n in model.prompts), "")
        with torch.inference_mode():
            found = model.encode_document(
                joined, batch_size=8, show_progress_bar=False, output_value=None, normalize_embeddings=True
            )
        rows: Vectors = np.stack([f["sentence_embedding"].float().cpu().numpy() for f in found])
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        parts = []
        for pieces, own, one in zip(texts, joined, found, strict=True):
            tokens = one["token_embeddings"][one["attention_mask"].bool()].float().cpu().numpy()
            parts.append(_sums(model.tokenizer, prompt, own, pieces, tokens))
        return rows, parts

    return encode


def _sums(tokenizer: Any, prompt: str, text: str, pieces: Sequence[str], vectors: Vectors) -> Vectors:
    """The token vectors summed over each piece; zeros if the tokenizer gives no offsets."""
    found = np.zeros((len(pieces), vectors.shape[1]), dtype=np.float32)
    if not getattr(tokenizer, "is_fast", False):
        return found
    places = tokenizer(prompt + text, return_offsets_mapping=True, truncation=True)["offset_mapping"]
    ends = np.cumsum([len(prompt), *map(len, pieces)])
    for (start, end), vector in zip(places, vectors, strict=False):
        if end > start >= len(prompt):
            found[min(int(np.searchsorted(ends[1:], start, side="right")), len(pieces) - 1)] += vector
    return found


@lru_cache(maxsize=2)
def _sentence_transformer(settings: Settings) -> Any:
    folder = _model_folder(settings)
    if not settings.allow_hub:
        os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    dtype = torch.bfloat16 if has_bf16() else torch.float32
    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            model_kwargs={"dtype": dtype},
            local_files_only=not settings.allow_hub,
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"Modellen {settings.model!r} kan ikke indlæses. Giv en mappe med en "
            "sentence-transformers-model, eller tillad hentning med ASSISTANT_ALLOW_HUB=1."
        ) from error
    return model


def _model_folder(settings: Settings) -> Path | str:
    if settings.model == BUNDLED_MODEL:
        return weights.unpacked(settings.models / identity(settings))
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return folder
    if not settings.allow_hub:
        raise ModelError(
            f"Modellen {settings.model!r} er ingen mappe på maskinen. Ret ASSISTANT_MODEL, eller "
            "tillad hentning med ASSISTANT_ALLOW_HUB=1."
        )
    return settings.model


def has_bf16() -> bool:
    """Whether the processor supports bfloat16 (AVX-512 BF16 or AMX)."""
    return _has("avx512_bf16", "amx_bf16")


def has_vnni() -> bool:
    """Whether the processor multiplies integers as the bundled model does it fast (AVX-512 VNNI)."""
    return _has("avx512_vnni")


def _has(*names: str) -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return not set(flags).isdisjoint(names)
