"""Documents whose lines have run together and whose sentences continue on the next page, and questions to them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from conftest import ROOT, pdf

from assistant.documents import formats
from assistant.documents.chunking import passages
from assistant.documents.line_breaks import titles, unfold
from assistant.index.ingest import ingest
from assistant.models import CleanPage, Facts, Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings

TODAY = dt.date(2026, 11, 22)
PROGRAMME = (
    "Program for dialogdagen 09.00 Ankomst og kaffe 09.30 Velkomst ved formanden for udvalget "
    "10.15 Drøftelse af tre visioner: 1. Fælles drift af små tilbud 2. En fælles venteliste 3. Færre "
    "flytninger for den enkelte 12.00 Frokost i kantinen 12.45 Opsamling og farvel"
)
CHAPTER = (
    "2. Trivsel i hverdagen Tilbuddene skal give ro og overblik. Som led heri sætter strategien to temaer på "
    "dagsordenen. 2.1 Dagsorden for arbejdet 1) Faste kontaktpersoner 2) Mindre boenheder 2.1.1 Faste "
    "kontaktpersoner Den enkelte beboer får én kontaktperson, som følger med ved flytning. 2.1.2 Mindre "
    "boenheder Nye boenheder bygges til højst otte beboere."
)
CONTENTS = "Indhold 1. Formål...3 2. Trivsel i hverdagen...4 3. Økonomi og drift...9"


def lines(text: str, headings: frozenset[str] = frozenset()) -> list[str]:
    for r in sorted(unfold(text, headings), key=lambda r: -r.start):
        assert text[r.start : r.end] == r.before
        text = text[: r.start] + r.after + text[r.end :]
    return text.split("\n")


def test_a_programme_and_the_list_inside_it() -> None:
    assert lines(PROGRAMME) == [
        "Program for dialogdagen",
        "09.00 Ankomst og kaffe",
        "09.30 Velkomst ved formanden for udvalget",
        "10.15 Drøftelse af tre visioner:",
        "1. Fælles drift af små tilbud",
        "2. En fælles venteliste",
        "3. Færre flytninger for den enkelte",
        "12.00 Frokost i kantinen",
        "12.45 Opsamling og farvel",
    ]


def test_sections_and_what_the_list_of_contents_names() -> None:
    assert {"Trivsel i hverdagen", "Økonomi og drift"} <= titles([CONTENTS, CHAPTER])
    assert lines(CHAPTER, titles([CONTENTS])) == [
        "2. Trivsel i hverdagen",
        "Tilbuddene skal give ro og overblik. Som led heri sætter strategien to temaer på dagsordenen.",
        "2.1 Dagsorden for arbejdet",
        "1) Faste kontaktpersoner",
        "2) Mindre boenheder",
        "2.1.1 Faste kontaktpersoner",
        "Den enkelte beboer får én kontaktperson, som følger med ved flytning.",
        "2.1.2 Mindre boenheder",
        "Nye boenheder bygges til højst otte beboere.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Kommunen betaler, jf. stk. 1. Regionen betaler, jf. stk. 2. Staten betaler resten.",
        "Mødet er kl. 09.30 i Odense. Taksten er 1.250 kr. i 2023. Se bilag 1. Tillægget er 2.5 Mio. kr.",
        "Den 1. Maj og den 2. Juni holdes der lukket - som altid - i Region Nord - og Syd.",
        "§ 3. Aftalen gælder i to år. § 4. Aftalen kan genforhandles.",
    ],
)
def test_what_only_looks_like_a_list_stays_one_line(text: str) -> None:
    assert lines(text) == [text]


def test_the_sample_corpus_is_set_as_it_should_be_and_stays_so() -> None:
    for file in sorted((ROOT / "corpus").glob("rammeaftale-*.pdf"))[:3]:
        for page in formats.read(file).pages:
            for line in page.raw.split("\n"):
                assert not unfold(line), line


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Assistant:
    folder = tmp_path_factory.mktemp("sammen")
    pdf(
        folder / "strategi-trivsel.pdf",
        f"""#set page(width: 15cm, height: 12cm)
#set text(size: 9pt)
= Strategi for trivsel på de sociale tilbud
{CONTENTS}
#pagebreak()
{CHAPTER}
#pagebreak()
Tilbuddene på voksenområdet måler hvert år beboernes trivsel. Resultatet af målingen drøftes på
husmøder, og på den baggrund vælger hvert
#pagebreak()
hus ét forbedringspunkt, som ledelsen følger op på efter seks måneder.
#pagebreak()
= Dialogdagen
{PROGRAMME}
""",
    )
    pdf(
        folder / "rammeaftale-sjaelland-2025-2026.pdf",
        """= Rammeaftale 2025-2026 for Region Sjælland
== Trivsel og uro
Der holdes tilsyn med trivslen på tilbud for voksne to gange om året. Fælles tilsyn aftales i styregruppen.
== Organisering
Sekretariatet betjenes af kommunerne på skift. Formandskabet følger valgperioden, og aftalerne godkendes af
kommunalbestyrelserne.
""",
    )
    own = replace(settings, index=folder / "index")
    ingest([folder], own.index, own)
    return Assistant(own.index, own)


def said(told: Assistant, question: str) -> str:
    answer = told.ask(question, today=TODAY).answer
    return " / ".join(s.text for s in answer.statements) if isinstance(answer, Grounded) else "intet"


def test_the_words_still_lead_back_to_the_page(told: Assistant) -> None:
    answer = told.ask("Hvilke tre visioner drøftes på dialogdagen?", today=TODAY).answer
    assert isinstance(answer, Grounded)
    assert all(x in answer.statements[0].text for x in ("Fælles drift", "venteliste", "Færre flytninger"))
    citation = answer.statements[0].citations[0]
    assert citation.raw in told.retriever.catalog.raw(citation.document_id, citation.page)


def test_a_list_under_its_heading_answers_for_the_sentence_before_it(told: Assistant) -> None:
    text = said(told, "Hvilke to temaer sætter strategien på dagsordenen for trivsel i hverdagen?")
    assert "Faste kontaktpersoner" in text
    assert "Mindre boenheder" in text


def test_a_sentence_goes_on_overleaf(told: Assistant) -> None:
    text = said(told, "Hvad vælger hvert hus på baggrund af målingen af beboernes trivsel?")
    assert "ét forbedringspunkt" in text


def test_the_passive_answers_for_the_active(told: Assistant) -> None:
    assert "kommunerne på skift" in said(told, "Hvem betjener sekretariatet i Sjælland?")


def test_a_strategy_and_an_agreement_are_sides(told: Assistant) -> None:
    answer = told.ask(
        "Hvad siger strategien og rammeaftalen om tilsyn og måling af trivsel?", today=TODAY
    ).answer
    assert isinstance(answer, Grounded)
    assert {c.document for s in answer.statements for c in s.citations} == {
        "strategi-trivsel.pdf",
        "rammeaftale-sjaelland-2025-2026.pdf",
    }


@pytest.mark.parametrize(
    "question",
    [
        "Hvor mange penge bruger tilbuddene på at måle beboernes trivsel?",
        "Hvem er formand for sekretariatet i Sjælland?",
        "Hvornår blev der målt trivsel for første gang på tilbuddene på voksenområdet?",
        "I hvilken by holdes dialogdagen om trivsel?",
    ],
)
def test_without_the_amount_the_office_the_day_or_the_place_there_is_no_answer(
    told: Assistant, question: str
) -> None:
    assert said(told, question) == "intet"


def test_headings_go_with_what_stands_under_them() -> None:
    above = "Beboerne vælger selv, hvordan dagen er lagt til rette på det enkelte tilbud. " * 7
    below = "Nye boenheder bygges til højst otte beboere, og de ældste rives ned først. " * 8
    page = CleanPage.of(1, f"{above.strip()}\n2.1.2 Mindre boenheder\n{below.strip()}", [])
    first, second = passages("0" * 12, [page], Facts())
    assert first.text == above.strip()
    assert second.text.startswith("2.1.2 Mindre boenheder\nNye")
    assert second.section == ("2.1.2 Mindre boenheder",)
