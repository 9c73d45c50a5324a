"""Check comparisons on generated agreements for five regions.

    python -m eval consistency [--seeds N]

Each seed gives ten agreements (five regions, two periods). They have several wordings for the same value, another
figure in the same paragraph, topics that a region leaves out, and other values in the former period. Value recall,
silence recall, verdict accuracy and the rate of false differences are counted over rows and topics.
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.index.ingest import ingest
from assistant.language.numerals import NUMBER_WORDS
from assistant.language.places import REGIONS
from assistant.language.times import MONTHS
from assistant.language.values import Value, values_in
from assistant.models import Comparison
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.consistency.topics import TOPICS, Topic

PERIODS = ((2023, 2024), (2025, 2026))
ASKED = dt.date(2026, 6, 1)
SILENT, ALIKE = 0.22, 0.4  # share of clauses left out; share of topics on which all regions agree
_WORD = {n: w for w, n in NUMBER_WORDS.items() if n >= 2}


@dataclass(frozen=True, slots=True)
class Expected:
    """What one comparison must find: the value of each region, None where it is silent."""

    topic: Topic
    values: dict[str, str | None]

    @property
    def verdict(self) -> str:
        said = [_key(v) for v in self.values.values() if v]
        if len(said) < 2:
            return "insufficient"
        return "agree" if len(set(said)) == 1 else "differ"


@dataclass(slots=True)
class Score:
    """Counts over rows and topics. `wrong` names what failed."""

    found: int = 0
    found_right: int = 0
    silent: int = 0
    silent_right: int = 0
    topics: int = 0
    verdicts: int = 0
    same: int = 0
    false_differences: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def measures(self) -> dict[str, float]:
        """Value recall, silence recall, verdict accuracy, false-difference rate."""
        return {
            "value_recall": self.found_right / max(self.found, 1),
            "silence_recall": self.silent_right / max(self.silent, 1),
            "verdict_accuracy": self.verdicts / max(self.topics, 1),
            "false_differences": self.false_differences / max(self.same, 1),
        }


def generate(seed: int, folder: Path) -> list[Expected]:
    """Write ten agreements as Markdown in `folder`. Returns what a comparison of those in force must say."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    expected: list[Expected] = []
    plans: dict[tuple[str, int], dict[str, str | None]] = {}
    for first, _ in PERIODS:
        for topic in TOPICS:
            shared = draw(topic.kind, topic, rng) if rng.random() < ALIKE else None
            for region in REGIONS:
                number = shared if shared is not None else draw(topic.kind, topic, rng)
                silent = rng.random() < SILENT
                plans.setdefault((region, first), {})[topic.key] = (
                    None if silent else value_text(topic.kind, number, rng)
                )
    for region in REGIONS:
        for first, last in PERIODS:
            name = f"{rng.getrandbits(32):08x}.md"
            text = _agreement(region, first, last, plans[region, first], rng)
            (folder / name).write_text(text, encoding="utf-8")
    for topic in TOPICS:
        expected.append(Expected(topic, {r: plans[r, PERIODS[-1][0]][topic.key] for r in REGIONS}))
    return expected


def draw(kind: str, topic: Topic, rng: random.Random) -> int:
    """Draw a number for a kind; dates as day + 100 * month."""
    if kind == "dato":
        return rng.randint(1, 28) + 100 * rng.randint(topic.low, topic.high)
    return rng.randint(topic.low, topic.high)


def value_text(kind: str, n: int, rng: random.Random) -> str:
    """One of the ways to write the value in Danish."""
    word = _WORD.get(n, str(n)) if n <= 12 and rng.random() < 0.5 else str(n)
    match kind:
        case "pct":
            return rng.choice((f"{n} pct.", f"{n} procent", f"{n} %"))
        case "baand":
            return rng.choice((f"+/- {n} pct.", f"±{n} procent", f"plus/minus {n} %"))
        case "mdr":
            if n == 6 and rng.random() < 0.3:
                return "et halvt år"
            return rng.choice((f"{word} måneder", f"{word} måneder", f"{n} mdr."))
        case "dage" | "uger" | "aar" | "gange":
            return f"{word} {'år' if kind == 'aar' else kind}"
        case "dato":
            return rng.choice(("den ", "")) + f"{n % 100}. {MONTHS[n // 100 - 1]}"
        case "mio":
            return rng.choice((f"{n},5 mio. kr.", f"{n}.500.000 kr."))
    raise ValueError(kind)


_BESIDE = {
    "pct": "pct",
    "baand": "aar",
    "mdr": "uger",
    "dage": "kr",
    "uger": "dage",
    "aar": "aar",
    "dato": "dato",
}


def _distractor(topic: Topic, rng: random.Random) -> str:
    """Another figure, where possible of a kind that could be mistaken for the one asked for."""
    if topic.key == "betaling":
        return f"{rng.randint(100, 400)} kr."
    if topic.key == "dialog":
        return f"{rng.randint(12, 30)} medlemmer"
    if topic.key == "tillaeg":
        return f"{rng.randint(5, 20)} timer"
    if topic.key == "sekretariat":
        return f"{rng.randint(200, 900)}.000 kr."
    if topic.kind == "dato":
        return f"{rng.randint(1, 28)}. {MONTHS[rng.randint(0, 4)]}"
    kind = _BESIDE[topic.kind]
    return value_text(kind, rng.randint(3, 12) if kind != "aar" else rng.randint(2, 5), rng)


def _agreement(region: str, first: int, last: int, plan: dict[str, str | None], rng: random.Random) -> str:
    parts = [
        f"# Rammeaftale {first}-{last}",
        f"Kommunerne i {region} og Region {region} har indgået denne aftale. Den gælder fra 1. januar {first} til"
        f" 31. december {last}.",
    ]
    for topic in rng.sample(TOPICS, len(TOPICS)):
        value = plan[topic.key]
        clause = rng.choice(topic.wordings).format(v=value, w=_distractor(topic, rng)) if value else ""
        body = [topic.beside, clause] if rng.random() < 0.5 else [clause, topic.beside]
        parts += [f"## {topic.heading}", " ".join(p for p in body if p)]
    return "\n\n".join(parts) + "\n"


def _key(text: str) -> tuple[str, ...]:
    return values_in(text)[0].key


def judge(expected: Expected, found: Comparison, score: Score) -> None:
    """Count one comparison."""
    for row in found.rows:
        want = expected.values[str(row.region)]
        said = [Value(k, t, n).key for k, t, n in row.values]  # type: ignore[arg-type]
        place = f"{expected.topic.key}, {row.region}: ventet {want or 'tavs'}, fik {row.values or row.status}"
        if want is None:
            score.silent += 1
            score.silent_right += row.status == "silent"
            if row.status != "silent":
                score.wrong.append(place)
        else:
            score.found += 1
            score.found_right += _key(want) in said
            if _key(want) not in said:
                score.wrong.append(place)
    score.topics += 1
    score.verdicts += found.verdict == expected.verdict
    if expected.verdict != "differ":
        score.same += 1
        score.false_differences += found.verdict == "differ"
    if found.verdict != expected.verdict:
        score.wrong.append(f"{expected.topic.key}: {found.verdict}, skulle være {expected.verdict}")


def measured(seeds: Sequence[int]) -> Score:
    """Generate, index, compare and count all seeds."""
    import time

    score = Score()
    with tempfile.TemporaryDirectory(prefix="consistency-") as work:
        for seed in seeds:
            folder = Path(work) / str(seed)
            expected = generate(seed, folder / "md")
            settings = Settings.load({}, index=folder / "index")
            ingest([folder / "md"], settings.index, settings)
            assistant = Assistant(settings.index, settings)
            for one in expected:
                start = time.perf_counter()
                found = assistant.compare(one.topic.question, today=ASKED)
                score.seconds.append(time.perf_counter() - start)
                judge(one, found, score)
    return score
