"""The encoder's adapter: every runtime applies it, an index records it, and training improves the encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import IndexMismatch
from assistant.index import encoders
from assistant.index.adapter import FILE, Adapter
from assistant.index.generations import pointer
from assistant.index.packed_model import opened, packed
from assistant.retrieval.ranking import likely
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.reading import papers
from eval.weigh import Seen, fit, holds


def test_the_adapter_is_small_and_changes_what_it_names() -> None:
    assert FILE.stat().st_size < 15_000_000
    base, tuned = opened(Adapter(None)), packed()
    changed = [n for n in base.names() if n in tuned.adapter]
    assert 24 <= len(changed) < len(base.names())
    for name in changed[:6]:
        one, other = base.matrix(name), tuned.matrix(name)
        assert one.shape == other.shape
        assert 0.001 < np.abs(other - one).max() < 1
    same = next(n for n in base.names() if n.endswith("q.w") and n not in tuned.adapter)
    assert (base.matrix(same) == tuned.matrix(same)).all()


def test_eight_bits_keep_what_was_learnt() -> None:
    """Rounded to the four bits of the published model, most of what was learnt would be lost."""
    base, tuned = opened(Adapter(None)), packed()
    name = next(n for n in base.names() if n in tuned.adapter)
    numbers, scales = tuned.blocks(name)
    rounded = (numbers * scales.astype(np.float32)).reshape(tuned.matrix(name).shape)
    learnt = tuned.matrix(name) - base.matrix(name)
    assert np.linalg.norm(rounded - tuned.matrix(name)) < 0.2 * np.linalg.norm(learnt)


def test_an_index_of_other_weights_is_not_searched(
    assistant: Assistant, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "index.json"
    row = json.loads((settings.index / "index.json").read_text(encoding="utf-8"))
    assert row["model"] == encoders.identity(settings)
    own.write_text(json.dumps({**row, "model": "multilingual-e5-small"}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="ingest"):
        pointer(tmp_path, settings)


def test_a_likelier_unit_means_more_or_says_more() -> None:
    grid = [likely(c / 10, s / 10, "") for c in range(11) for s in range(11)]
    assert all(0 < p < 1 for p in grid)
    assert likely(0.6, 0.5, "") > likely(0.3, 0.5, "")
    assert likely(0.4, 0.9, "") > likely(0.4, 0.1, "")
    assert likely(0.4, 0.5, "shown") > likely(0.4, 0.5, "") > likely(0.4, 0.5, "missed")


@pytest.mark.slow
def test_weights_are_found_again() -> None:
    """Weights are recovered from choices drawn with them."""
    random, true = np.random.default_rng(3), np.array([9.0, 4.0, 1.0, -1.0, 6.0])
    paper = next(papers("learnt"))
    from eval.reading.folder import Case

    case = Case(paper.passages[0].questions[0], "x.md", 1, ("x",))
    data = []
    for _ in range(3000):
        signs = np.hstack([random.random((8, 2)), random.integers(0, 2, (8, 2))])
        odds = np.exp(np.append(signs @ true[:-1], true[-1]))
        chosen = random.choice(9, p=odds / odds.sum())
        data.append(Seen(case, signs, np.arange(8) == chosen))
    assert np.abs(fit(data) - true).max() < 1.0


def test_a_unit_that_was_mended_still_holds_its_answer(assistant: Assistant) -> None:
    from assistant.documents.answer_units import units_of

    unit = units_of("Varslet er løbende måned plus tre måneder, medmindre andet er aftalt.")[0]
    assert holds(unit, ["Varslet er Iøbende maned plus tre måneder, medrnindre andet er aftalt."])
    assert not holds(unit, ["Varslet er seks måneder, når et tilbud lukkes."])


@pytest.mark.slow
def test_learning_brings_questions_nearer_to_what_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from assistant.index.weights import unpacked
    from eval import learn

    few = list(islice(papers("learnt"), 2))
    few = [replace(p, passages=p.passages[:3]) for p in few]
    monkeypatch.setattr(learn, "papers", lambda part: iter(few))
    monkeypatch.setattr(learn, "ASIDE", ("held",))  # in this test all parts are the same few papers
    monkeypatch.setattr(learn, "WARM_UP", 2)
    torch.manual_seed(1)
    encoder = learn.Encoder(unpacked(tmp_path / "model", opened(Adapter(None))))
    rows: list[dict[str, float]] = []
    learn.learn(encoder, 12, rows.append, lambda: encoder.save(tmp_path / "adapter.npz"))
    measured = [row for row in rows if "pass" in row]
    assert measured[-1]["right sentence"] > measured[0]["right sentence"] + 0.1
    saved = Adapter(tmp_path / "adapter.npz")
    assert saved.identity
    assert "l11.q.w" in saved
    changed = saved.applied("l11.q.w", np.zeros((384, 384), np.float32))
    assert np.abs(changed).max() > 0
    asked = few[0].passages[0].questions[:4]
    with torch.no_grad():
        before = encoder.questions(asked)
        encoder.merged()
        after = encoder.questions(asked)
    assert torch.allclose(before, after, atol=2e-2)  # the merged matrices include the adapter
    assert not [name for name, _ in encoder.model.named_parameters() if name.endswith((".a", ".b"))]


def test_a_model_of_ones_own_names_its_prompts(tmp_path: Path) -> None:
    from eval.learn import prompts_of

    assert prompts_of(tmp_path) == ("", "")
    text = json.dumps({"prompts": {"query": "spørg: ", "document": "læs: "}})
    (tmp_path / "config_sentence_transformers.json").write_text(text, encoding="utf-8")
    assert prompts_of(tmp_path) == ("spørg: ", "læs: ")
