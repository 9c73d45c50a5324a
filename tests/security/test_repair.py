"""When any one file of a generation is lost, cut or changed, that is reported, and the suggested remedy repairs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.admin.doctor import findings
from assistant.errors import AssistantError
from assistant.index.generations import pointer
from assistant.index.ingest import ingest
from assistant.index.integrity import broken
from assistant.models import Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings

PAPER = (
    "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne.\n\n## Varsel\nOpsigelsesvarslet er 3 måneder.\n"
)
FILES = (
    "catalog.db", "outcome.json", "parts.json", "units.npy", "units-at.npy", "lexical/vocab.index.json",
    "lexical/data.csc.index.npy", "lexical/size.json", "vectors.f32", "named.npy", "named.json", "tokens.u32",
    "tokens-at.npy", "chroma/chroma.sqlite3",
)  # fmt: skip


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))


HARMS: dict[str, Callable[[Path], object]] = {
    "lost": Path.unlink,
    "cut": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "empty": lambda file: file.write_bytes(b""),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "papers").mkdir()
    (folder / "papers" / "aftale.md").write_text(PAPER, encoding="utf-8")
    own = Settings.load({}, index=folder / "index")
    ingest([folder / "papers"], own.index, own)
    return folder


def _copied(built: Path, to: Path) -> tuple[Settings, Path, Path]:
    """A copy of the index, its generation, and the documents."""
    shutil.copytree(built / "index", to / "index")
    own = Settings.load({}, index=to / "index")
    return own, own.index / pointer(own.index).generation, built / "papers"


def _told(own: Settings) -> list[str]:
    return [f"{f.message} {f.remedy}" for f in findings(own) if f.severity == "fejl" and f.name == "indeks"]


def _mended(own: Settings, papers: Path) -> None:
    ingest([papers], own.index, own)
    assert _told(own) == []
    answer = Assistant(own.index, own).ask("Hvad er opsigelsesvarslet?").answer
    assert isinstance(answer, Grounded)
    assert "3 måneder" in answer.statements[0].text


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("name", FILES)
def test_what_is_lost_or_cut_is_told_and_mended(built: Path, tmp_path: Path, name: str, harm: str) -> None:
    own, generation, papers = _copied(built, tmp_path)
    HARMS[harm](generation / name)
    if name.startswith("chroma"):  # these files are not used by a question here
        assert isinstance(Assistant(own.index, own).ask("Hvad er opsigelsesvarslet?").answer, Grounded)
    else:
        with pytest.raises(AssistantError, match="assistant ingest") as error:
            Assistant(own.index, own)
        assert "\n" not in str(error.value)
    assert _told(own)
    _mended(own, papers)


@pytest.mark.parametrize("name", [n for n in FILES if not n.startswith(("chroma", "parts"))])
def test_a_changed_byte_is_found_by_doctor_and_mended(built: Path, tmp_path: Path, name: str) -> None:
    own, generation, papers = _copied(built, tmp_path)
    _flip(generation / name)
    assert broken(generation) is None  # the size is the same, and opening checks no more than that
    assert any("assistant ingest" in line for line in _told(own))
    _mended(own, papers)


def test_what_is_whole_is_not_read_anew(built: Path, tmp_path: Path) -> None:
    own, generation, papers = _copied(built, tmp_path)
    report = ingest([papers], own.index, own)
    assert report.added == ()
    assert pointer(own.index).generation == generation.name


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 3}', "null", "\x00"])
def test_a_pointer_that_points_nowhere_is_told_and_mended(built: Path, tmp_path: Path, text: str) -> None:
    own, _, papers = _copied(built, tmp_path)
    (own.index / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(AssistantError, match="assistant ingest"):
        Assistant(own.index, own)
    assert _told(own)
    _mended(own, papers)
