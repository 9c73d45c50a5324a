"""Reading a question beside a passage: that every runtime has it, what it changes, and that it can be learnt."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.index.adapter import FILE, SECOND, learnt, second
from assistant.index.packed_model import opened
from assistant.index.reader import reader
from assistant.models import Scope
from assistant.retrieval import search
from assistant.retrieval.ranking import likely
from assistant.service.assistant import LOOK, Assistant
from eval.reading import papers

QUESTION = "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?"
ASIDE = "Til fælles ledelse beregnes et overhead på 6 pct. Huslejen betales forud."
NOTICE = "Opsigelsesvarslet for døgntilbud er fire måneder. Opsigelsen sker skriftligt."


def test_what_is_learnt_is_small_and_lies_over_the_encoders() -> None:
    assert SECOND.stat().st_size + FILE.stat().st_size < 15_000_000
    base, over = opened(learnt()), opened(second())
    name = "l11.q.w"
    assert 0.001 < np.abs(over.matrix(name) - base.matrix(name)).max() < 1
    assert len(second().array("heads")) == 2 * base.sizes.hidden + 1


def test_the_two_runtimes_say_the_same() -> None:
    texts = [
        ("Rammeaftale (Sjælland, 2025-2026)", NOTICE),
        ("Rammeaftale", ASIDE),
        ("Rammeaftale", NOTICE * 60),
    ]
    one, other = reader()(QUESTION, texts), reader(once=True)(QUESTION, texts)
    for odds, again in zip(one, other, strict=True):
        assert [o is None for o in odds] == [o is None for o in again]
        assert np.allclose([o for o in odds if o is not None], [o for o in again if o is not None], atol=0.4)
    assert one[2][-1] is None  # beyond what is read
    assert one[2][0] is not None


def test_the_sentence_that_answers_has_the_best_odds() -> None:
    notice, aside = reader()(QUESTION, [("Rammeaftale Sjælland", NOTICE), ("Rammeaftale Sjælland", ASIDE)])
    assert notice[0] is not None
    assert notice[0] == max(o for o in (*notice, *aside) if o is not None)


def test_odds_count_beside_the_other_signs() -> None:
    assert likely(0.4, 0.5, "", 2.0) > likely(0.4, 0.5, "", 0.0) > likely(0.4, 0.5, "", -3.0)
    assert likely(0.6, 0.5, "", 0.0) > likely(0.3, 0.5, "", 0.0)
    assert likely(0.4, 0.9, "", 0.0) > likely(0.4, 0.1, "", 0.0)


def test_only_the_likeliest_passages_are_read_again(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = assistant.retriever
    query = retriever.query(QUESTION, Scope())
    monkeypatch.setattr(search, "DOUBT", 1.1)
    once = retriever.search(query, Scope())
    twice = retriever.search(query, Scope(), look=LOOK)
    assert {f.passage.id for f in twice} == {f.passage.id for f in once}
    assert all(u.odds is None for f in once for u in f.units)
    read = {f.passage.id for f in twice if any(u.odds is not None for u in f.units)}
    assert read == {f.passage.id for f in once[:LOOK]}
    for f in twice:
        assert f.score == f.units[0].score == max(u.score for u in f.units)
        for unit in f.units:
            if unit.unit.kind != "heading" and unit.odds is None:
                assert unit.score == pytest.approx(unit.at_first)
    monkeypatch.setattr(search, "DOUBT", once[0].score)  # no doubt is left
    assert retriever.search(query, Scope(), look=LOOK) == once
    monkeypatch.setattr(search, "DOUBT", 1.1)
    monkeypatch.setattr(retriever, "reader", None)  # another model than the bundled one
    assert retriever.search(query, Scope(), look=LOOK) == once


@pytest.mark.slow
def test_reading_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import random

    import torch

    from assistant.index.weights import unpacked
    from eval import second as learning
    from eval.learn import Encoder

    torch.manual_seed(2)
    random.seed(2)
    monkeypatch.setattr(learning, "WARM_UP", 2)
    monkeypatch.setattr(learning, "PASSES", 4)
    base = unpacked(tmp_path / "model", opened(learnt()))
    first = Encoder(base)
    first.model.eval()
    few = [replace(p, passages=p.passages[:2]) for p in islice(papers("learnt"), 3)]
    reads = [(first.read(p, paper), paper) for paper in few for p in paper.passages]
    made = learning.Reader(base, first)
    rows: list[dict[str, Any]] = []
    learning.learn(made, reads, reads, rows.append)
    measured = [row for row in rows if "pass" in row]
    assert measured[-1]["right sentence"] > measured[0]["right sentence"] + 0.1
    made.save(tmp_path / "second.npz")
    with np.load(tmp_path / "second.npz") as saved:
        assert saved["l0.q.a"].dtype == np.float16
        assert np.abs(saved["l0.q.b"]).max() > 0
        assert saved["heads"].shape == (769,)
