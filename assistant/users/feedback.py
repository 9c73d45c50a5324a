"""What users say of answers: one JSON object a line, beside the index, for the examiner to learn from.

Each entry holds what was asked, what was understood, the scope, the hits and the answer, so that the
case can be judged later without the index it came from. Nothing else about the user is kept.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from assistant.errors import StorageError

Verdict = Literal["up", "down"]
REASONS = ("wrong", "incomplete", "source", "missing", "other")
FILE = "feedback.jsonl"
MOST = 100 * 2**20  # bytes


def keep(index: Path, verdict: Verdict, answer: Mapping[str, Any], note: str = "", reason: str = "") -> str:
    """Append an entry for one answer (the JSON of the contract); returns its id, which tells where in the file it
    begins: what was kept before need not be read. Raises StorageError.

    `reason` is one of REASONS: the answer is wrong, or lacks something; the source is the wrong one; it was
    not found though the reader knows it is there.
    """
    from filelock import FileLock

    file = index / FILE
    try:
        if file.exists() and file.stat().st_size > MOST:
            raise StorageError(f"{file} er fuld. Flyt den til et andet sted, og prøv igen.")
        with FileLock(index / ".feedback.lock", timeout=5):
            place = file.stat().st_size + 1 if file.exists() else 1
            row = {
                "id": f"f{place}", "time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
                "verdict": verdict, "reason": reason, "note": note, "answer": dict(answer),
            }  # fmt: skip
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    except (OSError, TimeoutError) as error:
        raise StorageError(
            f"Tilbagemeldingen kan ikke gemmes i {file} ({error}). Giv skriveadgang, eller prøv igen."
        ) from error
    return str(row["id"])


def entries(index: Path) -> list[dict[str, Any]]:
    """Every entry, oldest first; a line that was cut short is left out. Raises StorageError."""
    try:
        text = (index / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{index / FILE} kan ikke læses ({error.strerror}). Tjek rettigheder.") from None
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
