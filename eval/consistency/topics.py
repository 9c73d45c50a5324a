"""Topics of invented agreements: a question, several wordings of the clause that answers it, and the text beside it.
Written for this project; every figure is drawn at random.

In a wording, {v} is the value and {w} a distractor: another figure about something else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """`kind` says how values are drawn: "pct", "mdr", "dage", "uger", "aar", "dato", "antal", "kr", "mio"."""

    key: str
    heading: str
    question: str
    kind: str
    low: int
    high: int
    wordings: tuple[str, ...]
    beside: str  # a paragraph that stays where the clause is left out


TOPICS = (
    Topic(
        "varsel", "Opsigelse af pladser", "Hvad er opsigelsesvarslet for døgntilbud i de fem regioner?", "mdr", 2, 9,
        (
            "Opsigelsesvarslet for en plads på et døgntilbud er {v}. For dagtilbud gælder et varsel på {w}.",
            "En døgnplads kan opsiges med {v} varsel, mens en dagplads kan opsiges med {w}.",
            "Vil en kommune opsige en borgers plads på et døgntilbud, skal det ske {v} i forvejen. På et dagtilbud"
            " er fristen {w}.",
        ),
        "Opsigelsen sker skriftligt til driftsherren, som bekræfter den med det samme.",
    ),
    Topic(
        "betaling", "Regninger", "Hvad er betalingsfristen i regionerne?", "dage", 10, 60,
        (
            "Betalingsfristen er {v} fra regningens dato. En rykker koster {w}.",
            "En regning betales senest {v} efter, at den er modtaget. Gebyret for en rykker er {w}.",
            "Kommunen har {v} til at betale en regning, og en rykker udløser et gebyr på {w}.",
        ),
        "Regninger sendes elektronisk og skal vise, hvilken borger og hvilken måned de gælder.",
    ),
    Topic(
        "overhead", "Fælles udgifter", "Hvor stort er overheadet i de fem regioner?", "pct", 2, 12,
        (
            "Overheadet udgør {v} af de direkte omkostninger. Til vedligehold kan der lægges {w} oveni.",
            "Til central administration lægges et overhead på {v}; vedligehold må højst udgøre {w}.",
            "Der regnes med {v} i overhead for ledelse og administration og med {w} til vedligehold.",
        ),
        "Fælles udgifter fordeles efter en nøgle, som styregruppen fastlægger for perioden.",
    ),
    Topic(
        "baand", "Tilbuddets resultat", "Hvilket bånd gælder for over- og underskud i regionerne?", "baand", 2, 9,
        (
            "Et over- eller underskud føres videre, når det ligger inden for et bånd på {v} af budgettet. Resten"
            " reguleres over {w}.",
            "Tilbuddet beholder et overskud eller underskud inden for {v} af budgettet; det øvrige indregnes i løbet"
            " af {w}.",
            "Båndet for over- og underskud er {v}. Større udsving fordeles på {w}.",
        ),
        "Resultatet gøres op, når regnskabet er godkendt, og meddeles de kommuner, der køber pladser.",
    ),
    Topic(
        "belaegning", "Belægning", "Hvilken belægningsprocent regnes der med på døgntilbud i regionerne?", "pct", 85, 99,
        (
            "På døgntilbud forudsættes en belægningsprocent på {v}, på dagtilbud {w}.",
            "Taksten for døgntilbud bygger på en belægning på {v}; for dagtilbud er den {w}.",
            "Når taksten for et døgntilbud regnes ud, antages {v} af pladserne at være i brug. For dagtilbud antages"
            " {w}.",
        ),
        "Belægningen opgøres en gang i kvartalet og sendes til sekretariatet.",
    ),
    Topic(
        "lukning", "Når et tilbud lukker", "Hvor langt varsel skal gives før lukning af et tilbud i regionerne?", "mdr", 4, 15,
        (
            "Lukning af et tilbud varsles mindst {v} i forvejen. Kommunerne svarer inden {w}.",
            "En driftsherre, der vil lukke et tilbud, giver besked {v} før lukningen, og kommunerne har {w} til at svare.",
            "Varslet for lukning er {v}; i de første {w} kan kommunerne komme med indvendinger.",
        ),
        "Borgerne skal have et andet tilbud, inden det gamle lukker.",
    ),
    Topic(
        "indberetning", "Indberetning", "Hvornår skal taksterne indberettes i de fem regioner?", "dato", 8, 10,
        (
            "Taksterne for det kommende år indberettes senest {v}. Belægningen følger senest {w}.",
            "Fristen for at indberette takster er {v}, og fristen for tallene om belægning er {w}.",
            "Driftsherrerne indberetter næste års takster til sekretariatet senest {v}; tal for belægning sendes {w}.",
        ),
        "Oversigten lægges på sekretariatets hjemmeside, når den er forelagt styregruppen.",
    ),
    Topic(
        "hoering", "Nye tilbud", "Hvor lang er høringsfristen for et nyt tilbud i regionerne?", "uger", 2, 10,
        (
            "Et oplæg om et nyt tilbud sendes i høring. Høringsfristen er {v}, og behandlingen tager {w}.",
            "De øvrige parter har {v} til at svare på høringen om et nyt tilbud; styregruppen bruger derefter {w}.",
            "Planer om et nyt tilbud er i høring i {v}. Styregruppen afgør sagen i løbet af {w}.",
        ),
        "Oplægget beskriver målgruppen, antallet af pladser og den pris, der forventes.",
    ),
    Topic(
        "objektiv", "Fælles finansiering",
        "Hvor stor en del af udgiften til sikrede afdelinger er objektivt finansieret i regionerne?", "pct", 20, 90,
        (
            "For sikrede afdelinger er {v} af udgiften objektivt finansieret. Kommunikationscentre finansieres med {w}.",
            "Den objektive finansiering af de sikrede afdelinger udgør {v}, og for kommunikationscentre er den {w}.",
            "Kommunerne betaler efter folketal {v} af udgiften til de sikrede afdelinger og {w} til"
            " kommunikationscentrene.",
        ),
        "Resten betales af de kommuner, der har borgere på tilbuddet.",
    ),
    Topic(
        "dialog", "Dialogforum", "Hvor mange gange om året mødes dialogforum i regionerne?", "gange", 2, 9,
        (
            "Dialogforum mødes {v} om året. Der er {w} i forummet.",
            "Der holdes møde i dialogforum {v} årligt, og forummet har {w}.",
            "Medlemmerne af dialogforum, i alt {w}, samles {v} om året.",
        ),
        "Forummet får udkastet til den næste aftale forelagt.",
    ),
    Topic(
        "anlaeg", "Bygninger", "Over hvor mange år afskrives anlæg i taksten i regionerne?", "aar", 10, 40,
        (
            "Anlæg afskrives i taksten over {v}. Inventar afskrives over {w}.",
            "Udgiften til et anlæg fordeles på {v}, mens inventar fordeles på {w}.",
            "Afskrivningsperioden for anlæg er {v}; for inventar er den {w}.",
        ),
        "Driftsherren fører en plan over bygningernes tilstand.",
    ),
    Topic(
        "sekretariat", "Sekretariatet", "Hvor stort er sekretariatets budget i regionerne?", "mio", 2, 9,
        (
            "Sekretariatets budget er på {v} om året. Heraf går {w} til lokaler.",
            "Til sekretariatet er der afsat et budget på {v}, hvoraf {w} er til lokaler.",
            "Parterne betaler i fællesskab {v} til sekretariatets budget; lokalerne koster {w}.",
        ),
        "Sekretariatet forbereder møderne i styregruppen og samler oversigterne.",
    ),
    Topic(
        "genforhandling", "Ændringer", "Med hvilket varsel kan en part kræve genforhandling i regionerne?", "mdr", 2, 12,
        (
            "En part kan kræve genforhandling med {v} varsel. Forhandlingen skal være slut inden {w}.",
            "Varslet for at tage aftalen op til genforhandling er {v}, og parterne har {w} til at blive enige.",
            "Genforhandling kan forlanges med et varsel på {v}; der er derefter {w} til forhandlingen.",
        ),
        "Styregruppen gør status midt i perioden.",
    ),
    Topic(
        "tillaeg", "Mere støtte", "Hvor ofte skal en tillægsydelse vurderes på ny i regionerne?", "mdr", 3, 12,
        (
            "En tillægsydelse vurderes på ny efter {v}. Den kan bestilles, når behovet er mindst {w} om ugen.",
            "Tillægsydelsen tages op til ny vurdering hver gang, der er gået {v}; den forudsætter et behov på {w} om ugen.",
            "Der følges op på en tillægsydelse med en ny vurdering efter {v}. Behovet skal være på {w} om ugen.",
        ),
        "Prisen aftales mellem kommunen og driftsherren.",
    ),
)  # fmt: skip
