"""Everything in a file is read: automatic numbers, note marks, merged cells, charts, folded sections, attached files.
What could not be read is reported.
"""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from conftest import DAY, drawn

from assistant.admin.inventory import take_stock
from assistant.documents.folder import look
from assistant.documents.formats import read
from assistant.documents.manifest import rows_for
from assistant.errors import ReadError
from assistant.index.ingest import ingest
from assistant.language.values import values_in
from assistant.models import Abstained, Grounded
from assistant.question.provision import named_provision
from assistant.service.assistant import Assistant
from assistant.settings import Settings


def asked(folder: Path, question: str) -> Grounded | Abstained:
    """The answer from an index of a folder."""
    own = Settings.load({}, index=folder.parent / f"{folder.name}-index")
    ingest([folder], own.index, own)
    return Assistant(own.index, own).ask(question, today=DAY).answer


def told(found: Grounded) -> str:
    return " ".join(statement.text for statement in found.statements)


def text_of(file: Path) -> str:
    return "\n".join(page.raw for page in read(file).pages)


# --- Word ---

NUMBERS = """<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum
w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{first}"/>
</w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="{below}"/><w:lvlText w:val="{second}"/></w:lvl>
</w:abstractNum><w:num w:numId="9"><w:abstractNumId w:val="7"/></w:num></w:numbering>"""


@pytest.mark.parametrize(
    ("form", "first", "below", "second", "shown"),
    [
        ("decimal", "%1.", "decimal", "%1.%2", ["1. Varsel", "1.1 Døgn", "1.2 Dag", "2. Betaling", "2.1 Frist"]),
        ("decimal", "§ %1.", "lowerLetter", "%2)", ["§ 1. Varsel", "a) Døgn", "b) Dag", "§ 2. Betaling", "a) Frist"]),
        ("upperRoman", "%1", "lowerRoman", "(%2)", ["I Varsel", "(i) Døgn", "(ii) Dag", "II Betaling", "(i) Frist"]),
        ("upperLetter", "Bilag %1:", "decimal", "%1%2", ["Bilag A: Varsel", "A1 Døgn", "A2 Dag", "Bilag B: Betaling",
                                                         "B1 Frist"]),
        ("decimalZero", "%1", "ordinal", "%2", ["01 Varsel", "1. Døgn", "2. Dag", "02 Betaling", "1. Frist"]),
    ],
)  # fmt: skip
def test_words_automatic_numbers_are_read_as_it_shows_them(
    form: str, first: str, below: str, second: str, shown: list[str], tmp_path: Path
) -> None:
    from docx import Document
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import qn

    paper = Document()
    whole = NUMBERS.format(start=1, form=form, first=first, below=below, second=second)
    element = paper.part.numbering_part.element
    for child in parse_xml(whole.replace("\n", " ")):
        element.append(child)
    for words, depth in (("Varsel", 0), ("Døgn", 1), ("Dag", 1), ("Betaling", 0), ("Frist", 1)):
        paragraph = paper.add_paragraph(words)
        numbered = OxmlElement("w:numPr")
        for name, value in (("w:ilvl", depth), ("w:numId", 9)):
            part = OxmlElement(name)
            part.set(qn("w:val"), str(value))
            numbered.append(part)
        paragraph._p.get_or_add_pPr().append(numbered)
    paper.save(str(tmp_path / "a.docx"))
    assert [line.lstrip("#- ") for line in text_of(tmp_path / "a.docx").split("\n")] == shown


def test_word_headers_struck_words_and_empty_fields(tmp_path: Path) -> None:
    from docx import Document

    paper = Document()
    paper.sections[0].header.paragraphs[0].text = "Rammeaftale for Region Nordjylland"
    line = paper.add_paragraph("Varslet er ")
    line.add_run("fire").font.strike = True
    line.add_run(" tre måneder.")
    paper.save(str(tmp_path / "aftale.docx"))
    text = text_of(tmp_path / "aftale.docx")
    assert "Varslet er tre måneder." in text
    assert "Rammeaftale for Region Nordjylland" in text


# --- marks in other files, merged cells, charts, folded sections ---


def test_raised_figures_are_marks_in_every_form_of_file(tmp_path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from pptx import Presentation

    book = Workbook()
    book.active.append(["Tilbud", "Regel"])
    book.active.append(
        ["Døgn", CellRichText("30", TextBlock(InlineFont(vertAlign="superscript"), "1"), " dage")]
    )
    book.save(tmp_path / "a.xlsx")
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    line = slide.shapes.title.text_frame.paragraphs[0]
    line.add_run().text = "Varslet er 30"
    raised = line.add_run()
    raised.text = "2"
    raised._r.get_or_add_rPr().set("baseline", "30000")
    line.add_run().text = " dage"
    show.save(tmp_path / "b.pptx")
    style = "<style>.note{vertical-align:super}</style>"
    for name, mark in (("c", "<sup>3</sup>"), ("d", '<span class="note">4</span>'), ("e", "⁵")):
        rule = f"Varslet for en plads er 30{mark} dage for alle tilbud i aftalen."
        body = f"<main><h1>Rammeaftale</h1><p>{rule}</p></main>"
        (tmp_path / f"{name}.html").write_text(
            f"<html><head>{style}</head><body>{body}</body></html>", "utf-8"
        )
    for file in sorted(tmp_path.iterdir()):
        text = text_of(file)
        assert [v.normalized for v in values_in(text) if v.kind == "duration"] == ["P30D"], file.name


def test_a_cell_merged_over_rows_holds_for_each_of_them(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["Kommune", "Tilbud", "Takst 2026"], ["Køge", "Bo", 2134], [None, "Dag", 402], ["Greve", "Bo", 1998],
                [None, "Dag", 415]):  # fmt: skip
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("A4:A5")
    book.save(tmp_path / "t.xlsx")
    assert "Greve | Dag | 415" in text_of(tmp_path / "t.xlsx")
    assert "Køge | Dag | 402" in text_of(tmp_path / "t.xlsx")


def test_a_charts_values_are_read(tmp_path: Path) -> None:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    data = CategoryChartData()
    data.categories = ["Botilbud", "Aflastning"]
    data.add_series("Belægning i pct.", (94.5, 88))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(3), data)
    show.save(tmp_path / "d.pptx")
    assert "Botilbud | 94,5" in text_of(tmp_path / "d.pptx")


@pytest.mark.parametrize(
    "folded",
    [
        "<details><summary>Varsel</summary><p>{}</p></details>",
        '<button aria-controls="p">Varsel</button><div id="p" hidden><p>{}</p></div>',
        '<a href="#p">Varsel</a><div id="p" style="display:none"><p>{}</p></div>',
        '<div role="tabpanel" aria-hidden="true" style="display: none"><p>{}</p></div>',
        '<h2><button data-bs-target="#p">Varsel</button></h2><div id="p" style="visibility:hidden"><p>{}</p></div>',
    ],
)
def test_what_a_reader_unfolds_is_read_and_what_nobody_can_is_not(folded: str, tmp_path: Path) -> None:
    rule = "En døgnplads opsiges skriftligt med et varsel på 95 dage til driftsherren."
    body = "<h1>Rammeaftale for Region Nordjylland</h1><p>Her står aftalen mellem kommunerne og regionen.</p>"
    body += folded.format(rule)
    hidden = (
        '<p style="display:none">Overheadet er 99 pct. af omkostningerne.</p><p>Det er <s>ni</s> otte.</p>'
    )
    (tmp_path / "a.html").write_text(f"<html><body><main>{body}{hidden}</main></body></html>", "utf-8")
    text = text_of(tmp_path / "a.html")
    assert rule in text
    assert "99 pct." not in text
    assert "ni" not in text.split("Det er")[1]


# --- papers inside papers ---


def test_each_paper_of_an_archive_speaks_for_its_own_region(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "materiale.zip", "w") as file:
        for region, days in (("Sjælland", 30), ("Nordjylland", 45)):
            text = f"Rammeaftale 2025-2026 for Region {region}\n\nBetalingsfristen er {days} dage fra fakturaens dato."
            file.writestr(f"aftale-{region}.txt", text)
    found = asked(tmp_path, "Hvad er betalingsfristen i Nordjylland?")
    assert isinstance(found, Grounded)
    assert "45 dage" in told(found)
    assert "30 dage" not in told(found)


def test_an_older_mail_does_not_answer_where_the_newer_decides(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "SV: Frist", "a@b.example", "c@d.example"
    mail.set_content(
        "Jeg retter mit svar. Betalingsfristen i Region Midtjylland er 36 dage.\n\n"
        "Den 3. marts 2025 skrev Lone:\n> Betalingsfristen i Region Midtjylland er 30 dage.\n"
    )
    (tmp_path / "svar.eml").write_bytes(bytes(mail))
    found = asked(tmp_path, "Hvad er betalingsfristen i Midtjylland?")
    assert isinstance(found, Grounded)
    assert "36 dage" in told(found)
    assert "30 dage" not in told(found)


# --- nothing is lost in silence ---


def test_every_file_that_is_not_read_is_named_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "aftale.txt").write_text(
        "Rammeaftale 2025-2026 for Region Sjælland. Overheadet er 5 pct.", "utf-8"
    )
    names = [
        "notat.doc",
        "tal.xls",
        "oplæg.ppt",
        "scan.tiff",
        "halv.pdf.crdownload",
        "arkiv.rar",
        "ukendt.xyz",
        "tom.pdf",
    ]
    for name in names:
        (folder / name).write_bytes(b"" if name == "tom.pdf" else b"x")
    (folder / "væk.pdf").symlink_to(folder / "findes-ikke.pdf")
    found = look([folder])
    assert [f.name for f in found.files] == ["aftale.txt"]
    assert {left.name for left in found.left} == {*names, "væk.pdf"}
    assert all(left.why.endswith(".") for left in found.left)
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    told = " ".join(f.message for f in take_stock(own, DAY)[1])
    assert [name for name in names if name not in told] == []
    refused = Assistant(own.index, own)
    asked = refused.ask("Hvem er formand for bestyrelsen i klubben?", today=DAY)
    assert isinstance(asked.answer, Abstained)
    assert "notat.doc" in refused.searched_for(asked.answer)


def test_linked_folders_are_read_once_and_a_loop_ends(tmp_path: Path) -> None:
    outside, folder = tmp_path / "arkiv", tmp_path / "papirer"
    outside.mkdir()
    folder.mkdir()
    (outside / "a.txt").write_text("Aftalen gælder.", "utf-8")
    (folder / "link").symlink_to(outside)
    (folder / "igen").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    assert [f.name for f in look([folder]).files] == ["a.txt"]
    with pytest.raises(ReadError):
        look([tmp_path / "findes-ikke"])


def test_a_manifest_names_files_by_path_in_any_form(tmp_path: Path) -> None:
    import unicodedata

    files = []
    for region in ("Sjælland", "Syddanmark"):
        (tmp_path / region).mkdir()
        files.append(tmp_path / region / "Aftale.pdf")
    head = "file,region\n"
    (tmp_path / "manifest.csv").write_text(
        head + unicodedata.normalize("NFD", "Sjælland\\aftale.pdf") + ",Sjælland\n", "utf-8"
    )
    rows, wrong = rows_for(files, [tmp_path])
    assert rows[files[0]]["region"] == "Sjælland"
    assert rows[files[1]] == {}
    assert wrong == []
    (tmp_path / "manifest.csv").write_text(head + "aftale.pdf,Sjælland\nandet.pdf,Syddanmark\n", "utf-8")
    rows, wrong = rows_for(files, [tmp_path])
    assert rows == {file: {} for file in files}
    assert [line.partition("»")[2].partition("«")[0] for line in wrong] == ["aftale.pdf", "andet.pdf"]


def test_a_paper_of_unknown_region_answers_for_no_region(tmp_path: Path) -> None:
    (tmp_path / "notat.txt").write_text("Aftale om takster. Overheadet er 5 pct. af omkostningerne.", "utf-8")
    found = asked(tmp_path, "Hvad er overheadet i Sjælland?")
    assert isinstance(found, Abstained)


@pytest.mark.parametrize(
    ("name", "folder"), [("Rammeaftale Sjælland 2025-2026.txt", "x"), ("aftale.txt", "Region Sjælland")]
)
def test_a_file_or_folders_name_tells_whose_paper_it_is(name: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).write_text(
        "Aftale om takster. Overheadet er 5 pct. af omkostningerne.", "utf-8"
    )
    found = asked(tmp_path, "Hvad er overheadet i Sjælland?")
    assert isinstance(found, Grounded)
    assert "5 pct." in told(found)


# --- figures and provisions ---


@pytest.mark.parametrize(
    ("text", "kind", "normalized"),
    [
        ("1\u00a0234,50 kr.", "money", "1234.5"), ("1\u202f234 kr.", "money", "1234"),
        ("1 234,50 kr.", "money", "1234.5"), ("kr. 1.234,-", "money", "1234"), ("2,5 mio. kr.", "money", "2500000"),
        ("2.500 tkr.", "money", "2500000"), ("6½ pct.", "percent", "6.5"), ("5,6³ pct.", "percent", "5.6"),
        ("4 promille", "percent", "0.4"), ("3 procentpoint", "percent", "3"), ("2 ¾ time", "duration", "PT2.75H"),
        ("halvanden måned", "duration", "P1.5M"), ("to en halv måned", "duration", "P2.5M"),
        ("5-7 dage", "duration", "P5D/P7D"), ("femogtyve dage", "duration", "P25D"),
        ("ca. 30 dage", "duration", "P30D"),
        ("1 1/2 måned", "duration", "P1.5M"), ("30¹ dage", "duration", "P30D"),
    ],
)  # fmt: skip
def test_figures_as_people_write_them(text: str, kind: str, normalized: str) -> None:
    found = [v.normalized for v in values_in(f"Satsen er {text} fra nu af") if v.kind == kind]
    assert found == [normalized]


def test_a_provision_is_found_by_its_number_and_not_where_it_is_cited(tmp_path: Path) -> None:
    (tmp_path / "aftale.md").write_text(
        "# Styringsaftale 2025-2026 for Region Midtjylland\n\n## 2.2 Dagtilbud\n\nVarslet er 20 dage, jf. punkt 3.1."
        "\n\n## 3.1 Frist\n\nRegninger betales inden 33 dage.\n\n## 3.2 Renter\n\nDer betales renter.\n",
        encoding="utf-8",
    )
    found = asked(tmp_path, "Hvad står der i punkt 3.1 i aftalen for Midtjylland?")
    assert isinstance(found, Grounded)
    assert "33 dage" in told(found)
    assert "20 dage" not in told(found)
    assert named_provision("Hvad er taksten efter § 107?") is None


def test_a_note_goes_with_the_sentence_that_points_to_it(tmp_path: Path) -> None:
    drawn(
        tmp_path / "rammeaftale-sjaelland-2025-2026.pdf",
        "BT /F 14 Tf 40 470 Td (Rammeaftale 2025-2026 Region Sj\\346lland) Tj ET",
        "BT /F 12 Tf 40 440 Td (Overheadet er fastsat til 5,6) Tj /F 7 Tf 5 Ts (3) Tj",
        "/F 12 Tf 0 Ts ( pct. af omkostningerne.) Tj ET",
        "BT /F 6 Tf 4 Ts 40 60 Td (3) Tj /F 9 Tf 0 Ts ( G\\346lder fra den 1. juli 2025.) Tj ET",
    )
    found = asked(tmp_path, "Hvad er overheadet i Sjælland?")
    assert isinstance(found, Grounded)
    first, note, *_ = found.statements
    assert "5,6 pct." in first.text
    assert note.kind == "note"
    assert "1. juli 2025" in note.text


# --- any console ---


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850", "latin-1", "utf-8"])
def test_a_console_of_any_encoding_is_told_without_a_traceback(encoding: str, tmp_path: Path) -> None:
    import json
    import os
    import subprocess
    import sys

    (tmp_path / "papirer").mkdir()
    text = "Rammeaftale 2025-2026 for Region Sjælland. Overheadet er højst 5 pct. efter § 4 – og »kun« dér."
    (tmp_path / "papirer" / "aftale-sjælland.txt").write_text(text, "utf-8")
    (tmp_path / "papirer" / "gammel.doc").write_bytes(b"x")
    env = os.environ | {"PYTHONIOENCODING": encoding, "ASSISTANT_STATE": str(tmp_path / "state")}

    commands = [
        ("ingest", str(tmp_path / "papirer")),
        ("ask", "Hvad er overheadet i Sjælland?"),
        ("ask", "Hvad er overheadet i Sjælland?", "--json"),
        ("doctor",),
    ]
    program = (
        "import sys; from assistant.cli import main\n"
        "for line in sys.argv[2:]:\n"
        "    main([*line.split('|'), '--index', sys.argv[1]])\n"
        "    for stream in (sys.stdout, sys.stderr): print('\\f', file=stream, flush=True)\n"
    )
    lines = ["|".join(words) for words in commands]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "index"), *lines],
        capture_output=True,
        env=env,
        timeout=120,
    )
    out, err = done.stdout.decode(encoding).split("\f"), done.stderr.decode(encoding).split("\f")
    assert (len(out), len(err)) == (5, 5), err
    assert "Traceback" not in "".join(err + out)
    assert "gammel.doc" in out[0] + err[0]
    assert "5 pct." in out[1] + err[1]
    assert "højst 5 pct." in json.loads(out[2])["answer"]
    assert "gammel.doc" in out[3] + err[3]


# --- the index follows the folder ---


def paper(folder: Path, region: str, percent: int, name: str = "aftale.txt") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"Rammeaftale 2025-2026 for Region {region}. Overheadet er {percent} pct. af omkostningerne."
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_two_folders_swapped_and_a_file_gone_from_one(tmp_path: Path) -> None:
    first, second, aside = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    paper(first, "Sjælland", 5)
    paper(second, "Syddanmark", 7)
    own = Settings.load({}, index=tmp_path / "index")
    ingest([first, second], own.index, own)
    first.rename(aside)
    second.rename(first)
    aside.rename(second)
    ingest([first, second], own.index, own)
    documents = Assistant(own.index, own).retriever.documents.values()
    assert {(d.facts.region, d.path.parent.name) for d in documents} == {
        ("Sjælland", "b"),
        ("Syddanmark", "a"),
    }
    assert all(d.path.exists() for d in documents)
    paper(second, "Nordjylland", 9, "anden.txt")
    (second / "aftale.txt").unlink()
    report = ingest([first, second], own.index, own)
    assert report.removed == ("aftale.txt",)
    held = {d.facts.region for d in Assistant(own.index, own).retriever.documents.values()}
    assert held == {"Syddanmark", "Nordjylland"}


def test_a_folder_that_is_suddenly_empty_costs_nothing_and_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    paper(first, "Sjælland", 5)
    paper(second, "Syddanmark", 7)
    own = Settings.load({}, index=tmp_path / "index")
    ingest([first, second], own.index, own)
    (first / "aftale.txt").unlink()  # like a drive that is not mounted
    told: list[str] = []
    report = ingest([first, second], own.index, own, told.append)
    assert report.documents == 2
    assert any(str(first) in line and "tom" in line for line in told)
    gone = ingest([first, second], own.index, own, gone=[first / "aftale.txt"])
    assert gone.removed == ("aftale.txt",)


def test_a_file_that_cannot_be_read_now_keeps_what_it_said(tmp_path: Path) -> None:
    file = paper(tmp_path / "a", "Sjælland", 5)
    paper(tmp_path / "a", "Syddanmark", 7, "b.txt")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "a"], own.index, own)
    file.write_bytes(b"")  # like a placeholder file of a cloud drive
    told: list[str] = []
    report = ingest([tmp_path / "a"], own.index, own, told.append)
    assert report.documents == 2
    assert [name for name, _ in report.failed] == ["aftale.txt"]
    assert any("aftale.txt kan ikke læses nu" in line for line in told)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_title_above_a_csv_table_does_not_hide_its_separator(tmp_path: Path, separator: str) -> None:
    rows = [
        ["Tilbud", "Takst", "Overhead"],
        ["Botilbud", '"1.911,50"', '"5,6"'],
        ["Dagtilbud", '"612,00"', '"4,1"'],
    ]
    text = "Takster for 2026\n\n" + "\n".join(separator.join(row) for row in rows) + "\n"
    (tmp_path / "takster.csv").write_text(text, encoding="utf-8")
    lines = text_of(tmp_path / "takster.csv").splitlines()
    assert "Dagtilbud | 612,00 | 4,1" in lines
