"""LlamaIndex's starter, as its documentation shows it, with the same embedding model. `eval.bench` compares it with
this project. It runs as its own process: `python -m eval.starter index|questions|cold …`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("index", "questions", "cold"))
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--questions", type=Path)
    given = parser.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

    from llama_index.core import (
        Settings,
        SimpleDirectoryReader,
        StorageContext,
        VectorStoreIndex,
        load_index_from_storage,
    )
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(
        model_name=str(given.model), query_instruction="query: ", text_instruction="passage: "
    )
    Settings.llm = None
    if given.what == "index":
        documents = SimpleDirectoryReader(str(given.corpus), recursive=True).load_data()
        VectorStoreIndex.from_documents(documents).storage_context.persist(str(given.store))
        return
    index = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(given.store)))
    retriever = index.as_retriever(similarity_top_k=10)
    questions = json.loads(given.questions.read_text(encoding="utf-8"))
    if given.what == "cold":
        retriever.retrieve(questions[0])
        return
    retriever.retrieve(questions[0])
    seconds = []
    for question in questions:
        start = time.perf_counter()
        retriever.retrieve(question)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"p50": statistics.median(seconds)}))


if __name__ == "__main__":
    main()
