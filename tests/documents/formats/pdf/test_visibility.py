"""The text of a PDF page: what is visible, which figures are note marks, and in which order it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import drawn

from assistant.documents import cleaning
from assistant.documents.formats import read

# --- what is seen: ten ways of hiding, six instances each, and six of the same kind that are seen ---


def say(words: str, x: float, y: float, size: float = 12, ink: str = "0 g", before: str = "") -> str:
    return f"q {before} BT /F {size} Tf {ink} {x} {y} Td ({words}) Tj ET Q"


def box(x: float, y: float, width: float, height: float, ink: str) -> str:
    return f"q {ink} {x} {y} {width} {height} re f Q"


def picture(x: float, y: float, width: float, height: float) -> str:
    return f"q {width} 0 0 {height} {x} {y} cm BI /W 1 /H 1 /CS /G /BPC 8 /F /AHx ID 80> EI Q"


LEVELS = [450, 410, 370, 330, 290, 250]
SIZES = [8, 9, 10, 12, 14, 18]
HIDDEN = [f"Skjult{n} {90 + n} pct." for n in range(6)]
SEEN = [f"Synlig{n} {10 + n} pct." for n in range(6)]


def rows() -> list[tuple[int, int, str, str]]:
    return list(zip(LEVELS, SIZES, HIDDEN, SEEN, strict=True))


def covered_by_a_box(path: Path) -> Path:
    inks = ["0 g", "1 g", "0.5 g", "0.9 0.1 0.1 rg", "0 0 0.4 rg", "0.2 g"]
    out = [box(240, y - 4, 200, 20, "0.85 g") for y in LEVELS]  # a light background under the visible text
    out += [line for y, s, h, v in rows() for line in (say(h, 40, y, s), say(v, 250, y, s))]
    return drawn(path, *out, *(box(36, y - 6, 190, 26, ink) for y, ink in zip(LEVELS, inks, strict=True)))


def covered_by_a_picture(path: Path) -> Path:
    out = [picture(240, y - 4, 200, 22) for y in LEVELS]
    out += [line for y, s, h, v in rows() for line in (say(h, 40, y, s), say(v, 250, y, s, "1 g"))]
    return drawn(path, *out, *(picture(36, y - 6, 190, 26) for y in LEVELS))


def white_on_white(path: Path) -> Path:
    pale = ["1 g", "0.99 g", "1 1 1 rg", "0 0 0 0 k", "0.985 g", "1 1 0.99 rg"]
    grey = ["0 g", "0.3 g", "0.5 g", "0.7 g", "0.4 0.4 0.9 rg", "0.75 g"]
    inks = zip(rows(), pale, grey, strict=True)
    return drawn(
        path, *(x for (y, s, h, v), a, b in inks for x in (say(h, 40, y, s, a), say(v, 250, y, s, b)))
    )


def in_the_colour_of_the_ground(path: Path) -> Path:
    grounds = ["0 0 0.6 rg", "0.2 0.5 0.2 rg", "0.9 0.6 0.1 rg", "0 g", "0.4 g", "0.6 0 0.2 rg"]
    out = [box(30, y - 6, 440, 28, ink) for y, ink in zip(LEVELS, grounds, strict=True)]
    lines = zip(rows(), grounds, strict=True)
    return drawn(
        path, *out, *(x for (y, s, h, v), g in lines for x in (say(h, 40, y, s, g), say(v, 250, y, s, "1 g")))
    )


def on_a_layer(path: Path) -> Path:
    off = [f"/OC /Off BDC {say(h, 40, y, s)} EMC" for y, s, h, _ in rows()]
    on = [f"/OC /On BDC {say(v, 250, y, s)} EMC" for y, s, _, v in rows()]
    layers = "/OCProperties<</OCGs[6 0 R 7 0 R]/D<</ON[7 0 R]/OFF[6 0 R]/Order[6 0 R 7 0 R]>>>>"
    more = ["<</Type/OCG/Name(Kladde)>>", "<</Type/OCG/Name(Tekst)>>"]
    return drawn(path, *off, *on, resources="/Properties<</Off 6 0 R/On 7 0 R>>", catalog=layers, more=more)


def outside_the_page(path: Path) -> Path:
    out = [line for y, s, h, v in rows() for line in (say(h, 20 if y % 20 else 480, y, s), say(v, 250, y, s))]
    return drawn(path, *out, page="/MediaBox[0 0 700 500]/CropBox[200 0 470 500]")


def cut_away(path: Path) -> Path:
    out = []
    for y, s, h, v in rows():
        out.append(say(h, 40, y, s, before="300 10 40 40 re W n"))
        out.append(say(v, 250, y, s, before=f"240 {y - 10} 230 40 re W n"))
    return drawn(path, *out)


def too_small(path: Path) -> Path:
    tiny = [0.5, 0.8, 1, 1.2, 1.4, 0.3]
    small = [5, 6, 7, 8, 6.5, 5.5]
    lines = zip(rows(), tiny, small, strict=True)
    return drawn(path, *(x for (y, _, h, v), a, b in lines for x in (say(h, 40, y, a), say(v, 250, y, b))))


def without_ink(path: Path) -> Path:
    modes = ["0 Tr", "1 Tr", "2 Tr", "0 Tr", "2 Tr", "1 Tr"]
    lines = zip(rows(), modes, strict=True)
    return drawn(
        path, *(x for (y, s, h, v), m in lines for x in (say(h, 40, y, s, "3 Tr"), say(v, 250, y, s, m)))
    )


def transparent(path: Path) -> Path:
    out = [
        x
        for y, s, h, v in rows()
        for x in (say(h, 40, y, s, before="/No gs"), say(v, 250, y, s, before="/Half gs"))
    ]
    return drawn(path, *out, resources="/ExtGState<</No<</ca 0/CA 0>>/Half<</ca 0.6/CA 0.6>>>>")


WAYS = (
    covered_by_a_box, covered_by_a_picture, white_on_white, in_the_colour_of_the_ground, on_a_layer, outside_the_page,
    cut_away, too_small, without_ink, transparent,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_cannot_be_seen_is_not_read_and_what_can_is(way: object, tmp_path: Path) -> None:
    document = read(way(tmp_path / "side.pdf"))  # type: ignore[operator]
    (page,) = document.pages
    assert [h for h in HIDDEN if h.partition(" ")[0] in page.raw] == []
    assert [v for v in SEEN if v not in page.raw] == []
    assert any("ingen kan se" in missed.why for missed in document.unread)


# --- marks ---


def clean_of(file: Path) -> str:
    return cleaning.clean(read(file).pages)[0].text


@pytest.mark.parametrize(
    ("size", "rise", "mark", "after"),
    [(7, 5, "3", " pct."), (6, 4, "12", " pct."), (8, 4, "1,2", " pct."), (7.5, 5, "a", " pct."), (5, 6, "9", " pct."),
     (9, 5, "4", " pct."), (6, 5, "2\\)", " pct.")],
)  # fmt: skip
def test_a_raised_mark_is_no_digit_of_the_number_before(
    size: float, rise: float, mark: str, after: str, tmp_path: Path
) -> None:
    file = drawn(
        tmp_path / "mark.pdf",
        f"BT /F 12 Tf 40 450 Td (Overheadet er 5,6) Tj /F {size} Tf {rise} Ts ({mark}) Tj",
        f"/F 12 Tf 0 Ts ({after}) Tj ET",
        "BT /F 12 Tf 40 430 Td (Varslet er tre dage.) Tj ET",
    )
    assert "Overheadet er 5,6 pct." in clean_of(file)


def test_exponents_and_measures_keep_their_raised_figures(tmp_path: Path) -> None:
    up = "/F 7 Tf 5 Ts (%s) Tj /F 12 Tf 0 Ts"
    file = drawn(
        tmp_path / "tal.pdf",
        f"BT /F 12 Tf 40 450 Td (Et areal er 40 m) Tj {up % 2} ( og 3 \\327 10) Tj {up % 6} ( Bq.) Tj ET",
    )
    assert "40 m² og 3 × 10⁶ Bq" in clean_of(file)


# --- the order in which a page is read ---

LEFT = [
    "Opsigelse sker skriftligt til", "driftsherren. Varslet er tre", "maaneder til udgangen af en",
    "maaned for alle pladser.",
]  # fmt: skip
RIGHT = [
    "Regninger betales senest", "tredive dage efter at de er", "modtaget hos kommunen og",
    "uden fradrag af nogen art.",
]  # fmt: skip
LEFT_TEXT, RIGHT_TEXT = " ".join(LEFT), " ".join(RIGHT)


def columns(order: str, shift: float = 0.0, gutter: float = 40.0) -> list[str]:
    left = [say(t, 40, 450 - 16 * n, 11) for n, t in enumerate(LEFT)]
    right = [say(t, 200 + gutter, 450 - shift - 16 * n, 11) for n, t in enumerate(RIGHT)]
    if order == "rows":
        return [line for pair in zip(left, right, strict=True) for line in pair]
    return left + right if order == "columns" else right + left


@pytest.mark.parametrize("order", ["rows", "columns", "right first"])
@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_columns_are_read_down_however_they_are_drawn(order: str, shift: float, tmp_path: Path) -> None:
    file = drawn(tmp_path / "spalter.pdf", say("Aftalen i korte traek", 160, 480, 14), *columns(order, shift))
    text = " ".join(read(file).pages[0].raw.split())
    assert LEFT_TEXT in text
    assert RIGHT_TEXT in text
    assert text.index(LEFT_TEXT) < text.index(RIGHT_TEXT)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_table_keeps_its_rows(turn: int, tmp_path: Path) -> None:
    rows_ = [("Tilbud", "Takst 2026"), ("Botilbud", "2.134"), ("Aflastning", "721"), ("Dagtilbud", "402")]
    out = []
    for n, (name, value) in enumerate(rows_):
        out += [say(name, 60, 400 - 20 * n), say(value, 220, 400 - 20 * n)]
    out += [f"50 {415 - 20 * n} m 300 {415 - 20 * n} l S" for n in range(5)]
    out += [f"{x} 335 m {x} 415 l S" for x in (50, 200, 300)]
    (page,) = read(drawn(tmp_path / "drejet.pdf", *out, page=f"/Rotate {turn}")).pages
    told = [[page.raw[a:b] for a, b in filter(None, row.cells)] for row in page.rows]
    assert ["Aflastning", "721"] in told
    assert ["Dagtilbud", "402"] in told


def test_a_line_through_words_strikes_them_out_and_one_under_them_does_not(tmp_path: Path) -> None:
    file = drawn(
        tmp_path / "streg.pdf",
        say("Varslet er fire uger tre uger.", 40, 450), "96 453.5 m 148 453.5 l S",
        say("Fristen er 30 dage.", 40, 420), "40 417 m 140 417 l S",
    )  # fmt: skip
    text = read(file).pages[0].raw
    assert "fire" not in text
    assert "tre uger" in text
    assert "Fristen er 30 dage." in text


# --- the source that is shown ---


@pytest.mark.parametrize(
    "quote", ["Overheadet er 5,6³ pct.", "Næstved Aflastning 655", "Aflastning 655", "Køge Bo 2.134"]
)
def test_a_quote_is_marked_where_it_stands_however_the_file_sets_it(quote: str, tmp_path: Path) -> None:
    import pypdfium2

    from assistant.web.pages import quote_boxes

    file = drawn(
        tmp_path / "side.pdf",
        "BT /F 12 Tf 40 450 Td (Overheadet er 5,6) Tj /F 7 Tf 5 Ts (3) Tj /F 12 Tf 0 Ts ( pct.) Tj ET",
        *(say(w, x, 400) for w, x in (("K\\370ge", 40), ("Bo", 140), ("2.134", 240))),
        *(say(w, 140, y) for w, y in (("Bo", 380), ("Aflastning", 360))),
        *(say(w, 240, y) for w, y in (("2.390", 380), ("655", 360))),
        say("N\\346stved", 40, 370),
    )
    pdf = pypdfium2.PdfDocument(file)
    page = pdf[0]
    boxes = quote_boxes(page, quote)
    assert boxes
    height = 450 if "5,6" in quote else 400 if "Bo" in quote else 365
    assert all(abs((low + high) / 2 - height) < 15 for _, low, _, high in boxes)
