"""The quality gate: `python -m eval gate` holds fresh indexes of the sample corpus and of unseen papers to
`thresholds.toml`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.index.ingest import ingest
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.cases import load
from eval.run import ROOT, run

# Papers and questions by others. Each folder has its files under `pdf` and a `questions.jsonl`. The public papers are
# not part of a clone; where they are missing, that set is skipped.
OTHERS = {
    "unseen": (ROOT / "eval" / "unseen" / "a", ROOT / "eval" / "unseen" / "b"),
    "real": (ROOT.parent / "shared" / "real",),
}
TODAY = dt.date(2026, 11, 22)  # fixed, so that the same agreements are in force in every run
THRESHOLDS = ROOT / "eval" / "thresholds.toml"
CORPUS = ROOT / "corpus"


SMALL = 4  # questions to the real small model; each takes ten seconds or more
SEEDS = (1, 2, 3, 4, 5)  # of generated agreements; the weights are fitted on others


def thresholds(part: str = "answers", path: Path = THRESHOLDS) -> dict[str, dict[str, float]]:
    """Measure → {"least": x} or {"most": x} of one part: "answers", "unseen", "real", "consistency", "worded", …"""
    with path.open("rb") as file:
        found: dict[str, dict[str, float]] = tomllib.load(file)[part]
    return found


def failures(summary: Mapping[str, Any], limits: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line for each measure that does not meet its limit. A missing measure does not meet it."""
    out = []
    for name, limit in limits.items():
        value = summary[name]["mean"] if name in summary else None
        if "least" in limit and (value is None or value < limit["least"]):
            out.append(f"{name}: {_said(value)}, skal være mindst {limit['least']}")
        if "most" in limit and (value is None or value > limit["most"]):
            out.append(f"{name}: {_said(value)}, må højst være {limit['most']}")
    return out


def _said(value: float | None) -> str:
    return "ikke målt" if value is None else f"{value:.3f}"


@contextmanager
def samples() -> Iterator[Assistant]:
    """An assistant over a fresh index of the sample corpus, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        settings = Settings.load({}, index=Path(folder) / "index")
        ingest([CORPUS], settings.index, settings)
        yield Assistant(settings.index, settings)


def of_others(name: str) -> dict[str, Any] | None:
    """The measures over all sets of this name, in the form of a summary. Only these totals are looked at, never single
    cases. None where the papers are missing."""
    found: dict[str, list[float]] = {measure: [] for measure in thresholds(name)}
    if not all((folder / "questions.jsonl").is_file() for folder in OTHERS[name]):
        return None
    for folder in OTHERS[name]:
        with tempfile.TemporaryDirectory(prefix="gate-") as temporary:
            settings = Settings.load({}, index=Path(temporary) / "index")
            ingest([folder / "pdf"], settings.index, settings)
            cases = load(folder / "questions.jsonl")
            rows = run(cases, Assistant(settings.index, settings), TODAY)["cases"]
        for row in rows:
            refused = float(row["answer"]["status"] == "abstained")
            own = dict(row["measures"])
            own["answered" if row["answerable"] else "silence"] = (
                1 - refused if row["answerable"] else refused
            )
            for measure, values in found.items():
                if own.get(measure) is not None:
                    values.append(own[measure])
    return {measure: {"mean": sum(values) / len(values)} for measure, values in found.items()}


def held(assistant: Assistant, each: int = 60) -> dict[str, Any]:
    """How many sentences of language models and how many attacks are shown: the measures as a summary, and the table by
    kind. The real small model is asked if its package is installed; `make check` installs it."""
    from eval import attacks, worded

    found = worded.summary(worded.run(assistant, worded.lines(assistant, each)))
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        through, reached = attacks.run(Path(folder))
    if model := worded.smollm():
        shown = worded.small(assistant, model, SMALL)
        found["small_beyond_quotes"] = {"mean": len(worded.beyond(shown))}
    return found | {"attacks_through": {"mean": len(through)}, "attacks_reached": {"mean": reached}}


def compared(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """The measures of comparisons, in the form of a summary."""
    from eval.consistency import measured as all_seeds

    return {name: {"mean": value} for name, value in all_seeds(seeds).measures().items()}
