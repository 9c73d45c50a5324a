"""Tune the bundled encoder on the written text of `eval/reading`, and measure it on the papers held back.

    python -m eval learn [--passes N]                              the bundled model: its adapter and its log
    python -m eval learn [--passes N] --base FOLDER --out FOLDER   any other BERT with mean pooling

The vector of a question is compared with the vectors of all units in a batch. A unit's vector is the mean of its tokens
from one run over its whole passage, as in the index. The loss has three terms: the units that answer among all units of
the batch, their passage among its passages, and an answerable question above one that is not. What is learnt is a
low-rank change of the matrices in the upper layers; it is kept in `assistant/index/adapter.npz`.

    van den Oord et al., Representation Learning with Contrastive Predictive Coding (2018)
    Hu et al., LoRA: Low-Rank Adaptation of Large Language Models (2021)
    Günther et al., Late Chunking (2024)
"""

from __future__ import annotations

import json
import math
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from assistant.documents import chunking
from assistant.errors import SettingsError
from assistant.index.adapter import FILE, Adapter
from assistant.index.packed_model import opened
from assistant.index.weights import LAYER_NAMES, unpacked
from assistant.models import Facts
from eval.reading import Paper, Part, Passage, Question, papers

SEED = 29
ASIDE: tuple[Part, ...] = ("fitted", "held")
RANK = 32
LOWER = 1 / 3  # share of the layers that stay fixed; they encode letters and words
RATE = 5e-4  # ten times the usual rate for tuning full matrices
WARM_UP = 20  # steps
PAPERS, EACH = 4, 3  # papers in a batch and passages of each, so that close neighbours are in one batch
ASKED = 5  # questions of a passage in one step
MOST, MOST_ASKED = 300, 64  # tokens of a passage, and of a question
SCALE = 25.0  # 1 / temperature at the start
PASSAGES, ANSWERABLE = 0.5, 0.3  # weights of the second and third loss terms; the first has weight 1

LOG = Path(__file__).parent / "reading" / "learnt.jsonl"
Log = Callable[[dict[str, Any]], None]


class Adapted(nn.Module):
    """A linear layer with a low-rank change: y = Wx + b + BAx. At the start it equals the layer that it changes."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.a = nn.Parameter(torch.empty(rank, linear.in_features))
        self.b = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.normal_(self.a, std=1 / math.sqrt(linear.in_features))

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + (x @ self.a.T) @ self.b.T


@dataclass(frozen=True, slots=True)
class Read:
    """A passage as tokens. `unit` holds the number of each token's unit, -1 for none."""

    passage: Passage
    ids: tuple[int, ...]
    unit: tuple[int, ...]


class Encoder:
    """A BERT with mean pooling, and its trainable parameters."""

    def __init__(self, folder: Path, prompts: tuple[str, str] = ("query: ", "passage: ")) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32, add_pooling_layer=False)
        self.model.requires_grad_(False)
        self.prompts = prompts
        self.adapters: dict[str, Adapted] = {}
        self._places: dict[str, tuple[nn.Module, str]] = {}
        self.scale = nn.Parameter(torch.tensor(math.log(SCALE)))
        layers = self.model.encoder.layer
        for n, layer in enumerate(layers):
            for short, long in LAYER_NAMES.items():
                path, _, kind = long.rpartition(".")
                if n < LOWER * len(layers) or kind != "weight" or "LayerNorm" in path:
                    continue
                holder, _, name = path.rpartition(".")
                parent = layer.get_submodule(holder)
                adapter = Adapted(getattr(parent, name), RANK)
                setattr(parent, name, adapter)
                self.adapters[f"l{n}.{short.removesuffix('.w')}"] = adapter
                self._places[f"l{n}.{short.removesuffix('.w')}"] = parent, name

    def parameters(self) -> list[nn.Parameter]:
        return [p for adapter in self.adapters.values() for p in (adapter.a, adapter.b)]

    def save(self, file: Path) -> None:
        """Save the adapter as float16 arrays, `name.a` (rank, in) and `name.b` (out, rank)."""
        arrays = {
            f"{name}.{side}": getattr(adapter, side).detach().numpy().astype(np.float16)
            for name, adapter in self.adapters.items()
            for side in "ab"
        }
        np.savez(file, **arrays)

    def merged(self) -> Any:
        """The model with the learnt change merged into its own matrices."""
        for name, adapter in self.adapters.items():
            with torch.no_grad():
                adapter.linear.weight += adapter.b @ adapter.a
            parent, attribute = self._places[name]
            setattr(parent, attribute, adapter.linear)
        return self.model

    def ids(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def read(self, passage: Passage, paper: Paper) -> Read:
        """A passage as in the index: its context, then its units."""
        facts = Facts(region=paper.region, period=paper.period)
        context = chunking.context(paper.title, facts, passage.section)
        ids = [self.tokenizer.cls_token_id, *self.ids(f"{self.prompts[1]}{context}\n")]
        unit = [-1] * len(ids)
        for n, text in enumerate(passage.units):
            more = self.ids(text)[: max(0, MOST - 1 - len(ids))]
            ids += more
            unit += [n] * len(more)
        return Read(passage, (*ids, self.tokenizer.sep_token_id), (*unit, -1))

    def run(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Token vectors (rows, longest, hidden) and the mask."""
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self.tokenizer.pad_token_id)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for k, row in enumerate(rows):
            ids[k, : len(row)] = torch.tensor(row)
            mask[k, : len(row)] = 1
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.model(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids))
        return hidden.last_hidden_state.float(), mask

    def pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return normalize((hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True), dim=1)

    def questions(self, asked: Sequence[Question]) -> Tensor:
        """Unit vectors of questions, shape (len(asked), hidden)."""
        ends = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        rows = [(ends[0], *self.ids(self.prompts[0] + q.text)[: MOST_ASKED - 2], ends[1]) for q in asked]
        return self.pooled(*self.run(rows))

    def passages(self, reads: Sequence[Read]) -> tuple[Tensor, Tensor, list[tuple[str, int]]]:
        """Unit vectors of the passages, unit vectors of all their units, and (passage id, unit number) of each unit."""
        hidden, mask = self.run([r.ids for r in reads])
        vectors, own = [], []
        for k, read in enumerate(reads):
            unit = torch.tensor([*read.unit, *[-1] * (hidden.shape[1] - len(read.unit))])
            for n in range(len(read.passage.units)):
                if (unit == n).any():
                    vectors.append(hidden[k][unit == n].mean(0))
                    own.append((read.passage.id, n))
        return self.pooled(hidden, mask), normalize(torch.stack(vectors), dim=1), own


def learn(encoder: Encoder, passes: int, log: Log, keep: Callable[[], None]) -> None:
    """Tune an encoder. `keep` is called after each pass whose "within five" is better than in all passes before,
    because further passes may overfit. On two cores with bfloat16 a pass takes about eight minutes."""
    random.seed(SEED)
    learnt = [[encoder.read(p, paper) for p in paper.passages] for paper in papers("learnt")]
    aside = [encoder.read(p, paper) for part in ASIDE for paper in papers(part) for p in paper.passages]
    optimiser = torch.optim.AdamW(
        [{"params": encoder.parameters()}, {"params": [encoder.scale]}], lr=RATE, weight_decay=0.01
    )
    total = passes * len(_batches(learnt))
    log({"pass": 0, **measured(encoder, aside)})
    step, best, began = 0, 0.0, time.time()
    for n in range(passes):
        for batch in _batches(learnt):
            loss = _loss(encoder, batch)
            rate = RATE * min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - step / total)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            if step % 10 == 0:
                log(
                    {
                        "step": step,
                        "of": total,
                        "loss": round(loss.item(), 3),
                        "seconds": int(time.time() - began),
                    }
                )
        found = measured(encoder, aside)
        if found["within five"] > best:
            best = found["within five"]
            keep()
        log({"pass": n + 1, **found, "seconds": int(time.time() - began)})


def _batches(learnt: Sequence[Sequence[Read]]) -> list[list[tuple[Read, list[Question]]]]:
    """All passages, each with all its questions once, in batches of a few papers with a few passages of each."""
    groups: list[list[tuple[Read, list[Question]]]] = []
    for reads in learnt:
        parts = []
        for read in reads:
            asked = random.sample(read.passage.questions, len(read.passage.questions))
            several = max(1, math.ceil(len(asked) / ASKED))
            parts += [(read, asked[i::several]) for i in range(several)]
        random.shuffle(parts)
        groups += [parts[i : i + EACH] for i in range(0, len(parts), EACH)]
    random.shuffle(groups)
    batches = [groups[i : i + PAPERS] for i in range(0, len(groups), PAPERS)]
    return [[pair for group in batch for pair in group] for batch in batches]


def _loss(encoder: Encoder, batch: Sequence[tuple[Read, Sequence[Question]]]) -> Tensor:
    reads = list({read.passage.id: read for read, _ in batch}.values())
    whole, units, own = encoder.passages(reads)
    texts = {(r.passage.id, n): text for r in reads for n, text in enumerate(r.passage.units)}
    at = {o: k for k, o in enumerate(own)}
    pairs = [(read, q) for read, asked in batch for q in asked]
    vectors = encoder.questions([q for _, q in pairs])
    scale = encoder.scale.exp()
    scores, of_passages = vectors @ units.T * scale, vectors @ whole.T * scale
    terms, wider, tops = [], [], []
    for (read, q), row, wide in zip(pairs, scores, of_passages, strict=True):
        pid = read.passage.id
        tops.append(row[[k for k, o in enumerate(own) if o[0] == pid]].max())
        gold = [at[pid, n] for n in q.units if (pid, n) in at]
        if not gold:
            continue
        said = {texts[own[k]] for k in gold}
        same = [k for k, o in enumerate(own) if texts[o] in said]  # near-identical papers say the same
        mask = torch.zeros_like(row)
        mask[[k for k in same if k not in gold]] = -math.inf
        terms.append(torch.logsumexp(row + mask, 0) - torch.logsumexp(row[gold], 0))
        wider.append(torch.logsumexp(wide, 0) - wide[[r.passage.id for r in reads].index(pid)])
    loss = torch.stack(terms).mean() + PASSAGES * torch.stack(wider).mean()
    top, has = torch.stack(tops), torch.tensor([bool(q.units) for _, q in pairs])
    if has.any() and (~has).any():
        loss = loss + ANSWERABLE * softplus(-(top[has][:, None] - top[~has][None, :])).mean()
    return loss


@torch.no_grad()
def measured(encoder: Encoder, held: Sequence[Read]) -> dict[str, float]:
    """Measured on papers held back: whether the answering unit is first within its passage, whether the passage is
    first and within five of all by its best unit, and how well the score of the best unit separates answerable
    questions from others (area under the curve)."""
    parts, own, wholes = [], [], []
    for i in range(0, len(held), 8):
        whole, vectors, whose = encoder.passages(held[i : i + 8])
        parts.append(vectors)
        wholes.append(whole)
        own += whose
    units = torch.cat(parts)
    places: dict[str, list[int]] = {}
    for k, (pid, _) in enumerate(own):
        places.setdefault(pid, []).append(k)
    right = first = five = answered = 0
    scores: dict[bool, list[float]] = {True: [], False: []}
    for read in held:
        asked, pid = read.passage.questions, read.passage.id
        for q, row in zip(asked, encoder.questions(asked) @ units.T, strict=True):
            best = max(places[pid], key=lambda k: float(row[k]))
            scores[bool(q.units)].append(float(row[best]))
            if q.units:
                answered += 1
                right += own[best][1] in q.units
                ranked = list(dict.fromkeys(own[k][0] for k in row.argsort(descending=True)[:60].tolist()))
                first += ranked[0] == pid
                five += pid in ranked[:5]
    yes, no = np.array(scores[True]), np.array(scores[False])
    above = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return {
        "right sentence": round(right / answered, 3), "passage first": round(first / answered, 3),
        "within five": round(five / answered, 3), "auc": round(float(above), 3), "questions": answered,
    }  # fmt: skip


def main(passes: int, base: Path | None, out: Path | None) -> int:
    """Tune the bundled model and write its adapter and log, or tune another model and write its folder."""
    torch.manual_seed(SEED)
    if base is None:
        with tempfile.TemporaryDirectory() as folder:
            encoder = Encoder(unpacked(Path(folder) / "model", opened(Adapter(None))))
        LOG.unlink(missing_ok=True)
        learn(encoder, passes, log_to(LOG), lambda: encoder.save(FILE))
        return 0
    if out is None or out.exists():
        raise SettingsError("Giv --out en mappe, der ikke findes endnu.")
    encoder = Encoder(base, prompts_of(base))
    learn(encoder, passes, log_to(None), lambda: None)
    shutil.copytree(base, out)
    encoder.merged().save_pretrained(out)
    return 0


def prompts_of(folder: Path) -> tuple[str, str]:
    """The prefixes that a sentence-transformers model expects before a question and before a passage."""
    file = folder / "config_sentence_transformers.json"
    prompts = json.loads(file.read_text(encoding="utf-8")).get("prompts", {}) if file.exists() else {}
    passage = next((prompts[n] for n in ("document", "passage", "corpus") if n in prompts), "")
    return prompts.get("query", ""), passage


def log_to(file: Path | None) -> Log:
    """Log every step as one line on the screen, and the measures after each pass to a file as well."""

    def log(row: dict[str, Any]) -> None:
        print(json.dumps(row), flush=True)
        if file and "pass" in row:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")

    return log
