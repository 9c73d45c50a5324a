"""Word lists in files: what is refused, contradictions between lists, and what the secretariat may add."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import answer

from assistant.admin.doctor import findings
from assistant.errors import SettingsError
from assistant.index.ingest import ingest
from assistant.language import vocabulary
from assistant.language.added import Added, load, use
from assistant.language.list_checks import contradictions
from assistant.models import Abstained
from assistant.settings import Settings

PAPER = """Rammeaftale 2025-2026 for Region Sjælland

Økonomi
Overheadet er 5 pct. af de direkte omkostninger.
Belægningen er fastsat til 95 pct. for døgntilbud.

Opsigelse
Opsigelsesvarslet for døgntilbud er to måneder.
"""
QUESTION = "Hvor høj er fyldningsgraden?"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "ord.toml"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_packaged_lists_are_read_and_agree() -> None:
    for path in vocabulary.DATA.glob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("# "), f"{path.name} does not say what it is for"
        assert vocabulary.read(path)
    assert list(contradictions()) == []


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (("synonymer", "\nplantet = [\n  \"mindst, højst\",\n]\n"), "»mindst« og »højst« betyder det modsatte"),
        (("omskrivninger", "\nplantet = [\n  \"takst, også\",\n]\n"), "»også« er et småord"),
        (("steder", "\n", "Aarhus: århus", "Aarhus: odense"), "»odense« er selv en kommune"),
    ],
)  # fmt: skip
def test_lists_that_contradict_one_another_are_told(
    planted: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    shutil.copytree(vocabulary.DATA, tmp_path / "data")
    name, more, *swap = planted
    path = tmp_path / "data" / f"{name}.toml"
    text = path.read_text(encoding="utf-8") + more
    path.write_text(text.replace(*swap) if swap else text, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from assistant.language import vocabulary; "
        "vocabulary.DATA = Path(sys.argv[1]); from assistant.language.list_checks import contradictions; "
        "sys.stdout.buffer.write('\\n'.join(contradictions()).encode())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, timeout=60, check=True
    )
    assert told in run.stdout.decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('synonymer = [\n  "takst, pris",\n  "gebyr, pris",\n]', "linje 3: »pris« står også i linje 2"),
        ('synonymer = ["takst, takst"]', "linje 1: »takst« står også i linje 1"),
        ('# "x"\nsynonymer = [\n  "takst, , pris",\n]', "linje 3: der mangler et ord ved et komma"),
        ('fagord = [\n  "skÃ¦rmning",\n]', "linje 2: »skÃ¦rmning« har tegn"),
        ("synonymer = []", "synonymer er tom"),
        ('synonymer = "takst, pris"', "synonymer skal være en liste"),
        ("synonymer = [\n  takst, pris\n]", "linje 2 kan ikke læses"),
        ('synonymer = [\n  "døgntilbud, dagtilbud",\n]', "linje 2: »døgntilbud« og »dagtilbud« betyder det modsatte"),
        ('synonymer = ["takst, også"]', "linje 1: »også« er et småord"),
        ('synonymer = ["takst"]', "linje 1: »takst« står alene"),
        ('synonymer = ["BPA, personlig assistance"]', "linje 1: »personlig assistance« er ikke ét ord"),
        ('synonymer = ["fee -> takst"]', "linje 1: »->« bruges ikke her"),
        ('fagord = ["skærmning"]\nsynonymer = [\n  "takst, ikke",\n]', "linje 3: »ikke« er et småord"),
        ('kommuner = ["Fyn"]', "listen kommuner kendes ikke. Kendte: synonymer, fagord, forkortelser."),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_that_names_file_line_and_word(text: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        load(path)
    line = str(raised.value)
    assert line.startswith(str(path))
    assert told in line
    assert "\n" not in line


def test_a_file_that_is_no_text_is_told_how_to_be_saved(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Gem filen som UTF-8"):
        load(written(tmp_path, 'fagord = ["skærmning"]', "latin-1"))
    with pytest.raises(SettingsError, match="kan ikke læses"):
        load(tmp_path / "findes-ikke.toml")
    # Notepad writes a byte order mark before UTF-8, which is no fault.
    assert load(written(tmp_path, 'fagord = ["skærmning"]', "utf-8-sig")).glossary == ("skærmning",)


def test_what_is_added_is_taken_apart(tmp_path: Path) -> None:
    own = load(
        written(tmp_path, 'synonymer = ["belægning, fyldningsgrad"]\nforkortelser = ["ang., BPA", "f.m."]')
    )
    assert own == Added((("belægning", "fyldningsgrad"),), (), ("ang", "BPA", "f.m"))
    assert Added(own.synonyms).read_with == ""  # synonyms need no new index
    assert own.read_with != Added(own.synonyms, ("skærmning",), own.abbreviations).read_with != ""


def test_a_process_keeps_the_words_it_began_with(tmp_path: Path, settings: Settings) -> None:
    ingest([written(tmp_path, PAPER).rename(tmp_path / "aftale.txt")], tmp_path / "index", settings)
    use(settings.words)  # unchanged, so nothing happens
    with pytest.raises(SettingsError, match="Start programmet igen"):
        use(written(tmp_path, 'fagord = ["skærmning"]'))


def run(folder: Path, *command: str) -> tuple[int, str]:
    """Run the program in a process of its own, with the word lists of this folder."""
    env = {
        **os.environ,
        "ASSISTANT_WORDS": str(folder / "ord.toml"),
        "ASSISTANT_STATE": str(folder / "state"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", *command, "--index", str(folder / "index")],
        capture_output=True, env=env, timeout=120,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def test_an_added_synonym_makes_a_question_answerable(tmp_path: Path) -> None:
    paper = tmp_path / "aftale.txt"
    paper.write_text(PAPER, encoding="utf-8")
    assert isinstance(answer(tmp_path, paper, question=QUESTION), Abstained)
    written(tmp_path, 'synonymer = ["belægning, fyldningsgrad"]')
    code, said = run(tmp_path, "ask", QUESTION)
    assert (code, "95 pct." in said) == (0, True)


def test_new_words_of_the_field_are_told_by_the_doctor_and_read_at_the_next_ingest(tmp_path: Path) -> None:
    paper = tmp_path / "aftale.txt"
    paper.write_text(PAPER, encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index", state=tmp_path / "state")
    ingest([paper], own.index, own)
    assert [f for f in findings(own) if f.name == "ord"] == []
    more = dataclasses.replace(own, words=written(tmp_path, 'fagord = ["skærmning"]'))
    told = {f.severity: f.message for f in findings(more) if f.name == "ord"}
    assert told["advarsel"] == "1 dokumenter er læst med andre fagord eller forkortelser"
    assert "1 fagord" in told["ok"]
    code, said = run(tmp_path, "ingest", str(paper))
    assert (code, "læst: aftale.txt" in said) == (0, True)
    assert {f.severity for f in findings(more) if f.name == "ord"} == {"ok"}


def test_a_faulty_file_stops_the_program_with_one_line_and_the_doctor_names_it(tmp_path: Path) -> None:
    paper = tmp_path / "aftale.txt"
    paper.write_text(PAPER, encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index", state=tmp_path / "state")
    ingest([paper], own.index, own)
    path = written(tmp_path, 'synonymer = [\n  "overskud, underskud",\n]')
    why = f"{path} linje 2: »overskud« og »underskud« betyder det modsatte af hinanden. Del rækken."
    code, said = run(tmp_path, "ask", QUESTION)
    assert (code, said.strip()) == (1, why)
    found = [f for f in findings(dataclasses.replace(own, words=path)) if f.name == "ord"]
    assert [(f.severity, f.message) for f in found] == [("fejl", why)]
