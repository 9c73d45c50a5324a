"""Over twenty near-identical agreements whose figures differ, and questions that tell them apart.

    python -m eval.twins --seed 7 --out DIR      DIR/pdf/*.pdf and DIR/questions.jsonl

Five regions, four periods, and technical appendices for some. File names say nothing. The region
stands on the cover, in an adjective, or only through the municipalities that are parties; the
period in one of several wordings. Questions name the region, an adjective or a municipality, and
the years, one year or "den gældende aftale". Some figures are absent, some agreements too: then
the right answer is a refusal.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.language.places import MUNICIPALITIES, REGIONS
from eval.clauses import CLAUSES, FOCUS, FOCUS_TEXT, OFFERS, WORDS, Clause, Figure, draw, escape, money

PERIODS = ((2019, 2020), (2021, 2022), (2023, 2024), (2025, 2026))
TODAY = (2025, 2026)  # the period in force on the day of the questions
ADJECTIVE = {
    "Hovedstaden": "hovedstadens", "Sjælland": "sjællandske", "Syddanmark": "syddanske",
    "Midtjylland": "midtjyske", "Nordjylland": "nordjyske",
}  # fmt: skip
OUTSIDE = (
    "Hvem vandt melodigrandprixet sidste år?", "Hvad er satsen for kørselsfradrag?", "Hvor gammel bliver en elefant?",
    "Hvordan laver man en god bearnaisesovs?", "Hvad koster et togkort til Aalborg?",
    "Hvornår er der valg til Europa-Parlamentet?", "Hvor mange sengepladser har Rigshospitalet?",
    "Hvad er moms på bøger i Sverige?",
)  # fmt: skip
NEVER = (
    "Hvor stor er den gennemsnitlige ventetid til et botilbud {scope}?",
    "Hvor mange medarbejdere er der ansat i sekretariatet {scope}?",
    "Hvad er bøden for at indberette for sent {scope}?",
    "Hvor høj er medarbejdernes løn {scope}?",
    "Hvor mange klagesager blev der rejst {scope}?",
)


@dataclass
class Agreement:
    """One document before it is typeset."""

    region: str
    period: tuple[int, int]
    name: str
    appendix: bool
    figures: dict[str, Figure]
    missing: frozenset[str]
    focus: tuple[str, ...]
    prices: dict[str, tuple[int, str, str]]
    body: list[str] = field(default_factory=list)


def generate(seed: int, out: Path) -> list[dict[str, Any]]:
    """Write the PDFs and the questions of one seed. Returns the questions."""
    rng = random.Random(seed)
    (out / "pdf").mkdir(parents=True, exist_ok=True)
    left_out = set(rng.sample([(r, p) for r in REGIONS for p in PERIODS], 2))
    agreements = [
        _agreement(rng, region, period)
        for region in REGIONS
        for period in PERIODS
        if (region, period) not in left_out
    ]
    appendices = [_appendix(rng, a) for a in rng.sample(agreements, 4)]
    pages = {}
    for a in agreements + appendices:
        pages[a.name] = _typeset(_source(rng, a), out / "pdf" / a.name)
    rows = _questions(rng, agreements, appendices, pages, left_out)
    with (out / "questions.jsonl").open("w", encoding="utf-8") as file:
        for n, row in enumerate(rows, start=1):
            file.write(json.dumps({"id": f"w{seed}-{n:03d}", **row}, ensure_ascii=False) + "\n")
    return rows


# --- documents ---


def _agreement(rng: random.Random, region: str, period: tuple[int, int]) -> Agreement:
    figures = {}
    for clause in CLAUSES:
        for spec in clause.figures:
            name, kind = spec.split("=")
            figures[f"{clause.key}.{name}"] = (
                Figure(str(rng.randint(3, 12))) if kind.startswith("tal") else draw(kind, rng)
            )
    droppable = [c.key for c in CLAUSES if c.droppable]
    missing = frozenset(rng.sample(droppable, rng.choice((0, 1, 1, 2))))
    prices = {}
    for label, _, (low, high) in OFFERS:
        first = rng.randint(low, high)
        prices[label] = (rng.randint(12, 400), money(first), money(first + rng.randint(-60, 140)))
    focus = tuple(rng.sample(FOCUS, rng.randint(3, 5)))
    return Agreement(region, period, _file(rng), False, figures, missing, focus, prices)


def _appendix(rng: random.Random, a: Agreement) -> Agreement:
    """A technical appendix to an agreement: the same figures in other words, and no focus areas."""
    keep = {"takstgrundlag", "belaegning", "overhead", "tillaeg"}
    missing = frozenset(c.key for c in CLAUSES if c.key not in keep) | a.missing
    return Agreement(a.region, a.period, _file(rng), True, a.figures, missing, (), a.prices)


def _file(rng: random.Random) -> str:
    return f"{rng.randrange(16**6):06x}.pdf"


def _cover(rng: random.Random, a: Agreement) -> list[str]:
    """The only page that says which agreement it is."""
    first, last = a.period
    region_by = rng.choice(("name", "adjective", "parties"))
    names = MUNICIPALITIES[a.region]
    kind = "Teknisk bilag til rammeaftalen" if a.appendix else "Rammeaftale"
    period = rng.choice(
        (
            f"{first}-{last}", f"{first}-{last % 100}", f"{first}–{last}", f"{first}/{last}",
            f"For årene {first} og {last}", f"Gælder fra 1. januar {first} til 31. december {last}",
            f"Gælder fra den 1. januar {first} og to år frem",
        )
    )  # fmt: skip
    lines = [f"= {kind}"]
    if region_by == "name":
        lines.append(f"Region {a.region}" if rng.random() < 0.6 else f"Kommunerne og Region {a.region}")
    elif region_by == "adjective" and a.region != "Hovedstaden":
        lines.append(f"De {ADJECTIVE[a.region]} kommuner i fællesskab")
    elif region_by == "adjective":
        lines.append("Hovedstadens kommuner i fællesskab")
    else:
        lines.append(f"Parter: {', '.join(names[:-1])} og {names[-1]} kommuner samt regionen")
    lines += ["Det specialiserede social- og undervisningsområde", period]
    return [escape(line) if not line.startswith("=") else line for line in lines]


def _source(rng: random.Random, a: Agreement) -> str:
    """The document as Typst source."""
    numbered = rng.random() < 0.5
    parts = ["\n\n".join(_cover(rng, a)), "#pagebreak()"]
    n = 0
    for clause in CLAUSES:
        if clause.key in a.missing:
            continue
        n += 1
        heading = rng.choice(clause.headings)
        parts.append(f"== {n}. {heading}" if numbered else f"== {heading}")
        parts += [escape(_filled(clause, p, a.figures)) for p in clause.paragraphs]
        if clause.key == "parter" and a.focus:
            n += 1
            heading = rng.choice(("Fokusområder", "Temaer i udviklingsdelen"))
            parts.append(f"== {n}. {heading}" if numbered else f"== {heading}")
            count = WORDS[len(a.focus)]
            parts.append(f"Parterne har valgt {count} fokusområder for perioden:")
            parts.append("\n".join(f"- {f}" for f in a.focus))
            for f in a.focus:
                parts += [f"=== {f}", " ".join(rng.sample(FOCUS_TEXT, 3))]
    parts += [f"== {'Takster og pladser'}", _table(a)]
    footer = rng.choice(("Side #counter(page).display()", "Rammeaftale · #counter(page).display()"))
    size = rng.choice(("a4", "a4", "iso-b5"))
    return (
        f'#set page(paper: "{size}", footer: context align(center)[{footer}])\n'
        '#set text(lang: "da", size: 11pt, hyphenate: true)\n#set par(justify: true)\n\n' + "\n\n".join(parts)
    )


def _filled(clause: Clause, text: str, figures: dict[str, Figure]) -> str:
    return text.format(
        **{s.split("=")[0]: figures[f"{clause.key}.{s.split('=')[0]}"].text for s in clause.figures}
    )


def _table(a: Agreement) -> str:
    first, last = a.period
    cells = [f"[*{h}*]" for h in ("Tilbud", "Paragraf", "Pladser", f"Takst {first}", f"Takst {last}")]
    for label, section, _ in OFFERS:
        count, one, two = a.prices[label]
        cells += [f"[{x}]" for x in (label, section, count, one, two)]
    return (
        "#table(columns: 5, " + ", ".join(cells) + ")\n\nTaksterne er i kr. pr. døgn, dagtilbud dog pr. dag."
    )


def _typeset(source: str, path: Path) -> list[str]:
    """Compile to a PDF, and return the text of each page."""
    import typst
    from pypdf import PdfReader

    work = path.with_suffix(".typ")
    work.write_text(source, encoding="utf-8")
    typst.compile(str(work), output=str(path))
    work.unlink()
    return [re.sub(r"\s+", " ", p.extract_text().replace("-\n", "")) for p in PdfReader(path).pages]


# --- questions ---


def _questions(
    rng: random.Random,
    agreements: list[Agreement],
    appendices: list[Agreement],
    pages: dict[str, list[str]],
    left_out: set[tuple[str, tuple[int, int]]],
) -> list[dict[str, Any]]:
    rows = [*_present(rng, agreements, appendices, pages), *_absent(rng, agreements, left_out)]
    rng.shuffle(rows)
    return rows


def _present(
    rng: random.Random, agreements: list[Agreement], appendices: list[Agreement], pages: dict[str, list[str]]
) -> Iterator[dict[str, Any]]:
    for a in agreements:
        twins = [a, *(x for x in appendices if (x.region, x.period) == (a.region, a.period))]
        for clause, ask, name in rng.sample(_asks(a), 5):
            figure = a.figures[f"{clause.key}.{name}"]
            gold = [g for x in twins if clause.key not in x.missing for g in _where(x, clause, figure, pages)]
            if gold:
                yield _row(
                    ask.format(scope=_scope(rng, a.region, a.period)), gold, [figure.also or (figure.text,)]
                )
        label, section, _ = rng.choice(OFFERS)
        year = rng.choice((0, 1))
        price = a.prices[label][1 + year]
        where = rng.choice((f"Region {a.region}", f"{rng.choice(MUNICIPALITIES[a.region])} Kommune"))
        ask = f"Hvad er taksten for {label.lower()} efter {section} i {where} i {a.period[year]}?"
        gold = [
            {"doc": x.name, "pages": [n for n, t in enumerate(pages[x.name], 1) if label in t and price in t]}
            for x in twins
        ]
        yield _row(ask, [g for g in gold if g["pages"]], [(price,)])
        heads = ["Hvilke fokusområder er valgt {scope}?", "Hvad er fokusområderne {scope}?"]
        ask = rng.choice(heads).format(scope=_scope(rng, a.region, a.period))
        listed = [n for n, t in enumerate(pages[a.name], 1) if "fokusområder for perioden" in t]
        yield _row(ask, [{"doc": a.name, "pages": listed}], [(f,) for f in a.focus], kind="list")


def _absent(
    rng: random.Random, agreements: list[Agreement], left_out: set[tuple[str, tuple[int, int]]]
) -> Iterator[dict[str, Any]]:
    for a in agreements:
        for key in sorted(a.missing)[:1]:
            clause = next(c for c in CLAUSES if c.key == key)
            ask, _ = rng.choice(clause.asks)
            yield _row(ask.format(scope=_scope(rng, a.region, a.period)))
    clauses = [c for c in CLAUSES if c.asks]
    for region, period in sorted(left_out):
        for clause in rng.sample(clauses, 5):
            yield _row(rng.choice(clause.asks)[0].format(scope=_scope(rng, region, period, now=False)))
    for period in ((2015, 2016), (2029, 2030)):
        for clause in rng.sample(clauses, 2):
            yield _row(
                rng.choice(clause.asks)[0].format(scope=_scope(rng, rng.choice(REGIONS), period, now=False))
            )
    for ask in NEVER:
        a = rng.choice(agreements)
        yield _row(ask.format(scope=_scope(rng, a.region, a.period)))
    for ask in rng.sample(OUTSIDE, 6):
        yield _row(ask)


def _asks(a: Agreement) -> list[tuple[Clause, str, str]]:
    return [(c, q, n) for c in CLAUSES if c.key not in a.missing for q, n in c.asks]


def _where(a: Agreement, clause: Clause, figure: Figure, pages: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Pages where the figure is inside its own clause."""
    anchor = re.sub(r"\s+", " ", max(re.split(r"\{\w+\}", " ".join(clause.paragraphs)), key=len))[:25].strip()
    found = [
        n
        for n, text in enumerate(pages[a.name], start=1)
        if figure.text in text and any(anchor in t for t in (text, pages[a.name][n - 2] if n > 1 else ""))
    ]
    return [{"doc": a.name, "pages": found}] if found else []


def _scope(rng: random.Random, region: str, period: tuple[int, int], *, now: bool = True) -> str:
    """The part of a question that says which agreement is meant."""
    first, last = period
    by = rng.choice(("name", "adjective", "municipality"))
    if now and period == TODAY and rng.random() < 0.5:
        if by == "adjective":
            return (
                f"i den gældende {ADJECTIVE[region]} rammeaftale"
                if region != "Hovedstaden"
                else ("i hovedstadens gældende rammeaftale")
            )
        where = f"Region {region}" if by == "name" else f"{rng.choice(MUNICIPALITIES[region])} Kommune"
        return f"i den gældende rammeaftale for {where}"
    years = rng.choice((f"{first}-{last}", f"{first}-{last % 100}", f"{first}/{last}", f"{first} og {last}"))
    if rng.random() < 0.35:
        years = str(rng.choice(period))
    if by == "adjective":
        if region == "Hovedstaden":
            return f"i hovedstadens rammeaftale for {years}"
        return f"i den {ADJECTIVE[region]} rammeaftale for {years}"
    if by == "municipality":
        return f"for {rng.choice(MUNICIPALITIES[region])} Kommune i rammeaftalen for {years}"
    return rng.choice((f"i Region {region} {years}", f"i rammeaftalen {years} for {region}"))


def _row(
    question: str,
    gold: list[dict[str, Any]] | None = None,
    must: list[tuple[str, ...]] | None = None,
    kind: str = "fact",
) -> dict[str, Any]:
    answerable = bool(gold)
    return {
        "user": "sekretariat", "type": kind if answerable else "unanswerable", "question": question,
        "answerable": answerable, "gold": gold or [], "must_include": [list(m) for m in must or []],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rows = generate(given.seed, given.out)
    print(f"{len(list((given.out / 'pdf').glob('*.pdf')))} PDF'er og {len(rows)} spørgsmål i {given.out}")


if __name__ == "__main__":
    main()
