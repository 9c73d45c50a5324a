"""How a passage is cut into units, by the forms that agreements use: provisions, argued points, run-in titles."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from assistant.compare.verdicts import verdict_of
from assistant.documents.answer_units import units_of
from assistant.index.ingest import ingest
from assistant.language.values import values_in
from assistant.models import Row
from assistant.question.expectation import expects
from assistant.service.assistant import Assistant
from assistant.settings import Settings

TODAY = dt.date(2026, 6, 1)


def test_a_provision_is_cut_into_its_sentences() -> None:
    text = (
        "Stk. 1. Regningen sendes elektronisk. Den betales senest 30 dage efter modtagelsen.\n"
        "Stk. 2. En kreditnota udstedes senest 5 dage efter, at fejlen er fundet."
    )
    units = units_of(text)
    assert {u.kind for u in units} == {"sentence"}
    assert [u.text[:9] for u in units] == ["Stk. 1. R", "Den betal", "Stk. 2. E"]


def test_a_point_that_is_argued_is_its_sentences_and_a_short_one_is_itself() -> None:
    text = (
        "Der gælder følgende:\n- Regninger sendes elektronisk\n"
        "- Betaling. Regningen betales senest 30 dage efter modtagelsen. Ved forsinket betaling kan driftsherren "
        "opkræve et gebyr, som styregruppen fastsætter for hele perioden, og som ikke indregnes i taksten."
    )
    units = units_of(text)
    assert [u.text for u in units if u.kind == "item"] == ["- Regninger sendes elektronisk"]
    late = next(u for u in units if u.text.startswith("Ved forsinket"))
    assert late.kind == "sentence"
    assert "Betaling" in late.about


def test_bold_words_are_no_bullet() -> None:
    (first, second) = units_of("**Fravær.** Taksten nedsættes efter 14 dage. Kost fradrages fra første dag.")
    assert (first.kind, second.kind, second.about) == ("sentence", "sentence", "Fravær")


def test_sides_of_different_form_are_compared(tmp_path: Path) -> None:
    head = "# Rammeaftale 2025-2026\nRegion {} og kommunerne.\n\n"
    (tmp_path / "a.md").write_text(
        head.format("Sjælland")
        + "## Afregning\n\nStk. 1. Regningen sendes elektronisk og viser, hvem den gælder.\n\n"
        "Stk. 2. Betalingsfristen er 30 dage. Er kommunen uenig, siges det inden 14 dage.\n\n"
        "Stk. 3. En kreditnota udstedes senest 5 dage efter, at fejlen er fundet.\n",
        encoding="utf-8",
    )
    (tmp_path / "b.md").write_text(
        head.format("Nordjylland") + "## Regninger\n\nFor regninger gælder følgende:\n\n"
        "- En kreditnota udstedes senest 8 dage efter, at fejlen er fundet.\n"
        "- Betalingsfristen er tredive dage fra regningens dato.\n- Regninger sendes elektronisk.\n",
        encoding="utf-8",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], own.index, own)
    found = Assistant(own.index, own).compare("Hvad er betalingsfristen i regionerne?", today=TODAY)
    assert [row.values[0][2] for row in found.rows] == ["P30D", "P30D"]
    assert found.verdict == "agree"


def test_arguments_are_no_list_of_what_there_is(tmp_path: Path) -> None:
    head = "# Rammeaftale 2025-2026\nRegion {} og kommunerne.\n\n## Fokusområder\n\nDisse fokusområder er valgt:\n\n"
    (tmp_path / "a.md").write_text(
        head.format("Sjælland") + "- Unge med autisme\n- Viden om effekt\n- Hjemløshed\n", encoding="utf-8"
    )
    (tmp_path / "b.md").write_text(
        head.format("Nordjylland")
        + "- Nærhed giver et bedre liv\n- Små målgrupper kræver et større opland\n- Samarbejde sikrer driften\n",
        encoding="utf-8",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], own.index, own)
    found = Assistant(own.index, own).compare("Hvilke fokusområder er der i regionerne?", today=TODAY)
    assert [bool(row.values) for row in found.rows] == [True, False]
    assert found.verdict == "insufficient"


def test_an_amount_that_is_set_aside_is_not_shown_as_one() -> None:
    asked = expects("Hvilken belægningsprocent er taksten beregnet ud fra?")
    assert not asked.met("Belægningen var sidst 92,4 pct., men den lægges ikke til grund.")
    assert asked.met("Taksten er beregnet ud fra 96 pct., men den kan ændres.")


def test_how_often_in_one_word() -> None:
    rows = [
        Row(region, "2025-2026", "a.pdf", "found", (), ((v.kind, v.text, v.normalized),))
        for region, text in (("Sjælland", "halvårligt"), ("Nordjylland", "to gange om året"))
        for v in values_in(text)[:1]
    ]
    assert verdict_of(rows, ["Sjælland", "Nordjylland"], often=True)[0] == "agree"
