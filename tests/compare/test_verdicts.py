"""Comparisons side by side: values, verdicts, and the report in its formats."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, pdf

from assistant.answer.figures import kinds_of, value_of
from assistant.compare import selection
from assistant.compare.as_answer import lead_of
from assistant.compare.verdicts import single, timeline, verdict_of
from assistant.documents.answer_units import Unit
from assistant.errors import QuestionError, ReadError, StorageError
from assistant.index.ingest import ingest
from assistant.language.values import Value, values_in
from assistant.messages import Said
from assistant.models import Abstained, Grounded, Quote, Row, Scope, Statement
from assistant.reports import announcements, contradictions
from assistant.reports.consistency import COLUMNS, cells, findings, markdown, page, topics, write
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.ui.matrix import matrix
from eval.consistency import generate, measured
from eval.gate import compared, failures, thresholds

TODAY = dt.date(2026, 6, 1)
CORPUS = ROOT / "corpus"


# --- values ---


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("tre måneder", "3 mdr.", True), ("to år", "24 måneder", True), ("6 uger", "42 dage", True),
        ("et kvartal", "3 måneder", True), ("3 måneder", "90 dage", False), ("10 hverdage", "10 dage", False),
        ("5 pct.", "fem procent", True), ("±5 %", "5 %", False), ("1.234 kr.", "1234 kroner", True),
        ("0,5 mio. kr.", "500.000 kr.", True), ("den 1. maj", "1/5", True), ("1. maj 2025", "1. maj", False),
        ("et halvt år", "6 måneder", True), ("løbende måned + 30 dage", "30 dage", False),
    ],
)  # fmt: skip
def test_equal_after_normalisation(one: str, other: str, same: bool) -> None:
    (first,), (second,) = values_in(one), values_in(other)
    assert (first.key == second.key) is same


def test_sections_years_and_list_marks_are_no_figures() -> None:
    (section,) = values_in("1. Efter § 107, stk. 2, i bilag 3 fra 2025")
    assert section.normalized == "§ 107 stk. 2"


# --- verdicts ---


def _row(region: str, *values: tuple[str, str, str]) -> Row:
    return Row(region, "2025-2026", "a.pdf", "found", (), values)


SILENT = Row("Fyn", None, None, "silent")
MONTHS, QUARTER, FOUR = (
    ("duration", "3 mdr.", "P3M"),
    ("duration", "et kvartal", "P3M"),
    ("duration", "4 mdr.", "P4M"),
)


def test_verdicts() -> None:
    names = ("A", "B", "C")
    assert verdict_of([_row("A", MONTHS), _row("B", QUARTER), SILENT], names)[0] == "agree"
    verdict, (difference,), _ = verdict_of([_row("A", MONTHS), SILENT, _row("C", FOUR)], names)
    assert verdict == "differ"
    assert difference.values == {"A": "3 mdr.", "C": "4 mdr."}
    assert verdict_of([_row("A", MONTHS), SILENT, SILENT], names)[0] == "insufficient"
    assert verdict_of([_row("A", MONTHS), _row("B"), SILENT], names)[0] == "insufficient"
    assert (
        verdict_of([_row("A", MONTHS), _row("B", ("percent", "4 %", "4")), SILENT], names)[0]
        == "insufficient"
    )


def test_lists_are_compared_as_sets() -> None:
    one, other = Value("term", "Autisme\nPsykiatri", ""), Value("term", "psykiatri\nautisme", "")
    assert one.key == other.key


def test_how_often_and_days_without_their_year() -> None:
    names = ("A", "B")
    half, twice, third = ("duration", "hver 6. måned", "P6M"), ("count", "to", "2"), ("count", "tre", "3")
    assert verdict_of([_row("A", half), _row("B", twice)], names, often=True)[0] == "agree"
    assert verdict_of([_row("A", half), _row("B", third)], names, often=True)[0] == "differ"
    assert verdict_of([_row("A", half), _row("B", twice)], names)[0] == "insufficient"
    yearly, once, months = (
        ("duration", "hvert år", "P1Y"),
        ("count", "1 gang om året", "1"),
        ("duration", "et år", "P1Y"),
    )
    for one in (yearly, once, months):  # "once" says how often by itself
        for other_one in (yearly, once):
            assert verdict_of([_row("A", one), _row("B", other_one)], names)[0] == "agree"
    day, dated, other = (
        ("date", "1. maj", "--05-01"),
        ("date", "1/5-2026", "2026-05-01"),
        ("date", "2/5", "--05-02"),
    )
    assert verdict_of([_row("A", day), _row("B", dated)], names)[0] == "agree"
    assert verdict_of([_row("A", dated), _row("B", other)], names)[0] == "differ"


@pytest.mark.parametrize(
    ("question", "sentence", "normalized"),
    [
        ("Hvad er varslet for dagtilbud?",
         "Varslet er 5 måneder for døgntilbud og fire uger for dagtilbud.", "P4W"),
        ("Hvad er varslet for døgnpladser?",
         "Dagpladser kan siges op med to ugers varsel, mens varslet for døgnpladser er et halvt år.", "P6M"),
        ("Hvad er betalingsfristen?", "Betalingsfristen er 25 dage mod hidtil 40 dage.", "P25D"),
        ("Hvad er betalingsfristen?", "Betalingsfristen ændres fra 40 dage til 25 dage.", "P25D"),
        ("Hvad er betalingsfristen?",
         "Hvor betalingsfristen tidligere var 40 dage, er den nu 25 dage.", "P25D"),
        ("Hvad er varslet?", "Pladsen kan ikke fraflyttes tidligere end to måneder efter varslet.", "P2M"),
        ("Hvornår sendes regningen?", "Regningen for en måned sendes senest ti dage inde i den næste.", "P10D"),
        ("Hvor stort er overheadet?",
         "Overheadet udgør 6 pct., og der kan lægges 2 pct. til vedligehold oveni.", "6"),
        ("Hvor ofte mødes rådet?",
         "Rådet mødes en gang i kvartalet og får indkaldelsen to uger før mødet.", "4"),
        ("Hvilket varsel gælder, når flere pladser opsiges på én gang?",
         "Opsiges fire eller flere pladser på én gang inden for 20 dage, er varslet et halvt år.", "P6M"),
        ("Hvor mange kommuner skal gå sammen, før et nyt fælles tilbud kan oprettes?",
         "Der skal tre kommuner og et grundlag på 150.000 til, før de går sammen om at oprette et nyt fælles tilbud.",
         "3"),
        ("Hvor mange sidder der i styregruppen?",
         "2.1 I styregruppen sidder 8 medlemmer, idet hver af klyngerne udpeger to.", "8"),
        ("Hvad er fristen for betaling?",
         "Betaling. Senest 25 dage efter modtagelsen. En indsigelse har en frist på 8 dage.", "P25D"),
        ("Hvor mange møder holder rådet om året?",
         "Rådet kan indkaldes særskilt, hvis 3 kommuner beder om det, og holder 5 ordinære møder om året.", "5"),
    ],
)  # fmt: skip
def test_the_amount_that_is_asked_for(
    samples: Assistant, question: str, sentence: str, normalized: str
) -> None:
    query = samples.retriever.query(question, Scope())
    unit = Unit(0, len(sentence), sentence, "sentence")
    statement = Statement(sentence, (Quote("x", 0, len(sentence), sentence),))
    kinds = kinds_of(query.expected)
    kind = next(k for k in kinds if any(v.kind == k for v in values_in(sentence)))
    found = value_of([statement], query, unit, [kind])
    assert found is not None
    assert found.normalized == normalized


def over(folder: Path, papers: Mapping[str, str]) -> Assistant:
    """An index with one agreement for each region, each with the text given for it."""
    for region, body in papers.items():
        (folder / f"{region}.md").write_text(
            f"# Rammeaftale 2025-2026 for Region {region}\n\nAftalen gælder fra 1. januar 2025 til 31. december 2026."
            f"\n\n{body}\n",
            encoding="utf-8",
        )
    settings = Settings.load({}, index=folder / "index")
    ingest([folder], settings.index, settings)
    return Assistant(settings.index, settings)


PAYING = {
    "Sjælland": ("Regninger", "En regning skal være betalt, når der er gået 28 dage, fra den blev sendt."),
    "Syddanmark": ("Betaling", "Betalingsfristen er 28 dage. En rykker sendes efter 5 hverdage."),
    "Midtjylland": ("Betaling", "Kommunen betaler senest 28 dage efter, at den har fået regningen."),
    "Nordjylland": ("Betaling", "Regninger sendes elektronisk og viser, hvilken borger de gælder."),
}


def test_sides_are_judged_together(tmp_path: Path) -> None:
    """A side that says nothing stays silent, also where the other sides have something. A side with a synonym is found
    beside the others."""
    papers = {
        region: f"## Nye tilbud\n\nHøringsfristen for et nyt tilbud er seks uger.\n\n## {heading}\n\n{clause}"
        "\n\n## Opsigelse\n\nEn plads på et døgntilbud opsiges med to måneders varsel."
        for region, (heading, clause) in PAYING.items()
    }
    found = over(tmp_path, papers).compare("Hvad er betalingsfristen i regionerne?", today=TODAY)
    told = {row.region: [v[2] for v in row.values] for row in found.rows}
    assert told == {"Sjælland": ["P28D"], "Syddanmark": ["P28D"], "Midtjylland": ["P28D"], "Nordjylland": []}
    assert [row.status for row in found.rows if row.region == "Nordjylland"] == ["silent"]
    assert found.verdict == "agree"


RULES = """
| Emne | Regel | Bemærkning |
|---|---|---|
| Høring om et nyt tilbud | seks uger | Nabokommuner inddrages |
| Betalingsfrist | {days} | Rykker efter 5 hverdage |
| Opsigelse af døgnplads | to måneder | Skriftligt |
| Medlemmer af dialogforum | 12 personer | Udpeges for 4 år |
"""


def test_a_table_of_rules_answers_beside_sentences(tmp_path: Path) -> None:
    """Rows that mix words and figures are read under their header. The value of a row is its only cell that is nothing
    but a value; a row with two such cells has no value."""
    papers = {
        region: f"## Regler\n\n{RULES.format(days=days)}" if days else f"## {heading}\n\n{clause}"
        for (region, (heading, clause)), days in zip(
            PAYING.items(), ("28 dage", "", "", "30 dage"), strict=True
        )
    }
    assistant = over(tmp_path, papers)
    found = assistant.compare("Hvad er betalingsfristen i regionerne?", today=TODAY)
    told = {row.region: [v[2] for v in row.values] for row in found.rows}
    assert told == {
        "Sjælland": ["P28D"],
        "Syddanmark": ["P28D"],
        "Midtjylland": ["P28D"],
        "Nordjylland": ["P30D"],
    }
    (row,) = (row for row in found.rows if row.region == "Nordjylland")
    assert [q.text for q in row.statements[0].quotes][1] == "Emne ¦ Regel ¦ Bemærkning"
    members = assistant.ask("Hvor mange medlemmer har dialogforum i Sjælland?", today=TODAY).answer
    assert isinstance(members, Grounded)
    (statement,) = members.statements
    assert [statement.text[a:b] for a, b in statement.bold] == ["12 personer"]


HEADED = """
| Emne | Frist for betaling |
|---|---|
| Høring om et nyt tilbud | seks uger |
| Regninger | 30 dage |
| Opsigelse | to måneder |
"""


def test_a_row_is_judged_with_the_heads_of_its_columns(tmp_path: Path) -> None:
    papers = {region: f"## {heading}\n\n{clause}" for region, (heading, clause) in PAYING.items()}
    papers["Nordjylland"] = f"## Regler\n\n{HEADED}"
    found = over(tmp_path, papers).compare("Hvad er betalingsfristen i regionerne?", today=TODAY)
    told = {row.region: [v[2] for v in row.values] for row in found.rows}
    assert told == {
        "Sjælland": ["P28D"],
        "Syddanmark": ["P28D"],
        "Midtjylland": ["P28D"],
        "Nordjylland": ["P30D"],
    }


MEETING = {
    "Sjælland": "Administrationens netværk holder møde to gange om året i foråret og i efteråret.",
    "Nordjylland": "Administrationens netværk holder møde hver sjette måned hos en af kommunerne.",
}


def test_the_same_frequency_in_other_words_is_no_difference(tmp_path: Path) -> None:
    assistant = over(tmp_path, {region: f"## Netværk\n\n{clause}" for region, clause in MEETING.items()})
    asked = "Hvor ofte holder administrationens netværk møde i Sjælland og i Nordjylland?"
    assert assistant.compare(asked, today=TODAY).verdict == "agree"
    answer = assistant.ask(asked, today=TODAY).answer
    assert isinstance(answer, Grounded)
    assert {s.citations[0].facts.region for s in answer.statements} == set(MEETING)
    assert "regions_differ" not in {n.key for n in answer.notes if isinstance(n, Said)}


NOTICE = {
    "Sjælland": "Et dagtilbud opsiges med 6 ugers varsel. En plads i et døgntilbud opsiges med 3 mdrs. varsel.",
    "Syddanmark": "Opsigelsesvarslet for en døgnplads er 3 måneder. Et dagtilbud opsiges med 6 ugers varsel.",
    "Nordjylland": "Opsigelsesvarslet for en døgnplads er 4 måneder og regnes fra den første i en måned.",
}


def test_what_holds_for_one_kind_of_offer_does_not_answer_for_another(tmp_path: Path) -> None:
    assistant = over(tmp_path, {region: f"## Opsigelse\n\n{clause}" for region, clause in NOTICE.items()})
    day = assistant.compare("Hvad er opsigelsesvarslet for dagtilbud i regionerne?", today=TODAY)
    assert {r.region: [v[2] for v in r.values] for r in day.rows} == {
        "Sjælland": ["P6W"], "Syddanmark": ["P6W"], "Nordjylland": [],
    }  # fmt: skip
    assert day.verdict == "agree"
    night = assistant.compare("Hvad er opsigelsesvarslet for døgntilbud i regionerne?", today=TODAY)
    assert [[v[2] for v in r.values] for r in night.rows] == [["P3M"], ["P3M"], ["P4M"]]
    asked = assistant.ask("Hvad er opsigelsesvarslet for dagtilbud i Nordjylland?", today=TODAY).answer
    assert isinstance(asked, Abstained)


CHOSEN = {
    "Sjælland": "Oplæg til mødet\n\nFokusområde 1\n\nLivet på botilbud\n\nHvad er svært i dag?\n\nFokusområde 2\n\n"
    "Unge uden uddannelse\n\nHvad er svært i dag?\n\nFokusområde 3\n\nFælles overblik\n\nHvad er svært i dag?",
    "Syddanmark": "Rammeaftalen gælder for politisk valgte emner og for køb og salg af pladser.\n\n"
    "Forum pegede på to indsatsområder:\n\n1. Nærhed og stordrift\n2. Unge uden uddannelse",
}


def test_chosen_areas_by_whatever_name_and_form(tmp_path: Path) -> None:
    """One document is a card with the number above the title; the other is a list under a synonym."""
    for region, body in CHOSEN.items():
        (tmp_path / f"{region}.txt").write_text(
            f"Rammeaftale 2025-2026 for Region {region}\n\n{body}\n", encoding="utf-8"
        )
    settings = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path], settings.index, settings)
    found = Assistant(settings.index, settings).compare("Hvilke fokusområder er valgt?", today=TODAY)
    assert {row.region: [v[1].split("\n") for v in row.values] for row in found.rows} == {
        "Sjælland": [["Livet på botilbud", "Unge uden uddannelse", "Fælles overblik"]],
        "Syddanmark": [["Nærhed og stordrift", "Unge uden uddannelse"]],
    }
    assert found.verdict == "differ"


# --- over real documents ---


def test_five_regions_each_in_its_own_words(samples: Assistant) -> None:
    found = samples.compare("Hvad er opsigelsesvarslet for døgntilbud i de fem regioner?", today=TODAY)
    assert [r.region for r in found.rows] == [
        "Hovedstaden",
        "Sjælland",
        "Syddanmark",
        "Midtjylland",
        "Nordjylland",
    ]
    assert found.verdict == "differ"
    for row in found.rows:
        assert row.status == "found"
        assert row.period == "2025-2026"
        citations = [c for s in row.statements for c in s.citations]
        assert citations
        assert all(c.facts.region == row.region for c in citations)
        assert row.values[0][1] in row.statements[0].text


@pytest.mark.parametrize(
    "question",
    [
        "Hvad er opsigelsesvarslet for døgntilbud i de fem regioner?",
        "Hvor stort er overheadet i regionerne?",
        "Hvor ofte mødes styregruppen i regionerne?",
        "Hvad er betalingsfristen i regionerne?",
    ],
)
def test_the_amount_in_bold_is_the_one_compared(samples: Assistant, question: str) -> None:
    found = samples.compare(question, today=TODAY)
    rows = [r for r in found.rows if r.values]
    assert rows
    shown = matrix(found, "region", [])
    for row in rows:
        marked = [s.text[start:end] for s in row.statements for start, end in s.bold]
        assert marked == [row.values[0][1]]
        assert f"<strong>{marked[0]}</strong>" in shown


def test_what_no_agreement_says_is_silent_everywhere(samples: Assistant) -> None:
    found = samples.compare("Hvor stor en overbelægning må et tilbud have i regionerne?", today=TODAY)
    assert {r.status for r in found.rows} == {"silent"}
    assert found.verdict == "insufficient"


def test_over_time(samples: Assistant) -> None:
    found = samples.compare("Hvad er betalingsfristen i Sjælland?", today=TODAY, by="period")
    assert [(r.period, r.values[0][2]) for r in found.rows] == [("2023-2024", "P45D"), ("2025-2026", "P45D")]
    assert found.verdict == "agree"


def test_one_side_is_no_comparison(samples: Assistant, assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="kun én region"):
        samples.compare("Hvad er overheadet?", Scope(regions=("Sjælland",)))
    with pytest.raises(QuestionError, match="Nævn én region"):
        samples.compare("Hvad er overheadet?", by="period")
    assert len(assistant.compare("Hvad er overheadet?", today=TODAY).rows) == 2


def test_the_command_gives_the_contract(samples: Assistant) -> None:
    command = [sys.executable, "-m", "assistant.cli", "compare", "Hvor stort er overheadet?", "--json",
               "--period", "2023-2024", "--region", "Sjælland", "--region", "Nordjylland",
               "--index", str(samples.settings.index)]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert {"question", "rows", "verdict", "differences"} <= set(told)
    assert [r["region"] for r in told["rows"]] == ["Sjælland", "Nordjylland"]
    for row in told["rows"]:
        assert row["status"] == "found"
        assert set(row["quotes"][0]) == {"document", "page", "quote", "raw"}
        assert row["values"][0]["kind"] == "percent"
    assert told["verdict"] == "differ"
    assert set(told["differences"][0]["values"]) == {"Sjælland", "Nordjylland"}


def test_a_comparison_is_put_to_one_region_at_a_time() -> None:
    assert single("Er der forskel på overheadet i regionerne?") == "Hvad er overheadet?"
    assert single("Hvor ofte mødes dialogforum i hver region?") == "Hvor ofte mødes dialogforum?"


# --- the report ---


def test_the_report_in_every_form(samples: Assistant, tmp_path: Path) -> None:
    asked = [
        t
        for t in topics(CORPUS / "topics.toml")
        if t.key in ("over-underskud", "overbelaegning", "fokusomraader")
    ]
    found = findings(samples, asked, today=TODAY)
    assert [f.comparison.verdict for f in found] == ["differ", "differ", "insufficient"]
    rows = list(cells(found))
    for form in ("md", "csv", "html", "xlsx", "docx"):
        write(found, tmp_path / f"r.{form}")
    from docx import Document
    from openpyxl import load_workbook

    book = load_workbook(tmp_path / "r.xlsx")
    titles = list(dict.fromkeys(r[0] for r in rows))
    assert book.sheetnames == ["Overblik", *titles, "Kilder"]
    quotes = [str(book[name].cell(n, 6).value or "") for name in titles for n in range(5, 10)]
    assert quotes == [r[5] for r in rows]
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    lines = [tuple(c.removeprefix("'") for c in r) for r in csv.reader(io.StringIO(text), delimiter=";")]
    assert lines == [COLUMNS, *rows]
    assert any(row[4].startswith("+/-") for row in rows)
    tables = Document(str(tmp_path / "r.docx")).tables
    assert tables[0].rows[1].cells[0].text == "Hovedstaden\n2025-2026"
    assert len(tables) == 4  # the last table lists the sources
    for told in (markdown(found), page(found)):
        assert "ikke fundet i de dokumenter, der er søgt i" in told
        assert rows[0][6] in told
    with pytest.raises(StorageError, match="ender på"):
        write(found, tmp_path / "r.pdf")


def test_the_standing_topics_can_be_edited_and_are_checked(tmp_path: Path) -> None:
    assert len(topics(CORPUS / "topics.toml")) >= 25
    for bad in ("[a]\ntitle = 'x'\n", "a = 1\n", "[", ""):
        file = tmp_path / "t.toml"
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(ReadError):
            topics(file)


# --- the benchmark ---


def test_the_benchmark_writes_what_it_expects(tmp_path: Path) -> None:
    expected = generate(99, tmp_path)
    files = {f.name: f.read_text(encoding="utf-8") for f in tmp_path.glob("*.md")}
    assert len(files) == 10
    current = [t for t in files.values() if "Rammeaftale 2025-2026" in t]
    for one in expected:
        for region, value in one.values.items():
            (text,) = [t for t in current if f"Region {region}" in t]
            assert value is None or value in text
    assert any(v is None for e in expected for v in e.values.values())


@pytest.mark.slow
def test_comparisons_pass_their_gate() -> None:
    assert failures(compared((1, 2, 3)), thresholds("consistency")) == []


@pytest.mark.slow
def test_a_comparison_without_scope_fails_its_gate() -> None:
    from unittest import mock

    from assistant.retrieval import search

    with mock.patch.object(search, "admits", return_value=True):
        broken = {name: {"mean": value} for name, value in measured((1,)).measures().items()}
    assert failures(broken, thresholds("consistency"))


# --- announcements, contradictions, time, documents ---


def index_of(tmp_path: Path, **papers: str) -> Assistant:
    folder = tmp_path / "papirer"
    folder.mkdir()
    for name, text in papers.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    return Assistant(own.index, own)


def test_which_region_has_answered_an_announcement(tmp_path: Path) -> None:
    assistant = index_of(
        tmp_path,
        udmelding="# Central udmelding om tegnsprogsindsatser\nUdsendt den 3. maj 2022 af styrelsen.\n",
        syd="# Opsamling 2023\nRegion Syddanmark og kommunerne i Syddanmark.\n\n## Central udmelding om tegnsprog\n"
        "Styrelsen spurgte til tegnsprogsindsatser. Kommunerne besvarede udmeldingen den 1. juni 2023.\n",
        nord="# Opsamling 2023\nRegion Nordjylland og kommunerne.\n\n## Central udmelding om punktskrift\n"
        "Kommunerne besvarede udmeldingen om punktskrift den 9. juni 2023.\n",
    )
    (found,) = announcements.findings(assistant)
    rows = {row.region: row for row in found.comparison.rows}
    assert rows["Syddanmark"].statements[0].text == "Kommunerne besvarede udmeldingen den 1. juni 2023."
    assert rows["Syddanmark"].values[0][2] == "2023-06-01"
    assert rows["Nordjylland"].status == "silent"
    assert found.comparison.notes[-1].endswith("Nordjylland.")
    assert found.comparison.verdict == "insufficient"


def test_a_document_that_contradicts_itself_is_named(tmp_path: Path) -> None:
    same = "Kommunen skal betale regningen fra driftsherren senest {} dage efter modtagelsen."
    assistant = index_of(
        tmp_path,
        a=f"# Styringsaftale 2025-2026\nRegion Sjælland\n\n## Betaling\n{same.format(30)}\n\n"
        f"## Bilag\n{same.format(45)}\n"
        "Belægningen på de fælles døgntilbud i regionen var 95 pct. i 2023.\n"
        "Belægningen på de fælles døgntilbud i regionen var 94 pct. i 2024.\n",
        b=f"# Styringsaftale 2025-2026\nRegion Nordjylland\n\n## Betaling\n{same.format(60)}\n",
    )
    (found,) = contradictions.findings(assistant)
    assert found.topic.title == "Modsigelse i a.md"
    assert [v for row in found.comparison.rows for _, _, v in row.values] == ["P30D", "P45D"]
    assert all(row.statements[0].citations for row in found.comparison.rows)


def test_what_came_went_and_stayed(tmp_path: Path) -> None:
    text = (
        "# Rammeaftale {}\nRegion Midtjylland og kommunerne.\n\n"
        "## Fokusområder\nParterne har valgt tre fokusområder:\n{}\n"
    )
    old, new = ("Autisme", "Senhjerneskade", "Viden om effekt"), ("Autisme", "Hjemløshed", "Viden om effekt")
    assistant = index_of(
        tmp_path,
        gammel=text.format("2023-2024", "\n".join(f"- {t}" for t in old)),
        ny=text.format("2025-2026", "\n".join(f"- {t}" for t in new)),
    )
    found = assistant.compare("Hvilke fokusområder er der i Midtjylland?", by="period")
    assert found.verdict == "differ"
    assert found.notes == (
        "Fra 2023-2024 til 2025-2026: kom til: Hjemløshed; udgik: Senhjerneskade; blev: Autisme, Viden om effekt.",
    )
    names, items = timeline(found.rows, [row.period or "" for row in found.rows])
    assert names == ("2023-2024", "2025-2026")
    assert dict(items) == {
        "Autisme": (True, True), "Senhjerneskade": (True, False), "Viden om effekt": (True, True),
        "Hjemløshed": (False, True),
    }  # fmt: skip
    assert matrix(found, "period", []).count("class='there'") == 6
    assert "timeline" not in matrix(found, "region", [])


def test_a_side_without_any_passage_is_silent_beside_the_others() -> None:
    nothing = selection.Searched(None, (), None)  # type: ignore[arg-type]
    assert {one.shape for pair in selection.kinship([nothing, nothing]).values() for one in pair} == {(0, 0)}
    assert [one.tolist() for one in selection.likelihoods([nothing, nothing])] == [[1.0], [1.0]]


def test_documents_side_by_side(tmp_path: Path) -> None:
    assistant = index_of(
        tmp_path,
        notat="# Notat om overhead\nOverheadet er 5 pct. af de direkte omkostninger ved tilbuddet.\n",
        referat="# Referat\nDet blev oplyst, at overheadet er 6 pct. af de direkte omkostninger ved tilbuddet.\n",
    )
    found = assistant.compare("Hvad er overheadet?", by="document")
    assert [(r.document, r.values[0][2]) for r in found.rows] == [("notat.md", "5"), ("referat.md", "6")]
    assert found.verdict == "differ"
    assert found.differences[0].values == {"notat.md": "5 pct.", "referat.md": "6 pct."}


def test_a_section_is_a_value(tmp_path: Path) -> None:
    text = "# Styringsaftale 2025-2026\nRegion {}\n\n## Takster\nTaksten for et botilbud beregnes efter {}.\n"
    assistant = index_of(
        tmp_path,
        a=text.format("Sjælland", "servicelovens § 174, stk. 2"),
        b=text.format("Nordjylland", "SEL § 174 stk. 2"),
    )
    found = assistant.compare("Efter hvilken paragraf beregnes taksten for et botilbud?")
    assert found.verdict == "agree"
    assert {v for row in found.rows for _, _, v in row.values} == {"SEL § 174 stk. 2"}


def test_sides_that_agree_but_for_an_exception_agree_as_a_rule(tmp_path: Path) -> None:
    rules = {
        "Sjælland": "Gruppen kommer med sit forslag inden 8 uger.",
        "Syddanmark": "Gruppen kommer med sit forslag inden otte uger.",
        "Midtjylland": "Gruppen kommer med sit forslag inden 8 uger, dog 4 uger, hvis pladserne er sagt op.",
    }
    for region, rule in rules.items():
        text = f"= Rammeaftale 2025-2026\nKommunerne i Region {region}\n\n== Arbejdsgruppe\n{rule}\n"
        (tmp_path / "pdf").mkdir(exist_ok=True)
        pdf(tmp_path / "pdf" / f"rammeaftale-{region.lower()}-2025-2026.pdf", text)
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "pdf"], own.index, own)
    found = Assistant(own.index, own).compare("Hvor hurtigt kommer gruppen med sit forslag?", today=TODAY)
    assert found.verdict == "partly"
    assert [n for n in found.notes if "Midtjylland undtager" in n and "dog 4 uger" in n]
    assert "som hovedregel" in lead_of(found, [r.region or "" for r in found.rows])
    rows = [r for r in found.rows if r.region != "Midtjylland"]
    assert verdict_of(rows, ["Sjælland", "Syddanmark"])[0] == "agree"


def test_a_side_that_has_no_papers_is_silent(assistant: Assistant) -> None:
    pairs = [("Sjælland", "2011"), ("Nordjylland", "2025-2026")]
    found = assistant.comparing.beside(
        "Hvad er overheadet?", Scope(), pairs, ["2011", "2025"], dt.date(2026, 3, 1)
    )
    assert found.rows[0].status == "silent"
    assert found.verdict == "insufficient"
