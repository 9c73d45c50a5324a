"""Checks what a browser may put into Gradio's queue: texts and choices of the page, and nothing that Gradio would open,
copy or fetch as a file.

Gradio treats an object with a path as a file on the server wherever a component's value may be one, before the page's
own code sees it. So no object is allowed at all: the page's fields hold texts, choices or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

CHOICES = 200  # most values of one field
_HALF = re.compile(r"[\ud800-\udfff]")  # lone surrogates, which cannot be encoded
LETTERS = (
    200_000  # characters of one text; above the highest `message_chars`, whose error message is friendlier
)


def events(blocks: Any) -> dict[int, int]:
    """The page's events by number, with the number of fields each sends."""
    return {number: len(event.inputs) for number, event in blocks.fns.items()}


def wrong(body: bytes, known: Mapping[int, int]) -> int | None:
    """The status that an event is refused with, None where it may pass: 404 for an unknown event, 400 for a malformed
    one or one that holds anything but texts, numbers and choices."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return 400
    if not isinstance(event, dict) or not isinstance(event.get("data"), list):
        return 400
    number = event.get("fn_index")
    if not isinstance(number, int) or isinstance(number, bool) or number not in known:
        return 404
    if len(event["data"]) != known[number] or not all(map(_plain, event["data"])):
        return 400
    data = event.get("event_data")
    if not (data is None or (isinstance(data, dict) and all(map(_plain, data.values())))):
        return 400
    session = event.get("session_hash")
    return None if isinstance(session, str) and 0 < len(session) <= 100 else 400


def named(body: bytes) -> str:
    """The session of the opened page that an event, or a request to stop one, belongs to; "" where none is named.

    >>> named(b'{"session_hash": "abc"}'), named(b"[1]")
    ('abc', '')
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    session = event.get("session_hash") if isinstance(event, dict) else None
    return session if isinstance(session, str) else ""


def _plain(value: Any) -> bool:
    """Whether a field's value is a text, a number, nothing, or a flat list of these."""
    if isinstance(value, list):
        return len(value) <= CHOICES and all(not isinstance(v, list) and _plain(v) for v in value)
    if isinstance(value, str):
        return len(value) <= LETTERS and not _HALF.search(value)
    return value is None or isinstance(value, (bool, int, float))
