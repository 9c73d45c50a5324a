"""Every form of file a secretariat has, as real small files: what gets in, what does not, and why."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest
from conftest import SHARED, pdf

from assistant import cleaning, repair
from assistant.cli import main
from assistant.errors import ReadError
from assistant.ingest import ingest
from assistant.inventory import take_stock
from assistant.loading import ocr, read
from assistant.loading.sections import table
from assistant.models import Abstained, Facts, Grounded, Page, Passage, Scope
from assistant.reading import Wanted, read_all
from assistant.series import series_of
from assistant.service import Assistant
from assistant.settings import Settings

DAY = dt.date(2026, 11, 22)


def answer(tmp_path: Path, *files: Path, question: str) -> Grounded | Abstained:
    own = Settings.load({}, index=tmp_path / "index")
    ingest(files, own.index, own)
    return Assistant(own.index, own).ask(question, today=DAY).answer


# --- office files, web pages, mail ---


def word(path: Path) -> Path:
    from docx import Document
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paper = Document()
    paper.add_heading("Styringsaftale 2025-2026", 0)
    paper.add_paragraph("Region Syddanmark og kommunerne i Syddanmark har indgået aftalen.")
    paper.add_heading("Opsigelse", 1)
    paragraph = paper.add_paragraph("En døgnplads opsiges med et varsel på ")
    paragraph.add_run("75 dage.")
    hidden = paragraph.add_run(" Varslet er dog 400 dage.")
    hidden.font.hidden = True
    deleted = OxmlElement("w:del")
    gone = OxmlElement("w:r")
    text = OxmlElement("w:delText")
    text.text = "Før var det 12 måneder."
    gone.append(text)
    deleted.append(gone)
    paragraph._p.append(deleted)
    inserted = OxmlElement("w:ins")
    run = OxmlElement("w:r")
    added = OxmlElement("w:t")
    added.text = " Opsigelsen er skriftlig."
    added.set(qn("xml:space"), "preserve")
    run.append(added)
    inserted.append(run)
    paragraph._p.append(inserted)
    paper.add_heading("Takster", 1)
    table = paper.add_table(rows=1, cols=3)
    for cell, name in zip(table.rows[0].cells, ("Tilbud", "Takst 2025", "Takst 2026"), strict=True):
        cell.text = name
    for values in (("Botilbud, § 107", "2.101", "2.155"), ("Aflastning, § 84", "1.340", "1.377")):
        for cell, value in zip(table.add_row().cells, values, strict=True):
            cell.text = value
    paper.save(str(path))
    return path


def test_word_as_its_reader_sees_it(tmp_path: Path) -> None:
    found = read(word(tmp_path / "aftale.docx"))
    text = "\n".join(page.raw for page in found.pages)
    assert "75 dage. Opsigelsen er skriftlig." in text
    assert "400" not in text
    assert "12 måneder" not in text
    assert [page.place for page in found.pages] == [
        "afsnit »Styringsaftale 2025-2026«", "afsnit »Opsigelse«", "afsnit »Takster«",
    ]  # fmt: skip
    assert "Botilbud, § 107 | 2.101 | 2.155" in text


def test_word_boxes_controls_and_raised_marks(tmp_path: Path) -> None:
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    paper = Document()
    paragraph = paper.add_paragraph("Taksten er 2.134")
    paragraph.add_run("1").font.superscript = True
    paragraph.add_run(" kr. pr. døgn.")
    words = "".join(f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>" for t in ("Takst 2026", "500 kr."))
    box = f"<w:txbxContent>{words}</w:txbxContent>"
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    paper.element.body.insert(1, parse_xml(
        f"<w:p {nsdecls('w')} {space}><w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    ))  # fmt: skip
    paper.element.body.insert(2, parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Varslet er 40 dage.</w:t></w:r></w:p></w:sdtContent>"
        "</w:sdt>"
    ))  # fmt: skip
    paper.save(str(tmp_path / "felter.docx"))
    lines = read(tmp_path / "felter.docx").pages[0].raw.split("\n")
    assert lines == ["Taksten er 2.134 1 kr. pr. døgn.", "Takst 2026", "500 kr.", "Varslet er 40 dage."]


def test_a_cell_of_a_table_is_cited_with_its_row_and_marked(tmp_path: Path) -> None:
    file = word(tmp_path / "aftale.docx")
    found = answer(tmp_path, file, question="Hvad er taksten for aflastning i Syddanmark i 2026?")
    assert isinstance(found, Grounded)
    (statement,) = found.statements
    assert statement.text == "Tilbud ¦ Takst 2025 ¦ Takst 2026\nAflastning, § 84 | 1.340 | 1.377"
    assert [statement.text[a:b] for a, b in statement.bold] == ["1.377"]
    assert statement.citations[0].place == "afsnit »Takster«"


def test_slides_with_their_notes(tmp_path: Path) -> None:
    from pptx import Presentation

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Overhead i Midtjylland"
    slide.placeholders[1].text = "Satsen er 6,5 pct.\nDen gælder fra 2025"
    slide.notes_slide.notes_text_frame.text = "Satsen var 7 pct. før."
    hidden = show.slides.add_slide(show.slide_layouts[1])
    hidden.shapes.title.text = "Ikke besluttet"
    hidden._element.set("show", "0")
    show.save(str(tmp_path / "moede.pptx"))
    (page,) = read(tmp_path / "moede.pptx").pages
    assert page.place == "dias 1"
    assert page.raw.split("\n") == [
        "## Overhead i Midtjylland", "- Satsen er 6,5 pct.", "- Den gælder fra 2025", "### Talerens noter",
        "Satsen var 7 pct. før.",
    ]  # fmt: skip


def test_sheets_as_they_show_their_figures(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Takster"
    sheet.append(["Takster for 2026"])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append(["Tilbud", "Takst 2026", "Belægning"])
    for name, rate, share in (("Bakken", 2424, 0.95), ("Sølund", 1284.5, 0.975)):
        sheet.append([name, rate, share])
        sheet.cell(sheet.max_row, 2).number_format = "#,##0.00" if rate % 1 else "#,##0"
        sheet.cell(sheet.max_row, 3).number_format = "0.0%" if share == 0.975 else "0%"
    secret = book.create_sheet("Kladde")
    secret.append(["Bakken", 9999])
    secret.sheet_state = "hidden"
    book.save(tmp_path / "takster.xlsx")
    (page,) = read(tmp_path / "takster.xlsx").pages
    assert page.raw.split("\n") == [
        "## Takster", "### Takster for 2026", "Tilbud ¦ Takst 2026 ¦ Belægning", "Bakken | 2.424 | 95 %",
        "Sølund | 1.284,50 | 97,5 %",
    ]  # fmt: skip


def test_hidden_columns_and_a_stray_cell_far_away(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (["Tilbud", "Hemmelig", "Også", "Takst"], ["Bakken", 1, 2, 2424], ["Sølund", 3, 4, 1285]):
        sheet.append(row)
    sheet.column_dimensions.group("B", "C", hidden=True)
    sheet["D1048576"] = " "
    book.save(tmp_path / "ark.xlsx")
    (page,) = read(tmp_path / "ark.xlsx").pages
    assert page.raw.split("\n")[1:4] == ["Tilbud ¦ Takst", "Bakken | 2424", "Sølund | 1285"]


def test_a_web_page_without_what_surrounds_it(tmp_path: Path) -> None:
    (tmp_path / "side.html").write_bytes(
        """<html><head><title>Rammeaftale 2025-2026</title><meta charset="iso-8859-1"></head><body>
        <nav><a href="/">Forside</a> <a href="/om">Om os</a></nav>
        <div style="display: none">Overhead er 99 pct.</div><script>var x = "Overhead er 98 pct."</script>
        <main><h1>Rammeaftale for Nordjylland</h1><p>Aftalen gælder for årene 2025 og 2026 og er indgået af
        kommunerne i Nordjylland og Region Nordjylland efter høring i handicaprådene.</p><h2>Overhead</h2>
        <p>Overheadet er fastsat til 5,6 pct. af de direkte omkostninger ved tilbuddet.</p>
        <ul><li>Det dækker ledelse</li><li>Det dækker administration</li></ul></main>
        <footer>Kontakt os på 12 34 56 78</footer></body></html>""".encode("latin-1")
    )
    pages = read(tmp_path / "side.html").pages
    text = "\n".join(page.raw for page in pages)
    assert [page.place for page in pages] == ["afsnit »Rammeaftale for Nordjylland«", "afsnit »Overhead«"]
    assert "5,6 pct." in text
    assert "- Det dækker ledelse" in text
    assert not any(word in text for word in ("99", "98", "Forside", "12 34"))


def test_mail_with_what_it_quotes_and_what_is_attached(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "SV: Varsel i Midtjylland"
    mail["From"] = "sekretariat@eksempel.invalid"
    mail["Date"] = "Tue, 04 Mar 2025 09:00:00 +0100"
    mail.set_content(
        "Varslet er 40 dage.\n\n-----Oprindelig meddelelse-----\nFra: kommunen\nEr varslet 90 dage?"
    )
    file = pdf(tmp_path / "x.pdf", "= Bilag\nPrisen er 1.250 kr. pr. døgn.")
    mail.add_attachment(file.read_bytes(), maintype="application", subtype="pdf", filename="bilag æ.pdf")
    (tmp_path / "svar.eml").write_bytes(bytes(mail))
    pages = read(tmp_path / "svar.eml").pages
    assert [page.place for page in pages] == [
        "selve mailen",
        "den citerede mail",
        "vedhæftet bilag æ.pdf, side 1",
    ]
    assert "40 dage" in pages[0].raw
    assert "90 dage" in pages[1].raw
    assert "1.250 kr." in pages[2].raw


# --- tables of a PDF ---

TARIFFS = """#set page(height: 12cm)
= Takstbilag
Rammeaftale 2025-2026, Region Hovedstaden og kommunerne

#table(columns: 4, [*Tilbud*], [*Paragraf*], [*Takst 2025*], [*Takst 2026*],
  ..range(40).map(i => ([Bosted nummer #(i + 1)], [SEL § 107], [#(2000 + 7 * i)], [#(2050 + 9 * i)])).flatten())
"""


def test_a_table_over_a_page_break_keeps_its_header(tmp_path: Path) -> None:
    file = pdf(tmp_path / "takster.pdf", TARIFFS)
    document = read(file)
    assert len(document.pages) > 1
    for page in document.pages:
        for row in page.rows:
            assert all(page.raw[cell[0] : cell[1]].strip() for cell in row.cells if cell)
    found = answer(tmp_path, file, question="Hvad er taksten for Bosted nummer 36 i 2026?")
    assert isinstance(found, Grounded)
    assert found.statements[0].text.endswith("Bosted nummer 36 | SEL § 107 | 2245 | 2365")
    assert [found.statements[0].text[a:b] for a, b in found.statements[0].bold] == ["2365"]
    row, header = found.statements[0].citations
    assert header.page == 1 < row.page
    assert row.raw in document.pages[row.page - 1].raw


RULED = """= Takstbilag
Rammeaftale 2025-2026, Region Hovedstaden og kommunerne

#table(columns: 4, [], [*Takst 2025*], [*Takst 2026*], [*Takst 2027*],
  [Botilbud], [1.111], [], [1.333], [Dagtilbud], [2.111], [2.222], [2.333], [Aflastning], [3.111], [3.222], [3.333])
"""


def test_an_empty_cell_moves_no_figure_to_another_year(tmp_path: Path) -> None:
    file = pdf(tmp_path / "takster.pdf", RULED)
    (page,) = cleaning.clean(read(file).pages)
    assert "– ¦ Takst 2025 ¦ Takst 2026 ¦ Takst 2027" in page.text
    assert "Botilbud | 1.111 | – | 1.333" in page.text
    assert page.restore() == read(file).pages[0].raw
    own = Settings.load({}, index=tmp_path / "index")
    ingest([file], own.index, own)
    asked = Assistant(own.index, own)
    for question, marked in (
        ("Hvad er taksten for dagtilbud i 2026?", ["2.222"]), ("Hvad er taksten for botilbud i 2026?", []),
        ("Hvad er taksten for dagtilbud i 2024?", []),
    ):  # fmt: skip
        found = asked.ask(question, today=DAY).answer
        bold = (
            [s.text[a:b] for s in found.statements for a, b in s.bold] if isinstance(found, Grounded) else []
        )
        assert bold == marked, question


TWO_ROWS = """= Takstbilag
Rammeaftale 2025-2026, Region Hovedstaden og kommunerne

#table(columns: 5,
  table.cell(rowspan: 2)[Tilbud], table.cell(rowspan: 2)[Pladser], table.cell(colspan: 2)[Døgntakst i kr.],
  table.cell(rowspan: 2)[Driftsherre], [2025], [2026],
  [Skrænten], [12], [2.451], [2.513], [Gentofte], [Engen], [8], [3.121], [3.197], [Helsingør],
  [Mosen], [20], [1.877], [1.923], [Tårnby])

== Antal pladser

#table(columns: 5,
  [], table.cell(colspan: 2)[Døgntilbud], table.cell(colspan: 2)[Dagtilbud],
  [Kommune], [Børn], [Voksne], [Børn], [Voksne],
  [Furesø], [4], [31], [6], [18], [Herlev], [7], [44], [9], [25])

== Et hus

#table(columns: 3, [Navn], table.cell(colspan: 2)[Adresse og by], [Huset], [Vestergade 4], [Køge],
  [Gården], [Østergade 9], [Ishøj])
"""


def test_a_header_of_two_rows_names_each_column_by_both(tmp_path: Path) -> None:
    file = pdf(tmp_path / "takster.pdf", TWO_ROWS)
    (page,) = cleaning.clean(read(file).pages)
    lines = page.text.splitlines()
    assert "Tilbud ¦ Pladser ¦ Døgntakst i kr. 2025 ¦ Døgntakst i kr. 2026 ¦ Driftsherre" in lines
    assert "Kommune ¦ Døgntilbud Børn ¦ Døgntilbud Voksne ¦ Dagtilbud Børn ¦ Dagtilbud Voksne" in lines
    assert "Huset | Vestergade 4 | Køge" in lines  # a wide cell alone makes no header of the row below
    assert page.restore() == read(file).pages[0].raw
    own = Settings.load({}, index=tmp_path / "index")
    ingest([file], own.index, own)
    asked = Assistant(own.index, own)
    for question, marked in (
        ("Hvad er døgntaksten for Engen i 2026?", ["3.197"]), ("Hvor mange pladser har Mosen?", ["20"]),
        ("Hvor mange voksne er der på dagtilbud i Herlev?", ["25"]),
        ("Hvor mange børn er der på døgntilbud i Herlev?", ["7"]),
    ):  # fmt: skip
        found = asked.ask(question, today=DAY).answer
        assert isinstance(found, Grounded), question
        assert [s.text[a:b] for s in found.statements for a, b in s.bold] == marked, question
        assert len(found.statements) == 1, question  # no row beside the one that the question names


UNRULED = """= Takstbilag
Rammeaftale 2025-2026, Region Hovedstaden og kommunerne

#table(columns: 4, stroke: none, [*Tilbud*], [*Pladser*], [*Takst 2025*], [*Takst 2026*],
  [Skrænten], [12], [2.451], [2.513], [Engen], [8], [3.121], [3.197], [Mosen], [20], [1.877], [1.923])

== Øvrige takster

#table(columns: 4, stroke: none, [Tilbud], [Paragraf], [Takst 2025], [Takst 2026],
  [Bakken], [§ 107], [1.451], [1.513], [Åen], [§ 108], [1.121], [1.197])
"""
UNRULED_WITH_PLACES_LAST = """= Takstbilag
Rammeaftale 2025-2026, Region Hovedstaden og kommunerne

#table(columns: 4, stroke: none, [Tilbud], [Takst 2025], [Takst 2026], [Pladser],
  [Skrænten], [2.451], [2.513], [12], [Engen], [3.121], [3.197], [8], [Mosen], [1.877], [1.923], [20])
"""


def test_a_table_without_rules_answers_with_one_row_under_its_header(tmp_path: Path) -> None:
    found = answer(tmp_path, pdf(tmp_path / "t.pdf", UNRULED), question="Hvad er taksten for Engen i 2026?")
    assert isinstance(found, Grounded)
    (only,) = found.statements
    assert only.text == "Tilbud Pladser Takst 2025 Takst 2026\nEngen 8 3.121 3.197"
    assert [only.text[a:b] for a, b in only.bold] == ["3.197"]


def test_no_figure_is_marked_where_columns_are_not_known(tmp_path: Path) -> None:
    file = pdf(tmp_path / "t.pdf", UNRULED_WITH_PLACES_LAST)
    found = answer(tmp_path, file, question="Hvad er taksten for Engen i 2026?")
    assert isinstance(found, Grounded)
    assert "Engen 3.121 3.197 8" in found.statements[0].text
    assert not found.statements[0].bold


def test_a_header_of_two_rows_in_a_sheet_and_in_word(tmp_path: Path) -> None:
    import docx
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Takster i kommunerne"])
    sheet.append(["Tilbud", "Døgntakst", None, "Pladser"])
    sheet.append([None, 2025, 2026, None])
    sheet.append(["Engen", 3121, 3197, 8])
    sheet.append(["Mosen", "efter aftale", None, 20])
    sheet.append(["Roskilde Kommune"])
    sheet.append(["Åen", 1121, 1197, 5])
    for area in ("A1:D1", "A2:A3", "B2:C2", "D2:D3", "B5:C5", "A6:B6"):
        sheet.merge_cells(area)
    book.save(tmp_path / "takster.xlsx")
    document = docx.Document()
    table = document.add_table(rows=4, cols=4)
    for row, words in enumerate((("Tilbud", "Døgntakst", "", "Pladser"), ("", "2025", "2026", ""),
                                 ("Engen", "3.121", "3.197", "8"), ("Mosen", "1.877", "1.923", "20"))):  # fmt: skip
        for column, word in enumerate(words):
            table.cell(row, column).text = word
    for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (1, 3))):
        table.cell(*first).merge(table.cell(*last))
    document.save(tmp_path / "takster.docx")
    for name, row in (
        ("takster.xlsx", "Engen | 3121 | 3197 | 8"),
        ("takster.docx", "Engen | 3.121 | 3.197 | 8"),
    ):
        lines = "\n".join(page.raw for page in read(tmp_path / name).pages).splitlines()
        at = lines.index("Tilbud ¦ Døgntakst 2025 ¦ Døgntakst 2026 ¦ Pladser")
        assert lines[at + 1] == row, name
        assert not any("2025" in line for line in lines[at + 1 :])
        assert name.endswith("docx") or "### Roskilde Kommune" in lines


def test_rows_stand_under_the_header_that_is_theirs() -> None:
    rows = [["Tilbud", "Takst 2025"], *([f"Sted {i}", f"{1000 + i}"] for i in range(20))]
    rows += [["Tilbud", "Takst 2026"], *([f"Hus {i}", f"{3000 + i}"] for i in range(20))]
    lines = table(rows)
    header = ""
    for line in lines:
        header = line if " ¦ " in line else header
        assert ("2026" in header) == line.startswith("Hus") or line == header
    assert table([["Tilbud", "Takst"], ["Krisecenter", "2011"], ["Botilbud", ""], ["Aflastning", "1000"]]) == [
        "Tilbud ¦ Takst", "Krisecenter | 2011", "Botilbud | –", "Aflastning | 1000",
    ]  # fmt: skip


# --- text that nobody sees ---


def drawn(path: Path, *commands: str) -> Path:
    """A PDF of one page with these drawing commands."""
    stream = "\n".join(commands).encode("latin-1")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for n, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % n + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    path.write_bytes(out + b"xref\n0 6\n0000000000 65535 f \n" + table + end)
    return path


def test_words_that_no_reader_sees_are_never_found(tmp_path: Path) -> None:
    file = drawn(
        tmp_path / "skjult.pdf",
        "BT /F 12 Tf 0 g 40 450 Td (Rammeaftale 2025-2026 for Region Midtjylland) Tj ET",
        "BT /F 12 Tf 0 g 40 420 Td (Overhead udgor 5 pct. af omkostningerne.) Tj ET",
        "BT /F 12 Tf 1 g 40 390 Td (Overhead udgor 99 pct. i hvid skrift.) Tj ET",
        "BT /F 1 Tf 0 g 40 360 Td (Overhead udgor 98 pct. i lillebitte skrift.) Tj ET",
        "BT 3 Tr /F 12 Tf 0 g 40 330 Td (Overhead udgor 97 pct. uden farve.) Tj ET",
        "0 0 0.6 rg 30 290 300 30 re f",
        "BT 0 Tr /F 12 Tf 1 g 40 300 Td (Hvidt paa blaat ses godt.) Tj ET",
    )
    (page,) = read(file).pages
    assert "99 pct." in page.raw  # the raw page is what pypdf gives
    (clean,) = cleaning.clean([page])
    assert not any(figure in clean.text for figure in ("99", "98", "97"))
    assert "5 pct." in clean.text
    assert "Hvidt paa blaat" in clean.text
    assert {r.reason for r in clean.repairs} >= {"unseen"}
    assert clean.restore() == page.raw


def test_what_is_seen_on_a_turned_page_is_not_taken_away(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    file = drawn(
        tmp_path / "lige.pdf",
        "0 0 0.6 rg 30 290 300 30 re f", "BT /F 12 Tf 1 g 40 300 Td (Takst 2026 kr. pr. dag) Tj ET",
        "BT /F 12 Tf 0 g 40 420 Td (Overhead udgor 5 pct.) Tj ET",
    )  # fmt: skip
    writer = PdfWriter(PdfReader(file))
    writer.pages[0].rotate(90)
    writer.write(tmp_path / "drejet.pdf")
    for name in ("lige.pdf", "drejet.pdf"):
        (page,) = read(tmp_path / name).pages
        assert "Takst 2026" in cleaning.clean([page])[0].text


# --- scans ---


def scan(path: Path, source: str, tmp_path: Path) -> Path:
    """Pages as images alone."""
    import pypdfium2 as pdfium

    typed = pdf(tmp_path / "typed.pdf", source)
    images = [page.render(scale=200 / 72).to_pil().convert("L") for page in pdfium.PdfDocument(typed)]
    images[0].save(path, "PDF", resolution=200, save_all=True, append_images=images[1:])
    return path


needs_tesseract = pytest.mark.skipif(not ocr.available(), reason=f"tesseract mangler: {ocr.INSTALL}")


@needs_tesseract
def test_a_scan_is_read_and_its_words_are_marked_where_they_stand(tmp_path: Path) -> None:
    from PIL import Image

    from assistant.web.pages import page_image

    text = "= Rammeaftale 2025-2026\nRegion Sjælland og kommunerne har aftalt, at opsigelsesvarslet er fem måneder."
    file = scan(tmp_path / "skannet.pdf", f"#set text(size: 14pt)\n{text}", tmp_path)
    (page,) = read(file).pages
    assert page.origin == "ocr"
    assert "opsigelsesvarslet er fem måneder" in " ".join(page.raw.split())
    boxes = tuple(w[2:] for w in page.words if page.raw[w[0] : w[1]].startswith("måneder"))
    plain, marked = (Image.open(io.BytesIO(page_image(file, 1, "", known))) for known in ((), boxes))
    yellow = (np.asarray(plain) != np.asarray(marked)).any(axis=2).sum()
    assert 200 < yellow < 20_000
    found = answer(tmp_path, file, question="Hvad er opsigelsesvarslet i Sjælland?")
    assert isinstance(found, Grounded)
    assert found.statements[0].citations[0].read


@needs_tesseract
@pytest.mark.skipif(not (SHARED / "ocr").is_dir(), reason="kun med de delte dokumenter")
@pytest.mark.slow
def test_a_scanned_strategy_is_read_as_well_as_it_was_written() -> None:
    from rapidfuzz.distance import Levenshtein

    pages = read(SHARED / "ocr" / "strategi-skannet.pdf").pages
    wrong = total = 0
    for number, page in enumerate(pages, start=3):
        clean = (SHARED / "ocr" / f"page-{number:02d}.clean.txt").read_text(encoding="utf-8").split()
        wrong += Levenshtein.distance(clean, page.raw.split())
        total += len(clean)
    assert wrong / total <= 0.03


def test_without_tesseract_a_scan_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = scan(tmp_path / "skannet.pdf", "= Aftale\nTekst", tmp_path)
    monkeypatch.setattr(ocr, "available", lambda: False)
    with pytest.raises(ReadError, match="apt-get install tesseract-ocr tesseract-ocr-dan"):
        read(file)


def test_section_marks_that_the_engine_misread_are_mended() -> None:
    text = "efter servicelovens 88 107 og 108\n8 2. Pris\nPrisen er 8 107 kr.\n& 3. Betaling"
    page = cleaning.clean([Page(1, text, "ocr")])[0]
    mended = page.apply(repair.section_marks(page.text)).text
    assert mended.split("\n") == [
        "efter servicelovens §§ 107 og 108", "§ 2. Pris", "Prisen er 8 107 kr.", "§ 3. Betaling",
    ]  # fmt: skip


# --- files that mean harm ---


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bombe.docx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"0" * (300 * 2**20))
    with pytest.raises(ReadError, match="pakker ud til 300 MB"):
        read(tmp_path / "bombe.docx")


def test_an_encrypted_file_opens_with_the_password_of_the_settings(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(pdf(tmp_path / "x.pdf", "= Aftale\nVarslet er 30 dage.")))
    writer.encrypt("hemmelig", algorithm="AES-256")
    writer.write(tmp_path / "laast.pdf")
    with pytest.raises(ReadError, match="ASSISTANT_PASSWORDS"):
        read(tmp_path / "laast.pdf", ["forkert"])
    assert "30 dage" in read(tmp_path / "laast.pdf", ["forkert", "hemmelig"]).pages[0].raw


@pytest.mark.slow
def test_a_file_that_hangs_or_eats_memory_costs_only_itself(tmp_path: Path) -> None:
    good = tmp_path / "god.md"
    good.write_text("# Aftale\nVarslet er 30 dage.", encoding="utf-8")
    huge = tmp_path / "stor.md"
    huge.write_text(
        "Varslet er 30 dage, og en plads koster 1.234 kr. pr. døgn.\n" * 1_000_000, encoding="utf-8"
    )
    own = Settings.load({"ASSISTANT_FILE_SECONDS": "5"}, index=tmp_path / "index")
    wanted = [Wanted(huge, {}, "1"), Wanted(good, {}, "1")]
    results = [result for _, result in read_all(wanted, own)]
    assert isinstance(results[0], str)
    assert "ASSISTANT_FILE_SECONDS" in results[0]
    assert not isinstance(results[1], str)


@pytest.mark.slow
def test_mutated_files_never_crash_the_reader(tmp_path: Path) -> None:
    """2,000 files with bytes changed, cut or repeated: each is read or refused in one line."""
    import random

    from assistant.loading import READABLE

    chance = random.Random(20261122)
    seeds = [
        word(tmp_path / "a.docx"),
        pdf(
            tmp_path / "b.pdf",
            "= Aftale\nVarslet er 30 dage.\n#table(columns: 2, [a], [1], [b], [2], [c], [3])",
        ),
    ]
    for name in ("c.html", "d.eml", "e.md"):
        (tmp_path / name).write_text("<h1>Aftale</h1><table><tr><td>a<td>1</table>\n\nVarslet er 30 dage.")
        seeds.append(tmp_path / name)
    outcome = {"read": 0, "refused": 0}
    lines: list[str] = []
    for n in range(2000):
        seed = seeds[n % len(seeds)]
        data = bytearray(seed.read_bytes())
        for _ in range(chance.choice((1, 4, 40))):
            at = chance.randrange(len(data))
            kind = chance.randrange(3)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randrange(1, 50)]
            else:
                data[at:at] = data[at : at + chance.randrange(1, 50)]
            if not data:
                data = bytearray(b"x")
        file = tmp_path / f"muteret{seed.suffix}"
        assert file.suffix in READABLE
        file.write_bytes(data)
        try:
            read(file)
            outcome["read"] += 1
        except ReadError as error:
            lines.append(str(error))
            outcome["refused"] += 1
    assert min(outcome.values()) > 100, outcome
    assert not any("\n" in line for line in lines)


# --- editions and time ---


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
    import random
    import subprocess
    import sys
    import time

    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "a.md").write_text(
        "# Rammeaftale 2025-2026\nRegion Sjælland\n\nVarslet er fem måneder.\n", encoding="utf-8"
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    command = [sys.executable, "-m", "assistant.cli", "ingest", str(folder), "--index", str(own.index)]
    start = time.perf_counter()
    (folder / "b.md").write_text("# Notat\nEn plads koster 900 kr.\n", encoding="utf-8")
    subprocess.run(command, check=True, capture_output=True)
    whole = time.perf_counter() - start
    chance = random.Random(4)
    for n in range(20):
        (folder / "b.md").write_text(
            f"# Notat {n}\nEn plads koster {900 + n} kr. pr. døgn.\n", encoding="utf-8"
        )
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, whole))
        running.kill()
        running.wait()
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


# --- what the index has and lacks ---


def test_the_report_names_what_is_missing_unread_and_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    for name, years in (("ny.md", "2025-2026"), ("gammel.md", "2021-2022")):
        (folder / name).write_text(
            f"# Rammeaftale {years}\nRegion Sjælland og kommunerne i Sjælland.\n\nVarslet er {years[:4]} dage.\n",
            encoding="utf-8",
        )
    (folder / "kopi.md").write_bytes((folder / "ny.md").read_bytes())
    (folder / "kaput.pdf").write_bytes(b"%PDF-1.7 \xff\xfe")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    documents, found = take_stock(own, DAY)
    lines = [f"{f.severity} {f.name}: {f.message}" for f in found]
    assert len(documents) == 2
    assert lines[0].startswith("fejl ulæst fil: kaput.pdf")
    for expected in (
        "advarsel mangler: ingen aftale for Sjælland i 2023, 2024", "advarsel mangler: ingen aftale for Nordjylland",
        "ok udløbet: gammel.md", "advarsel kopi: ny.md er den samme fil som kopi.md",
    ):  # fmt: skip
        assert any(line.startswith(expected) for line in lines), (expected, lines)
    assert main(["doctor", "--index", str(own.index), "--out", str(tmp_path / "indeks.html")]) == 0
    page = (tmp_path / "indeks.html").read_text(encoding="utf-8")
    assert "kaput.pdf" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_supplement_is_named_with_the_answer_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "aftale.md").write_text(
        "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne. Aftalen erstatter rammeaftalen for 2023-2024.\n\n"
        "Betalingsfristen er 30 dage fra regningens dato.\n",
        encoding="utf-8",
    )
    (folder / "till.md").write_text(
        "# Tillæg til rammeaftale 2025-2026\nRegion Sjælland og kommunerne.\n\nTilbud for unge får en fast kontakt.\n",
        encoding="utf-8",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    assistant = Assistant(own.index, own)
    facts = {d.name: d.facts for d in assistant.retriever.documents.values()}
    assert facts["aftale.md"].replaces == "rammeaftalen for 2023-2024"
    assert "erstatter rammeaftalen" in facts["aftale.md"].evidence["replaces"]
    assert facts["till.md"].amends == "rammeaftale 2025-2026"
    asked = assistant.ask("Hvad er betalingsfristen i Sjælland?")
    assert assistant.as_json(asked)["outcome"] == "qualified"
    note = "»Rammeaftale 2025-2026« er ændret eller suppleret af till.md; læs dem sammen."
    assert note in assistant.as_json(asked)["notes"]


def blank_pages(path: Path, count: int) -> None:
    """A PDF of that many empty pages."""
    kids = b" ".join(b"%d 0 R" % n for n in range(3, count + 3))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * count,
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for n, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (n, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    path.write_bytes(bytes(out) + end % (size, table, size, len(out)))


def test_a_paper_made_to_choke_on_is_told_and_the_rest_gets_in(tmp_path: Path) -> None:
    import zlib

    import docx

    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "god.md").write_text(
        "# Rammeaftale 2025-2026\nRegion Sjælland. Betalingsfristen er 30 dage.\n", encoding="utf-8"
    )
    bomb = zlib.compress(b" " * 900_000_000, 9)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    stream = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(bomb) + bomb + b"\nendstream endobj\n"
    (folder / "bombe.pdf").write_bytes(head + page + stream + b"trailer<</Root 1 0 R>>\n%%EOF")
    deep = "<w:p>" + "<w:r>" * 60_000 + "</w:r>" * 60_000 + "</w:p>"
    plain = tmp_path / "almindelig.docx"
    docx.Document().save(str(plain))
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(folder / "dyb.docx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + deep.encode())
            new.writestr(name, data)
    blank_pages(folder / "mange.pdf", 10_001)
    own = Settings.load({}, index=tmp_path / "index", file_mb=700, file_seconds=30)
    report = ingest([folder], own.index, own)
    assert "god.md" in report.added
    told = {Path(name).name: why for name, why in report.failed}
    assert set(told) == {"bombe.pdf", "dyb.docx", "mange.pdf"}
    assert "10001 sider, højst 10000 læses" in told["mange.pdf"]
    assert all(why and "\n" not in why for _, why in report.failed)
    assert isinstance(Assistant(own.index, own).ask("Hvad er betalingsfristen i Sjælland?").answer, Grounded)
