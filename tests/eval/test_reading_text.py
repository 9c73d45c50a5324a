"""The text for training the reader is valid, split into parts, and holds none of the examiner's questions."""

import json
from pathlib import Path

import pytest
from conftest import ROOT, SHARED

from eval.reading import PARTS, faults, grams, papers

ASKED = (
    ROOT / "eval" / "questions.jsonl",
    SHARED / "eval" / "questions.jsonl",
    SHARED / "real" / "questions.jsonl",
)


def test_the_text_is_sound_and_large_enough() -> None:
    passages = [p for paper in papers() for p in paper.passages]
    questions = [q for p in passages for q in p.questions]
    assert faults() == []
    assert len(passages) >= 1000
    assert len(questions) >= 8000
    assert 0.2 <= sum(not q.units for q in questions) / len(questions) <= 0.3


def test_a_fifth_of_the_papers_is_learnt_from_by_no_encoder() -> None:
    of = {part: list(papers(part)) for part in PARTS}
    size = {part: sum(len(p.passages) for p in own) for part, own in of.items()}
    for part in ("fitted", "held"):
        assert 0.07 <= size[part] / sum(size.values()) <= 0.15
    names = [p.name for own in of.values() for p in own]
    assert sorted(names) == sorted({p.name for p in papers()})


@pytest.mark.parametrize("file", ASKED, ids=lambda f: f.parent.name)
def test_what_the_examiner_asks_is_in_none_of_it(file: Path) -> None:
    if not file.exists():
        pytest.skip("not beside this checkout")
    asked = {json.loads(line)["question"].lower() for line in file.read_text(encoding="utf-8").splitlines()}
    written = [q.text for paper in papers() for p in paper.passages for q in p.questions]
    assert not asked & {text.lower() for text in written}
    assert not grams(asked, 8) & grams(written, 8)
