"""A comparison as an Excel workbook and as a Word annex. Both are written, opened again and checked."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from assistant.messages import said
from assistant.models import Citation, Comparison, Facts, Row, Statement
from assistant.reports.consistency import Finding, Topic, markdown, report_of, write
from assistant.reports.excel import CELL_CHARS, NAME_CHARS
from assistant.reports.report import STANDINGS

REGIONS = ("Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")
SERVER = "http://127.0.0.1:7860"
Book = Any
Paper = Any


def row(region: str, quote: str, value: tuple[str, str, str] | None = None, **more: Any) -> Row:
    """A side that says something, in a document of its own."""
    page, printed = more.pop("page", 4), more.pop("printed", None)
    name = more.pop("paper", region.lower())
    cited = Citation(name, f"{name}.pdf", f"Rammeaftale {name}", page, quote, quote, (10, 20),
                     Facts(region, "2025-2026"), place=f"side {page}", printed=printed)  # fmt: skip
    return Row(region, "2025-2026", f"{name}.pdf", "found", (Statement(quote, (), (cited,)),),
               (value,) if value else (), **more)  # fmt: skip


def finding(title: str, *rows: Row, verdict: Any = "differ", notes: tuple[str, ...] = ()) -> Finding:
    question = f"Hvad er {title}?"
    return Finding(Topic("", title, question), Comparison(question, rows, verdict, (), notes))


@pytest.fixture
def few() -> list[Finding]:
    """One topic of each status."""
    three, four = ("duration", "tre måneder", "P3M"), ("duration", "4 måneder", "P4M")
    silent = Row("Nordjylland", "2025-2026", None, "silent")
    doubted = said("may_differ", values="Sjælland 5", unsure="Sjælland")
    return [
        finding("Opsigelse", row("Sjælland", "Varslet er tre måneder.", three, printed=2),
                row("Midtjylland", "Varslet er 4 måneder.", four), silent),
        finding("Overhead", row("Sjælland", "Det er 5,5 pct.", ("percent", "5,5 pct.", "5.5"), likely=0.4),
                row("Midtjylland", "Det er 6 pct.", ("percent", "6 pct.", "6")), verdict="insufficient",
                notes=(doubted,)),
        finding("Samarbejde", row("Sjælland", "=1+1"), row("Midtjylland", "-2 er +3 @ x"), verdict="insufficient"),
        finding("Takst", row("Sjælland", "1.250 kr.", ("money", "1.250 kr.", "1250")),
                row("Midtjylland", "1250 kr.", ("money", "1250 kr.", "1250")), verdict="agree"),
        finding("Frist", row("Sjælland", "Den 1. maj 2025.", ("date", "1. maj 2025", "2025-05-01")),
                row("Midtjylland", "Den 2. maj 2025.", ("date", "2. maj 2025", "2025-05-02"))),
        finding("Tavse", Row("Sjælland", None, None, "silent"), silent, verdict="insufficient"),
    ]  # fmt: skip


def book_of(found: list[Finding], folder: Path, **more: Any) -> Book:
    write(found, folder / "r.xlsx", **more)
    return load_workbook(folder / "r.xlsx")


def paper_of(found: list[Finding], folder: Path, **more: Any) -> Paper:
    write(found, folder / "r.docx", **more)
    return Document(str(folder / "r.docx"))


def of_row(sheet: Any, number: int, head: int = 4) -> dict[str, Any]:
    return {str(sheet.cell(head, c.column).value): c for c in sheet[number]}


# --- one report ---


def test_every_standing_has_its_own_word(few: list[Finding]) -> None:
    report = report_of(few, today=dt.date(2026, 6, 1))
    assert [m.standing for m in report.matters] == [
        "differ",
        "perhaps",
        "unsettled",
        "agree",
        "differ",
        "silent",
    ]
    assert report.counted.startswith(
        "6 emner. Forskellige: 2. Måske forskellige: 1. Kan ikke afgøres: 1. Enige: 1."
    )
    assert [s.document for s in report.sources] == ["sjælland.pdf", "midtjylland.pdf"]
    assert len({s.word for s in STANDINGS.values()}) == len(STANDINGS)


def test_letters_stand_out_on_every_colour() -> None:
    """A contrast of at least 4.5 to 1, as WCAG requires for text."""
    from assistant.reports.excel import HEAD, INK, LINK, QUIET

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    pairs = [(INK, s.fill) for s in STANDINGS.values()] + [
        ("FFFFFF", HEAD),
        (LINK, "FFFFFF"),
        (QUIET, "FFFFFF"),
    ]
    for one, other in pairs:
        low, high = sorted((light(one), light(other)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (one, other)


def test_periods_are_sides_of_their_own(few: list[Finding], tmp_path: Path) -> None:
    rows = (row("Sjælland", "Det er 5 pct."), Row("Sjælland", "2023-2024", None, "silent"))
    found = [finding("overhead", *rows)]
    assert "| overhead | Forskellige | (se citatet) | – |" in markdown(found, "period")
    sheet = book_of(found, tmp_path, by="period")["Overblik"]
    assert [c.value for c in sheet[3]] == ["Emne", "Dom", "2025-2026", "2023-2024"]
    assert paper_of(found, tmp_path, by="period").tables[0].rows[0].cells[0].text == "Periode"


def test_a_long_verdict_is_left_to_the_table_and_its_note_is_kept() -> None:
    note = said("may_differ", values="tre måneder " * 40, unsure="Sjælland")
    rows = [row(r, "a", ("term", "a", "a")) for r in REGIONS[:2]]
    (matter,) = report_of([finding("Frist", *rows, verdict="insufficient", notes=(note,))]).matters
    assert matter.lead == STANDINGS["perhaps"].meaning
    assert matter.notes == (" ".join(note.split()),)


# --- Excel ---


def test_the_book_opens_with_heads_filters_and_words_beside_colours(
    few: list[Finding], tmp_path: Path
) -> None:
    book = book_of(few, tmp_path)
    assert book.sheetnames == [
        "Overblik",
        "Opsigelse",
        "Overhead",
        "Samarbejde",
        "Takst",
        "Frist",
        "Tavse",
        "Kilder",
    ]
    sheet = book["Overblik"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B4", "A3:E9")
    assert [c.value for c in sheet[3]] == ["Emne", "Dom", "Sjælland", "Midtjylland", "Nordjylland"]
    assert [c.value for c in sheet[4]] == ["Opsigelse", "Forskellige", "tre måneder", "4 måneder", "Tavs"]
    assert sheet["C5"].value == "5,5 pct. (usikkert)"
    for line in sheet.iter_rows(min_row=4, max_row=9):
        for cell in line:
            if cell.fill.fill_type == "solid":
                assert any(s.word.lower() in str(cell.value).lower() for s in STANDINGS.values()), (
                    cell.coordinate
                )
    assert "Måske forskellige" in [
        sheet.cell(n, 1).value for n in range(11, sheet.max_row + 1)
    ]  # the legend of the colours
    for one in book:
        assert one.freeze_panes
        assert one.auto_filter.ref
        assert one.page_setup.orientation == "landscape"
        assert (one.page_setup.paperSize, one.page_setup.fitToWidth, one.page_setup.fitToHeight) == (9, 1, 0)
        assert one.sheet_properties.pageSetUpPr.fitToPage
        assert one.print_title_rows
        assert one.oddFooter.right.text == "Side &P af &N"
    told = book.properties
    assert (told.creator, told.title, told.language) == (
        "Rammeaftale-assistent",
        "Er regionerne enige?",
        "da-DK",
    )


def test_a_sheet_has_the_quote_its_place_and_ways_there_and_back(few: list[Finding], tmp_path: Path) -> None:
    book = book_of(few, tmp_path, server=f"{SERVER}/")
    sheet = book["Opsigelse"]
    first = of_row(sheet, 5)
    assert [first[h].value for h in ("Region", "Periode", "Værdi", "Tal", "Status", "Citat", "Kilde")] == [
        "Sjælland", "2025-2026", "tre måneder", 3, "Fundet", "Varslet er tre måneder.", "sjælland.pdf",
    ]  # fmt: skip
    page = first["Side (åbner stedet)"]
    assert (page.value, page.hyperlink.target) == ("4 (trykt 2)", f"{SERVER}/kilde/sjælland/4?fra=10&til=20")
    assert of_row(sheet, 6)["Side (åbner stedet)"].value == 4
    assert first["Kontrol"].value == "ikke kontrolleret"
    assert sheet["A3"].hyperlink.location == "'Overblik'!A1"
    assert book["Overblik"]["A4"].hyperlink.location == "'Opsigelse'!A1"
    assert of_row(sheet, 7)["Status"].value == "Tavs"
    source = [c.value for c in book["Kilder"][4]]
    assert source[:5] == [1, "Rammeaftale sjælland", "sjælland.pdf", "Sjælland", "2025-2026"]
    assert source[5:] == ["4, 4 (trykt 2)", "Opsigelse; Overhead; Samarbejde; Takst; Frist"]
    assert "Side" in of_row(book_of(few, tmp_path)["Opsigelse"], 5)  # without an address there is no link


def test_figures_are_numbers_with_their_units(few: list[Finding], tmp_path: Path) -> None:
    book = book_of(few, tmp_path)
    shown = {
        name: [(cell.value, cell.number_format) for n in (5, 6) for cell in [of_row(book[name], n)["Tal"]]]
        for name in ("Opsigelse", "Overhead", "Takst", "Frist", "Samarbejde")
    }
    assert shown["Opsigelse"] == [(3, '0 "måneder"'), (4, '0 "måneder"')]
    assert shown["Overhead"] == [(0.055, "0.0%"), (0.06, "0%")]
    assert shown["Takst"] == [(1250, '#,##0 "kr."')] * 2
    assert [value for value, _ in shown["Frist"]] == [dt.datetime(2025, 5, 1), dt.datetime(2025, 5, 2)]
    assert [value for value, _ in shown["Samarbejde"]] == [None, None]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =HYPERLINK(A1)", "#N/A", "{=1}"])
def test_no_cell_of_the_book_is_a_formula(text: str, tmp_path: Path) -> None:
    cell = row(text, text, ("term", text, text), paper=text)
    book = book_of([finding(text, cell, cell, notes=(text,))], tmp_path)
    kinds = {c.data_type for sheet in book for line in sheet.iter_rows() for c in line if c.value is not None}
    assert kinds <= {"s", "n"}
    quote = of_row(book.worksheets[1], 5)["Citat"]
    assert quote.value == text.strip()
    assert quote.quotePrefix == (text.strip()[0] in "=+-@")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as file:
        assert not any(b"<f>" in file.read(n) for n in file.namelist() if n.startswith("xl/worksheets/"))


def test_sheets_of_like_names_and_of_names_that_excel_refuses(tmp_path: Path) -> None:
    titles = [
        "Æ/Ø: Å?",
        "æ ø å",
        "Overblik",
        "Kilder",
        "History",
        "'",
        "x" * 60,
        "X" * 60,
        "[]",
        "😀" * 40,
        "a\x01\ud800b",
    ]
    found = [finding(t, row("Sjælland", "a"), row("Midtjylland", "b")) for t in titles]
    names = book_of(found, tmp_path).sheetnames
    assert len(names) == len(titles) + 2
    assert names[1:3] == ["Æ Ø Å", "æ ø å (2)"]
    assert len({n.casefold() for n in names}) == len(names)
    assert all(
        0 < len(n.encode("utf-16-le")) <= 2 * NAME_CHARS and not set(n) & set("[]:*?/\\'") for n in names
    )
    assert len(paper_of(found, tmp_path).tables) == len(titles) + 1


def test_hostile_text_is_shown_as_far_as_it_fits(tmp_path: Path) -> None:
    long, odd = "Æble😀 " * 8000, "a\x00b\x1b[2J\ufffec _x0041_ <b>&amp;</b>"
    found = [finding("Emne & <b>", row("Sjælland", long), row("Midtjylland", odd), notes=(odd,))]
    quotes = [of_row(book_of(found, tmp_path).worksheets[1], n)["Citat"].value for n in (5, 6)]
    assert len(quotes[0].encode("utf-16-le")) <= 2 * CELL_CHARS
    assert quotes[0].startswith("Æble😀 Æble")
    assert quotes[0].endswith("[afkortet; læs resten på siden]")
    assert quotes[1] == "ab[2Jc _x005F_x0041_ <b>&amp;</b>"
    table = paper_of(found, tmp_path).tables[0]
    assert table.rows[1].cells[1].text == f"»{long.strip()}«"  # in full, because Word has no such limit
    assert not table.rows[1]._tr.xpath("./w:trPr/w:cantSplit")  # the row is higher than a page
    assert table.rows[2].cells[1].text == "»ab[2Jc _x0041_ <b>&amp;</b>«"


# --- Word ---


def test_the_annex_has_its_head_its_summary_and_a_table_for_each_topic(
    few: list[Finding], tmp_path: Path
) -> None:
    paper = paper_of(few, tmp_path, server=SERVER)
    lines = [(p.style.name, p.text) for p in paper.paragraphs]
    texts = [text for _, text in lines]
    assert lines[0] == ("Title", "Bilag: Er regionerne enige?")
    assert "Dagsordenspunkt:\t\t" in texts  # left empty, to be filled in
    assert "Udarbejdet af:\t2 dokumenter, se Kilder. Perioder: 2025-2026." in texts
    assert ("List Bullet", "Forskellige (2): Opsigelse; Frist") in lines
    assert ("Heading 2", "1. Opsigelse") in lines
    at = texts.index("1. Opsigelse", texts.index("Emner"))
    assert texts[at + 1].startswith("Forskellige: Sjælland tre måneder; Midtjylland 4 måneder. Højest:")
    assert [c.text for c in paper.tables[0].rows[1].cells] == [
        "Sjælland\n2025-2026", "tre måneder\n»Varslet er tre måneder.«",
        "Rammeaftale sjælland, side 4 (trykt 2) [1]", "ikke kontrolleret",
    ]  # fmt: skip
    assert [c.text for c in paper.tables[0].rows[3].cells][1].startswith("Tavs: ikke fundet")
    assert paper.tables[1].rows[1].cells[1].text.startswith("Usikkert: 5,5 pct.")
    sources = [c.text for c in paper.tables[-1].rows[1].cells]
    assert sources == ["[1]", "Rammeaftale sjælland", "sjælland.pdf", "Sjælland, 2025-2026"]


def test_the_annex_is_danish_accessible_and_fits_a4(few: list[Finding], tmp_path: Path) -> None:
    paper = paper_of(few, tmp_path, server=SERVER)
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    room = section.page_width - section.left_margin - section.right_margin
    for table in paper.tables:
        assert table.style.name == "Table Grid"
        assert sum(column.width for column in table.columns) <= room
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
        assert all(r._tr.xpath("./w:trPr/w:cantSplit") for r in table.rows)
        assert table._tbl.tblPr.xpath("./w:tblCaption/@w:val")[0]
    assert {e.get(qn("w:val")) for e in paper.styles.element.iter(qn("w:lang"))} == {"da-DK"}
    told = paper.core_properties
    assert (told.title, told.author, told.language) == (
        "Bilag: Er regionerne enige?",
        "Rammeaftale-assistent",
        "da-DK",
    )
    assert told.subject
    assert told.last_modified_by == "Rammeaftale-assistent"
    codes = [e.text for e in section.footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    anchors = {e.get(qn("w:anchor")) for e in paper.element.iter(qn("w:hyperlink"))} - {None}
    marks = {e.get(qn("w:name")) for e in paper.element.iter(qn("w:bookmarkStart"))}
    assert anchors <= marks
    assert {"emne1", "kilde1"} <= anchors
    links = {r.target_ref for r in paper.part.rels.values() if r.is_external}
    assert f"{SERVER}/kilde/sjælland/4?fra=10&til=20" in links


def test_contents_where_there_are_more_than_five_topics(few: list[Finding], tmp_path: Path) -> None:
    def codes(paper: Paper) -> list[str]:
        return [e.text for e in paper.element.body.iter(qn("w:instrText"))]

    assert [c.split()[0] for c in codes(paper_of(few, tmp_path))] == ["TOC"]
    assert codes(paper_of(few[:5], tmp_path)) == []


# --- as large as it gets ---


def test_twenty_five_topics_of_five_regions_and_twenty_papers(tmp_path: Path) -> None:
    quote = "Kommunen opsiger skriftligt, og driftsherren bekræfter, så snart den er modtaget. " * 8
    found = []
    for n in range(25):
        rows = [row(r, f"{quote}{n}", paper=f"aftale-{(5 * n + i) % 20}") for i, r in enumerate(REGIONS)]
        found.append(finding(f"Emne {n}", *rows))
    book, paper = book_of(found, tmp_path, server=SERVER), paper_of(found, tmp_path, server=SERVER)
    assert len(book.sheetnames) == 27
    assert book["Overblik"].auto_filter.ref == "A3:G28"
    assert book["Kilder"].max_row == 3 + 20
    assert of_row(book["Emne 24"], 9)["Citat"].value.endswith("24")
    assert [len(t.rows) for t in paper.tables] == [*[6] * 25, 21]
    assert sum(p.style.name == "toc 2" for p in paper.paragraphs) == 25
