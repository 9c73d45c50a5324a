"""When an index is rebuilt while it is in use, a generation is closed once nobody reads it."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

from assistant.index.ingest import ingest
from assistant.models import Grounded
from assistant.service.live import Live
from assistant.settings import Settings

ROUNDS = 8
PAPER = (
    "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne.\n\n## Varsel\nOpsigelsesvarslet er {} måneder.\n"
)


def _open() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts descriptors in /proc")
def test_a_generation_is_closed_when_its_last_reader_is_done(tmp_path: Path) -> None:
    paper, own = tmp_path / "aftale.md", Settings.load({}, index=tmp_path / "index")

    def anew(months: int) -> None:
        paper.write_text(PAPER.format(months), encoding="utf-8")
        ingest([paper], own.index, own)

    anew(2)
    live = Live(own)
    anew(3)
    live().ask("Hvad er opsigelsesvarslet?")
    gc.collect()
    before = _open()
    for months in range(4, 4 + ROUNDS):
        reader = live()  # a reader keeps its generation while another is built
        anew(months)
        old = reader.ask("Hvad er opsigelsesvarslet?").answer
        new = live().ask("Hvad er opsigelsesvarslet?").answer
        assert isinstance(old, Grounded)
        assert isinstance(new, Grounded)
        assert f"{months - 1} måneder" in old.statements[0].text
        assert f"{months} måneder" in new.statements[0].text
        del reader, old, new
    gc.collect()
    assert _open() <= before + 2
