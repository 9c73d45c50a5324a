"""Conversations: what a turn means in its context, several matters, mails, and the tools that answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import agreement, pdf

from assistant.errors import QuestionError
from assistant.index.ingest import ingest
from assistant.models import Abstained, Grounded, Part, Scope, Told
from assistant.question.acts import Act, read_turn
from assistant.question.conversation import State, as_json, from_json
from assistant.question.matter import without_scope
from assistant.question.parts import cut, matters
from assistant.service.assistant import Asked, Assistant
from assistant.service.dialogue import _joined, converse
from assistant.settings import Settings
from assistant.ui import render

DAY = dt.date(2026, 3, 1)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("samtale")
    for region, period, notice, rate in (
        ("Sjælland", "2023-2024", "to måneder", "4"),
        ("Sjælland", "2025-2026", "fire måneder", "6"),
        ("Nordjylland", "2025-2026", "tre måneder", "7"),
    ):
        pdf(folder / f"rammeaftale-{region.lower()}-{period}.pdf", agreement(region, period, notice, rate))
    own = Settings.load({}, index=folder / "index")
    ingest([folder], own.index, own)
    return Assistant(own.index, own)


def talk(assistant: Assistant, turns: Sequence[str], given: Scope | None = None) -> list[Asked]:
    state, found = State(), []
    for turn in turns:
        *_, last = converse(assistant, turn, state, given, DAY)
        state = from_json(as_json(last.state))  # as it is stored between two turns
        found.append(last)
    return found


def text(asked: Asked) -> str:
    answer = asked.answer
    if isinstance(answer, Grounded):
        return " ".join([answer.lead, *(s.text for s in answer.statements)])
    return answer.text if isinstance(answer, Told) else ""


def test_a_turn_replaces_the_slots_it_names_and_keeps_the_others(assistant: Assistant) -> None:
    first, matter, earlier, other, more = talk(
        assistant,
        (
            "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?",
            "Hvad med overheadet?",
            "og i den foregående periode?",
            "nej, jeg mente Nordjylland, i den nuværende aftale",
            "er det mere end i Sjælland?",
        ),
    )
    assert "fire måneder" in text(first)
    assert "6 pct." in text(matter)
    assert matter.state.scope.regions == ("Sjælland",)
    assert "4 pct." in text(earlier)
    assert earlier.state.scope.periods == ("2023-2024",)
    assert "7 pct." in text(other)
    assert other.state.scope.regions == ("Nordjylland",)
    assert set(more.state.scope.regions) == {"Nordjylland", "Sjælland"}
    assert isinstance(more.answer, Grounded)
    assert "Højest: Nordjylland (7 pct.)" in more.answer.lead


def test_source_shorter_and_thanks_leave_the_matter_as_it_was(assistant: Assistant) -> None:
    asked, source, shorter, thanks, on = talk(
        assistant,
        (
            "Hvad er overheadet i Sjælland?",
            "hvor står det henne?",
            "kan du skrive det kortere?",
            "tusind tak",
            "og i Nordjylland?",
        ),
    )
    assert isinstance(source.answer, Grounded)
    assert source.answer.lead.startswith("Det står her: ")
    assert "side 2" in source.answer.lead
    assert isinstance(shorter.answer, Grounded)
    assert len(shorter.answer.statements) == 1
    assert isinstance(thanks.answer, Told)
    assert "7 pct." in text(on)
    assert asked.state.matter == on.state.matter


def test_each_matter_of_a_message_is_answered_in_its_own_scope(assistant: Assistant) -> None:
    (asked,) = talk(
        assistant, ("Hvad er varslet for døgntilbud i Nordjylland, og hvad er overheadet i Sjælland?",)
    )
    assert isinstance(asked.answer, Grounded)
    one, two = asked.answer.parts
    assert one.answer.scope.regions == ("Nordjylland",)
    assert two.answer.scope.regions == ("Sjælland",)
    assert isinstance(one.answer, Grounded)
    assert "tre måneder" in one.answer.statements[0].text
    assert isinstance(two.answer, Grounded)
    assert "6 pct." in two.answer.statements[0].text
    row = assistant.as_record(asked)
    assert [(p["from"], p["to"]) for p in row["parts"]] == [(0, len(one.answer.statements)), (
        len(one.answer.statements), len(asked.answer.statements))]  # fmt: skip


def test_a_matter_without_an_answer_is_said_to_have_none(assistant: Assistant) -> None:
    (asked,) = talk(assistant, ("Hvad er overheadet i Sjælland, og hvad koster en busbillet i Odense?",))
    assert isinstance(asked.answer, Grounded)
    assert [type(p.answer) for p in asked.answer.parts][-1] is Abstained
    part = assistant.as_record(asked)["parts"][-1]
    assert part["status"] == "abstained"
    assert "fremgår ikke" in part["answer"]


def test_an_answered_and_a_refused_matter_are_both_drawn(assistant: Assistant) -> None:
    refused = talk(assistant, ["Hvad koster en busbillet i Odense?"])[0].answer
    told = talk(assistant, ["Hvilke dokumenter har du?"])[0].answer
    asked = Asked("Begge?", _joined([Part("Den ene?", refused), Part("Den anden?", told)]), 0.0)
    record = assistant.as_record(asked)
    drawn = render.exchange(asked.question, record)
    assert record["statements"] == []
    assert all(part["answer"].splitlines()[0] in drawn for part in record["parts"])


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Hvad er fristen for at sige op, og hvem skal have besked?", 2),
        ("Hvad er varsel og frist for dag- og døgnpladser?", 1),
        ("Hvad er overheadet, og er det ens i alle regioner?", 1),
        ("Når en borger flytter, hvem betaler så, og hvornår stopper betalingen?", 2),
    ],
)
def test_a_sentence_is_cut_where_its_form_shows_two_questions(sentence: str, count: int) -> None:
    assert len(cut(sentence)) == count


MAIL = """Kære sekretariat

Jeg kom til fra Aarhus i 2019 og er stadig ny her. I sidste uge var vi på udflugt til Odense, og solen skinnede.
Vi har en borger, der skal flytte fra sit botilbud i Region Sjælland.
Kan I oplyse, hvad opsigelsesvarslet er for et døgntilbud?

Med venlig hilsen
Mette
Rådhuspladsen 1, 8000 Aarhus

> Den 3. maj skrev Ali:
> Hvad er overheadet i Nordjylland?
"""


def test_the_question_of_a_mail_is_found_and_its_background_is_not_its_scope(assistant: Assistant) -> None:
    (asked,) = talk(assistant, (MAIL,))
    assert "fire måneder" in text(asked)
    assert asked.answer.scope.regions == ("Sjælland",)
    assert "7 pct." not in text(asked)


def test_a_mail_without_a_question_is_told_so(assistant: Assistant) -> None:
    (asked,) = talk(
        assistant, ("Hej alle\n\nDer er kage i køkkenet klokken to. " + "Vi ses til mødet på fredag. " * 12,)
    )
    assert isinstance(asked.answer, Told)
    assert "intet spørgsmål" in asked.answer.text
    with pytest.raises(QuestionError):
        talk(assistant, ("a " * 20_000,))


def test_the_collection_is_told_of_from_the_catalogue(assistant: Assistant) -> None:
    all_, one, none = talk(
        assistant,
        (
            "Hvilke dokumenter har du?",
            "Hvornår udløber den gældende aftale for Nordjylland?",
            "Har du noget fra 2019-2020?",
        ),
    )
    assert isinstance(all_.answer, Told)
    assert "3 dokumenter" in all_.answer.text
    assert len(all_.answer.documents) == 3
    assert "2026" in text(one)
    assert isinstance(none.answer, Told)
    assert "findes ikke i samlingen" in none.answer.text


def test_what_has_changed_in_an_agreement_and_a_summary_of_it(assistant: Assistant) -> None:
    changed, which, summed = (
        talk(assistant, (turn,))[0]
        for turn in (
            "Hvad er ændret i Sjælland siden sidst?",
            "Hvad er ændret siden sidst?",
            "Giv mig et overblik over aftalen for Sjælland",
        )
    )
    assert isinstance(changed.answer, Grounded)
    assert {"to måneder", "fire måneder"} <= {w for w in ("to måneder", "fire måneder") if w in text(changed)}
    assert isinstance(which.answer, Told)
    assert any("Nordjylland" in choice for choice in which.answer.choices)
    assert isinstance(summed.answer, Grounded)
    assert "6 pct." in text(summed)
    assert "4 pct." not in text(summed)
    assert all(s.citations for s in summed.answer.statements)


def test_a_false_premise_is_corrected_with_the_quote(assistant: Assistant) -> None:
    wrong, right = (
        talk(assistant, (f"Er overheadet i Nordjylland {rate} pct.?",))[0].answer for rate in ("5", "7")
    )
    assert isinstance(wrong, Grounded)
    assert wrong.lead == "Nej, der står 7 pct., ikke 5 pct."
    assert isinstance(right, Grounded)
    assert right.lead == "Ja, der står 7 pct."


def test_a_premise_is_held_against_the_figure_that_answers_not_any_in_the_sentence(tmp_path: Path) -> None:
    """The sentence contains two months, but that is not the notice that the question is about."""
    (tmp_path / "a.md").write_text(
        "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne i Sjælland.\n\n## Opsigelse\n\n"
        "Opsigelsesvarslet er 2 måneder for døgntilbud og 6 uger for dagtilbud.\n",
        encoding="utf-8",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path], own.index, own)
    (asked,) = talk(Assistant(own.index, own), ("Er opsigelsesvarslet for dagtilbud i Sjælland 2 måneder?",))
    assert isinstance(asked.answer, Grounded)
    assert not asked.answer.lead.startswith("Ja")


def test_without_a_region_the_regions_stand_side_by_side_under_a_verdict(assistant: Assistant) -> None:
    (asked,) = talk(assistant, ("Hvad er overheadet?",))
    assert isinstance(asked.answer, Grounded)
    assert asked.answer.lead.startswith("Forskellige: ")
    assert {s.citations[0].facts.region for s in asked.answer.statements} == {"Sjælland", "Nordjylland"}
    assert {s.citations[0].facts.period for s in asked.answer.statements} == {"2025-2026"}


def test_what_cannot_be_resolved_is_asked_back(assistant: Assistant) -> None:
    (asked,) = talk(assistant, ("hvad med den?",))
    assert isinstance(asked.answer, Told)
    assert asked.answer.text.endswith("fokusområder.")


def test_what_the_page_sets_holds_for_every_turn(assistant: Assistant) -> None:
    first, second = talk(
        assistant, ("Hvad er overheadet?", "og varslet for døgntilbud?"), Scope(("Nordjylland",))
    )
    assert "7 pct." in text(first)
    assert "tre måneder" in text(second)


def test_acts_are_read_also_without_the_encoder_and_through_misspellings() -> None:
    for turn, act in (
        ("tak for hjaelpen", Act.THANKS),
        ("hvr mange dokumenter har i", Act.COLLECTION),
        ("hvor står det henne?", Act.SOURCE),
        ("kan du gøre det lidt kortere", Act.SHORTER),
        ("Hvem skal betale, når en borger flytter til en anden kommune?", Act.ANSWER),
    ):
        assert read_turn(turn).act is act, turn
    reading = read_turn("x")
    assert abs(sum(reading.acts.values()) - 1) < 1e-5


def test_a_state_survives_being_kept_and_an_empty_one_is_the_first() -> None:
    state = State(
        "Hvad er overheadet?", Scope(("Sjælland",), ("2025-2026",)), matter="overheadet", shown=("a:1",)
    )
    assert from_json(as_json(state)) == state
    assert replace(state, scope=Scope()).meant == "Hvad er overheadet?"
    assert without_scope(state.meant) == "Hvad er overheadet?"


def test_lines_of_a_chat_and_a_list_are_read_as_sentences() -> None:
    found = matters("Hej\n- Hvad er overheadet i Sjælland?\n- Hvad er varslet i Nordjylland?\n")
    assert [m.text for m in found] == ["Hvad er overheadet i Sjælland?", "Hvad er varslet i Nordjylland?"]


def test_the_states_of_strangers_are_refused(assistant: Assistant, tmp_path: Path) -> None:
    from assistant.web.asking import Question, _state

    for bad in ({"asked": 3}, {"regions": None}, {"x": []}):
        with pytest.raises(QuestionError):
            _state(Question(question="Hvad er overheadet?", state=bad), DAY)


def test_papers_without_topics_suggest_what_stands_under_their_headings(assistant: Assistant) -> None:
    from assistant.reports.suggestions import Suggestions

    suggestions = Suggestions(assistant, [])
    try:
        suggestions.wait(60)
        shown = suggestions.starters("staff") + suggestions.starters("politician")
    finally:
        suggestions.stop()
    assert any("»" in question for question in shown)
    for question in shown:
        assert isinstance(assistant.ask(question, today=dt.date.today()).answer, Grounded)


def test_who_has_the_highest_is_asked_of_all_regions(assistant: Assistant) -> None:
    _, highest, one = talk(
        assistant, ("Hvad er overheadet i Sjælland?", "hvilken region har det højeste?", "og i Sjælland?")
    )
    assert isinstance(highest.answer, Grounded)
    assert {c.facts.region for s in highest.answer.statements for c in s.citations} == {
        "Sjælland",
        "Nordjylland",
    }
    assert "Højest: Nordjylland (7 pct.)" in highest.answer.lead
    # One region alone is no comparison, least of all with its own former period.
    assert "6 pct." in text(one)
    assert "4 pct." not in text(one)


def test_a_verdict_names_no_figure_that_is_not_in_the_row(assistant: Assistant) -> None:
    (found,) = talk(assistant, ("Hvad er opsigelsesvarslet for døgntilbud i regionerne?",))
    assert isinstance(found.answer, Grounded)
    for statement, value in zip(found.answer.statements, ("fire måneder", "tre måneder"), strict=True):
        assert value in statement.text
        assert value in found.answer.lead


def test_a_shorter_answer_is_made_of_what_was_just_shown(assistant: Assistant) -> None:
    first, short = talk(assistant, ("overheadet sjælland", "kort sagt hvad betyder det for os"))
    assert isinstance(first.answer, Grounded)
    assert isinstance(short.answer, Grounded)
    assert short.answer.statements[0].quotes == first.answer.statements[0].quotes
    assert len(short.answer.statements) == 1


def test_the_asker_is_no_part_of_the_question() -> None:
    (alone,) = matters("Hvad er overheadet? jeg sidder i byrådet i Roskilde")
    assert alone.bare == "Hvad er overheadet?"
    told = matters("Jeg er ny i Kolding og har fået en regning, hvornår skal den være betalt?")
    assert [m.text for m in told] == ["har fået en regning, hvornår skal den være betalt?"]
    assert "Kolding" in told[0].around


def test_the_question_that_another_wrote_is_answered_without_who_wrote_it(assistant: Assistant) -> None:
    quoted = 'Min chef skriver: "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?" Kan du svare på det?'
    (asked,) = talk(assistant, (quoted,))
    assert asked.meant == "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?"
    assert "fire måneder" in text(asked)
    # A sentence quoted from a document is not a question of its own.
    assert len(matters("Hvor står »En plads opsiges skriftligt over for driftsherren.«?")) == 1


def test_regions_asked_about_one_after_another_are_compared(assistant: Assistant) -> None:
    *_, both = talk(assistant, ("Hvad er overheadet i Sjælland?", "og i Nordjylland?", "er de enige?"))
    assert both.state.act is Act.COMPARE
    assert both.state.scope.regions == ("Sjælland", "Nordjylland")
    assert "6" in text(both)
    assert "7" in text(both)


def test_what_was_added_and_dropped_between_two_agreements(tmp_path: Path) -> None:
    text_of = "# Rammeaftale {} for Region Midtjylland\n\nDen gælder for alle kommuner.\n\n## Takster\n\n{}\n"
    shared = "Overheadet er {} pct. af de direkte omkostninger.\n\nRegninger betales senest 30 dage efter modtagelsen."
    old = f"{shared.format(5)}\n\nDriftsherren kan opkræve et gebyr for kørsel til lægen."
    new = f"{shared.format(6)}\n\nEn prøvedag før indflytning er gratis for borgeren."
    folder = tmp_path / "papirer"
    folder.mkdir()
    for period, body in (("2023-2024", old), ("2025-2026", new)):
        (folder / f"aftale-{period}.md").write_text(text_of.format(period, body), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    (found,) = talk(Assistant(own.index, own), ("Hvad er ændret i rammeaftalen for Midtjylland?",))
    assert isinstance(found.answer, Grounded)
    told = {part.asked: [s.text for s in part.answer.statements] for part in found.answer.parts
            if isinstance(part.answer, Grounded)}  # fmt: skip
    changed, came, went = told.values()
    assert [line for line in changed if "Overheadet" in line] == [
        "Overheadet er 5 pct. af de direkte omkostninger.", "Overheadet er 6 pct. af de direkte omkostninger.",
    ]  # fmt: skip
    assert came == ["En prøvedag før indflytning er gratis for borgeren."]
    assert went == ["Driftsherren kan opkræve et gebyr for kørsel til lægen."]
    assert "30 dage" not in text(found)
