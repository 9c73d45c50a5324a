"""Compare two results case by case: `python -m eval compare A.json B.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.metrics import interval
from eval.run import SMALLER

ROUNDS = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """One measure in both results, over the cases that both have. `chance` is the share of random swaps of A and B that
    give a difference at least as large."""

    name: str
    before: float
    after: float
    low: float
    high: float
    chance: float
    cases: int
    better: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def real(self) -> bool:
        """Whether the difference is significant at five percent."""
        return self.chance < 0.05


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    """Every measure that both results have, paired by case id."""
    before = {row["id"]: row for row in a["cases"]}
    after = {row["id"]: row for row in b["cases"]}
    shared = [i for i in before if i in after]
    found = []
    for name in [*next(iter(before.values()))["measures"], "right"] if before else []:
        pairs = [(i, _value(before[i], name), _value(after[i], name)) for i in shared]
        known = [(i, x, y) for i, x, y in pairs if x is not None and y is not None]
        if not known:
            continue
        differences = np.array([y - x for _, x, y in known])
        low, high = interval(differences)
        sign = -1 if name in SMALLER else 1
        found.append(
            Change(
                name,
                float(np.mean([x for _, x, _ in known])),
                float(np.mean([y for _, _, y in known])),
                low,
                high,
                chance(differences),
                len(known),
                tuple(i for i, x, y in known if sign * (y - x) > 1e-9),
                tuple(i for i, x, y in known if sign * (y - x) < -1e-9),
            )
        )
    return found


def chance(differences: np.ndarray[Any, Any], seed: int = 0) -> float:
    """Paired randomisation test (Smucker, Allan and Carterette, 2007): the share of random signs that give a mean at
    least as far from 0. 1 where nothing differs."""
    if not np.any(differences):
        return 1.0
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(ROUNDS, len(differences)))
    means = np.abs((signs * differences).mean(axis=1))
    return float((np.sum(means >= abs(differences.mean()) - 1e-12) + 1) / (ROUNDS + 1))


def _value(row: Mapping[str, Any], name: str) -> float | None:
    """One measure of a case. "right" is whether the case was answered or refused as it should be."""
    if name == "right":
        return float((row["answer"]["status"] == "grounded") == row["answerable"])
    value: float | None = row["measures"].get(name)
    return value


def lines(changes: list[Change]) -> list[str]:
    """The comparison as lines for the terminal."""
    out = []
    for c in changes:
        verdict = "mere end støj" if c.real else "ikke mere end støj"
        out.append(
            f"{c.name:20} {c.before:.3f} → {c.after:.3f}   forskel {c.after - c.before:+.3f}"
            f" [{c.low:+.3f}, {c.high:+.3f}]   p={c.chance:.3f}   {verdict}   n={c.cases}"
        )
        if c.better:
            out.append(f"    bedre:  {', '.join(c.better)}")
        if c.worse:
            out.append(f"    værre:  {', '.join(c.worse)}")
    return out
