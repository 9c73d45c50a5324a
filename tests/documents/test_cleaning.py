"""From files to passages: loading, cleaning, repair, facts, passages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT, SHARED, agreement, pdf

from assistant.documents.blocks import blocks_of
from assistant.documents.chunking import passages
from assistant.documents.cleaning import clean
from assistant.documents.facts import facts_of
from assistant.documents.formats import read
from assistant.documents.manifest import manifest
from assistant.documents.repair import is_damaged, mend, repaired, repairs
from assistant.errors import ReadError, SettingsError
from assistant.language.places import MUNICIPALITIES, municipalities_named
from assistant.models import Facts, Page
from assistant.question.scope import read_scope


def broken_files(folder: Path) -> dict[str, Path]:
    """One file of every kind that cannot be read."""
    from pypdf import PdfWriter

    whole = pdf(folder / "hel.pdf", agreement("Sjælland", "2025 og 2026", "tre uger", "5")).read_bytes()
    writer = PdfWriter()
    writer.write(folder / "ingen-sider.pdf")
    locked = PdfWriter(clone_from=folder / "hel.pdf")
    locked.encrypt("hemmelig")
    locked.write(folder / "laast.pdf")
    blank = PdfWriter()
    blank.add_blank_page(200, 200)
    blank.write(folder / "billede.pdf")
    (folder / "tom.pdf").write_bytes(b"")
    (folder / "afkortet.pdf").write_bytes(whole[: len(whole) // 3])
    (folder / "foto.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 300)
    (folder / "binaer.txt").write_bytes(b"abc\0def" * 20)
    names = ("ingen-sider", "laast", "billede", "tom", "afkortet", "foto")
    return {n: folder / f"{n}.pdf" for n in names} | {"binaer": folder / "binaer.txt"}


def test_every_unreadable_file_gets_one_danish_line(tmp_path: Path) -> None:
    for name, path in broken_files(tmp_path).items():
        with pytest.raises(ReadError) as error:
            read(path)
        assert "\n" not in str(error.value), name
        assert path.name in str(error.value)


def test_raw_pages_come_back_from_clean_ones() -> None:
    files = sorted((ROOT / "corpus").glob("*.pdf"))[:3]
    if SHARED.exists():
        files += [
            *sorted((SHARED / "corpus").glob("*.pdf")),
            SHARED / "pdfs/bek-1384-2025-ioniserende-straaling.pdf",
        ]
    for file in files:
        document = read(file)
        for page, cleaned in zip(document.pages, clean(document.pages), strict=True):
            assert cleaned.restore() == page.raw
            mended = cleaned.apply(mend(cleaned.text))
            assert mended.restore() == page.raw


def test_running_lines_and_broken_words_leave_the_searched_text() -> None:
    names = ("Faxe", "Greve", "Køge", "Lejre")
    body = (
        "Kommunerne i {0} og omegn samarbejder om de mest specialise-\n"
        "rede tilbud i {0}, og de deler viden om social- og\n"
        "undervisningsområdet i hele regionen, også i {0} hvert år. Det\n"
        "sker i {0}, og arbejdet følges af styregruppen i {0}."
    )
    pages = [
        Page(n, f"Rammeaftale for regionen\n{body.format(name)}\nSide {n}")
        for n, name in enumerate(names, start=1)
    ]
    for cleaned in clean(pages):
        assert "specialiserede tilbud" in cleaned.text
        assert "social- og undervisningsområdet" in cleaned.text
        assert "Rammeaftale for regionen" not in cleaned.text
        assert "Side" not in cleaned.text


def test_lines_that_differ_by_their_figures_are_content() -> None:
    pages = [
        Page(n, f"Takster\nTaksten for tilbud nr. {7 * n} er {900 + 13 * n} kr.\nSide {n}")
        for n in range(1, 9)
    ]
    for n, cleaned in enumerate(clean(pages), start=1):
        assert f"er {900 + 13 * n} kr." in cleaned.text
        assert "Side" not in cleaned.text


def test_repair_leaves_clean_danish_byte_for_byte() -> None:
    for file in sorted((ROOT / "corpus").glob("rammeaftale-*.pdf"))[:4]:
        for page in read(file).pages:
            assert repaired(page.raw) == page.raw
    assert not is_damaged("The quick brown fox jumps over the lazy dog and runs away from all of them again.")


def test_repair_keeps_forms_that_no_list_of_words_has() -> None:
    text = "Vi gnsker inddragelsen, sammensætningens afklaringen og udbredelsen. Samarbejdet om at Igfte omradet. Igft!"
    mended = [(r.before, r.after) for r in repairs(text)]
    assert mended == [("gnsker", "ønsker"), ("Igfte", "løfte"), ("omradet", "området"), ("Igft", "Løft")]


@pytest.mark.skipif(not SHARED.exists(), reason="no damaged pages here")
def test_repair_mends_damaged_pages() -> None:
    from difflib import SequenceMatcher

    wrong = total = 0
    for damaged in sorted((SHARED / "ocr").glob("*.damaged.txt")):
        truth = damaged.with_name(damaged.name.replace("damaged", "clean")).read_text("utf-8")
        mended, right = repaired(damaged.read_text("utf-8")).split(), truth.split()
        total += len(right)
        matcher = SequenceMatcher(None, mended, right, autojunk=False)
        wrong += sum(max(j - i, n - k) for op, i, j, k, n in matcher.get_opcodes() if op != "equal")
        assert repaired(truth) == truth
    assert wrong / total <= 0.03


def test_all_municipalities_lead_to_their_region() -> None:
    assert sum(map(len, MUNICIPALITIES.values())) == 98
    for region, names in MUNICIPALITIES.items():
        for name in names:
            assert municipalities_named(f"Hvad gælder for {name} Kommune?") == [(region, name)]


@pytest.mark.parametrize(
    "case", json.loads((ROOT / "tests/cases/scope.json").read_text("utf-8")), ids=lambda c: c["question"]
)
def test_scope_is_read_from_the_question(case: dict[str, object]) -> None:
    import datetime as dt

    scope = read_scope(str(case["question"]), dt.date(2026, 11, 22))
    assert list(scope.regions) == case.get("regions", [])
    assert list(scope.periods) == case.get("periods", [])
    assert list(scope.soft_years) == case.get("soft_years", [])
    assert (scope.on.isoformat() if scope.on else None) == case.get("on")


def test_facts_carry_the_words_that_prove_them(tmp_path: Path) -> None:
    document = read(pdf(tmp_path / "x.pdf", agreement("Nordjylland", "2025 og 2026", "90 dage", "7")))
    facts = facts_of("", clean(document.pages))
    assert (facts.region, facts.period, facts.kind) == ("Nordjylland", "2025-2026", "rammeaftale")
    whole = " ".join(p.raw for p in document.pages).replace("\n", " ")
    for name in ("region", "period", "kind"):
        assert facts.evidence[name] in whole


def test_the_parties_alone_lead_to_the_region() -> None:
    page = Page(
        1, "Rammeaftale\nParter: Faxe, Greve, Køge, Lejre og Sorø kommuner samt regionen\nGælder 2025-26"
    )
    facts = facts_of("", clean([page]))
    assert (facts.region, facts.period) == ("Sjælland", "2025-2026")


def test_manifest_overrides_and_is_checked(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(
        "file,region,period\na.pdf,Syddanmark,2021-2022\n", encoding="utf-8"
    )
    row = manifest(tmp_path)["a.pdf"]
    facts = facts_of("", clean([Page(1, "Rammeaftale Region Sjælland 2025-2026")]), row)
    assert (facts.region, facts.period, facts.evidence["region"]) == (
        "Syddanmark",
        "2021-2022",
        "manifest.csv",
    )
    (tmp_path / "manifest.csv").write_text("file,region\na.pdf,Jylland\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="ukendt region"):
        manifest(tmp_path)


def test_passages_follow_the_document() -> None:
    for file in sorted((ROOT / "corpus").glob("rammeaftale-s*.pdf"))[:2]:
        document = read(file)
        pages = {p.number: p for p in clean(document.pages)}
        found = passages(document.id, list(pages.values()), Facts())
        assert [p.ordinal for p in found] == list(range(len(found)))
        for p in found:
            (span,) = p.spans
            assert pages[span.page].text[span.start : span.end] == p.text
            assert len(p.text.split()) <= 200
        lists = [p for p in found if "fokusområder for 20" in p.text]
        assert all(sum(b.kind == "item" for b in blocks_of(p.text)) >= 4 for p in lists)
        assert any(p.section for p in found)
