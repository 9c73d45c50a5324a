"""The runner of `eval.files`, on three of its cases. `python -m eval.files` runs all of them."""

import pytest

from eval.files import cases, wrong_in

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["numbers-kr-mio-tkr", "word-section-signs", "hidden-ink"])
def test_a_case_from_real_life_is_right(name: str) -> None:
    (case,) = cases([name])
    assert wrong_in(case) == []


def test_a_wrong_answer_is_told() -> None:
    (case,) = cases(["numbers-kr-mio-tkr"])
    first = next(step for step in case["steps"] if "ask" in step)
    spoilt = {**case, "steps": [case["steps"][0], {**first, "must": ["står ingen steder"]}]}
    assert len(wrong_in(spoilt)) == 1
