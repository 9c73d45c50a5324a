"""Is this enough to answer with? The decision to abstain, from what the hits and the draft show."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.extractive import Draft
from assistant.ranking import Query
from assistant.retrieval import Found


def enough(query: Query, found: Sequence[Found], draft: Draft) -> bool:
    """Whether the draft's best unit answers the question rather than merely sounding like it."""
    return True
