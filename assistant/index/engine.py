"""The bundled model in OpenVINO: a BERT encoder that uses the packed weights directly.

The weights stay integers with one scale for each block of 32: 4 bits as published, 8 bits where they were fine-tuned.
OpenVINO rounds the activations to 8 bits in groups of the same 32 (dynamic quantisation), so that the products are
integer products on any processor. Word vectors are looked up in the file. torch is not needed, and nothing is unpacked.

    Devlin et al., BERT (2019), post-norm encoder; Wang et al., Multilingual E5 (2024), mean pooling.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.index.packed_model import BLOCK, Packed, packed
from assistant.index.tokenizer import Unigram

BATCH = 4  # texts per batch; measured on two cores: 2 to 8 differ by less than a tenth
AT_ONCE = 1024  # tokens per batch: attention is quadratic in the length, and twice as many are no faster
PREPARED = 64  # shapes that OpenVINO caches per layer; its default of 5,000 grows with every new length
STEP = 8  # lengths are rounded up to a multiple of this, so that few shapes have to be prepared
USUAL = 40  # tokens of a typical question
MASKED = -1e4

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Engine:
    """The compiled model with its tokenizer. `encode` and `encode_pieces` are not thread-safe. It computes on `threads`
    threads, 0 for one per core."""

    def __init__(self, threads: int = 0) -> None:
        openvino = _openvino()
        self._packed = packed()
        self._places = self._packed.tensor("emb.pos").reshape(self._packed.sizes.positions, -1)
        self._places = self._places + self._packed.tensor("emb.type")[: self._packed.sizes.hidden]
        options = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": str(threads or os.cpu_count() or 2),
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(BLOCK),
            "CPU_RUNTIME_CACHE_CAPACITY": str(PREPARED),
        }
        compiled = openvino.Core().compile_model(_graph(self._packed), "CPU", options)
        self._request = compiled.create_infer_request()
        pieces, scores, special = self._packed.vocabulary()
        self._tokens = Unigram(pieces, scores, special["<unk>"])
        self._ends = special["<s>"], special["</s>"], special["<pad>"]
        self._packed.forget()
        for length in range(STEP, USUAL + 1, STEP):  # the first run of each shape takes twice as long
            self._batch([[special["<s>"]] * length])

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text with the start and end tokens. The text already has its prefix."""
        begin, end, _ = self._ends
        return [begin, *self._tokens(text)[: self._packed.sizes.positions - 2], end]

    def padded(self, tokens: Sequence[int]) -> int:
        """The length to which a text is padded. In a batch with one padded length, each text gets exactly the vector it
        gets alone. In a batch with several, the integer products round differently."""
        return min(-(-len(tokens) // STEP) * STEP, self._packed.sizes.positions)

    def encode(self, tokens: list[list[int]]) -> Floats:
        """Unit vectors of tokenized texts, encoded as one batch, shape (len(tokens), hidden), float32."""
        found: Floats = self._batch(tokens)[0]
        return found

    def encode_pieces(
        self, texts: Sequence[Sequence[str]], progress: bool = False
    ) -> tuple[Floats, list[Floats]]:
        """Unit vectors of texts split into pieces at blanks, encoded in batches of similar length; and for each text
        the sum of its token vectors in each piece, shape (pieces, hidden)."""
        from tqdm import tqdm

        begin, end, _ = self._ends
        most = self._packed.sizes.positions - 2
        cut = [[self._tokens(piece) for piece in pieces] for pieces in texts]
        tokens = [[begin, *[t for piece in pieces for t in piece][:most], end] for pieces in cut]
        order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
        hidden = self._packed.sizes.hidden
        found = np.zeros((len(tokens), hidden), dtype=np.float32)
        sums: list[Floats] = [np.zeros((0, hidden), dtype=np.float32)] * len(tokens)
        for batch in tqdm(_batches(order, tokens), desc="vektorer", disable=not progress):
            found[batch], words = self._batch([tokens[i] for i in batch])
            for row, i in enumerate(batch):
                ends = np.minimum(np.cumsum([0, *map(len, cut[i])]), most) + 1
                running = np.concatenate([np.zeros((1, hidden), np.float32), np.cumsum(words[row], axis=0)])
                sums[i] = running[ends[1:]] - running[ends[:-1]]
        return found, sums

    def _batch(self, tokens: list[list[int]]) -> tuple[Any, Any]:
        longest = max(map(self.padded, tokens))
        ids = np.full((len(tokens), longest), self._ends[2], dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        for row, own in enumerate(tokens):
            ids[row, : len(own)] = own
            mask[row, : len(own)] = 1
        words = self._packed.rows("emb.word", ids) + self._places[:longest]
        whole, parts = self._request.infer([words, mask]).values()
        return whole.copy(), parts


def _batches(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """Splits `order`, which lists texts from the longest, into batches."""
    found: list[Sequence[int]] = []
    at = 0
    while at < len(order):
        size = max(1, min(BATCH, AT_ONCE // len(tokens[order[at]])))
        found.append(order[at : at + size])
        at += size
    return found


def _openvino() -> Any:
    """Imports OpenVINO without its telemetry, which would report each import to a remote host. If the telemetry package
    cannot be imported, OpenVINO uses an empty replacement."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _graph(source: Packed) -> Any:
    """Builds the graph from word vectors (texts, tokens, hidden) and mask (texts, tokens) to the unit vectors of the
    texts (texts, hidden) and the token vectors (texts, tokens, hidden)."""
    openvino = _openvino()
    from openvino import opset13 as ops

    hidden, layers, heads, inner = source.sizes[:4]

    def whole(values: Sequence[int]) -> Any:
        return ops.constant(np.array(values, dtype=np.int64))

    def linear(x: Any, weight: str, bias: str, rows: int, columns: int) -> Any:
        numbers, scales = source.blocks(weight)
        grouped = (rows, columns // BLOCK, BLOCK)
        w = ops.convert(ops.constant(numbers.reshape(grouped)), "f16")
        w = ops.multiply(w, ops.constant(scales.reshape(rows, columns // BLOCK, 1)))
        w = ops.convert(ops.reshape(w, whole([rows, columns]), False), "f32")
        return ops.add(ops.matmul(x, w, False, True), ops.constant(source.tensor(bias)))

    def normed(x: Any, name: str) -> Any:
        y = ops.mvn(x, whole([-1]), True, source.epsilon, "INSIDE_SQRT")
        y = ops.multiply(y, ops.constant(source.tensor(f"{name}.w")))
        return ops.add(y, ops.constant(source.tensor(f"{name}.b")))

    def split(x: Any) -> Any:
        x = ops.reshape(x, whole([0, 0, heads, hidden // heads]), True)
        return ops.transpose(x, whole([0, 2, 1, 3]))

    words = ops.parameter([-1, -1, hidden], np.float32, name="words")
    mask = ops.parameter([-1, -1], np.float32, name="mask")
    away = ops.multiply(ops.subtract(mask, ops.constant(np.float32(1))), ops.constant(np.float32(-MASKED)))
    away = ops.unsqueeze(ops.unsqueeze(away, whole([1])), whole([1]))
    x = normed(words, "emb.ln")
    for layer in range(layers):
        n = f"l{layer}"
        q, k, v = (split(linear(x, f"{n}.{p}.w", f"{n}.{p}.b", hidden, hidden)) for p in "qkv")
        seen = ops.transpose(ops.scaled_dot_product_attention(q, k, v, away), whole([0, 2, 1, 3]))
        seen = ops.reshape(seen, whole([0, 0, hidden]), True)
        x = normed(ops.add(linear(seen, f"{n}.ao.w", f"{n}.ao.b", hidden, hidden), x), f"{n}.aln")
        wide = ops.gelu(linear(x, f"{n}.fi.w", f"{n}.fi.b", inner, hidden), "erf")
        x = normed(ops.add(linear(wide, f"{n}.fo.w", f"{n}.fo.b", hidden, inner), x), f"{n}.oln")
    pooled = ops.reduce_sum(ops.multiply(x, ops.unsqueeze(mask, whole([2]))), whole([1]))
    unit = ops.normalize_l2(pooled, whole([1]), 1e-12, "max")
    return openvino.Model([unit, x], [words, mask], "e5")
