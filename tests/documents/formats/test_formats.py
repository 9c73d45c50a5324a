"""Every file format that a secretariat uses, as small real files: what is read, what is not, and why."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest
from conftest import DAY, SHARED, answer, drawn, pdf

from assistant.admin.inventory import take_stock
from assistant.cli import main
from assistant.documents import cleaning, repair
from assistant.documents.formats import read
from assistant.documents.formats.pdf import ocr
from assistant.documents.worker import Wanted, read_all
from assistant.errors import ReadError
from assistant.index.ingest import ingest
from assistant.models import Grounded, Page
from assistant.service.assistant import Assistant
from assistant.settings import Settings

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
    assert lines == ["Taksten er 2.134¹ kr. pr. døgn.", "Takst 2026", "500 kr.", "Varslet er 40 dage."]


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


def test_a_formula_that_was_never_worked_out_is_told_and_is_no_empty_cell(tmp_path: Path) -> None:
    from openpyxl import Workbook

    folder = tmp_path / "papirer"
    folder.mkdir()
    book = Workbook()
    sheet = book.active
    sheet.title = "Takster"
    for row in (["Tilbud", "Pladser", "Takst 2026"], ["Bakken", 12, "=2400*1.03"], ["Sølund", "", 1285],
                ["Engen", '=IF(1=1,"","x")', 721]):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "ark.xlsx")
    # In the last one the formula gave an empty string, as Excel stores it: that cell is empty.
    with zipfile.ZipFile(tmp_path / "ark.xlsx") as old, zipfile.ZipFile(folder / "ark.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<c r="B4"><f>', b'<c r="B4" t="str"><f>'))
    (page,) = read(folder / "ark.xlsx").pages
    assert page.raw.split("\n")[1:] == [
        "Tilbud ¦ Pladser ¦ Takst 2026", "Bakken | 12 | ikke beregnet", "Sølund | – | 1285", "Engen | – | 721",
    ]  # fmt: skip
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    _, found = take_stock(own, DAY)
    (told,) = [f for f in found if f.name == "formler"]
    assert (told.severity, "ark »Takster«" in told.message) == ("advarsel", True)
    assert "Excel" in told.remedy


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


RATES = """<h1>Takster</h1><p>Taksterne fremgår af tabellen, som gælder for tilbud i Region Sjælland og kommunerne.</p>
<table><thead><tr><th rowspan=2>Kommune</th><th rowspan=2>Tilbud</th><th colspan=2>Takst</th><th colspan=2>Pladser</th>
</tr><tr><th>2025</th><th>2026</th><th>2025</th><th>2026</th></tr></thead>
<tr><td rowspan=2>Køge<td>Bakken<td>2.100<td>2.134<td>12<td>14<tr><td>Engen<td>700<td>721<td>30<td>31
<tr><td colspan=6>Regionens tilbud<tr><td>Regionen<td>Sølund<td>2.400<td>2.500<td>8<td>9</table>
<p>Taksterne reguleres hvert år efter udviklingen i priser og lønninger hos kommunerne og regionen.</p>"""


def test_a_web_page_s_wide_and_high_cells_hold_for_each_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "takster.html").write_text(
        f"<html><body><main>{RATES}</main></body></html>", encoding="utf-8"
    )
    (page,) = read(tmp_path / "takster.html").pages
    header = "Kommune ¦ Tilbud ¦ Takst 2025 ¦ Takst 2026 ¦ Pladser 2025 ¦ Pladser 2026"
    assert page.raw.split("\n")[2:-1] == [
        header, "Køge | Bakken | 2.100 | 2.134 | 12 | 14", "Køge | Engen | 700 | 721 | 30 | 31",
        "#### Regionens tilbud", header, "Regionen | Sølund | 2.400 | 2.500 | 8 | 9",
    ]  # fmt: skip
    found = answer(tmp_path, tmp_path / "takster.html", question="Hvad er taksten for Engen i 2026?")
    assert isinstance(found, Grounded)
    assert [found.statements[0].text[a:b] for a, b in found.statements[0].bold] == ["721"]


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


# --- text that nobody sees ---


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
    assert "99 pct." not in page.raw
    (clean,) = cleaning.clean([page])
    assert not any(figure in clean.text for figure in ("99", "98", "97"))
    assert "5 pct." in clean.text
    assert "Hvidt paa blaat" in clean.text
    assert clean.restore() == page.raw
    (hidden,) = read(file).unread
    assert hidden.what == "side 1"
    assert "ingen kan se" in hidden.why


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
    """Pages that are images only."""
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
    """2,000 files with bytes changed, cut or repeated: each is read, or refused in one line."""
    import random

    from assistant.documents.formats import READABLE

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
    """A PDF of this many empty pages."""
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


def test_a_paper_made_to_break_the_reader_is_reported_and_the_rest_gets_in(tmp_path: Path) -> None:
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
