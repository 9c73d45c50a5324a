"""Texts that wait for the encoder are encoded in one batch, and no answer changes because of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from conftest import DAY, ROOT

from assistant.index.batches import Batches
from assistant.index.engine import BATCH, Engine
from assistant.service.assistant import Assistant

CASES = [json.loads(line) for line in (ROOT / "eval" / "questions.jsonl").read_text("utf-8").splitlines()]
QUESTIONS = [case["question"] for case in CASES if not case.get("previous")]


class Slow:
    """Doubles numbers. It signals that a batch has begun, waits until it may go on, and fails on a batch with `bad` in
    it."""

    def __init__(self, bad: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.bad, self.begun, self.free = bad, threading.Semaphore(0), threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.begun.release()
        assert self.free.wait(10)
        if self.bad in items:
            raise ValueError(self.bad)
        return [2 * item for item in items]


def _parity(item: int) -> int:
    return item % 2


def _together(slow: Slow, batches: Batches[int, int], first: int, rest: list[int]) -> list[Any]:
    """What each caller gets when the rest arrive while the first is under way."""

    def one(item: int) -> Any:
        try:
            return batches([item])
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(rest) + 1) as pool:
        several = [pool.submit(one, first)]
        assert slow.begun.acquire(timeout=10)
        several += [pool.submit(one, item) for item in rest]
        until(lambda: len(batches._waiting) == len(rest))
        slow.free.set()
        return [s.result(10) for s in several]


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come to be")


def test_waiting_items_of_a_kind_form_the_next_batch() -> None:
    slow = Slow()
    found = _together(slow, Batches(slow, _parity, 3), 1, [2, 3, 4, 5, 6, 7, 8])
    assert found == [[2], [4], [6], [8], [10], [12], [14], [16]]
    assert slow.batches[0] == [1]  # the first does not wait for others
    assert {len(b) for b in slow.batches[1:]} > {3}
    assert all(len({_parity(i) for i in b}) == 1 and len(b) <= 3 for b in slow.batches)


def test_a_failing_item_does_not_fail_the_others() -> None:
    slow = Slow(bad=4)
    found = _together(slow, Batches(slow, _parity, 8), 1, [2, 4, 6, 8])
    assert [2, 4, 6, 8] in [sorted(b) for b in slow.batches]
    assert isinstance(found[2], ValueError)
    assert [f for f in found if isinstance(f, list)] == [[2], [4], [12], [16]]


def test_several_of_one_caller_keep_their_order() -> None:
    slow = Slow()
    slow.free.set()
    assert Batches(slow, _parity, 2)([3, 1, 2, 5, 4]) == [6, 2, 4, 10, 8]


@pytest.mark.slow
def test_a_batch_gives_each_text_the_vector_it_has_alone() -> None:
    """Equal to the last bit, for the examiner's questions in a batch with others of the same length."""
    engine = Engine(1)
    tokens = sorted((engine.tokens(f"query: {q}") for q in QUESTIONS), key=engine.padded)
    alone = np.concatenate([engine.encode([t]) for t in tokens])
    at, checked = 0, 0
    while at < len(tokens):
        size = sum(engine.padded(t) == engine.padded(tokens[at]) for t in tokens[at : at + BATCH])
        np.testing.assert_array_equal(engine.encode(tokens[at : at + size]), alone[at : at + size])
        at, checked = at + size, checked + (size > 1)
    assert checked > 50


@pytest.mark.slow
def test_answers_do_not_change_with_who_asks_beside(samples: Assistant) -> None:
    def answered(question: str) -> dict[str, Any]:
        return {**samples.as_json(samples.ask(question, today=DAY, form=None)), "seconds": 0}

    chosen = QUESTIONS[::7]
    with ThreadPoolExecutor(8) as pool:
        beside = list(pool.map(answered, chosen))
    from assistant.index import encoders

    encoders.engine_encoder.cache_clear()  # and they do not depend on the cache
    samples.retriever.__dict__["encoder"] = encoders.encoder(samples.settings)
    assert beside == [answered(question) for question in chosen]
