"""Shared fixtures with small real parts: PDFs typeset when needed, a real index, the real small model."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from filelock import FileLock, ReadWriteLock

from assistant.index.ingest import ingest
from assistant.models import Abstained, Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
DAY = dt.date(2026, 11, 22)
# Otherwise every program that a test starts would compile all modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that use no folder (so no index, server or browser) as unit tests. Files with browser tests take
    longest, so they come first; otherwise one worker would be left alone with them at the end."""
    for item in items:
        whole = {"tmp_path_factory", "postgres"} & set(getattr(item, "fixturenames", ()))
        if not whole and not item.get_closest_marker("slow"):
            item.add_marker("unit")
    long = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder shared by all workers of a session."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(autouse=True)
def beside_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Among several workers, a test that measures response times runs alone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    lock = ReadWriteLock(request.getfixturevalue("common") / "machine.lock")
    with lock.write_lock() if request.node.get_closest_marker("alone") else lock.read_lock():
        yield


def pdf(path: Path, source: str) -> Path:
    """A PDF typeset from Typst source."""
    import typst

    work = path.with_suffix(".typ")
    work.write_text(source, encoding="utf-8")
    typst.compile(str(work), output=str(path))
    work.unlink()
    return path


def answer(tmp_path: Path, *files: Path, question: str) -> Grounded | Abstained:
    """The answer from an index of these files only."""
    own = Settings.load({}, index=tmp_path / "index")
    ingest(files, own.index, own)
    return Assistant(own.index, own).ask(question, today=DAY).answer


def agreement(region: str, period: str, notice: str, rate: str) -> str:
    """A two-page agreement. The region and the period are on the cover only."""
    return f"""#set page(footer: context align(center)[Side #counter(page).display()])
= Rammeaftale
Kommunerne og Region {region}

Gælder for årene {period}
#pagebreak()
== Opsigelse
En kommune opsiger en plads skriftligt. Opsigelsesvarslet for døgntilbud er {notice}, og driftsherren
bekræfter opsigelsen, så snart den er modtaget.

== Overhead
Til fælles ledelse og administration beregnes et overhead på {rate} pct. af de direkte omkostninger.

== Fokusområder
Parterne har valgt tre fokusområder:
- Overgangen fra barn til voksen
- Samarbejdet med psykiatrien
- Viden om effekt

== Bilag: Takster
#table(columns: 4, [*Tilbud*], [*Pladser*], [*Takst 2025*], [*Takst 2026*],
  [Midlertidigt botilbud, § 107], [241], [1.911], [1.987],
  [Sikret afdeling], [14], [7.001], [7.223])
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load({}, index=tmp_path_factory.mktemp("index") / "default")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name, region, period, notice, rate in (
        ("a.pdf", "Sjælland", "2023 og 2024", "tre måneder", "5"),
        ("b.pdf", "Sjælland", "2025 og 2026", "fire måneder", "6"),
        ("c.pdf", "Nordjylland", "2025 og 2026", "90 dage", "7"),
    ):
        pdf(folder / name, agreement(region, period, notice, rate))
    (folder / "natko.md").write_text(
        "# Central udmelding om punktskrift\n\nEn central udmelding er en anmodning til kommunerne om at gøre"
        " rede for indsatsen. Udmeldingen blev udsendt den 27. september 2022.\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="session")
def assistant(corpus: Path, settings: Settings) -> Assistant:
    ingest([corpus], settings.index, settings)
    return Assistant(settings.index, settings)


@pytest.fixture(scope="session")
def samples(common: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An index of the sample corpus, built by the first worker that needs it."""
    own = Settings.load(
        {}, index=common / "samples" / "index", state=tmp_path_factory.mktemp("samples") / "state"
    )
    with FileLock(common / "samples.lock"):
        ingest([ROOT / "corpus"], own.index, own)
    return Assistant(own.index, own)


def drawn(
    path: Path,
    *commands: str,
    page: str = "",
    resources: str = "",
    catalog: str = "",
    more: Sequence[str] = (),
) -> Path:
    """A PDF of one page with these drawing commands, in Helvetica as /F. `page`, `resources` and `catalog` are added to
    those dictionaries; `more` are further objects, from number 6."""
    stream = "\n".join(commands).encode("latin-1")
    box = "" if "/MediaBox" in page else "/MediaBox[0 0 500 500]"
    parts = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R{box}/Contents 4 0 R{page}/Resources<</Font<</F 5 0 R>>{resources}>>>>".encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *(part.encode("latin-1") for part in more),
    ]
    out, places = b"%PDF-1.5\n", []
    for n, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % n + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    path.write_bytes(out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end)
    return path
