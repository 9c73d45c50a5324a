"""Several versions of a document: editions, what is in force, what has expired, and what is left after a killed
ingest.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from conftest import DAY, answer

from assistant.answer.picks import latest, picks_of
from assistant.cli import main
from assistant.documents.numbered_parts import series_of
from assistant.index.ingest import ingest
from assistant.models import Facts, Grounded, Passage, Scope
from assistant.service.assistant import Assistant
from assistant.settings import Settings


def test_the_newest_edition_answers_unless_the_former_is_asked_for(tmp_path: Path) -> None:
    text = (
        "# Styringsaftale 2025-2026\n{}\nAftalen er indgået mellem Region Sjælland og kommunerne i Sjælland. "
        "Taksten beregnes af de samlede omkostninger ved tilbuddet og af den forventede belægning i det kommende år. "
        "Overheadet er {} pct. af de direkte omkostninger. Regningen betales senest 30 dage efter modtagelsen.\n"
    )
    (tmp_path / "a.md").write_text(text.format("Godkendt den 12. september 2024.", "4,8"), encoding="utf-8")
    (tmp_path / "b.md").write_text(text.format("Revideret den 1. juni 2025.", "5,3"), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], own.index, own)
    asked = Assistant(own.index, own)
    new = asked.ask("Hvad er overheadet i Sjælland?", today=DAY).answer
    old = asked.ask("Hvad var overheadet i Sjælland i den tidligere udgave?", today=DAY).answer
    assert isinstance(new, Grounded)
    assert "5,3 pct." in new.statements[0].text
    assert any("nyeste udgave" in note for note in new.notes)
    assert isinstance(old, Grounded)
    assert "4,8 pct." in old.statements[0].text
    assert any("erstattet af b.md" in note for note in old.notes)


def test_what_was_in_force_on_a_day_is_what_answers_for_it(tmp_path: Path) -> None:
    text = (
        "# Styringsaftale 2025-2026\n{}\nAftalen er indgået mellem Region Sjælland og kommunerne i Sjælland. "
        "Taksten beregnes af de samlede omkostninger ved tilbuddet og af den forventede belægning i det kommende år. "
        "Overheadet er {} pct. af de direkte omkostninger. Regningen betales senest 30 dage efter modtagelsen.\n"
    )
    first = "Godkendt den 12. september 2024. Aftalen gælder fra den 1. januar 2025."
    second = "Revideret den 1. juni 2025. Aftalen gælder fra den 1. juli 2025 til den 31. december 2026."
    (tmp_path / "a.md").write_text(text.format(first, "4,8"), encoding="utf-8")
    (tmp_path / "b.md").write_text(text.format(second, "5,3"), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], own.index, own)
    asked = Assistant(own.index, own)
    for day, share in ((dt.date(2025, 3, 1), "4,8 pct."), (dt.date(2025, 8, 1), "5,3 pct.")):
        found = asked.ask("Hvad er overheadet i Sjælland?", Scope(on=day), today=DAY).answer
        assert isinstance(found, Grounded)
        assert share in found.statements[0].text
    late = asked.ask("Hvad er overheadet i Sjælland?", today=dt.date(2027, 2, 1)).answer
    assert "gjaldt til og med 31.12.2026 og er udløbet" in " ".join(late.notes)


def test_an_answer_from_an_expired_agreement_says_so(tmp_path: Path) -> None:
    (tmp_path / "gammel.md").write_text(
        "# Rammeaftale 2021-2022\nRegion Sjælland og kommunerne.\n\nOpsigelsesvarslet er seks måneder.\n",
        encoding="utf-8",
    )
    found = answer(tmp_path, tmp_path / "gammel.md", question="Hvad er opsigelsesvarslet i Sjælland?")
    assert isinstance(found, Grounded)
    assert any("er udløbet" in note for note in found.notes)


@pytest.mark.skipif(shutil.which("kill") is None, reason="kun hvor processer kan standses")
@pytest.mark.slow
def test_an_ingest_killed_at_any_moment_leaves_what_was_there(tmp_path: Path) -> None:
    import multiprocessing
    import random
    import time

    apart = multiprocessing.get_context("forkserver")
    # Import these modules before the fork, so that the kill hits the work and not the imports.
    apart.set_forkserver_preload(["assistant.cli", "assistant.index.ingest", "chromadb"])
    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "a.md").write_text(
        "# Rammeaftale 2025-2026\nRegion Sjælland\n\nVarslet er fem måneder.\n", encoding="utf-8"
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)

    def indexing(text: str) -> multiprocessing.process.BaseProcess:
        (folder / "b.md").write_text(text, encoding="utf-8")
        running = apart.Process(target=main, args=(["ingest", str(folder), "--index", str(own.index)],))
        running.start()
        return running

    indexing("# Notat\nEn plads koster 800 kr.\n").join()  # starts the server to fork from
    start = time.perf_counter()
    first = indexing("# Notat\nEn plads koster 900 kr.\n")
    first.join()
    whole = time.perf_counter() - start
    assert first.exitcode == 0
    chance = random.Random(4)
    for n in range(20):
        running = indexing(f"# Notat {n}\nEn plads koster {900 + n} kr. pr. døgn.\n")
        running.join(chance.uniform(0, whole))
        running.kill()
        running.join()
        documents = {d.name for d in Assistant(own.index, own, once=True).retriever.documents.values()}
        assert documents == {"a.md", "b.md"}
    assert ingest([folder], own.index, own).documents == 2
    assert len(list(own.index.glob("g-*"))) <= 3


def test_announcements_from_one_template_replace_nothing(tmp_path: Path) -> None:
    same = " ".join(f"Kommunerne bedes gøre rede for punkt {n} i bilaget." for n in range(12))
    for name, about, day in (("a", "autisme", "1. maj 2023"), ("b", "synshandicap", "1. maj 2024")):
        (tmp_path / f"{name}.md").write_text(
            f"# Central udmelding om {about}\nUdsendt den {day}.\n{same}\n", encoding="utf-8"
        )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], own.index, own)
    assert Assistant(own.index, own).retriever.replaced == {}


def test_numbering_that_begins_anew_is_no_one_list() -> None:
    text = "Indsats 1: Autisme\nIndsats 2: Data\nIndsats 3: Viden\n"
    again = text.replace("Autisme", "Psykiatri").replace("Data", "Boliger").replace("Viden", "Job")
    passages = [Passage(f"d:{n}", "d", n, t, (), (), Facts()) for n, t in enumerate((text, again))]
    assert [len(s.parts) for s in series_of(passages[:1])] == [3]
    assert series_of(passages) == []


def test_the_newer_list_answers_where_no_period_is_asked_for(tmp_path: Path) -> None:
    paper = (
        "# Rammeaftale {0}\nRegion Nordjylland og kommunerne i Nordjylland.\n\n## Fælles indsats\n\n"
        "Parterne har valgt tre fokusområder for {0}:\n{1}\n"
    )
    lists = {
        "2023-2024": ("Områder med særligt fokus", "Hjemløshed blandt unge", "Viden om effekt"),
        "2025-2026": ("Velfærdsteknologi", "Borgere med dobbeltdiagnoser", "Et godt ældreliv"),
    }
    for period, items in lists.items():
        listed = "\n".join(f"- {item}" for item in items)
        (tmp_path / f"{period}.md").write_text(paper.format(period, listed), encoding="utf-8")
    files = [tmp_path / f"{period}.md" for period in lists]
    found = answer(tmp_path, *files, question="Hvilke områder er der fokus på i Nordjylland?")
    assert isinstance(found, Grounded)
    assert found.statements[0].citations[0].document == "2025-2026.md"
    assert all(item in found.statements[0].text for item in lists["2025-2026"])


def test_where_no_region_is_named_each_answers_from_its_newest_paper(tmp_path: Path) -> None:
    """Even where the older paper is closer to the question, and several regions have two papers."""
    paper = (
        "# Rammeaftale {0}\nRegion {1} og kommunerne i {1}.\n\n## {3}\n\nOpsigelsesvarslet er {2} måneder.\n"
    )
    files = []
    for region, months in (("Nordjylland", 2), ("Sjælland", 4), ("Midtjylland", 6), ("Syddanmark", 8)):
        for period, more, heading in (
            ("2023-2024", 0, "Opsigelse af en plads"),
            ("2025-2026", 1, "Andre forhold"),
        ):
            file = tmp_path / f"{region}-{period}.md"
            file.write_text(paper.format(period, region, months + more, heading), encoding="utf-8")
            files.append(file)
    found = answer(tmp_path, *files, question="Hvor lang tid før skal man opsige en plads?")
    assert isinstance(found, Grounded)
    told = {s.citations[0].facts.region: s.citations[0].facts.period for s in found.statements}
    assert told == dict.fromkeys(("Nordjylland", "Sjælland", "Midtjylland", "Syddanmark"), "2025-2026")


def test_an_older_clause_gives_way_to_the_same_one_in_a_newer_paper(tmp_path: Path) -> None:
    """The newer paper of the same region answers, even where it is far from the question."""
    text = "# Rammeaftale {0}\nRegion {1} og kommunerne i {1}.\n\n## Varsel\n\nOpsigelsesvarslet er {2} måneder.\n"
    for n, (region, period) in enumerate(
        [("Sjælland", "2023-2024"), ("Sjælland", "2025-2026"), ("Nordjylland", "2027-2028")], start=2
    ):
        (tmp_path / f"{n}.md").write_text(text.format(period, region, n), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path], own.index, own)
    retriever = Assistant(own.index, own).retriever
    query = retriever.query("Hvad er opsigelsesvarslet?", Scope())
    picks = picks_of(retriever.search(query, Scope()), Scope())
    told = [p for p in picks if "varslet er" in p.unit.text]
    older, newer = (next(p for p in told if p.passage.facts.period == y) for y in ("2023-2024", "2025-2026"))
    day = dt.date(2026, 3, 1)
    assert latest(older, picks, day) == newer
    assert latest(newer, picks, day) == newer
    assert latest(newer, picks, dt.date(2024, 3, 1)) == older  # on that day the newer one is not yet in force


def test_on_the_day_asked_the_paper_in_force_answers_not_the_one_to_come(tmp_path: Path) -> None:
    head = "# Rammeaftale {0}\nRegion Sjælland og kommunerne i Sjælland.\n\n## Varsel\n\n"
    text = head + "Opsigelsesvarslet er {1} måneder.\n"
    for n, period in ((3, "2023-2024"), (5, "2025-2026"), (7, "2027-2028")):
        (tmp_path / f"{n}.md").write_text(text.format(period, n), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path], own.index, own)
    assistant = Assistant(own.index, own)
    for year, months in ((2024, 3), (2026, 5), (2028, 7), (2030, 7)):
        found = assistant.ask("Hvad er opsigelsesvarslet i Sjælland?", today=dt.date(year, 3, 1)).answer
        assert isinstance(found, Grounded)
        assert f"{months} måneder" in found.statements[0].text, year


def test_two_rules_that_answer_alike_are_both_shown_under_their_names(tmp_path: Path) -> None:
    """The question does not say which of them is meant, so both are shown."""
    text = (
        "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne i Sjælland.\n\n## Opsigelse af døgnpladser\n\n"
        "Varslet for opsigelse er 4 måneder.\n\n## Opsigelse af dagpladser\n\nVarslet ved opsigelse er 6 uger.\n"
    )
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    found = answer(tmp_path, tmp_path / "a.md", question="Hvad er varslet for opsigelse i Sjælland?")
    assert isinstance(found, Grounded)
    told = [s.text for s in found.statements]
    assert any("Opsigelse af døgnpladser\n" in t and "4 måneder" in t for t in told), told
    assert any("Opsigelse af dagpladser\n" in t and "6 uger" in t for t in told), told
    marked = {s.text[start:end] for s in found.statements for start, end in s.bold}
    assert marked
    assert marked <= {"4 måneder", "6 uger"}
