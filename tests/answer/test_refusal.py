"""An answer must show what the question asks for: a day, a place, a time, an office, a count, a cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.index.ingest import ingest
from assistant.models import Abstained, Grounded, Scope
from assistant.service.assistant import Assistant
from assistant.settings import Settings

PAPER = """# Opsamling på temadagen i Nordjylland 2024

Region Nordjylland og kommunerne i Nordjylland holdt en fælles temadag for politikere. Dagens ordstyrer var
regionsrådsformand Ane Krog. Næstformand Ole Dam takkede for i dag.

## Praktiske oplysninger

Temadagen blev holdt på Hotel Skagerrak i Hirtshals den 4. marts 2024 fra kl. 9.30 til kl. 15.00.

## Oplæg om tilbuddene

Listen over de mest specialiserede tilbud rummer pt. 10 tilbud. Et af dem er Solgården i Brønderslev for mennesker
med sjældne handicap. I runde 1 peget politikerne på nye samarbejdsformer, som grupperne tog op igen efter frokost.

## Analyse af rådgivningen

Et eksternt konsulentfirma har gennemført en analyse af kommunernes rådgivning. Analysen blev drøftet på flere møder
i efteråret og ligger til grund for det videre arbejde.

Gruppe 3 1. Fælles hjemmeside
Gruppe 4 1. Bedre overgange for unge
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Assistant:
    folder = tmp_path_factory.mktemp("temadag")
    (folder / "temadag.md").write_text(PAPER, encoding="utf-8")
    own = Settings.load({}, index=folder / "index")
    ingest([folder / "temadag.md", corpus], own.index, own)
    return Assistant(own.index, own)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Hvor blev temadagen for politikerne holdt?", "Hotel Skagerrak"),
        ("Hvilken dato blev temadagen holdt?", "4. marts 2024"),
        ("Hvad tid sluttede temadagen på hotellet?", "15.00"),
        ("Hvem er regionsrådsformand?", "Ane Krog"),
        ("Hvem er næstformand?", "Ole Dam"),
        ("antal tilbud listen mest specialiserede", "10 tilbud"),
        ("Hvilken post har Ane Krog?", "regionsrådsformand"),
        ("Hvor mange tilbud er der på listen over de mest specialiserede tilbud?", "10 tilbud"),
    ],
)
def test_what_is_shown_is_answered(asked: Assistant, question: str, words: str) -> None:
    answer = asked.ask(question).answer
    assert isinstance(answer, Grounded)
    assert words in " ".join(s.text for s in answer.statements)


@pytest.mark.parametrize(
    "question",
    [
        "Hvor mange ansatte er der på Solgården?",  # ten offers are not employees
        "Hvor mange politikere deltog i runde 1?",  # the number of a round is not a count
        "Hvor mange møder om analysen af rådgivningen blev der holdt?",  # nor is "flere"
        "Hvad kostede analysen af rådgivningen?",
        "Hvad hedder forstanderen på Solgården?",
        "Hvilken dato blev analysen af rådgivningen drøftet?",
        "Hvad betalte kommunerne for analysen af rådgivningen?",
        "døgntakst Solgården",
        "Hvem er ordstyrer i Region Grønland?",  # the whole name must match
    ],
)
def test_what_is_not_shown_is_refused(asked: Assistant, question: str) -> None:
    assert isinstance(asked.ask(question).answer, Abstained)


def test_what_stands_under_another_number_is_not_meant(asked: Assistant) -> None:
    answer = asked.ask("Hvad foreslog gruppe 4?").answer
    assert isinstance(answer, Grounded)
    said = " ".join(s.text for s in answer.statements)
    assert "Bedre overgange" in said
    assert "Fælles hjemmeside" not in said


def test_a_time_named_with_one_region_holds_for_that_one(tmp_path: Path) -> None:
    agreement = (
        "# {} {}\nRegion {} og kommunerne.\n\n## Varsel\nOpsigelsesvarslet for en plads er {} måneder.\n"
    )
    for name, words in {
        "a": ("Rammeaftale", "2021-2022", "Sjælland", 3),
        "b": ("Rammeaftale", "2023-2024", "Sjælland", 4),
        "c": ("Rammeaftale", "2023-2024", "Nordjylland", 6),
    }.items():
        (tmp_path / f"{name}.md").write_text(agreement.format(*words), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / f"{n}.md" for n in "abc"], own.index, own)
    both = Assistant(own.index, own)
    question = "Hvad er opsigelsesvarslet i henholdsvis {}?"
    answer = both.ask(question.format("Sjælland (2021-2022) og Nordjylland")).answer
    assert isinstance(answer, Grounded)
    cited = {s.citations[0].document for s in answer.statements}
    assert cited == {"a.md", "c.md"}
    later = both.ask(question.format("Sjælland og Nordjylland i 2023-2024")).answer
    assert isinstance(later, Grounded)
    assert {s.citations[0].document for s in later.statements} == {"b.md", "c.md"}
    given = both.ask(
        question.format("Sjælland (2021-2022) og Nordjylland"), Scope(periods=("2023-2024",))
    ).answer
    assert isinstance(given, Grounded)  # the choice on the page overrides the words of the question
    assert {s.citations[0].document for s in given.statements} == {"b.md", "c.md"}


def test_a_fact_of_one_municipality_is_not_anothers(tmp_path: Path) -> None:
    (tmp_path / "referat.md").write_text(
        "# Referat af dialogmøde i Region Sjælland 2025\n\n## Velkomst\n\nBorgmester Ane Krog, Solrød Kommune, bød "
        "velkommen til mødet.\n\n## Betaling\n\nRegningen betales inden 30 dage i alle kommuner i Region Sjælland.\n",
        encoding="utf-8",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "referat.md"], own.index, own)
    assistant = Assistant(own.index, own)
    there = assistant.ask("Hvem er borgmester i Solrød?").answer
    assert isinstance(there, Grounded)
    assert "Ane Krog" in there.statements[0].text
    assert isinstance(assistant.ask("Hvem er borgmester i Roskilde?").answer, Abstained)
    rule = assistant.ask("Hvornår skal regningen betales i Roskilde?").answer
    assert isinstance(rule, Grounded)
    assert "30 dage" in rule.statements[0].text
