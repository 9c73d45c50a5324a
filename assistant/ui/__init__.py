"""The page in Gradio, and how answers look."""

from __future__ import annotations

from pathlib import Path


def asset(name: str) -> str:
    """A file of this package as text."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
