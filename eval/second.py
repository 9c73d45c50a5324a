"""Tune the encoder to read a question beside a passage, over what `eval.learn` has tuned.

    python -m eval learn --second        the bundled model: `assistant/index/second.npz`, its log on the screen

A question is read with its own passage and with one that the encoder takes for near and that does not answer. Of a
passage's units and "not here", told by the first token, the answer is to be likeliest; and of all units of both
passages, each against its own "not here".

    Rajpurkar et al., Know What You Don't Know (2018); Clark and Gardner, Simple and Effective Multi-Paragraph Reading
    Comprehension (2018), shared normalisation
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from assistant.index.adapter import SECOND, learnt
from assistant.index.packed_model import opened
from assistant.index.reader import ASKED
from assistant.index.weights import unpacked
from eval.learn import ASIDE, SEED, Encoder, Log, Read, log_to
from eval.reading import Paper, Part, Question, papers

PASSES = 1
RATE, HEADS_RATE = 6e-4, 3e-3  # of the matrices' change, and of the two heads
MOST = 260  # tokens of a question and a passage together
AT_ONCE, NEAR_LENGTH = 12, 240  # questions of a step, and of a stretch that is put in order by length
WARM_UP = 40  # steps
SHARED, BESIDE = 0.5, 0.5  # how much the other two terms count
NEAREST, FARTHER, FAR = 4, (3, 10), 0.3  # of near passages: of its own paper; of others, and how often these
Row = tuple[list[int], list[int]]  # tokens, and each one's unit, -1 for none
Asked = tuple[Read, Question]


class Reader:
    """The encoder, its two heads, and the passages it learns from."""

    def __init__(self, folder: Path, first: Encoder) -> None:
        self.encoder = Encoder(folder, lower=0)
        self.encoder.model.eval()
        hidden = self.encoder.model.config.hidden_size
        self.unit, self.none = nn.Linear(hidden, 1), nn.Linear(hidden, 1)
        for head in (self.unit, self.none):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        self._first = first

    def heads(self) -> list[nn.Parameter]:
        return [*self.unit.parameters(), *self.none.parameters()]

    def save(self, file: Path) -> None:
        constant = (self.unit.bias - self.none.bias).detach().numpy()
        weights = (self.unit.weight.detach().numpy()[0], self.none.weight.detach().numpy()[0])
        self.encoder.save(file, heads=np.concatenate([*weights, constant]).astype(np.float32))

    def row(self, question: Question, read: Read) -> Row:
        ends = self.encoder.tokenizer.cls_token_id, self.encoder.tokenizer.sep_token_id
        asked = [ends[0], *self.encoder.ids(f"query: {question.text}")[:ASKED], ends[1]]
        room = MOST - len(asked)
        return [*asked, *read.ids[1:][:room]], [*[-1] * len(asked), *read.unit[1:][:room]]

    def scores(self, rows: Sequence[Row]) -> list[tuple[Tensor, Tensor]]:
        """For each row the scores of its units, shape (units,), and that of none."""
        hidden, _ = self.encoder.run([ids for ids, _ in rows])
        found = []
        for vectors, (ids, units) in zip(hidden, rows, strict=True):
            own = torch.tensor(units)
            means = [vectors[: len(ids)][own == n].mean(0) for n in range(int(own.max()) + 1)]
            unit = self.unit(torch.stack(means)).squeeze(1) if means else torch.zeros(0)
            found.append((unit, self.none(vectors[0]).squeeze()))
        return found

    @torch.no_grad()
    def near(self, reads: Sequence[tuple[Read, Paper]]) -> dict[tuple[str, str], list[Read]]:
        """The passages that the encoder takes for nearest to each question, without those that answer it."""
        vectors, owners = [], []
        for i in range(0, len(reads), 8):
            _, units, own = self._first.passages([r for r, _ in reads[i : i + 8]])
            vectors.append(units)
            owners += own
        table, ids = torch.cat(vectors), [pid for pid, _ in owners]
        by_id = {read.passage.id: (read, paper) for read, paper in reads}
        found = {}
        for read, paper in reads:
            asked = read.passage.questions
            for question, row in zip(asked, self._first.questions(asked) @ table.T, strict=True):
                said = {read.passage.units[n] for n in question.units}
                ranked = dict.fromkeys(ids[k] for k in row.argsort(descending=True)[:120].tolist())
                others = [by_id[i] for i in list(ranked)[: NEAREST * 3] if i != read.passage.id]
                others = [(r, p) for r, p in others if not said & set(r.passage.units)]
                own = [r for r, p in others if p is paper][:NEAREST]
                far = [r for r, p in others if p is not paper]
                wide = far[FARTHER[0] : FARTHER[1]]
                found[read.passage.id, question.text] = (
                    wide if wide and random.random() < FAR else own or far[:6]
                )
        return found


def learn(
    reader: Reader, reads: Sequence[tuple[Read, Paper]], aside: Sequence[tuple[Read, Paper]], log: Log
) -> None:
    """All questions once; three quarters of an hour on two cores with bfloat16."""
    near, asked = reader.near(reads), [(read, q) for read, _ in reads for q in read.passage.questions]
    groups = [{"params": reader.encoder.parameters()}, {"params": reader.heads()}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    began = time.time()
    for n in range(PASSES):
        batches = list(_batches(asked))
        for step, batch in enumerate(batches):
            loss = _loss(reader, batch, near)
            done = (n + step / len(batches)) / PASSES
            share = min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - done)
            for group, rate in zip(optimiser.param_groups, (RATE, HEADS_RATE), strict=True):
                group["lr"] = rate * share
            loss.backward()
            nn.utils.clip_grad_norm_([*reader.encoder.parameters(), *reader.heads()], 1.0)
            optimiser.step()
            optimiser.zero_grad()
            if step % 20 == 0:
                log({"step": step, "of": len(batches), "loss": round(loss.item(), 3)})
        log({"pass": n + 1, **measured(reader, aside), "seconds": int(time.time() - began)})


def _batches(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """All questions once, those of passages of like length together."""
    mixed = random.sample(asked, len(asked))
    found = []
    for i in range(0, len(mixed), NEAR_LENGTH):
        stretch = sorted(mixed[i : i + NEAR_LENGTH], key=lambda pair: len(pair[0].ids))
        several = [stretch[j : j + AT_ONCE] for j in range(0, len(stretch), AT_ONCE)]
        found += random.sample(several, len(several))
    yield from found


def _loss(reader: Reader, batch: Sequence[Asked], near: dict[tuple[str, str], list[Read]]) -> Tensor:
    rows, places = [], []
    for read, question in batch:
        others = near[read.passage.id, question.text]
        places.append(len(rows))
        rows += [reader.row(question, r) for r in (read, *random.sample(others, min(1, len(others))))]
    scores, terms = reader.scores(rows), []
    for (_, question), a, b in zip(batch, places, [*places[1:], len(rows)], strict=True):
        units, none = scores[a]
        gold = [n for n in question.units if n < len(units)]
        likely = log_softmax(torch.cat([none[None], units]), 0)
        term = torch.zeros(())
        if gold:
            every = torch.cat([u - other for u, other in scores[a:b]])
            term = -torch.logsumexp(likely[[n + 1 for n in gold]], 0)
            term = term - SHARED * torch.logsumexp(log_softmax(every, 0)[gold], 0)
        elif not question.units:
            term = -likely[0]
        for units, none in scores[a + 1 : b]:
            term = term - BESIDE * log_softmax(torch.cat([none[None], units]), 0)[0]
        terms.append(term)
    return torch.stack(terms).mean()


@torch.no_grad()
def measured(reader: Reader, aside: Sequence[tuple[Read, Paper]]) -> dict[str, float]:
    """On papers set aside: the answering unit first within its passage, and answerable told from not by the best
    unit's odds (area under the curve)."""
    right, odds = [], {True: [], False: []}  # type: ignore[var-annotated]
    for read, _ in aside:
        rows = [reader.row(q, read) for q in read.passage.questions]
        for question, (units, none) in zip(read.passage.questions, reader.scores(rows), strict=True):
            odds[bool(question.units)].append(float(units.max() - none))
            if question.units:
                right.append(int(units.argmax()) in question.units)
    yes, no = np.array(odds[True]), np.array(odds[False])
    above = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return {
        "right sentence": round(float(np.mean(right)), 3),
        "auc": round(float(above), 3),
        "questions": len(right),
    }


def main() -> int:
    """Tune it, and keep it beside the encoder's adapter."""
    random.seed(SEED)
    torch.manual_seed(SEED)
    with tempfile.TemporaryDirectory() as folder:
        base = unpacked(Path(folder) / "model", opened(learnt()))
        first = Encoder(base)
        first.model.eval()

        def part(names: Sequence[Part]) -> list[tuple[Read, Paper]]:
            return [
                (first.read(p, paper), paper)
                for name in names
                for paper in papers(name)
                for p in paper.passages
            ]

        reader = Reader(base, first)
        learn(reader, part(("learnt",)), part(ASIDE), log_to(None))
    reader.save(SECOND)
    return 0
