"""The sample corpus: typesets `corpus/*.pdf` and writes `corpus/manifest.csv`.

    python -m eval.samples [--out corpus]

What is said of the regions' cooperation, the national structure and the words of the field is fact,
told in our own words. Every tariff, notice, percentage and deadline in the clauses is invented, and
every page says "Eksempel".
"""

from __future__ import annotations

import argparse
import csv
import random
from dataclasses import dataclass
from pathlib import Path

from eval.clauses import CLAUSES, FOCUS, FOCUS_TEXT, OFFERS, WORDS, Figure, draw
from eval.clauses import escape as _escape
from eval.clauses import money as _money

NOTICE = (
    "Dette dokument er et eksempel. Det er skrevet for at vise, hvordan assistenten virker. Kun det, der siges om"
    " samarbejdets opbygning, bygger på offentlige kilder; alt andet er"
    " opdigtet."
)


@dataclass(frozen=True)
class Region:
    """What is known about a region's cooperation, and what it calls its agreement."""

    name: str
    agreement: str
    cover: str
    history: tuple[str, ...]
    organisation: tuple[str, ...]
    offers: tuple[str, ...]


REGIONS = (
    Region(
        "Hovedstaden",
        "Rammeaftale",
        "Kommunerne i hovedstadsregionen og Region Hovedstaden",
        (
            "Kommunerne overtog opgaven med at koordinere det specialiserede område fra regionen ved en lovændring i"
            " 2011. Den første styringsaftale og den første udviklingsstrategi, som kommunerne selv stod for, gjaldt"
            " for 2012. Fra 2013 blev socialområdet og specialundervisningen samlet i én styringsaftale.",
            "Til og med 2018 blev der indgået en ny aftale hvert år; derefter gælder aftalerne i to år. Siden"
            " aftalen for 2019-2020 har styringen taget udgangspunkt i udgifter pr. dag frem for i taksten alene.",
        ),
        (
            "Kommunekontaktrådet KKR Hovedstaden er det politiske forum. Et embedsmandsudvalg forbereder sagerne, og en"
            " takstgruppe har siden 2014 arbejdet med de økonomiske spørgsmål. Et fælleskommunalt sekretariat for det"
            " specialiserede socialområde og specialundervisning betjener samarbejdet.",
        ),
        ("Tilbud til døve og døvblinde", "Botilbud til mennesker med svær autisme", "Tilbud ved erhvervet hjerneskade"),
    ),
    Region(
        "Sjælland",
        "Rammeaftale",
        "De 17 kommuner og Region Sjælland",
        (
            "Den første aftale under kommunernes ansvar gjaldt for 2012 og omfattede omkring 7.000 pladser. Frem til"
            " 2017 blev aftalen fornyet hvert år. Efter en bred proces med politikere, fagfolk og brugere, hvor over"
            " 200 mennesker deltog, blev der aftalt flerårige aftaler, først for 2018-2020.",
            "Ministeriet udmeldte i de første år et særligt tema: særforanstaltninger i 2012, godkendelse og tilsyn i"
            " 2014 og anbragte børn og unge i 2015.",
        ),
        (
            "KKR Sjælland har det politiske ansvar. En styregruppe leder det daglige arbejde, og sekretariatet for"
            " Rammeaftale Sjælland betjener parterne. Politikere, dialogforum og handicapråd mødes en gang om året.",
        ),
        ("Synscenter Refsnæs", "Kofoedsminde", "Kildebo", "Orions Bælte", "Platangården"),
    ),
    Region(
        "Syddanmark",
        "Rammeaftale",
        "De 22 kommuner og Region Syddanmark",
        (
            "Kommunerne fik ansvaret for koordineringen fra 2012. Til og med 2018 var aftalen etårig, og fra"
            " 2019-2020 er den toårig. Aftalen forhandles i det første og det tredje år af den kommunale valgperiode.",
            "Aftalen for 2018 og aftalen for 2019-2020 havde de samme tre fokusområder. Aftalen for 2018 havde 19"
            " bilag, mens aftalen for 2021-2022 havde 18.",
        ),
        (
            "Socialdirektørforum samler direktørerne fra alle 22 kommuner og regionen. Forummet har et"
            " forretningsudvalg samt en strategisk og en økonomisk arbejdsgruppe. Fælleskommunalt Socialsekretariat i"
            " Middelfart blev oprettet i foråret 2011 og betjener forummet.",
        ),
        ("Egely", "Center for Døvblindhed og Høretab", "Center for Kommunikation og Velfærdsteknologi"),
    ),
    Region(
        "Midtjylland",
        "Rammeaftale",
        "De 19 kommuner og Region Midtjylland",
        (
            "Aftalen blev frem til 2018 indgået for et år ad gangen. Siden 2019-2020 gælder den i to år. Aftalen for"
            " 2019-2020 blev godkendt i oktober 2018 af 19 byråd og regionsrådet.",
            "I aftalen for 2019-2020 var temaerne nær psykiatri, børn og unge med autisme samt effekt, kvalitet og"
            " progression. Temaet om nær psykiatri var fælles med sundhedsaftalen.",
        ),
        (
            "KKR Midtjylland er det politiske forum, og kommunaldirektørerne mødes i KD-net. Sekretariatet ligger hos"
            " Viborg Kommune. Tilbud med mere end 100 pladser beskrives i udviklingsplaner, der er bilag til aftalen.",
        ),
        ("Sølund", "Specialområde Autisme", "Specialområde Socialpsykiatri"),
    ),
    Region(
        "Nordjylland",
        "Nordjysk Socialaftale",
        "De 11 kommuner og Region Nordjylland",
        (
            "Siden 2018 har rammeaftalen i Nordjylland heddet Nordjysk Socialaftale. Navnet skulle vise, at aftalen"
            " fik en mere politisk og strategisk profil. Aftalen for 2018-2019 blev forlænget til også at gælde 2020,"
            " fordi loven om toårige aftaler først fik virkning derefter.",
            "Øget egenmestring har været den bærende vision siden 2018 og gik igen i aftalen for 2021-2022.",
        ),
        (
            "KKR Nordjylland har det politiske ansvar. De 11 socialdirektører mødes i en direktørkreds, og Den"
            " Administrative Styregruppe, DAS, forbereder sagerne. De mest specialiserede tilbud er omfattet af"
            " forstærket samarbejde: beskyttede konkurrencevilkår, forpligtende dialog og tidlig fælles indsats."
            " Et ekspertpanel indstiller hvert år, hvilke tilbud det skal være.",
        ),
        ("Taleinstituttet", "Tilbud til borgere med svær spiseforstyrrelse", "Sikret institution"),
    ),
)  # fmt: skip

PERIODS = ((2023, 2024), (2025, 2026))

ANNOUNCEMENTS = (
    (
        "central-udmelding-punktskrift.typ",
        "Central udmelding om punktskriftindsatser til børn og unge",
        "27. september 2022",
        (
            ("Baggrund", (
                "Den nationale koordinationsstruktur skal sikre, at der findes højt specialiserede tilbud til de"
                " mindste og mest komplekse målgrupper. Strukturen bygger på serviceloven § 13 b. Styrelsen følger"
                " udviklingen og kan udmelde målgrupper, hvor der er behov for, at kommuner og regioner koordinerer"
                " bedre.",
                "Udmeldingen er sendt til alle landets kommunalbestyrelser, fordi der er tvivl om, hvorvidt der i"
                " tilstrækkelig grad samarbejdes om at bevare indsatser i punktskrift.",
            )),
            ("Målgruppen", (
                "Målgruppen er børn og unge med alvorlig synsnedsættelse, som har brug for at lære punktskrift. Ud"
                " af 732 børn og unge med isoleret synsnedsættelse er 56 punktskriftbrugere.",
            )),
            ("Det skal kommunerne svare på", (
                "Kommunerne beskriver de indsatser, der findes i dag, og hvordan de hænger sammen ved overgange i"
                " barnets liv. De beskriver samarbejdet med kommunikationscenteret og det landsdækkende tilbud,"
                " de formelle aftaler, der er indgået, og planen for tiden fremover.",
                "Der gives én samlet besvarelse for hver region. Svaret behandles politisk, før det sendes.",
            )),
            ("Vurdering", (
                "I 2024 vurderede styrelsen svarene. Konklusionen var, at der er den nødvendige koordination og et"
                " tilstrækkeligt udbud af punktskriftindsatser.",
            )),
        ),
    ),
    (
        "central-udmelding-sikret-afdeling.typ",
        "Fornyet behandling af central udmelding om borgere med udviklingshæmning og dom",
        "23. november 2023",
        (
            ("Baggrund", (
                "Den første udmelding om borgere med udviklingshæmning og dom, der skal bo på en sikret afdeling, kom"
                " i november 2019. Svarene gav anledning til fortsat bekymring, og i november 2023 bad Social- og"
                " Boligstyrelsen derfor om en fornyet behandling efter servicelovens § 13 b.",
                "En fornyet behandling er en ny runde, som styrelsen kan bede om, når et svar ikke er godt nok.",
            )),
            ("Opgaven", (
                "Kommuner og regioner skal pege på en koordineret løsning, så der findes et egnet tilbud eller en"
                " egnet afdeling i Vestdanmark. Der afgives én samlet besvarelse for hele landet.",
            )),
            ("Frist", (
                "Sekretariaterne for rammeaftalerne gik sammen om at bede om mere tid. Fristen blev udskudt til den"
                " 31. december 2024.",
            )),
            ("Hvis der ikke findes en løsning", (
                "Styrelsen kan helt undtagelsesvist give et pålæg efter servicelovens § 13 c om at etablere eller"
                " fortsætte et tilbud. Finansieringen og valget af driftsherre skal i så fald aftales inden fire"
                " måneder; ellers afgør styrelsen det.",
            )),
        ),
    ),
)  # fmt: skip

GUIDE = (
    ("Hvad er en rammeaftale?", (
        "En rammeaftale er en aftale mellem kommunerne i en region og regionsrådet om faglig udvikling, styring og"
        " koordinering af de specialiserede tilbud. Den indgås i enighed mellem alle parter og gælder i to år.",
        "Udviklingsdelen handler om temaer og målgrupper. Styringsdelen handler om kapacitet, priser og spilleregler"
        " for køb og salg af pladser.",
    )),
    ("Takster", (
        "En takst er en beregnet pris for en plads. Den dækker tilbuddets samlede budgetterede omkostninger, både"
        " direkte og indirekte. Kravet om betaling skal rejses senest 12 måneder efter, at hjælpen er givet.",
        "En tillægsydelse er støtte, der ligger uden for hovedydelsen. Den skal betale sig selv og må ikke regnes med i"
        " hovedtaksten.",
        "Objektiv finansiering betyder, at alle betaler efter en fordelingsnøgle, for eksempel folketal, uanset hvor"
        " meget de bruger tilbuddet. Sådanne udgifter tæller ikke med i den centrale refusion.",
    )),
    ("Hvem er hvem?", (
        "Handlekommunen har pligt til at hjælpe borgeren. Betalingskommunen afholder udgiften. Driftsherren er den,"
        " der driver tilbuddet. Flytter en borger til et botilbud i en anden kommune, bliver den oprindelige kommune"
        " ved med at være handlekommune.",
    )),
    ("National koordination", (
        "NATKO er den nationale koordinationsstruktur. Social- og Boligstyrelsen følger de mest specialiserede"
        " målgrupper; der har været 31 af dem. Styrelsen hed tidligere Socialstyrelsen og før det Servicestyrelsen.",
        "En central udmelding er en anmodning til kommunerne om at gøre rede for, hvordan de tilrettelægger indsatsen"
        " for en målgruppe, når der er risiko for, at der mangler tilbud.",
    )),
    ("Forkortelser", (
        "KKR er kommunekontaktrådet, KL's politiske forum i regionen. SEL er serviceloven. BPA er borgerstyret"
        " personlig assistance. STU er særligt tilrettelagt ungdomsuddannelse. VISO er den nationale videns- og"
        " specialrådgivning. LLD er lands- og landsdelsdækkende tilbud.",
    )),
)  # fmt: skip

MINUTES_TITLE = "Opsamling fra dialogforum i Region Sjælland"
MINUTES = (
    ("Mødet", (
        "Dialogforum holdt møde i Ringsted den 12. marts 2024. På mødet deltog 23 brugere og pårørende, ni politikere"
        " og fem medarbejdere fra sekretariatet. Mødet blev ledet af næstformanden for KKR Sjælland.",
        "Formålet var at samle ønsker til det videre arbejde med rammeaftalen. Drøftelserne foregik ved små borde,"
        " og hvert bord skrev sine vigtigste ønsker ned.",
    )),
    ("Ønsker fra brugere og pårørende", (
        "Tre ønsker gik igen ved næsten alle bordene:",
        "- Færre skift af støttepersoner\n- Bedre vejledning, når en borger flytter\n- Mere plads til de pårørende",
        "Flere deltagere påpegede, at det er svært at finde ud af, hvem der har ansvaret, når støtten gives på tværs"
        " af kommuner. De foreslog en fast kontaktperson, der følger borgeren hele vejen.",
    )),
    ("Ventetid og forsøg", (
        "Sekretariatet oplyste, at den gennemsnitlige ventetid på et længerevarende botilbud var 94 dage i 2023. Målet"
        " er, at den falder til 60 dage inden udgangen af 2025.",
        "Der er afsat 350.000 kr. til et forsøg med pårørenderåd. Forsøget løber i to år i Næstved og Slagelse, og det"
        " bliver evalueret af en ekstern konsulent.",
    )),
    ("Det videre forløb", (
        "Styregruppen behandler ønskerne den 4. juni 2024. Sekretariatet udarbejder et forslag til en fælles"
        " modtagepakke til nye beboere, så de får den samme besked i alle kommuner.",
        "Det næste møde i dialogforum bliver afholdt i efteråret 2024 i Holbæk.",
    )),
)  # fmt: skip

CALENDAR = (
    ("Foråret", "Tilbuddene opgør belægning og resultat", "Driftsherrerne"),
    ("Sommeren", "Budgetter og takster for næste år beregnes", "Driftsherrerne"),
    ("Efteråret", "Takster indberettes og offentliggøres", "Sekretariatet"),
    ("Årets slutning", "Status for fokusområderne forelægges", "Styregruppen"),
)

HEAD = """#set document(title: "{title}", date: none)
#set page(paper: "a4", margin: 2.6cm,
  header: align(right, text(size: 9pt)[Eksempel]),
  footer: context align(center, text(size: 9pt)[{short} · #counter(page).display()]))
#set text(lang: "da", size: 12pt, hyphenate: true)
#set par(justify: true, leading: 0.8em)
#show heading.where(level: 1): it => {{ pagebreak(weak: true); it }}
"""


def typeset(out: Path) -> list[Path]:
    """Write all documents and the manifest. Returns the PDFs."""
    import typst

    out.mkdir(parents=True, exist_ok=True)
    written, rows = [], []
    for name, source, row in _sources():
        path = out / name
        work = path.with_suffix(".typ")
        work.write_text(source, encoding="utf-8")
        try:
            typst.compile(str(work), output=str(path))
        finally:
            work.unlink()
        written.append(path)
        rows.append({"file": name, **row})
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        columns = ("file", "title", "region", "period", "kind", "part", "publisher", "date")
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return written


def _sources() -> list[tuple[str, str, dict[str, str]]]:
    found = []
    for r in REGIONS:
        for period in PERIODS:
            slug = r.name.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
            found.append((f"rammeaftale-{slug}-{period[0]}-{period[1]}.pdf", _agreement(r, period), {}))
    for name, title, date, sections in ANNOUNCEMENTS:
        found.append((name.replace(".typ", ".pdf"), _letter(title, date, sections),
                      {"kind": "central udmelding", "publisher": "Social- og Boligstyrelsen"}))  # fmt: skip
    found.append(
        ("vejledning-for-nye-medarbejdere.pdf", _guide(), {"kind": "other", "region": "-", "period": "-"})
    )
    row = {"kind": "opsamling", "region": "Sjælland", "period": "2024-2024"}
    found.append(("opsamling-dialogforum-2024.pdf", _minutes(), row))
    return found


def _agreement(r: Region, period: tuple[int, int]) -> str:
    rng = random.Random(f"{r.name}{period}")
    first, last = period
    title = f"{r.agreement} {first}-{last}"
    if r.agreement == "Rammeaftale":
        title = f"Rammeaftale {r.name} {first}-{last}"
    figures: dict[str, Figure] = {}
    for c in CLAUSES:
        for spec in c.figures:
            name, kind = spec.split("=")
            figures[f"{c.key}.{name}"] = (
                Figure(str(rng.randint(3, 12))) if kind[:3] == "tal" else draw(kind, rng)
            )
    focus = rng.sample(FOCUS, 4)
    parts = [
        HEAD.format(title=title, short=title),
        f"#v(5cm)\n#text(size: 24pt, weight: \"bold\")[{title}]\n\n{_escape(r.cover)}\n\n"
        f"Aftalen gælder fra 1. januar {first} til 31. december {last}.\n\n#v(2cm)\n{NOTICE}",
        "= Forord",
        *_forewords(r, period, focus),
        "= Samarbejdet", "== Sådan er samarbejdet bygget op", *r.organisation, "== Fra årlige til flerårige aftaler",
        *r.history, "== De mest specialiserede tilbud",
        "Aftalen har særlig opmærksomhed på disse tilbud og målgrupper:", "\n".join(f"- {o}" for o in r.offers),
        "= Udviklingsdel",
        f"Parterne har valgt {WORDS[len(focus)]} fokusområder for {first}-{last}:",
        "\n".join(f"- {f}" for f in focus),
    ]  # fmt: skip
    for n, f in enumerate(focus, start=1):
        parts += [f"== Fokusområde {n}: {f}", " ".join(rng.sample(FOCUS_TEXT, 3)), _result(f)]
    parts.append("= Styringsdel")
    for c in CLAUSES:
        parts.append(f"== {rng.choice(c.headings)}")
        parts += [_escape(p.format(**{k.partition(".")[2]: v.text for k, v in figures.items()
                                      if k.partition(".")[0] == c.key})) for p in c.paragraphs]  # fmt: skip
    parts += ["= Bilag 1: Takster og pladser", _tariffs(rng, period),
              "= Bilag 2: Årets gang", _table(("Tidspunkt", "Opgave", "Ansvarlig"), CALENDAR)]  # fmt: skip
    return "\n\n".join(parts)


def _forewords(r: Region, period: tuple[int, int], focus: list[str]) -> list[str]:
    return [
        f"Denne aftale er grundlaget for samarbejdet om de specialiserede tilbud i {r.name} i årene {period[0]} og"
        f" {period[1]}. Den bygger videre på erfaringerne fra de tidligere aftaler og er blevet til i dialog mellem"
        " politikere, fagfolk, brugere og pårørende.",
        f"Vi har blandt andet valgt at sætte fokus på {focus[0].lower()} og {focus[1].lower()}. Det er områder, hvor"
        " ingen kommune kan stå alene, og hvor viden skal deles, hvis borgerne skal mødes af den rette hjælp.",
        "Aftalen er godkendt af alle kommunalbestyrelser og af regionsrådet. Tak til alle, der har bidraget.",
    ]


def _result(focus: str) -> str:
    return (
        f"Det vil vi opnå med fokusområdet om {focus.lower()}: at borgerne oplever en tydelig sammenhæng, at"
        " medarbejderne deler viden på tværs, og at parterne ved, hvad der virker."
    )


def _tariffs(rng: random.Random, period: tuple[int, int]) -> str:
    rows = []
    for label, section, (low, high) in OFFERS:
        price = rng.randint(low, high)
        rows.append(
            (label, section, str(rng.randint(12, 300)), _money(price), _money(price + rng.randint(-40, 120)))
        )
    head = ("Tilbud", "Paragraf", "Pladser", f"Takst {period[0]}", f"Takst {period[1]}")
    return _table(head, rows) + "\n\nTaksterne er gennemsnit i kr. pr. døgn; for §§ 103 og 104 pr. dag."


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> str:
    cells = [f"[*{h}*]" for h in head] + [f"[{_escape(c)}]" for row in rows for c in row]
    return f"#table(columns: {len(head)}, " + ", ".join(cells) + ")"


def _letter(title: str, date: str, sections: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    parts = [HEAD.format(title=title, short="Social- og Boligstyrelsen"),
             f"#v(4cm)\n#text(size: 20pt, weight: \"bold\")[{title}]\n\nSocial- og Boligstyrelsen, {date}\n\n{NOTICE}"]  # fmt: skip
    for heading, paragraphs in sections:
        parts += [f"= {heading}", *map(_escape, paragraphs)]
    return "\n\n".join(parts)


def _guide() -> str:
    title = "Vejledning for nye medarbejdere"
    parts = [HEAD.format(title=title, short=title),
             f"#v(4cm)\n#text(size: 22pt, weight: \"bold\")[{title}]\n\nOrd og regler på det specialiserede område\n\n{NOTICE}"]  # fmt: skip
    for heading, paragraphs in GUIDE:
        parts += [f"= {heading}", *map(_escape, paragraphs)]
    return "\n\n".join(parts)


def _minutes() -> str:
    """A page as read by an OCR engine that knows no Danish letters. It gives repair something to do."""
    rng = random.Random(7)
    parts = [HEAD.format(title=_damaged(MINUTES_TITLE, rng), short=_damaged(MINUTES_TITLE, rng)),
             f"#v(4cm)\n#text(size: 22pt, weight: \"bold\")[{_damaged(MINUTES_TITLE, rng)}]\n\n"
             f"{_damaged('De 17 kommuner og Region Sjælland', rng)}\n\n{NOTICE}"]  # fmt: skip
    for heading, paragraphs in MINUTES:
        parts += [f"= {_damaged(heading, rng)}", *(_damaged(_escape(p), rng) for p in paragraphs)]
    return "\n\n".join(parts)


def _damaged(text: str, rng: random.Random) -> str:
    misread = {"æ": ("ae", "ee"), "ø": ("o", "g"), "å": ("a", "a"), "Ø": ("O",), "Å": ("A",)}
    return "".join(rng.choice(misread[c]) if c in misread else c for c in text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "corpus")
    paths = typeset(parser.parse_args().out)
    from pypdf import PdfReader

    print(f"{len(paths)} dokumenter, {sum(len(PdfReader(p).pages) for p in paths)} sider")


if __name__ == "__main__":
    main()
