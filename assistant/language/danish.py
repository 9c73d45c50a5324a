"""Tables of facts about Danish and about the field, and the few functions that read them.

Regions and municipalities: the division since 1 January 2007 (98 municipalities, five regions).
Terms and abbreviations: the glossary of the field. Code elsewhere holds no such words of its own.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# What a sheet's cell says whose formula was never worked out.
UNCOMPUTED = "ikke beregnet"

REGIONS = ("Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")

# Names, adjectives and bodies that stand for the region, lower case.
REGION_ALIASES: dict[str, tuple[str, ...]] = {
    "Hovedstaden": (
        "hovedstaden", "hovedstadens", "hovedstadsregionen", "hovedstadsregionens", "region h",
        "hovedstadsområdet", "storkøbenhavn", "rammeaftale-h", "capital region",
    ),
    "Sjælland": (
        "sjælland", "sjællands", "sjællandsk", "sjællandske", "rs17", "vestsjælland", "sydsjælland",
        "region zealand", "zealand",
    ),
    "Syddanmark": (
        "syddanmark", "syddanmarks", "syddansk", "syddanske", "fynske", "sønderjyske", "fyn", "fyns", "sønderjylland", "sønderjyllands",
        "southern denmark", "south denmark",
    ),
    "Midtjylland": (
        "midtjylland", "midtjyllands", "midtjysk", "midtjyske", "region midt", "kd-net",
        "central denmark", "central jutland",
    ),
    "Nordjylland": (
        "nordjylland", "nordjyllands", "nordjysk", "nordjyske", "region nord",
        "north denmark", "northern denmark", "north jutland",
    ),
}  # fmt: skip

MUNICIPALITIES: dict[str, tuple[str, ...]] = {
    "Hovedstaden": (
        "Albertslund", "Allerød", "Ballerup", "Bornholm", "Brøndby", "Dragør", "Egedal",
        "Fredensborg", "Frederiksberg", "Frederikssund", "Furesø", "Gentofte", "Gladsaxe",
        "Glostrup", "Gribskov", "Halsnæs", "Helsingør", "Herlev", "Hillerød", "Hvidovre",
        "Høje-Taastrup", "Hørsholm", "Ishøj", "København", "Lyngby-Taarbæk", "Rudersdal",
        "Rødovre", "Tårnby", "Vallensbæk",
    ),
    "Sjælland": (
        "Faxe", "Greve", "Guldborgsund", "Holbæk", "Kalundborg", "Køge", "Lejre", "Lolland",
        "Næstved", "Odsherred", "Ringsted", "Roskilde", "Slagelse", "Solrød", "Sorø", "Stevns",
        "Vordingborg",
    ),
    "Syddanmark": (
        "Assens", "Billund", "Esbjerg", "Fanø", "Fredericia", "Faaborg-Midtfyn", "Haderslev",
        "Kerteminde", "Kolding", "Langeland", "Middelfart", "Nordfyns", "Nyborg", "Odense",
        "Svendborg", "Sønderborg", "Tønder", "Varde", "Vejen", "Vejle", "Ærø", "Aabenraa",
    ),
    "Midtjylland": (
        "Favrskov", "Hedensted", "Herning", "Holstebro", "Horsens", "Ikast-Brande", "Lemvig",
        "Norddjurs", "Odder", "Randers", "Ringkøbing-Skjern", "Samsø", "Silkeborg", "Skanderborg",
        "Skive", "Struer", "Syddjurs", "Viborg", "Aarhus",
    ),
    "Nordjylland": (
        "Brønderslev", "Frederikshavn", "Hjørring", "Jammerbugt", "Læsø", "Mariagerfjord",
        "Morsø", "Rebild", "Thisted", "Vesthimmerlands", "Aalborg",
    ),
}  # fmt: skip

MUNICIPALITY_VARIANTS = {
    "århus": "Aarhus", "ålborg": "Aalborg", "åbenrå": "Aabenraa", "fåborg-midtfyn":
    "Faaborg-Midtfyn", "taarnby": "Tårnby", "nordfyn": "Nordfyns", "vesthimmerland":
    "Vesthimmerlands", "høje taastrup": "Høje-Taastrup", "høje-tåstrup": "Høje-Taastrup",
    "lyngby": "Lyngby-Taarbæk", "mors": "Morsø", "københavns": "København", "bornholms":
    "Bornholm", "faaborg": "Faaborg-Midtfyn", "ringkøbing": "Ringkøbing-Skjern", "ikast":
    "Ikast-Brande", "copenhagen": "København",
}  # fmt: skip

# Municipality names that are also common words: only with "Kommune", or in a list of names.
AMBIGUOUS_MUNICIPALITIES = frozenset({"vejen", "skive", "odder", "mors", "greve", "varde"})

MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
    "oktober", "november", "december",
)  # fmt: skip


def month_number(name: str) -> int:
    """1 to 12. A name as any case-blind search finds it, the long s and the dotless i among its letters.

    >>> month_number("Maj"), month_number("augu\u017ft"), month_number("jun\u0131")
    (5, 8, 6)
    """
    return MONTHS.index(name.casefold().replace("\u0131", "i").replace("\u0307", "")) + 1


NUMBER_WORDS = {
    "nul": 0, "en": 1, "et": 1, "én": 1, "ét": 1, "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6,
    "syv": 7, "otte": 8, "ni": 9, "ti": 10, "elleve": 11, "tolv": 12, "tretten": 13, "fjorten": 14,
    "femten": 15, "seksten": 16, "sytten": 17, "atten": 18, "nitten": 19, "tyve": 20,
    "tredive": 30, "fyrre": 40, "halvtreds": 50, "tres": 60, "halvfjerds": 70, "firs": 80,
    "halvfems": 90, "hundrede": 100,
}  # fmt: skip

TIME = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"  # a pattern of the time of day
# Patterns of the ordinals from the first on.
ORDINALS = (
    "første",
    "an(?:den|det)",
    "tredje",
    "fjerde",
    "femte",
    "sjette",
    "syvende",
    "ottende",
    "niende",
    "tiende",
)

# Kind of document, by the words that name it on a cover; the first that fits wins.
KINDS: tuple[tuple[str, str], ...] = (
    ("afrapportering", r"afr[ea]pportering(?:en|er)?|samlet besvarelse"),
    ("central udmelding", r"central(?:e)? udmelding(?:en|er)?|fornyet behandling"),
    ("opsamling", r"opsamling(?:en)?|statusnotat|status på rammeaftalen"),
    ("oplæg", r"oplæg(?:get)?|temadag|præsentation|temamøde|politikertemamøde|ny proces for"),
    (
        "styringsaftale",
        r"styringsaftale(?:n|r)?|takstaftale(?:n)?|teknisk bilag|styringsdel(?:en)?",
    ),
    ("udviklingsstrategi", r"udviklingsstrategi(?:en)?|udviklingsdel(?:en)?"),
    ("rammeaftale", r"rammeaftale(?:n|r)?|socialaftale(?:n)?"),
    ("strategi", r"strategi(?:en)?"),
)

PARTS: tuple[tuple[str, str], ...] = (
    ("bilag", r"bilag|appendiks"),
    ("styringsdel", r"styringsdel|styringsaftale"),
    ("udviklingsdel", r"udviklingsdel|udviklingsstrategi"),
)

# What a question calls a document, and the kinds that are meant by it.
KIND_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"styringsaftale\w*", ("styringsaftale", "rammeaftale")),
    (r"takstaftale\w*", ("styringsaftale", "rammeaftale")),
    (r"udviklingsstrategi\w*", ("udviklingsstrategi", "rammeaftale", "strategi")),
    (r"afr[ea]pportering\w* fra", ("afrapportering", "opsamling")),
)

STOPWORDS = frozenset(
    [
        "ad",
        "af",
        "aldrig",
        "alle",
        "alt",
        "anden",
        "andet",
        "andre",
        "at",
        "bare",
        "begge",
        "blev",
        "blevet",
        "bliver",
        "både",
        "da",
        "de",
        "dem",
        "den",
        "denne",
        "der",
        "deres",
        "det",
        "dette",
        "dig",
        "din",
        "disse",
        "dog",
        "du",
        "efter",
        "ej",
        "eller",
        "en",
        "end",
        "endnu",
        "er",
        "et",
        "få",
        "fik",
        "for",
        "fordi",
        "forskellige",
        "fra",
        "før",
        "først",
        "gennem",
        "gør",
        "gøre",
        "ham",
        "han",
        "hans",
        "har",
        "havde",
        "have",
        "hel",
        "hele",
        "hen",
        "hende",
        "her",
        "hos",
        "hun",
        "hvad",
        "hvem",
        "hver",
        "hvert",
        "hvilke",
        "hvilken",
        "hvilket",
        "hvis",
        "hvor",
        "hvordan",
        "hvorfor",
        "hvornår",
        "i",
        "igen",
        "ikke",
        "imellem",
        "ind",
        "ingen",
        "intet",
        "ja",
        "jeg",
        "jo",
        "jer",
        "kan",
        "kom",
        "komme",
        "kommer",
        "kun",
        "kunne",
        "lige",
        "man",
        "mange",
        "med",
        "meget",
        "mellem",
        "men",
        "mens",
        "mere",
        "mest",
        "mig",
        "min",
        "mod",
        "må",
        "måtte",
        "nej",
        "nogen",
        "noget",
        "nogle",
        "nok",
        "nu",
        "når",
        "nær",
        "og",
        "også",
        "om",
        "op",
        "os",
        "over",
        "på",
        "samme",
        "samt",
        "se",
        "selv",
        "ses",
        "side",
        "sig",
        "sin",
        "sine",
        "sit",
        "skal",
        "skulle",
        "som",
        "så",
        "sådan",
        "således",
        "til",
        "under",
        "ud",
        "uden",
        "undtagen",
        "ved",
        "vi",
        "vil",
        "ville",
        "vor",
        "vore",
        "vores",
        "være",
        "været",
        "via",
        "blandt",
        "herunder",
        "hvoraf",
        "heraf",
        "dertil",
        "hertil",
        "derfor",
        "fx",
        "mv",
        "mm",
        "bl",
        "dvs",
        "osv",
        "jf",
        "evt",
        "pr",
        "ca",
        "inden",
        "siden",
        "hvortil",
        "hvori",
        "haft",
        "fået",
        "gjort",
        "kunnet",
        "skullet",
        "villet",
        "måttet",
        "the",
        "of",
        "and",
        "in",
        "is",
        "are",
        "what",
        "which",
        "who",
        "how",
        "when",
        "where",
        "does",
        "do",
        "did",
        "to",
        "a",
        "an",
        "for",
        "on",
        "by",
        "was",
        "were",
        "with",
        "it",
        "this",
        "that",
        "from",
        "has",
        "have",
        "be",
    ]
)

# Words of a question that ask, but say nothing of the subject.
QUESTION_WORDS = frozenset(
    [
        "var",
        "ny",
        "nye",
        "nyt",
        "fortæl",
        "forklar",
        "beskriv",
        "nævn",
        "oplys",
        "sad",
        "sidder",
        "sig",
        "vis",
        "find",
        "findes",
        "fremgår",
        "står",
        "hedder",
        "hedde",
        "kaldes",
        "betyder",
        "gælder",
        "gælde",
        "angives",
        "angivet",
        "fastsat",
        "fastsætter",
        "fastlagt",
        "omtales",
        "nævnes",
        "beskrives",
        "skriver",
        "siger",
        "holder",
        "holdes",
        "holdt",
        "gjaldt",
        "galdt",
        "gældende",
        "nugældende",
        "nuværende",
        "forrige",
        "foregående",
        "tidligere",
        "altså",
        "ifølge",
        "sammenlign",
        "henholdsvis",
        "forskel",
        "forskellen",
        "egentlig",
        "egentligt",
        "præcist",
        "helt",
        "konkret",
        "konkrete",
        "stor",
        "stort",
        "store",
        "lang",
        "langt",
        "lange",
        "længe",
        "ofte",
        "høj",
        "højt",
        "lav",
        "finder",
        "finde",
        "menes",
        "ordet",
        "begrebet",
        "indebærer",
        "mener",
        "forstås",
        "dækker",
        "omfatter",
        "hører",
        "udgør",
        "sker",
        "skete",
        "tror",
        "må",
        "bruges",
        "bruge",
        "brug",
        "laver",
        "lave",
        "får",
        "give",
        "giver",
        "gives",
        "region",
        "regionen",
        "regioner",
        "regionens",
        "regionernes",
        "aftale",
        "aftalen",
        "aftaler",
        "aftalens",
        "rammeaftale",
        "rammeaftalen",
        "rammeaftaler",
        "rammeaftalens",
        "socialaftale",
        "socialaftalen",
        "periode",
        "perioden",
        "perioder",
        "år",
        "året",
        "årene",
        "område",
        "området",
        "områder",
        "kommune",
        "kommunen",
        "kommuner",
        "kommunerne",
        "kommunernes",
        "kommunes",
        "gældende",
        "nuværende",
        "aktuelle",
        "nugældende",
        "dokument",
        "dokumentet",
        "dokumenterne",
        "tell",
        "me",
        "about",
        "explain",
        "there",
        "any",
    ]
)

# Words and parts of words that the field's papers use and a list of everyday Danish lacks.
FIELD_WORDS: tuple[str, ...] = (
    "tvær", "mæssig", "mæssige", "mæssigt", "aflastning", "drøftelse", "afdækning", "efterspørge", "efterspørger",
    "imødekomme", "samtænkning", "målrettet", "målrettede", "udviklingshæmning", "synsnedsættelse", "hørenedsættelse",
    "skærme", "skærmer", "skærmning", "bistå", "bistår", "køber", "sælger", "tilrettelæggelse", "forpligtigelse",
)  # fmt: skip

# Patterns of kinds of offer: what is agreed for one is not agreed for another.
OFFERS = (
    r"\bdag(?:tilbud|plads|område|center|centre)\w*|\bbeskyttet beskæftigelse\b|\bsamværstilbud\w*",
    r"\bdøgn(?:tilbud|plads|område|institution)\w*|\bbo(?:tilbud|sted)\w*",
)

# One thing that the regions' papers call by different names.
NAMES: tuple[tuple[str, ...], ...] = (
    ("fokusområde", "indsatsområde"),
    ("dagtilbud", "dagplads"),
    ("døgntilbud", "døgnplads"),
    ("opsigelsesvarsel", "opsigelsesfrist"),
    ("belægningsprocent", "belægningsgrad"),
)

# Synonyms of the field: one row, one meaning. Written as stems are looked up: whole words.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("opsigelse", "opsigelsesvarsel", "varsel", "opsigelsesfrist", "opsige", "opsiges", "opsagt", "fraflytning"),
    ("varsel", "forvejen", "besked", "meddeles", "forinden"),
    ("takst", "pris", "koster", "kostede", "betaling", "døgntakst", "døgnpris", "betale"),
    ("overhead", "administrationsbidrag", "administrationsomkostninger", "fællesudgifter", "overheadprocent",
     "administration"),
    ("belægning", "belægningsprocent", "belægningsgrad", "udnyttelse", "kapacitetsudnyttelse", "fyldt", "besat",
     "tomt", "belagt"),
    ("overbelægning", "merkapacitet", "overskrides", "ekstra"),
    ("afregning", "betalingsfrist", "fakturering", "faktura", "regning", "opkræves", "opkrævning"),
    ("efterregulering", "overskud", "underskud", "merforbrug", "plus", "minus", "resultat"),
    ("reduktion", "takstreduktion", "nedsættelse", "nedsættes", "nedsat", "ned", "billigere", "sænkes", "fald"),
    ("formand", "formænd", "formandskab", "leder"),
    ("varighed", "løbetid", "flerårig", "toårig", "længde"),
    ("fokusområde", "fokuspunkt", "indsatsområde", "tema", "fokus", "satse", "prioriteret", "prioritere"),
    ("emne", "tema", "overskrift"),
    ("lukning", "nedlæggelse", "lukkes", "lukke", "lukker", "nedlægges", "afvikling", "lukket"),
    ("oprettelse", "etablering", "oprettes", "etableres", "åbne", "opstart", "start"),
    ("høring", "høringsfrist", "svare", "kommentere"),
    ("plads", "pladser", "kapacitet", "normering", "normeret"),
    ("driftsherre", "driver", "leverandør", "udfører", "drives", "drive", "operates", "operator"),
    ("overtagelse", "overtage", "overtager"),
    ("frist", "deadline", "senest", "dato", "tidsfrist"),
    ("indberetning", "indberette", "indberettes", "indsendes", "indmelding", "sendt"),
    ("procent", "pct", "andel", "procentsats", "procentdel", "sats"),
    ("bruger", "borger", "beboer"),
    ("møde", "mødes", "mødtes", "samles", "mødet"),
    ("sikret", "lukket"),
    ("adresse", "ligger", "beliggende"),
    ("telefon", "telefonnummer", "tlf", "ringe"),
    ("deltager", "deltagere", "deltog", "deltaget", "fremmødte"),
    ("særforanstaltning", "enkeltmandsprojekt", "enkeltmandstilbud", "særtilbud"),
    ("opfølgning", "opfølgningerne", "følges", "genvurderes", "revurderes", "kigge"),
    ("uddannelse", "kompetenceudvikling", "efteruddannelse"),
    ("loft", "loftet", "højst", "maksimalt", "maksimum", "længst", "højest"),
    ("minimum", "mindst", "mindste"),
    ("genforhandling", "genforhandlet", "genforhandles", "genåbning"),
    ("afskrivning", "afskrives", "afskrivningsperiode"),
    ("tillægsydelse", "tillægstakst", "særydelse", "ekstraydelse"),
    ("hovedydelse", "basistakst", "grundtakst", "basisydelse"),
    ("objektiv", "folketal", "fordelingsnøgle", "indbyggertal", "befolkningstal"),
    ("abonnement", "trækningsret"),
    ("handlekommune", "myndighedskommune", "køberkommune"),
    ("visitation", "visitere", "henvises", "bestilling"),
    ("godkendt", "godkendes", "vedtaget", "tiltrådt", "godkendelse"),
    ("udsendt", "udsendte", "offentliggjort"),
    ("svar", "besvarelse", "besvaret", "besvarede", "afrapportering"),
    ("inddragelse", "brugerinddragelse", "inddrages", "inddraget"),
    ("overgang", "overgange", "overdragelse"),
    ("ofte", "tit", "hyppigt", "gange"),
    ("hidtil", "hidtidige", "indtil"),
    # what is paid
    ("overførsel", "overføres", "overføre", "videreføres", "videreføre", "fremføres"),
    ("omkostning", "udgift", "udgifter"),
    ("indtægt", "indtægter", "provenu"),
    ("fremskrivning", "fremskrives", "indeksering", "indekseres", "prisregulering", "lønudvikling", "prisudvikling"),
    ("besparelse", "spare", "effektivisering", "rationalisering", "driftsoptimering"),
    ("rente", "morarente", "forrentes", "forrentning"),
    ("forsinket", "forsinkelse", "overskredet", "overskridelse"),
    ("afholde", "afholdes", "dække", "dækkes", "hæfte", "hæfter", "finansiere", "finansieres", "betale"),
    ("refusion", "tilbagebetaling", "tilbagebetales", "godtgørelse", "godtgøres", "kompensation", "kompenseres"),
    ("løn", "lønsum", "lønudgift", "aflønning"),
    ("bygning", "ejendom", "lokaler", "matrikel"),
    ("transport", "kørsel", "befordring", "befordres"),
    ("mad", "kost", "forplejning", "måltid"),
    ("pulje", "puljemidler", "bevilling", "midler"),
    ("gebyr", "afgift"),
    # who is where
    ("tom", "ledig", "ubesat", "ubenyttet", "vakant"),
    ("indskrevet", "indskrivning", "indskrives", "optagelse", "optages", "indflytning"),
    ("fraflytning", "udskrivning", "udskrives", "udflytning", "flytter"),
    ("fravær", "ferie", "orlov", "indlæggelse", "bortrejst", "indlagt"),
    ("dødsfald", "død", "dør", "afdød"),
    ("venteliste", "ventetid", "vente"),
    ("institution", "tilbud", "bosted", "opholdssted"),
    ("botilbud", "bosted", "bofællesskab", "boform"),
    ("medarbejder", "personale", "ansat", "stab"),
    ("ledelse", "leder", "chef", "forstander"),
    ("pårørende", "familie", "forældre"),
    ("barn", "mindreårig"),
    ("ung", "ungdom", "teenager"),
    ("handicap", "funktionsnedsættelse", "handikap"),
    ("udviklingshæmmet", "udviklingshæmning"),
    ("sindslidelse", "sindslidende", "psykisk", "psykiatrisk", "psykiatri"),
    ("misbrug", "rusmiddel", "stofmisbrug", "afhængighed", "alkohol"),
    ("hjemløs", "hjemløshed", "husvild", "boligløs"),
    ("hjerneskade", "senhjerneskade", "hjerneskadet"),
    ("syn", "blind", "svagsynet", "synshandicap"),
    ("hørelse", "døv", "hørehæmmet", "høretab"),
    ("skole", "undervisning", "specialskole", "specialundervisning"),
    ("beskæftigelse", "job", "arbejde"),
    # what is done
    ("ændring", "ændres", "justering", "justeres", "revision", "revideres", "tilpasses", "omlægning"),
    ("udvidelse", "udvides", "udbygning", "udbygges"),
    ("ophør", "ophører", "udløb", "udløber", "slutter", "stopper"),
    ("forlængelse", "forlænges", "forlænget"),
    ("ikrafttræden", "ikrafttrædelse", "kraft", "gældende", "virkning"),
    ("underretning", "underrettes", "orientering", "orienteres", "advisering", "adviseres", "meddeles", "besked"),
    ("køb", "købe", "køber", "bestiller"),
    ("salg", "sælge", "sælger"),
    ("ansvar", "ansvarlig", "forpligtelse", "pligt", "forpligtet"),
    ("kontaktperson", "kontakt", "henvendelse", "tovholder", "koordinator"),
    ("beslutning", "beslutte", "afgørelse", "afgøre", "bestemme"),
    ("uenighed", "tvist", "strid", "konflikt", "voldgift", "mægling"),
    ("klage", "indsigelse"),
    ("tilsyn", "kontrol", "opsyn"),
    ("opgørelse", "opgøres", "statistik", "oversigt"),
    ("evaluering", "evalueres", "erfaringsopsamling", "evaluere"),
    ("lov", "lovgivning", "bekendtgørelse", "lovgrundlag"),
    ("bilag", "appendiks"),
    ("midlertidig", "tidsbegrænset", "foreløbig"),
    ("længerevarende", "varig", "permanent", "vedvarende"),
    ("formål", "hensigt", "mål", "målsætning", "sigte", "vision", "ambition"),
    ("årsag", "grund", "begrundelse", "anledning"),
    ("forventning", "forventes", "prognose", "skøn"),
    ("stigning", "stiger", "vækst", "øges", "forøgelse"),
    ("sammenligning", "benchmark", "benchmarking"),
    ("udfordring", "problem", "vanskelighed"),
    ("forslag", "idé", "ønske", "anbefaling"),
    ("dagsorden", "program", "punkter"),
    ("oplæg", "foredrag", "præsentation", "oplægsholder", "taler"),
    ("undersøgelse", "spørgeskema", "rundspørge", "kortlægning", "analyse"),
    ("politiker", "byrådsmedlem", "udvalgsmedlem", "folkevalgt"),
    ("byråd", "kommunalbestyrelse"),
    ("akut", "hastende", "straks", "øjeblikkelig", "hurtigst"),
    ("samarbejde", "samspil", "partnerskab"),
    ("teknologi", "velfærdsteknologi", "digital", "digitalisering"),
    # English, for questions asked in it
    ("notice", "opsigelse", "opsigelsesvarsel", "varsel"), ("terminate", "termination", "opsigelse", "opsige"),
    ("occupancy", "belægning", "belægningsprocent"), ("residential", "døgntilbud", "botilbud", "døgn"),
    ("rate", "rates", "tariff", "tariffs", "price", "takst", "pris"), ("fee", "fees", "takst", "betaling"),
    ("payment", "pay", "paid", "betaling", "betalingsfrist", "betale"), ("invoice", "bill", "regning", "faktura"),
    ("deadline", "frist", "senest"), ("report", "reported", "indberetning", "indberettes"),
    ("agreement", "agreements", "aftale", "rammeaftale"), ("municipality", "municipalities", "kommune"),
    ("focus", "priority", "priorities", "fokusområde"), ("surplus", "overskud"), ("deficit", "underskud"),
    ("closure", "closing", "close", "closed", "lukning"), ("place", "places", "plads"), ("day", "dag", "dagtilbud"),
    ("consultation", "høring", "høringsfrist"), ("announcement", "announcements", "udmelding"),
    ("secure", "sikret"), ("funding", "financing", "financed", "finansiering"), ("objective", "objektiv"),
    ("users", "user", "bruger", "borger"), ("relatives", "pårørende"), ("chair", "chairman", "formand"),
    ("budget", "budgetted"), ("education", "training", "uddannelse"), ("wage", "wages", "payroll", "løn", "lønsum"),
    ("vacancy", "vacant", "tomme", "ledige"), ("year", "years", "år"), ("next", "kommende"), ("target", "målgruppe"),
    ("housing", "bolig", "botilbud"), ("children", "børn"), ("adults", "voksne"), ("youth", "unge"),
    ("autism", "autisme"), ("disability", "disabilities", "handicap"), ("psychiatry", "psykiatri"),
    ("employment", "beskæftigelse"), ("renegotiate", "renegotiation", "genforhandling"), ("evaluation", "evaluering"),
    ("meeting", "meetings", "meets", "meet", "møde", "mødes"), ("establish", "established", "oprettelse", "etablering"),
)  # fmt: skip

# Further English words and what they are called here; unlike synonyms they do not answer for each other,
# and they are taken as they stand: Danish stems of them would be other words'.
ENGLISH: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("council", "councils"), ("råd", "regionsråd", "byråd")), (("adopt", "adopts", "adopted"), ("vedtage", "vedtog", "vedtaget")),
    (("policy", "policies"), ("politik",)), (("held",), ("afholdt", "holdt")), (("framework",), ("rammeaftale",)),
    (("service", "services", "offer", "offers", "facility", "facilities"), ("tilbud",)), (("specialised", "specialized"), ("specialiseret",)),
    (("brain",), ("hjerne", "hjerneskade")), (("injury", "injuries"), ("skade", "hjerneskade")), (("diagnosis", "diagnoses"), ("diagnose",)),
    (("representative", "representatives"), ("repræsentant",)), (("professional", "professionals"), ("fagperson", "faglig")),
    (("politician", "politicians"), ("politiker",)), (("political",), ("politisk",)), (("strategy", "strategies"), ("strategi",)),
    (("staff", "employee", "employees"), ("personale", "medarbejder", "ansat")), (("citizen", "citizens"), ("borger",)),
    (("responsible", "responsibility"), ("ansvar", "ansvarlig")), (("purpose", "aim", "aims", "goal", "goals"), ("formål", "mål")),
    (("cooperation", "collaboration", "cooperate", "collaborate"), ("samarbejde",)), (("analysis", "analyses"), ("analyse",)),
    (("capacity",), ("kapacitet",)), (("theme", "themes", "topic", "topics"), ("tema", "emne")), (("group", "groups"), ("gruppe",)),
    (("quality",), ("kvalitet",)), (("development", "develop"), ("udvikling",)), (("knowledge",), ("viden",)), (("act", "law"), ("lov",)),
    (("share", "proportion"), ("andel",)), (("cost", "costs", "expense", "expenses"), ("omkostning", "udgift")), (("area", "areas"), ("område",)),
    (("appendix", "annex"), ("bilag",)), (("supervision",), ("tilsyn",)), (("mayor",), ("borgmester",)), (("survey", "surveys"), ("undersøgelse",)),
    (("satisfaction",), ("tilfredshed",)), (("welfare",), ("velfærd",)), (("technology",), ("teknologi",)), (("treatment",), ("behandling",)),
    (("mental",), ("psykisk",)), (("admission", "admissions"), ("indlæggelse",)), (("hospital", "hospitals"), ("sygehus",)),
    (("contract", "contracts"), ("kontrakt",)), (("dialogue",), ("dialog",)), (("salary", "salaries"), ("løn",)),
    (("addiction", "abuse"), ("misbrug", "rusmiddel")), (("clusters", "cluster"), ("klynge",)), (("proposed", "proposal", "propose"), ("foreslå", "forslag")),
    (("participants", "participant", "participated"), ("deltager",)), (("steering",), ("styregruppe", "styring")), (("secretariat",), ("sekretariat",)),
    (("family", "families"), ("familie",)), (("school", "schools"), ("skole",)), (("homelessness", "homeless"), ("hjemløs", "hjemløshed")),
)  # fmt: skip

# What a sentence may open with that the one before it has named more fully: "Satsen er 9 pct."
NAMED_BEFORE = (
    "Andelen", "Beløbet", "Beregningen", "Bidraget", "Båndet", "Fristen", "Grænsen", "Kravet", "Loftet", "Ordningen",
    "Perioden", "Pligten", "Procenten", "Puljen", "Reglen", "Satsen", "Summen", "Tillægget", "Varslet",
)  # fmt: skip

# Small words that one of the two languages has and the other has not.
ENGLISH_SMALL = frozenset(
    (
        "the", "of", "and", "to", "is", "are", "was", "were", "a", "an", "that", "this", "these", "you", "your",
        "can", "be", "with", "as", "on", "by", "or", "from", "not", "if", "it", "its", "which", "what", "who",
        "how", "when", "where", "why", "does", "did", "do", "has", "have", "will", "must", "should", "there",
        "many", "long", "much", "between", "into", "all", "any", "each",
    )
)  # fmt: skip
DANISH_SMALL = frozenset(
    (
        "og", "er", "det", "at", "en", "et", "til", "på", "af", "der", "de", "den", "som", "har", "ikke", "om",
        "kan", "skal", "hvad", "hvem", "hvor", "hvornår", "hvorfor", "hvilke", "hvilken", "hvilket", "hvordan",
        "fra", "ved", "eller", "efter", "mellem", "når", "hvis", "vi", "jeg", "man", "sig", "blev", "bliver",
    )
)  # fmt: skip

ABBREVIATIONS = (
    "BPA",
    "STU",
    "VISO",
    "KKR",
    "NATKO",
    "SEL",
    "LLD",
    "DAS",
    "SDF",
    "KL",
    "VIVE",
    "PL",
)

# Full stops that end no sentence.
ABBREVIATED = frozenset(
    [
        "bl.a",
        "vs",
        "f.eks",
        "fx",
        "ca",
        "pr",
        "jf",
        "stk",
        "nr",
        "kr",
        "mio",
        "mia",
        "mm",
        "m.m",
        "mv",
        "m.v",
        "m.fl",
        "osv",
        "dvs",
        "d.v.s",
        "evt",
        "inkl",
        "ekskl",
        "vedr",
        "hhv",
        "p.t",
        "pt",
        "tlf",
        "kap",
        "pkt",
        "sml",
        "if",
        "m.h.t",
        "mht",
        "iht",
        "ift",
        "kl",
        "d",
        "s",
        "f",
        "st",
        "max",
        "min",
        "tlf",
        "bek",
        "borgm",
        "a.m.b.a",
        "afs",
        "art",
    ]
)


def fold(text: str) -> str:
    """Lower case, æøå as ae, oe, aa, no other accents: what people type without a Danish keyboard.

    >>> fold("Målgruppe på Ærø, ÅRHUS é")
    'maalgruppe paa aeroe, aarhus e'
    """
    return fold_letters(text.lower())


def fold_letters(text: str) -> str:
    """As `fold`, but capitals stay: `Ærø` → `Aeroe`."""
    for letter, ascii_form in (
        ("æ", "ae"),
        ("ø", "oe"),
        ("å", "aa"),
        ("Æ", "Ae"),
        ("Ø", "Oe"),
        ("Å", "Aa"),
    ):
        text = text.replace(letter, ascii_form)
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


@cache
def municipality_regions() -> dict[str, str]:
    """Every spelling of a municipality's name, lower case, to its region.

    >>> municipality_regions()["roskilde"], municipality_regions()["århus"]
    ('Sjælland', 'Midtjylland')
    >>> sum(len(names) for names in MUNICIPALITIES.values())
    98
    """
    table = {n.lower(): region for region, names in MUNICIPALITIES.items() for n in names}
    table |= {v: table[name.lower()] for v, name in MUNICIPALITY_VARIANTS.items()}
    return table


@cache
def _folded_names() -> dict[str, str]:
    """Every folded spelling to the municipality's own name."""
    names = {n.lower(): n for group in MUNICIPALITIES.values() for n in group}
    return {fold(n): own for n, own in (names | MUNICIPALITY_VARIANTS).items()}


@cache
def _region_pattern() -> re.Pattern[str]:
    aliases = {fold(a) for names in REGION_ALIASES.values() for a in names}
    return re.compile(r"(?<!\w)(?:" + "|".join(_longest(aliases)) + r")(?:'?s)?(?!\w)")


@cache
def _municipality_pattern() -> re.Pattern[str]:
    names = {fold(n) for n in municipality_regions()}
    joined = "|".join(_longest(names))
    return re.compile(rf"(?<![\w-])({joined})s?(?![\w-])", re.IGNORECASE)


def _longest(names: set[str]) -> list[str]:
    return [re.escape(n) for n in sorted(names, key=len, reverse=True)]


@cache
def _folded_regions() -> dict[str, str]:
    return {fold(a): region for region, names in REGION_ALIASES.items() for a in names}


@cache
def _folded_municipalities() -> dict[str, str]:
    return {fold(n): region for n, region in municipality_regions().items()}


def regions_named(text: str) -> list[tuple[str, str]]:
    """Regions that `text` names outright, in order: (region, the words as folded).

    >>> regions_named("de sjællandske kommuner og Region Nordjylland")
    [('Sjælland', 'sjaellandske'), ('Nordjylland', 'nordjylland')]
    """
    found = []
    for m in _region_pattern().finditer(fold(text)):
        word = m.group()
        region = _folded_regions().get(word) or _folded_regions().get(word.rstrip("'s"))
        found.append((region or _folded_regions()[word.removesuffix("s").rstrip("'")], word))
    return found


def municipalities_named(text: str) -> list[tuple[str, str]]:
    """Municipalities in `text`: (their region, their own name). A name that is also a common
    word counts only with "Kommune", with a capital inside a sentence, or in a list of names.

    >>> municipalities_named("Hvad gælder for Faxe Kommune?")
    [('Sjælland', 'Faxe')]
    >>> municipalities_named("vejen til et tilbud"), municipalities_named("Hvad gælder i Vejen?")
    ([], [('Syddanmark', 'Vejen')])
    >>> municipalities_named("Vejen, Varde og Kolding kommuner")
    [('Syddanmark', 'Vejen'), ('Syddanmark', 'Varde'), ('Syddanmark', 'Kolding')]
    """
    folded = fold_letters(text)
    found: list[tuple[str, str, bool]] = []
    for m in _municipality_pattern().finditer(folded):
        name = m.group(1).lower()
        inside = bool(re.search(r"[a-z,] $", folded[max(0, m.start() - 2) : m.start()]))
        sure = name not in AMBIGUOUS_MUNICIPALITIES or (
            "kommune" in folded[m.end() : m.end() + 9].lower() or (inside and m.group()[0].isupper())
        )
        found.append((_folded_municipalities()[name], _folded_names()[name], sure))
    many = len(found) >= 3
    return [(region, name) for region, name, sure in found if sure or many]


_JANUARY = r"(?:1\.\s*januar|1/1[- ]|0?1[.-]0?1[.-])\s*"
_DECEMBER = r"(?:31\.\s*december|31/12[- ]|31[.-]12[.-])\s*"
_TURN = re.compile(r"årsskiftet\s+(?:20\d\d\s*[/-]\s*)(20\d\d|\d\d)(?!\d)", re.IGNORECASE)
_PERIOD_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_JANUARY}(20\d\d)\s*(?:-|–|til(?: og med)?|og frem til)\s*(?:den )?{_DECEMBER}(20\d\d)",
        r"(?<!\d)((?:19|20)\d\d)\s*(?:[-–—/]|og|til(?: og med)?|t\.o\.m\.)\s*((?:19|20)\d\d|\d\d)(?!\d)",
        rf"{_JANUARY}(20\d\d)\s*(?:og )?(?:de næste |i )?(?:to|2) år",
        rf"(?:toårig|2-årig)\w*[^.]{{0,60}}?(?:fra|pr\.)(?: den)? {_JANUARY}(20\d\d)",
        r"(?:(?:aftale|periode)\w*|årene|for)\s+'?(\d\d)\s*[-–/]\s*'?(\d\d)(?![\d-])",
    )
)
YEAR = re.compile(r"(?<![\d.,/-])((?:19|20)\d\d)(?![\d%]|[.,]\d)")


def periods_in(text: str) -> list[tuple[str, int, int]]:
    """Periods of years in `text`: ("2021-2022", start, end of the words).

    >>> [p for p, _, _ in periods_in("2021-22, 2023/2024, årene 2019 og 2020")]
    ['2021-2022', '2023-2024', '2019-2020']
    >>> [p for p, _, _ in periods_in("fra 1. januar 2021 til 31. december 2022")]
    ['2021-2022']
    >>> [p for p, _, _ in periods_in("fra 1. januar 2025 og to år frem")]
    ['2025-2026']
    >>> [p for p, _, _ in periods_in("med virkning fra årsskiftet 2020/2021; aftalen 27-28")]
    ['2021-2022', '2027-2028']
    >>> periods_in("i 2017 var der 2022 pladser")
    []
    """
    found = [_from_turn(m) for m in _TURN.finditer(text)]
    for form in _PERIOD_FORMS:
        for m in form.finditer(text):
            first = int(m.group(1))
            last = int(m.group(2)) if form.groups == 2 else first + 1
            if first < 100:
                first += 2000
            if last < 100:
                last += first // 100 * 100
            if first < last <= first + 5 and not any(s < m.end() and m.start() < e for _, s, e in found):
                found.append((f"{first}-{last}", m.start(), m.end()))
    return sorted(found, key=lambda hit: hit[1])


def _from_turn(m: re.Match[str]) -> tuple[str, int, int]:
    """An agreement "from the turn of the year 2020/2021" runs for 2021 and 2022."""
    first = int(m.group(1)) + (2000 if len(m.group(1)) == 2 else 0)
    return f"{first}-{first + 1}", m.start(), m.end()
