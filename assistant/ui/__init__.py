"""The page in Gradio, and the HTML of answers."""

from __future__ import annotations

from pathlib import Path


def asset(name: str) -> str:
    """The text of a file in this package."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
