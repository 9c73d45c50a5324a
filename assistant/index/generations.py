"""The current generation of an index: `index.json`, replaced in one rename."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import IndexMismatch, IndexMissing
from assistant.index import encoders
from assistant.settings import Settings

FORMAT = 5  # version of the index folder's format


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of `index.json`: the current generation and what it was built with."""

    generation: str
    model: str
    documents: int
    passages: int
    created: str


def pointer(index: Path, settings: Settings | None = None) -> Pointer:
    """The current generation. Raises IndexMissing, IndexMismatch (other format, other model)."""
    path = index / "index.json"
    if not path.is_file():
        raise IndexMissing(f"Der er intet indeks i {index}. Byg det: assistant ingest MAPPE --index {index}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        form = data.pop("format")
        found = Pointer(**data)
        if not (isinstance(found.generation, str) and isinstance(found.model, str)):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise IndexMismatch(f"{path} kan ikke læses. Byg indekset igen: assistant ingest.") from None
    if form != FORMAT:
        raise IndexMismatch(
            f"Indekset i {index} er bygget af en anden version. Byg det igen: assistant ingest."
        )
    if settings and found.model != encoders.identity(settings):
        raise IndexMismatch(
            f"Indekset i {index} er bygget med modellen {found.model}, ikke {encoders.identity(settings)}. "
            "Brug samme model, eller byg indekset igen: assistant ingest."
        )
    return found


def point(index: Path, current: Pointer) -> None:
    """Replaces `index.json` in one rename. The new generation is current from this moment on."""
    partial = index / f"index.json.{os.getpid()}"
    data = {"format": FORMAT, **{name: getattr(current, name) for name in Pointer.__slots__}}
    with partial.open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(index / "index.json")
