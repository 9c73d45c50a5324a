"""Every word on the screen, in one place."""

TITLE = "Spørg rammeaftalerne"
LEAD = "Svar i dokumenternes egne ord. Hvert udsagn har et tal, der åbner siden med stedet markeret."
ASK = "Spørg"
QUESTION = "Dit spørgsmål"
PLACEHOLDER = "Fx: Hvad er opsigelsesvarslet på et botilbud i Syddanmark?"
EXAMPLES = "Prøv et spørgsmål"
SCOPE = "Læst af spørgsmålet. Fjern et flueben for at søge uden"
LIMIT = "Afgræns selv"
REGIONS = "Region"
PERIODS = "Periode"
EMPTY = "Stil et spørgsmål for at begynde."
SOURCES = "Kilder"
MEANT = "Forstået som:"
REPAIRED = "rettet for OCR-fejl"
ORIGINAL = "I dokumentet står"
WIDER = "Uden for det, du spurgte om – ikke svar på spørgsmålet:"
READ = "Læst i et billede af siden: se efter på siden, før du bruger et tal."
OPEN = "Vis {place} i {title}"
STOCK = "Se, hvad indekset har, og hvad der mangler"
VIEWER = "Tryk på et tal i svaret for at se siden, det står på."
UP = "Godt svar"
DOWN = "Ikke godt svar"
THANKS = "Tak. Det er noteret."
NOTED = "Tak. Svaret er gemt, så det kan blive rettet: assistant feedback list viser det."
BUSY = "Søger …"
TABS = ("Spørg", "Sammenlign")
COMPARE = "Sammenlign"
COMPARE_QUESTION = "Hvad skal sammenlignes?"
COMPARE_PLACEHOLDER = "Fx: Hvad er opsigelsesvarslet for døgntilbud?"
COMPARE_EMPTY = "Stil et spørgsmål. Hver region svarer med sine egne ord, og forskellene står for sig."
BY = "Stil op efter"
BY_REGION = "region"
BY_PERIOD = "periode (nævn én region)"
BY_DOCUMENT = "dokument"
SIDES = {"region": "Region", "period": "Periode", "document": "Dokument"}
VALUE = "Værdi"
WORDS = "Aftalens ord"
VERDICTS = {
    "agree": "De siger det samme.",
    "differ": "De siger ikke det samme.",
    "insufficient": "Der er for lidt til at sige, om de er enige.",
}
KINDS_OF_VALUE = {
    "percent": "Procent", "money": "Beløb", "duration": "Varighed", "date": "Dato", "count": "Antal",
    "period": "Periode", "term": "Punkter", "section": "Paragraf",
}  # fmt: skip
SILENCE = "En streg betyder, at søgningen intet fandt, ikke at aftalen intet siger."
EXPORT = "Hent:"
NATIONAL = "hele landet"


def in_corpus(documents: int, pages: int, created: str) -> str:
    """The line that says what can be asked about."""
    day = f"{int(created[8:10])}.{int(created[5:7])}.{created[:4]}"
    return f"{documents} dokumenter, {pages} sider, indekseret {day}."
