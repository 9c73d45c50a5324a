"""Clauses of an invented framework agreement: the text, its figures, and the questions that they answer.

Written for this project. The structure follows real agreements. Every figure is drawn at random and belongs to no real
region. Used by the generator of twins and by the sample corpus.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

MONTHS = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
]
WORDS = {
    2: "to",
    3: "tre",
    4: "fire",
    5: "fem",
    6: "seks",
    7: "syv",
    8: "otte",
    9: "ni",
    10: "ti",
    12: "tolv",
}


@dataclass(frozen=True)
class Figure:
    """A value as it is written, and other ways to write it that count as the same."""

    text: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """One section. `asks` are questions, each with the name of the figure that answers it."""

    key: str
    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]
    figures: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    droppable: bool = True


def draw(kind: str, rng: random.Random) -> Figure:
    """Draw a figure of one of the kinds that clauses name: "pct:2-9", "mdr:2-12", "dage:20-60", …"""
    unit, _, bounds = kind.partition(":")
    low, high = (int(x) for x in bounds.split("-")) if bounds else (0, 0)
    n = rng.randint(low, high)
    if unit == "pct":
        value = f"{n},{rng.randint(1, 9)}" if rng.random() < 0.5 else str(n)
        text = rng.choice((f"{value} pct.", f"{value} procent"))
        return Figure(text, (f"{value} pct", f"{value} procent", f"{value} %", f"{value}%"))
    if unit == "dato":
        day, month = rng.randint(1, 28), rng.choice(MONTHS[low - 1 : high])
        return Figure(f"den {day}. {month}", (f"{day}. {month}",))
    if unit == "kr":
        return Figure(f"{money(n)} kr.", (money(n),))
    noun = {"mdr": "måneder", "dage": "dage", "uger": "uger", "aar": "år", "gange": "gange",
            "timer": "timer", "hverdage": "hverdage", "pladser": "pladser"}[unit]  # fmt: skip
    text = f"{WORDS[n]} {noun}" if n in WORDS and rng.random() < 0.4 else f"{n} {noun}"
    return Figure(text, (f"{n} {noun}", *((f"{WORDS[n]} {noun}",) if n in WORDS else ())))


def money(n: int) -> str:
    """Whole kroner in Danish notation: 2345 → 2.345."""
    return f"{n // 1000}.{n % 1000:03d}" if n >= 1000 else str(n)


def escape(text: str) -> str:
    """Escape plain text for a Typst source."""
    return re.sub(r"([#$*_@<>\[\]\\])", r"\\\1", text)


CLAUSES: tuple[Clause, ...] = (
    Clause(
        "parter",
        ("Aftalens parter og formål", "Hvorfor har vi en rammeaftale?"),
        (
            "Rammeaftalen er indgået mellem regionsrådet og kommunalbestyrelserne i regionen. Den lægger rammerne"
            " for, hvordan parterne udvikler, styrer og koordinerer de tilbud, som flere kommuner benytter.",
            "Aftalen består af en udviklingsdel, der peger på fælles temaer, og en styringsdel, der fastlægger"
            " spillereglerne for køb og salg af pladser. Den har virkning for alle parter, uanset hvor mange pladser"
            " den enkelte kommune køber eller sælger.",
        ),
        droppable=False,
    ),
    Clause(
        "takstgrundlag",
        ("Sådan beregnes taksten", "Takstberegning"),
        (
            "Taksten udregnes som en pris pr. plads pr. dag på grundlag af de budgetterede omkostninger, både de"
            " direkte og de indirekte, set over en længere årrække. Grundlaget følger servicelovens § 174.",
            "Til de direkte omkostninger hører løn, kost, transport og bygninger. Til de indirekte hører tilbuddets"
            " andel af fælles ledelse og administration. Udgifter til uddannelse af medarbejderne kan medregnes med"
            " op til {uddannelse} af lønsummen.",
        ),
        ("uddannelse=pct:1-4",),
        (
            ("Hvor stor en procentdel af lønsummen kan udgifter til uddannelse udgøre i taksten {scope}?", "uddannelse"),
            ("Hvor meget uddannelse af medarbejderne må der regnes med i taksten {scope}?", "uddannelse"),
        ),
    ),
    Clause(
        "belaegning",
        ("Belægningsprocent", "Forudsat belægning"),
        (
            "Når taksten regnes ud, forudsættes det, at en vis andel af pladserne er i brug. På døgntilbud er"
            " belægningsprocenten {doegn}, og på dagtilbud er den {dag}.",
            "Driftsherren kan fravige forudsætningen for et nyt tilbud, hvis det fremgår af grundlaget for"
            " oprettelsen.",
        ),
        ("doegn=pct:90-98", "dag=pct:85-97"),
        (
            ("Hvad er belægningsprocenten for døgntilbud {scope}?", "doegn"),
            ("Hvilken belægning forudsættes på dagtilbud {scope}?", "dag"),
        ),
    ),
    Clause(
        "overhead",
        ("Overhead", "Bidrag til administration"),
        (
            "Tilbuddenes andel af central ledelse og administration opgøres som et fælles overhead. Overheadet udgør"
            " {overhead} af de direkte omkostninger og er ens for alle driftsherrer.",
            "Private leverandører fastsætter selv deres bidrag, men oplyser det, når en kommune beder om det.",
        ),
        ("overhead=pct:4-9",),
        (
            ("Hvor stort er overheadet {scope}?", "overhead"),
            ("Hvad er overheadprocenten {scope}?", "overhead"),
        ),
    ),
    Clause(
        "resultat",
        ("Over- og underskud", "Regulering af tilbuddets resultat"),
        (
            "Et tilbuds over- eller underskud er forskellen mellem indtægterne fra taksten og de faktiske"
            " omkostninger. Resultatet kan føres videre til det følgende år, så længe det ligger inden for et bånd"
            " på +/- {baand} af budgettet.",
            "Det, der ligger uden for båndet, reguleres i taksten {aar} efter regnskabsåret.",
        ),
        ("baand=pct:2-8", "aar=aar:1-3"),
        (
            ("Hvor stort over- eller underskud kan et tilbud føre videre til næste år {scope}?", "baand"),
            ("Hvilket bånd gælder for over- og underskud {scope}?", "baand"),
        ),
    ),
    Clause(
        "opsigelse",
        ("Opsigelse af en plads", "Opsigelsesvarsler"),
        (
            "En kommune, der vil opsige en plads, gør det skriftligt over for driftsherren. Opsigelsesvarslet er"
            " {varsel} for døgntilbud og {dagvarsel} for dagtilbud.",
            "Opsiger en kommune mange pladser på samme tilbud inden for et halvt år, kan driftsherren kræve et"
            " varsel på {mange}. Når en borger dør, bortfalder betalingen ved månedens udgang.",
        ),
        ("varsel=mdr:1-6", "dagvarsel=uger:2-8", "mange=mdr:7-12"),
        (
            ("Hvad er opsigelsesvarslet for døgntilbud {scope}?", "varsel"),
            ("Hvor langt er opsigelsesvarslet på et dagtilbud {scope}?", "dagvarsel"),
            ("Hvilket varsel kan driftsherren kræve, når en kommune opsiger mange pladser {scope}?", "mange"),
        ),
    ),
    Clause(
        "betaling",
        ("Afregning", "Betaling og regninger"),
        (
            "Driftsherren sender en elektronisk regning senest {regning} efter månedens afslutning. Betalingsfristen"
            " er {frist} fra regningens dato.",
            "Er der uenighed om en regning, betales den del, der ikke er uenighed om, inden for fristen.",
        ),
        ("regning=hverdage:3-15", "frist=dage:14-45"),
        (
            ("Hvad er betalingsfristen {scope}?", "frist"),
            ("Hvor mange dage er der til at betale en regning {scope}?", "frist"),
        ),
    ),
    Clause(
        "tillaeg",
        ("Tillægsydelser", "Støtte ud over hovedydelsen"),
        (
            "Har en borger varigt brug for mere støtte, end hovedydelsen rummer, kan der aftales en tillægsydelse."
            " Den kan bestilles, når behovet er mindst {timer} om ugen ud over hovedydelsen.",
            "Tillægsydelsen dækker sine egne omkostninger og tages op til fornyet vurdering hver {vurdering}. måned.",
        ),
        ("timer=timer:4-20", "vurdering=tal:3-12"),
        (
            ("Hvor mange timer om ugen skal støttebehovet mindst være, før der kan aftales en tillægsydelse {scope}?", "timer"),
        ),
    ),
    Clause(
        "lukning",
        ("Lukning af et tilbud", "Når et tilbud lukker"),
        (
            "Vil en driftsherre lukke et tilbud, varsles de kommuner, der har borgere på tilbuddet, mindst {varsel}"
            " før lukningen. Driftsherren laver en plan, så hver borger har et andet tilbud, inden det gamle lukker.",
            "Underskud ved lukningen deles mellem de kommuner, der har brugt tilbuddet i de seneste {brugt}.",
        ),
        ("varsel=mdr:3-14", "brugt=aar:2-6"),
        (
            ("Hvor lang tid før en lukning skal kommunerne varsles {scope}?", "varsel"),
            ("Hvilket varsel gælder ved lukning af et tilbud {scope}?", "varsel"),
        ),
    ),
    Clause(
        "oprettelse",
        ("Oprettelse af nye tilbud", "Nye tilbud"),
        (
            "Den, der vil oprette et nyt tilbud, sender et oplæg i høring hos de øvrige parter. Høringsfristen er"
            " {hoering}. Oplægget beskriver målgruppen, antallet af pladser og den forventede takst.",
            "Anlægsudgiften kan fordeles over {fordelt} i taksten.",
        ),
        ("hoering=uger:3-10", "fordelt=aar:5-30"),
        (
            ("Hvad er høringsfristen, når der skal oprettes et nyt tilbud {scope}?", "hoering"),
            ("Over hvor mange år kan anlægsudgiften fordeles {scope}?", "fordelt"),
        ),
    ),
    Clause(
        "indberetning",
        ("Indberetning af takster", "Årlig indberetning"),
        (
            "Hvert år samler sekretariatet en oversigt over takster, pladser og belægning. Taksterne for det kommende"
            " år indberettes senest {takster}, og tallene for belægningen i det forgangne år senest {tal}.",
            "Oversigten offentliggøres på sekretariatets hjemmeside, når den er forelagt styregruppen.",
        ),
        ("takster=dato:8-10", "tal=dato:2-4"),
        (
            ("Hvornår skal taksterne for det kommende år senest indberettes {scope}?", "takster"),
            ("Hvad er fristen for indberetning af takster {scope}?", "takster"),
            ("Hvornår skal tallene for belægningen senest indberettes {scope}?", "tal"),
        ),
    ),
    Clause(
        "objektiv",
        ("Objektiv finansiering", "Fælles finansiering efter folketal"),
        (
            "Enkelte tilbud er nødvendige for alle, men bruges af få. De finansieres helt eller delvist efter"
            " folketal, uanset hvem der bruger dem. For de sikrede afdelinger er {andel} af udgiften objektivt"
            " finansieret.",
            "Den resterende del betales af de kommuner, der har borgere på afdelingerne.",
        ),
        ("andel=pct:35-85",),
        (
            ("Hvor stor en andel af udgiften til de sikrede afdelinger er objektivt finansieret {scope}?", "andel"),
        ),
    ),
    Clause(
        "taskforce",
        ("Task force", "Hjælp til pressede tilbud"),
        (
            "Kommer et af de mest specialiserede tilbud i vanskeligheder, kan styregruppen nedsætte en task force."
            " Det kan ske, når belægningen har været under {graense} i et halvt år.",
            "Task forcen kommer med et forslag inden {svar}, så driftsherren kan nå at handle.",
        ),
        ("graense=pct:65-85", "svar=uger:3-12"),
        (
            ("Under hvilken belægning kan der nedsættes en task force {scope}?", "graense"),
            ("Hvor mange uger har en task force til at komme med et forslag {scope}?", "svar"),
        ),
    ),
    Clause(
        "dialog",
        ("Dialog med brugerne", "Inddragelse af brugere og pårørende"),
        (
            "Brugernes organisationer og handicaprådene følger arbejdet gennem et dialogforum. Dialogforum mødes"
            " {gange} om året og får forelagt udkastet til den næste aftale.",
            "Derudover kan hvert tilbud have sit eget bruger- og pårørenderåd.",
        ),
        ("gange=gange:2-8",),
        (("Hvor mange gange om året mødes dialogforum {scope}?", "gange"),),
    ),
    Clause(
        "udviklingsplan",
        ("Store tilbud", "Udviklingsplaner"),
        (
            "For tilbud med flere end {stor} lægger driftsherren en udviklingsplan frem, som er bilag til aftalen."
            " Planen viser, hvordan tilbuddet følger den faglige udvikling.",
        ),
        ("stor=pladser:80-160",),
        (("Hvor mange pladser skal et tilbud have, før der laves en udviklingsplan {scope}?", "stor"),),
    ),
    Clause(
        "national",
        ("National koordination", "Samspillet med det nationale niveau"),
        (
            "Social- og Boligstyrelsen følger udviklingen for de mest specialiserede målgrupper og kan rette en"
            " central udmelding til kommunerne. Kommunerne svarer samlet gennem sekretariatet, og svaret behandles"
            " politisk i kommunekontaktrådet.",
        ),
        droppable=False,
    ),
    Clause(
        "ikraft",
        ("Ændringer i aftalen", "Opfølgning og ændringer"),
        (
            "Styregruppen gør status midt i perioden. En part kan med et varsel på {genforhandling} kræve, at aftalen"
            " tages op til ny forhandling, hvis forudsætningerne er ændret afgørende.",
        ),
        ("genforhandling=mdr:4-12",),
        (("Med hvilket varsel kan en part kræve ny forhandling af aftalen {scope}?", "genforhandling"),),
    ),
)  # fmt: skip

FOCUS = (
    "Overgangen fra ung til voksen", "Borgere med dobbeltdiagnoser", "Beskæftigelse og uddannelse",
    "Samarbejdet med psykiatrien", "Et godt ældreliv med handicap", "Viden om effekt",
    "Mennesker med autisme", "Hjemløshed blandt unge", "Egenmestring og recovery",
    "Rekruttering og fastholdelse", "Senhjerneskade", "Velfærdsteknologi",
)  # fmt: skip

FOCUS_TEXT = (
    "Temaet er valgt, fordi flere kommuner møder de samme vanskeligheder, og fordi ingen af dem kan løse dem alene.",
    "Parterne samler erfaringer fra tilbuddene og afprøver dem i mindre forløb, før de breder dem ud.",
    "Arbejdet følges af en faglig gruppe, der hvert år fortæller styregruppen, hvad der er nået.",
    "Formålet er, at borgeren oplever en sammenhængende indsats, også når flere myndigheder er inde over.",
)

OFFERS = (
    ("Længerevarende botilbud", "§ 108", (1900, 3200)), ("Midlertidigt botilbud", "§ 107", (1600, 2700)),
    ("Krisecenter for kvinder", "§ 109", (1200, 2100)), ("Herberg og forsorgshjem", "§ 110", (900, 1500)),
    ("Beskyttet beskæftigelse", "§ 103", (300, 700)), ("Aktivitets- og samværstilbud", "§ 104", (400, 900)),
    ("Sikret afdeling", "§ 66", (6500, 9500)),
)  # fmt: skip
