"""Text of files that do not state their encoding, and the rows of CSV tables that people write."""

from __future__ import annotations

import csv
import io


def decoded(data: bytes) -> str:
    """Decodes UTF-8, or cp1252 as older Windows programs and Excel write it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def rows_of(data: bytes) -> csv.DictReader[str]:
    """The rows of a CSV table below its column names; separated by semicolons, as in a Danish Excel, or commas."""
    text = decoded(data)
    first = text.partition("\n")[0]
    return csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
