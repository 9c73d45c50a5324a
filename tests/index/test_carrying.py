"""The collection of the last generation is copied, and holds what a new one would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import agreement, pdf

from assistant.index import carrying
from assistant.index.catalog import Catalog, Passages
from assistant.index.chroma import VectorStore
from assistant.index.exact import ExactVectors
from assistant.index.ingest import ingest
from assistant.settings import Settings

REGIONS = ("Sjælland", "Nordjylland", "Hovedstaden")


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings.load({}, index=tmp_path / "index")


@pytest.fixture
def folder(tmp_path: Path, own: Settings) -> Path:
    """Three agreements, indexed."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for n, region in enumerate(REGIONS):
        pdf(folder / f"{n}.pdf", agreement(region, "2025 og 2026", "fire måneder", str(5 + n)))
    ingest([folder], own.index, own)
    return folder


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The collections that are written anew from here on."""
    names: list[str] = []
    create = VectorStore.create

    def noted(folder: Path, url: str, name: str) -> VectorStore:
        names.append(name)
        return create(folder, url, name)

    monkeypatch.setattr(VectorStore, "create", noted)
    return names


def holds_what_the_catalog_holds(own: Settings) -> str:
    """The name of the current generation, whose collection was compared with its other parts, vector by vector."""
    name = str(json.loads((own.index / "index.json").read_text(encoding="utf-8"))["generation"])
    catalog = Catalog.open(own.index / name / "catalog.db")
    passages = Passages(catalog)
    ids = [passages.identity(place) for place in range(len(passages))]
    exact = ExactVectors.load(own.index / name, len(ids)).rows(range(len(ids)))
    store = VectorStore.open(own.index / name / "chroma", "", name)
    assert store.identities() == set(ids)
    held = store.vectors(ids)
    assert np.allclose(np.array([held[i] for i in ids]), exact, atol=1e-6)
    texts = store._collection.get(include=["documents", "metadatas"])
    by_id = {p.id: p for entry in catalog.documents() for p in catalog.passages(entry.id)}
    for i, text, told in zip(texts["ids"], texts["documents"], texts["metadatas"], strict=True):
        assert (text, told["source"], told.get("region")) == (
            by_id[i].text, by_id[i].document_id, by_id[i].facts.region,
        )  # fmt: skip
    store.close()
    catalog.close()
    return name


def test_one_changed_paper_writes_its_own_vectors_alone(
    folder: Path, own: Settings, created: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "SHARE", 0.5)  # one of three papers
    before = holds_what_the_catalog_holds(own)
    pdf(folder / "1.pdf", agreement("Nordjylland", "2025 og 2026", "seks måneder", "9"))
    ingest([folder], own.index, own)
    assert holds_what_the_catalog_holds(own) != before
    assert created == []
    (folder / "2.pdf").unlink()
    pdf(folder / "3.pdf", agreement("Midtjylland", "2025 og 2026", "to måneder", "7"))
    ingest([folder], own.index, own)
    assert len(created) == 1  # worn by now
    holds_what_the_catalog_holds(own)


def test_the_same_bytes_read_in_another_way_are_written_anew(
    folder: Path, own: Settings, created: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of the manifest changes what is known of a file: its passages keep their ids and nothing else."""
    monkeypatch.setattr(carrying, "SHARE", 0.5)
    (folder / "manifest.csv").write_text("file,region\n1.pdf,Syddanmark\n", encoding="utf-8")
    ingest([folder], own.index, own)
    holds_what_the_catalog_holds(own)
    assert created == []


def _other_vectors(chroma: Path) -> None:
    store = VectorStore.open(chroma, "", chroma.parent.name)
    ids = sorted(store.identities())
    store._collection.update(ids=ids, embeddings=np.eye(len(ids), 384).tolist())
    store.close()


def _another_passage(chroma: Path) -> None:
    store = VectorStore.open(chroma, "", chroma.parent.name)
    first = sorted(store.identities())[0]
    store._collection.add(ids=["andet:0"], embeddings=[[0.05] * 384])
    store.remove([first])
    store.close()


@pytest.mark.parametrize("spoilt", [_other_vectors, _another_passage])
def test_a_collection_that_is_not_as_it_was_written_is_not_copied(
    folder: Path, own: Settings, created: list[str], spoilt: Any
) -> None:
    name = holds_what_the_catalog_holds(own)
    spoilt(own.index / name / "chroma")
    pdf(folder / "3.pdf", agreement("Midtjylland", "2025 og 2026", "to måneder", "7"))
    ingest([folder], own.index, own)
    assert len(created) == 1
    holds_what_the_catalog_holds(own)
