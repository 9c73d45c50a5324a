"""A value that is in another part of the document than the rule that refers to it."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import pdf

from assistant.index.ingest import ingest
from assistant.models import Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings

DAY = dt.date(2026, 3, 1)
HEAD = """= Rammeaftale {region} 2025-2026

Aftalen gælder fra 1. januar 2025 til 31. december 2026 i Region {region}.

== Styringsdel

=== Administration

{rule}

=== Betaling

Regningen betales senest 30 dage efter, at den er modtaget.

"""
ANNEX = """== Bilag 1. Målgrupper

Voksne med senhjerneskade.

== Bilag 2. Satser

Til administration lægges 6,5 procent oven i de direkte omkostninger.

== Bilag 3. Renter

Af beløb, der betales for sent, regnes 4 procent i rente.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("henvisninger")
    rules = {
        "Sjælland": "Overheadet til administration fremgår af bilag 2.",
        "Nordjylland": "Overheadet til administration er 7 procent af de direkte omkostninger.",
    }
    for region, rule in rules.items():
        text = HEAD.format(region=region, rule=rule) + (ANNEX if region == "Sjælland" else "")
        pdf(folder / f"rammeaftale-{region.lower()}-2025-2026.pdf", text)
    own = Settings.load({}, index=folder / "index")
    ingest([folder], own.index, own)
    return Assistant(own.index, own)


def test_the_answer_shows_what_stands_where_the_rule_points(assistant: Assistant) -> None:
    answer = assistant.ask("Hvad er overheadet til administration i Sjælland?", today=DAY).answer
    assert isinstance(answer, Grounded)
    told = [s.text for s in answer.statements]
    assert "6,5 procent" in told[0]
    assert any("bilag 2" in t for t in told)
    assert not any("4 procent" in t for t in told)  # from another annex


def test_a_comparison_takes_the_value_from_where_it_stands(assistant: Assistant) -> None:
    found = assistant.compare("Hvad er overheadet til administration?", today=DAY)
    rows = {row.region: row for row in found.rows}
    assert [v[1] for v in rows["Sjælland"].values[:1]] == ["6,5 procent"]
    assert found.verdict == "differ"
