"""Checks whether the parts of a generation are unchanged: their sizes on opening, all bytes before it is taken over.

Chroma's own files are not checked, because Chroma changes them on opening. The caller compares its number of passages
instead.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

PARTS = "parts.json"
STORE = "chroma"


def seal(folder: Path) -> None:
    """Records the parts of a finished generation with size and checksum. Raises OSError."""
    parts = {str(p.relative_to(folder).as_posix()): [p.stat().st_size, _digest(p)] for p in _files(folder)}
    (folder / PARTS).write_text(json.dumps(parts), encoding="utf-8")


def broken(folder: Path, wholly: bool = False) -> str | None:
    """The first part that is missing or changed, judged by size or, if `wholly`, also by checksum; None if all are
    intact."""
    try:
        parts = json.loads((folder / PARTS).read_text(encoding="utf-8"))
        for name, (size, digest) in parts.items():
            file = folder / name
            if not file.is_file() or file.stat().st_size != size or (wholly and _digest(file) != digest):
                return str(name)
    except (OSError, ValueError, TypeError, AttributeError):
        return PARTS
    return None


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p.relative_to(folder).parts[0] != STORE]


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
