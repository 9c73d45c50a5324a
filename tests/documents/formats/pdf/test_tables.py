"""Tables: rows with their headers, in PDFs with and without rules, in sheets and in Word."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import DAY, answer, pdf

from assistant.documents import cleaning
from assistant.documents.formats import read
from assistant.documents.formats.sections import table
from assistant.index.ingest import ingest
from assistant.models import Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings

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


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_table_on_a_turned_page_is_read_as_its_reader_sees_it(tmp_path: Path, degrees: int) -> None:
    from pypdf import PdfReader, PdfWriter, Transformation
    from pypdf.generic import RectangleObject

    writer = PdfWriter(clone_from=PdfReader(pdf(tmp_path / "takster.pdf", RULED)))
    (page,) = writer.pages
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    moved = {90: (height, 0.0), 180: (width, height), 270: (0.0, width)}[degrees]
    page.add_transformation(Transformation().rotate(degrees).translate(*moved))
    page.mediabox = RectangleObject((0, 0, width, height) if degrees == 180 else (0, 0, height, width))
    page.cropbox = page.mediabox
    page.rotate(degrees)
    writer.write(tmp_path / "turned.pdf")
    (turned,) = read(tmp_path / "turned.pdf").pages
    cells = [[turned.raw[c[0] : c[1]] if c else None for c in row.cells] for row in turned.rows]
    assert cells[1] == ["Botilbud", "1.111", None, "1.333"]
    assert len(cells) == 4


def test_a_table_of_markdown_has_its_header(tmp_path: Path) -> None:
    file = tmp_path / "takster.md"
    file.write_text(
        "# Takster for 2025-2026, Region Sjælland\n\n| Tilbud | Takst 2025 | Takst 2026 |\n|---|--:|--:|\n"
        "| Bakken | 2.100 | 2.134 |\n| Engen | 700 | 721 |\n\nEn | i en sætning er ingen tabel.\n",
        encoding="utf-8",
    )
    (page,) = read(file).pages
    assert page.raw.split("\n")[2:5] == [
        "Tilbud ¦ Takst 2025 ¦ Takst 2026",
        "Bakken | 2.100 | 2.134",
        "Engen | 700 | 721",
    ]
    assert "En | i en sætning" in page.raw
    found = answer(tmp_path, file, question="Hvad er taksten for Engen i 2026?")
    assert isinstance(found, Grounded)
    assert [found.statements[0].text[a:b] for a, b in found.statements[0].bold] == ["721"]


def test_cells_on_a_line_of_plain_text_are_a_table(tmp_path: Path) -> None:
    """Cells are separated by bars or tabs, the same number on each line. Lines with different numbers of cells stay as
    they are."""
    file = tmp_path / "regler.txt"
    rules = (
        "Emne\tFrist\tBemærkning\nBetaling\t30 dage\tRykker efter 5 hverdage\nOpsigelse\t3 md.\tSkriftligt"
    )
    file.write_text(
        "Rammeaftale 2025-2026, Region Sjælland\n\nTilbud | Takst 2025 | Takst 2026\nBakken | 2.100 | 2.134\n"
        f"Engen | 700 | 721\n\nDeltagere: en | to\nog | i en | sætning\n\n{rules}\n",
        encoding="utf-8",
    )
    (page,) = read(file).pages
    assert page.raw.split("\n")[2:5] == [
        "Tilbud ¦ Takst 2025 ¦ Takst 2026",
        "Bakken | 2.100 | 2.134",
        "Engen | 700 | 721",
    ]
    assert "Deltagere: en | to\nog | i en | sætning" in page.raw
    assert "Emne ¦ Frist ¦ Bemærkning\nBetaling | 30 dage | Rykker efter 5 hverdage" in page.raw
    for question, value in {
        "Hvad er taksten for Engen i 2026?": "721",
        "Hvad er fristen for betaling?": "30 dage",
        "Hvad er fristen for opsigelse?": "3 md.",
    }.items():
        found = answer(tmp_path, file, question=question)
        assert isinstance(found, Grounded)
        assert [found.statements[0].text[a:b] for a, b in found.statements[0].bold] == [value]


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
    assert "Huset | Vestergade 4 | Køge" in lines  # a single wide cell is no header of the row below
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
        assert len(found.statements) == 1, question  # only the row that the question names


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


def test_columns_without_lines_are_known_by_where_they_stand(tmp_path: Path) -> None:
    file = pdf(tmp_path / "t.pdf", UNRULED_WITH_PLACES_LAST)
    found = answer(tmp_path, file, question="Hvad er taksten for Engen i 2026?")
    assert isinstance(found, Grounded)
    (statement,) = found.statements
    assert "Engen | 3.121 | 3.197 | 8" in statement.text
    assert [statement.text[a:b] for a, b in statement.bold] == ["3.197"]


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


def test_a_row_of_words_is_no_header_of_the_rows_below_it() -> None:
    rules = [["Emne", "Regel"], ["Varsel", "tre måneder"], ["Klage", "Skriftligt"], ["Overhead", "5 pct."]]
    assert table(rules) == ["Emne ¦ Regel", "Varsel | tre måneder", "Klage | Skriftligt", "Overhead | 5 pct."]
    assert table(rules[1:]) == ["Varsel ¦ tre måneder", *table(rules)[2:]]  # which looks like a header
    assert table([["Varsel", "3 måneder"], *rules[2:]]) == ["Varsel | 3 måneder", *table(rules)[2:]]
    another = [*rules, ["", ""], ["Sted", "Døgntakst"], ["Engen", "2.134"]]
    assert table(another)[4:] == ["Sted ¦ Døgntakst", "Engen | 2.134"]
    repeated = [*rules, rules[0], ["Møder", "To om året"]]
    assert table(repeated)[4:] == ["Emne ¦ Regel", "Møder | To om året"]
