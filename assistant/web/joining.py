"""What a browser may put into Gradio's queue: the words and choices of the page, and nothing that Gradio
would open, copy or fetch as a file.

Gradio takes an object with a path for a file of the server wherever a component's value may be one, before
the page's own code sees it. So no object passes at all: the page's fields hold texts, choices and nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

FIELDS = 20  # of one event
CHOICES = 200  # of one field
_HALF = re.compile(r"[\ud800-\udfff]")  # of a character: no text that can be sent on
LETTERS = 20_000  # of one text: longer than any question that is taken, so that it is told in words


def events(blocks: Any) -> dict[int, int]:
    """The page's events by their number, with how many fields each sends."""
    return {number: len(event.inputs) for number, event in blocks.fns.items()}


def wrong(body: bytes, known: Mapping[int, int]) -> int | None:
    """The status with which an event is refused, None where it may pass: 404 for one that the page has not,
    400 for one that is none, or holds anything but texts, numbers and choices."""
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
    """The opened page that an event, or what ends one, is of; "" where none is named.

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
    """Whether a field's value is a text, a number, nothing, or a list of such."""
    if isinstance(value, list):
        return len(value) <= CHOICES and all(not isinstance(v, list) and _plain(v) for v in value)
    if isinstance(value, str):
        return len(value) <= LETTERS and not _HALF.search(value)
    return value is None or isinstance(value, (bool, int, float))
