"""Reviews of a comparison's cells: stored, shown, reopened when the documents change, included in the report."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import agreement, pdf

from assistant.cli import main
from assistant.errors import BusyError, QuestionError
from assistant.index.ingest import ingest
from assistant.models import Comparison, Row, Scope
from assistant.reports.since import changes
from assistant.service.assistant import Assistant
from assistant.service.review import Asked, Place, Reviewed, Side, Signed, mark
from assistant.settings import Settings
from assistant.users.judgements import Cell, Judgements
from eval.add import judged
from eval.cases import load
from tests.ui.test_chat import accessible, browser, serving

__all__ = ["browser"]

ASKED = Asked("Hvad er overheadet?")
NORTH, ZEALAND = Side("Nordjylland", "2025-2026"), Side("Sjælland", "2025-2026")
LISE = Signed("lise", True)


class Desk:
    """A folder of documents, its index, and the reviews of it."""

    def __init__(self, folder: Path, papers: Path) -> None:
        self.papers = folder / "papirer"
        shutil.copytree(papers, self.papers)
        self.settings = Settings.load({}, index=folder / "indeks")
        self.kept = Judgements(self.settings.state)
        self.reviewed = Reviewed(lambda: self.assistant, self.kept)
        self.index()

    def index(self) -> None:
        ingest([self.papers], self.settings.index, self.settings)
        self.assistant = Assistant(self.settings.index, self.settings)

    def row(self, side: Side, asked: Asked = ASKED) -> Row:
        return self.among(self.reviewed.compare(asked.question, asked.given, by=asked.by), side)

    @staticmethod
    def among(found: Comparison, side: Side) -> Row:
        return next(row for row in found.rows if side.of(row))

    def judge(
        self, side: Side, kind: str, reason: str = "", place: Place | None = None, asked: Asked = ASKED
    ) -> Row:
        seen = mark(self.row(side, asked))
        return self.among(self.reviewed.judge(asked, side, seen, kind, LISE, reason, place), side)  # type: ignore[arg-type]

    def paper(self, name: str) -> str:
        return next(d.id for d in self.assistant.retriever.documents.values() if d.name == name)


@pytest.fixture
def desk(tmp_path: Path, corpus: Path) -> Desk:
    return Desk(tmp_path, corpus)


def values(row: Row) -> list[str]:
    return [text for _, text, _ in row.values]


def test_a_confirmed_cell_is_kept_and_shown_however_it_is_asked(desk: Desk) -> None:
    row = desk.judge(NORTH, "confirmed", "Læst den 1.")
    assert row.review
    assert (row.review.state, row.review.last.who, row.review.last.reason) == (
        "confirmed",
        "lise",
        "Læst den 1.",
    )
    assert (values(row), row.likely, row.review.machine) == (["7 pct."], 1.0, None)
    kept = Judgements(desk.settings.state)
    desk.reviewed = Reviewed(lambda: desk.assistant, kept)  # as after a restart
    asked = Asked("overheadet: hvad er det i regionerne").question  # a different question
    assert all(r.review is None for r in desk.reviewed.compare(asked).rows)
    for question in ("Hvad er overheadet i de fem regioner?", "hvad er OVERHEADET"):
        assert desk.row(NORTH, Asked(question)).review
    zealand = desk.judge(ZEALAND, "confirmed")
    assert zealand.review
    by_period = Asked("Hvad er overheadet i Sjælland?", by="period")
    assert [bool(r.review) for r in desk.reviewed.compare(by_period.question, by="period").rows] == [
        False,
        True,
    ]
    assert kept.of("hvad er overheadet").keys() == {
        Cell("hvad er overheadet", "Nordjylland", "2025-2026"), Cell("hvad er overheadet", "Sjælland", "2025-2026"),
    }  # fmt: skip


def test_a_correction_must_stand_in_the_papers_and_changes_the_verdict(desk: Desk) -> None:
    assert desk.reviewed.compare(ASKED.question).verdict == "differ"
    paper = desk.paper("c.pdf")
    notice = Place(paper, 2, "Opsigelsesvarslet for døgntilbud er 90 dage")
    for place, why in (
        (None, "Vælg et dokument"),
        (Place("0" * 12, 2, "Opsigelsesvarslet for"), "Vælg et dokument"),
        (Place(desk.paper("b.pdf"), 2, "et overhead på 6 pct."), "Vælg et dokument"),  # another region's
        (Place(paper, 1, "Opsigelsesvarslet for døgntilbud"), "står ikke på side 1"),
        (Place(paper, 9, "Opsigelsesvarslet for døgntilbud"), "står ikke på side 9"),
        (Place(paper, 2, "et overhead på 8 pct."), "står ikke"),
        (Place(paper, 2, "0 dage, og driftsherren"), "står ikke"),  # half a figure
        (replace(notice, value="80 dage"), "ikke blandt dem"),
    ):
        with pytest.raises(QuestionError, match=why):
            desk.judge(NORTH, "corrected", "fordi", place)
    with pytest.raises(QuestionError, match="hvorfor"):
        desk.judge(NORTH, "corrected", " ", notice)
    with pytest.raises(QuestionError, match="for lang"):
        desk.judge(NORTH, "corrected", "x" * 1001, notice)
    assert desk.kept.of() == {}
    # Copied from the image of the page: with other line breaks and spaces.
    row = desk.judge(
        NORTH,
        "corrected",
        "Det er varslet.",
        replace(notice, words="Opsigelses-\nvarslet  for døgn tilbud er 90 dage"),
    )
    assert row.review
    assert (row.review.state, values(row)) == ("corrected", ["90 dage"])
    assert row.statements[0].citations[0].page == 2
    assert row.statements[0].text.startswith("Opsigelsesvarslet for døgntilbud")
    assert row.review.machine
    assert values(row.review.machine) == ["7 pct."]
    found = desk.reviewed.compare(ASKED.question)
    assert found.verdict == "insufficient"  # a percentage and a duration
    told = desk.assistant.comparison_json(found)["rows"]
    (own,) = (r for r in told if r["region"] == "Nordjylland")
    assert own["review"]["state"] == "corrected"
    assert own["review"]["history"][0]["quotes"][0]["page"] == 2
    assert own["review"]["machine"]["values"] == [["percent", "7 pct.", "7"]]


def test_a_cell_is_judged_silent_and_its_history_is_kept(desk: Desk) -> None:
    row = desk.row(NORTH)
    with pytest.raises(QuestionError, match="hvorfor"):
        desk.judge(NORTH, "silent")
    silent = desk.judge(NORTH, "silent", "Kun for døgntilbud")
    assert (silent.status, silent.review and silent.review.state) == ("silent", "silent")
    assert desk.reviewed.compare(ASKED.question).verdict == "insufficient"
    with pytest.raises(BusyError, match="ændret sig"):  # another user was faster
        desk.reviewed.judge(ASKED, NORTH, mark(row), "confirmed", Signed("erik", False), "")
    with pytest.raises(QuestionError, match="navn"):
        desk.reviewed.judge(ASKED, NORTH, mark(silent), "confirmed", Signed(" ", False), "")
    back = desk.judge(NORTH, "withdrawn")
    assert back.review
    assert (values(back), back.review.state, back.review.stands) == (["7 pct."], "withdrawn", False)
    again = desk.judge(NORTH, "confirmed")
    assert again.review
    assert [j.kind for j in again.review.history] == ["silent", "withdrawn", "confirmed"]
    assert desk.kept.forget("lise") == 3
    assert desk.kept.forget("lise") == 0
    row = desk.row(NORTH)
    assert row.review
    assert {j.who for j in row.review.history} == {""}


def test_a_replaced_paper_opens_the_cells_that_rest_on_it(desk: Desk) -> None:
    desk.judge(NORTH, "confirmed")
    desk.judge(ZEALAND, "confirmed")
    # The same words with another notice: this is not the page that was signed.
    pdf(desk.papers / "c.pdf", agreement("Nordjylland", "2025 og 2026", "100 dage", "7"))
    desk.index()
    row = desk.row(NORTH)
    assert row.review
    assert (row.review.state, row.review.stands) == ("reopened", False)
    assert "skiftet ud" in row.review.why[0]
    assert "uændret i c.pdf, side 2" in row.review.why[1]
    zealand = desk.row(ZEALAND)
    assert zealand.review
    assert zealand.review.stands  # not affected
    pdf(desk.papers / "c.pdf", agreement("Nordjylland", "2025 og 2026", "100 dage", "8"))
    desk.index()
    row = desk.row(NORTH)
    assert row.review
    assert "ikke længere" in row.review.why[1]
    assert values(row) == ["8 pct."]
    again = desk.judge(NORTH, "confirmed")
    assert again.review
    assert again.review.stands
    assert len(again.review.history) == 2
    (desk.papers / "c.pdf").unlink()
    desk.index()
    gone = desk.reviewed.compare(ASKED.question, Scope(regions=("Sjælland", "Nordjylland")))
    assert desk.among(gone, Side("Sjælland", "2025-2026")).review


def test_a_newer_paper_opens_what_it_touches(desk: Desk) -> None:
    desk.judge(NORTH, "confirmed")
    focus = Asked("Hvad er betalingsfristen?")
    silent = desk.judge(NORTH, "confirmed", asked=focus)
    assert silent.review
    assert silent.review.state == "silent"
    # This paper says nothing about the overhead, so that cell stands. The cell that it may change is reopened.
    (desk.papers / "tillaeg.md").write_text(
        "# Tillæg til rammeaftalen 2025-2026 for Region Nordjylland\n\nBetalingsfristen for Region Nordjylland er "
        "30 dage efter fakturaens modtagelse i årene 2025 og 2026.\n",
        encoding="utf-8",
    )
    desk.index()
    overhead, payment = desk.row(NORTH), desk.row(NORTH, focus)
    assert overhead.review
    assert overhead.review.stands
    assert payment.review
    assert payment.review.why == ("tillaeg.md er kommet til.",)
    # The next agreement is another cell. The review of the former cell does not apply to it.
    pdf(desk.papers / "d.pdf", agreement("Nordjylland", "2027 og 2028", "90 dage", "9"))
    desk.index()
    now = dt.date(2027, 5, 1)
    found = desk.reviewed.compare(ASKED.question, today=now)
    row = desk.among(found, Side("Nordjylland", "2027-2028"))
    assert row.review
    assert row.review.why == ("Aftalen for 2027-2028 er kommet til; det gjaldt 2025-2026.",)
    assert values(row) == ["9 pct."]
    former = desk.row(NORTH, Asked(ASKED.question, Scope(periods=("2025-2026",))))
    assert former.review
    assert former.review.stands


def test_documents_beside_each_other_are_cells_of_their_own(desk: Desk) -> None:
    asked = Asked("Hvad er overheadet?", by="document")
    side = Side("Nordjylland", "2025-2026", "c.pdf")
    row = desk.judge(side, "silent", "Ikke her", asked=asked)
    assert (row.document, row.status) == ("c.pdf", "silent")
    assert desk.row(NORTH).review is None
    assert desk.row(side, asked).review
    offered, papers = desk.reviewed.places(asked, side)
    assert set(papers.values()) == {"c.pdf"}
    assert {s.citations[0].document for s in offered} == {"c.pdf"}
    assert any("7 pct." in s.text for s in offered)


# --- the report ---


def test_the_report_says_what_changed_since_the_last_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("INDEX", "STATE"):
        monkeypatch.setenv(f"ASSISTANT_{name}", str(getattr(desk.settings, name.lower())))
    topics = tmp_path / "emner.toml"
    topics.write_text(
        "".join(
            f'[{key}]\ntitle = "{title}"\nquestion = "{question}"\n'
            for key, title, question in (
                ("o", "Overhead", ASKED.question), ("v", "Varsel", "Hvad er opsigelsesvarslet for døgntilbud?"),
            )
        ),
        encoding="utf-8",
    )  # fmt: skip

    def report(*more: str) -> str:
        assert main(["consistency", "--topics", str(topics), *more]) == 0
        return capsys.readouterr().out

    assert "ingen tidligere rapport" in report("--since")
    assert "Siden sidst" not in report()
    assert "Intet er ændret." in report("--since")
    desk.judge(NORTH, "confirmed", "Set")
    told = report("--since")
    assert "Overhead; Nordjylland; ny vurdering; Bekræftet af lise" in told
    assert "Varsel" not in told
    assert report("--since") == told  # a report with --since does not count as the last one
    out = tmp_path / "rapport.xlsx"
    report("--out", str(out))
    assert "Intet er ændret." in report("--since")
    import openpyxl

    book = openpyxl.load_workbook(out)
    assert book.sheetnames[:2] == ["Overblik", "Siden sidst"]
    assert [c.value for c in book["Siden sidst"][4]][:3] == ["Overhead", "Nordjylland", "ny vurdering"]
    judged = [
        row for row in book["Overhead"].iter_rows(values_only=True) if "Bekræftet" in " ".join(map(str, row))
    ]
    assert [row[0] for row in judged] == ["Nordjylland"]
    pdf(desk.papers / "c.pdf", agreement("Nordjylland", "2025 og 2026", "fire måneder", "7"))
    desk.index()
    told = report()
    assert "| Overhead | Nordjylland | ny vurdering | Bekræftet af lise" in told
    assert "Genåbnet: c.pdf er skiftet ud" in told
    assert (
        "| Varsel | Nordjylland | ny værdi | 90 dage (c.pdf, side 2) | fire måneder (c.pdf, side 2) |" in told
    )
    assert "| Varsel |  | ny dom | De siger ikke det samme. | De siger det samme. |" in told
    for form in ("docx", "html", "csv", "md"):
        report("--out", str(tmp_path / f"r.{form}"))
    assert "Siden sidst" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Genåbnet" in (tmp_path / "r.csv").read_text(encoding="utf-8")


def test_changes_of_records() -> None:
    one = {
        "side": "A",
        "status": "found",
        "values": [["count", "to", "2"]],
        "quote": "q",
        "place": "p",
        "review": {},
    }
    silent = {**one, "side": "B", "status": "silent", "values": [], "quote": "", "place": ""}
    then = [
        {"topic": "t", "verdict": "differ", "sides": [one, silent]},
        {"topic": "u", "verdict": "agree", "sides": []},
    ]
    now = [
        {"topic": "n", "verdict": "agree", "sides": []},
        {"topic": "t", "verdict": "differ", "sides": [{**one, "quote": "andet"}, {**one, "side": "B"}]},
    ]
    assert [(c.topic, c.side, c.what) for c in changes(then, now)] == [
        ("n", "", "nyt emne"), ("t", "A", "andre ord"), ("t", "B", "siger nu noget"), ("u", "", "emnet er udgået"),
    ]  # fmt: skip
    assert [c.what for c in changes(now[1:], then[:1])] == ["andre ord", "siger ikke længere noget"]
    assert [c.what for c in changes(now[1:], [{**now[1], "sides": []}])] == ["siger ikke længere noget"] * 2
    assert changes(now, now) == ()


# --- the examiner ---


def test_judged_cells_become_cases_of_the_examiner(desk: Desk, tmp_path: Path) -> None:
    desk.judge(NORTH, "confirmed")
    desk.judge(ZEALAND, "silent", "Kun for døgntilbud")
    notice = Asked("Hvad er opsigelsesvarslet for døgntilbud?")
    desk.judge(NORTH, "confirmed", asked=notice)
    desk.judge(NORTH, "withdrawn", asked=notice)
    cases = tmp_path / "cases.jsonl"
    added, left = judged(desk.settings.state, cases, desk.papers)
    assert (len(added), left) == (2, [])
    north, zealand = load(cases)
    assert north.question == "Hvad er overheadet i Nordjylland 2025-2026?"
    assert (north.gold[0].doc, north.gold[0].pages, north.must_include) == ("c.pdf", (2,), (("7 pct.",),))
    assert (zealand.answerable, zealand.why) == (False, "absent figure")
    assert judged(desk.settings.state, cases, desk.papers) == ([], [])
    (desk.papers / "c.pdf").unlink()
    added, left = judged(desk.settings.state, tmp_path / "others.jsonl", desk.papers)
    assert len(added) == 1
    assert "c.pdf findes ikke" in left[0]


# --- in a browser ---


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_cells_are_answered_for_in_a_browser(desk: Desk, browser: Any, width: int, scheme: Any) -> None:
    """Confirm, correct, reload, replace the paper: the reviews are then open again."""
    from playwright.sync_api import expect

    with (
        serving(desk.settings.index) as base,
        contextlib.closing(
            browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        ) as own,
    ):
        page = own.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))

        def compared() -> None:
            page.goto(base)
            page.get_by_role("tab", name="Sammenlign").click(timeout=20_000)
            page.locator("#compare-question textarea").fill("Hvad er overheadet?")
            page.locator("#compare-question textarea").press("Enter")
            expect(page.locator(".verdict")).to_be_visible(timeout=15_000)

        def fold(region: str) -> Any:
            return page.locator("#matrix tbody tr", has_text=region).locator("details.review")

        compared()
        expect(page.locator(".verdict")).to_have_text("De siger ikke det samme.")
        # By keyboard only.
        fold("Nordjylland").locator("> summary").focus()
        page.keyboard.press("Enter")
        name = fold("Nordjylland").get_by_label("Dit navn")
        expect(name).to_be_visible(timeout=10_000)
        accessible(page)
        confirm = fold("Nordjylland").get_by_role("button", name="Bekræft")
        confirm.press("Enter")
        expect(fold("Nordjylland").get_by_role("alert")).to_have_text("Skriv dit navn.", timeout=10_000)
        name.fill("Lise <b>Holm</b>")
        confirm.press("Enter")
        judged = page.locator(".judged")
        expect(judged).to_contain_text("Bekræftet af Lise <b>Holm</b> (uden konto) den", timeout=10_000)
        expect(fold("Nordjylland").locator("> summary")).to_be_focused()
        expect(page.locator("#told")).to_have_text("Gemt.")
        # Another passage of the documents, copied from its page.
        fold("Sjælland").locator("> summary").click()
        other = fold("Sjælland")
        expect(other.get_by_label("Dit navn")).to_have_value("Lise <b>Holm</b>", timeout=10_000)
        other.get_by_text("Det er ikke det, der gælder").click()
        other.get_by_label("Et andet sted i dokumenterne").check()
        other.locator("[name=dokument]").select_option(label="b.pdf")
        other.get_by_label("Side i filen").fill("2")
        other.get_by_label("Ordene, præcis").fill("Opsigelsesvarslet for døgntilbud er 7 måneder")
        other.get_by_label("Hvorfor?").fill("Det er varslet, der spørges om.")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        other.get_by_role("button", name="Gem rettelsen").click()
        expect(other.get_by_role("alert")).to_contain_text("står ikke på side 2 i b.pdf", timeout=10_000)
        other.get_by_label("Ordene, præcis").fill("Opsigelsesvarslet for døgntilbud er fire måneder")
        other.get_by_role("button", name="Gem rettelsen").click()
        expect(page.locator(".judged.corrected")).to_contain_text("Det er varslet", timeout=10_000)
        expect(page.locator(".verdict")).to_have_text("Der er for lidt til at sige, om de er enige.")
        expect(page.get_by_text("2 af 2 felter er der skrevet under på.")).to_be_visible()
        compared()
        expect(judged).to_have_count(2)
        expect(page.locator("#matrix tbody tr", has_text="Sjælland").locator("td.value")).to_have_text(
            "fire måneder"
        )
        fold("Sjælland").locator("> summary").click()
        expect(fold("Sjælland").locator("h4", has_text="Søgningens eget forslag")).to_be_visible()
        expect(fold("Sjælland")).to_contain_text("6 pct.")
        pdf(desk.papers / "b.pdf", agreement("Sjælland", "2025 og 2026", "fem måneder", "6"))
        ingest([desk.papers], desk.settings.index, desk.settings)
        compared()
        opened = page.locator(".judged.reopened")
        expect(opened).to_contain_text("Genåbnet. b.pdf er skiftet ud med en anden udgave.", timeout=20_000)
        expect(opened).to_contain_text("Ordene står der ikke længere.")
        expect(opened).to_contain_text("Før: Rettet af Lise")
        expect(page.locator("#matrix tbody tr", has_text="Sjælland").locator("td.value")).to_have_text(
            "6 pct."
        )
        expect(page.get_by_text("1 af 2 felter er der skrevet under på. Ét er genåbnet.")).to_be_visible()
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert wrong == []
