"""Checks whether a zipped office file is safe to open, by its unpacked size, before it is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from assistant.errors import ReadError

LARGEST = 400 * 2**20  # bytes of all parts when unpacked
RATIO = 200  # a large part may unpack to at most this many times its size; text compresses 10 to 20 times
SMALL = 2**20


def check(path: Path) -> None:
    """Raises ReadError for a file that is not a zip file, that unpacks to too much, or that is encrypted."""
    try:
        with zipfile.ZipFile(path) as file:
            parts = file.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ReadError(f"{path.name} er beskadiget og kan ikke læses. Gem filen igen.") from error
    total = sum(part.file_size for part in parts)
    bomb = any(p.file_size > SMALL and p.file_size > RATIO * max(p.compress_size, 1) for p in parts)
    if total > LARGEST or bomb or len(parts) > 20_000:
        raise ReadError(
            f"{path.name} pakker ud til {total // 2**20} MB og læses ikke. Gem den på ny, uden billeder."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise ReadError(f"{path.name} er låst med adgangskode. Gem en kopi uden, og læg den ind.")
