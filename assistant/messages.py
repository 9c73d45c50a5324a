"""All texts of the user interface, in Danish and in English; no other module contains any.

`said` returns a Danish text that remembers its key and values, so that an English page can show it in English. Text
from documents is never translated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, cast

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = ("da", "en")
Say = Callable[..., str]


class Said(str):
    """A Danish text with the key and the values it was built from."""

    key: str
    values: dict[str, object]

    def in_(self, language: Language) -> str:
        """The same text in another language."""
        values = {k: in_language(v, language) if isinstance(v, str) else v for k, v in self.values.items()}
        return say(self.key, language, **values)


def said(key: str, **values: object) -> Said:
    """A text of the table in Danish.

    >>> said("searched_all", count=3).in_("en")
    'All 3 documents were searched.'
    """
    text = Said(say(key, "da", **values))
    text.key, text.values = key, values
    return text


def in_language(text: str, language: Language) -> str:
    """`text` in another language if it comes from this table; else unchanged."""
    return text.in_(language) if isinstance(text, Said) else text


def say(key: str, language: Language = "da", **values: object) -> str:
    """A text of the table; in the singular if `count` is 1. Raises KeyError for an unknown key.

    >>> say("page_of", "en", page=3), say("pages", count=1)
    ('page 3', '1 side')
    """
    if values.get("count") in (1, "1") and f"{key}_one" in _TABLE:
        key = f"{key}_one"
    text = _TABLE[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def speaking(language: Language) -> Say:
    """`say` in one language."""

    def spoken(key: str, **values: object) -> str:
        return say(key, language, **values)

    return spoken


def of_error(error: Exception, language: Language) -> str:
    """An error's message in the user's language, if it comes from the table."""
    return in_language(cast(str, error.args[0]), language) if error.args else str(error)


def escaped(text: str) -> str:
    r"""Text escaped so that Markdown shows it literally.

    >>> escaped("a*b <i>")
    'a\\*b \\<i>'
    """
    return "".join("\\" + c if c in "\\`*_[]<#|" else c for c in text)


def date_text(date: dt.date | str, language: Language = "da") -> str:
    """A date for display; `date` may lack the day or the month ("2012-09").

    >>> date_text("2026-01-31"), date_text("2012-09"), date_text("2026-01-31", "en")
    ('31.1.2026', '9.2012', '31 January 2026')
    """
    parts = [int(x) for x in str(date)[:10].split("-")]
    if language == "da":
        return ".".join(str(x) for x in reversed(parts))
    months = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
              "October", "November", "December")  # fmt: skip
    words = [str(parts[0])] + [months[parts[1] - 1]] * (len(parts) > 1) + [str(parts[-1])] * (len(parts) > 2)
    return " ".join(reversed(words))


def period_text(period: str | None) -> str:
    """A period for display: two years, or one if both are the same.

    >>> period_text("2025-2026"), period_text("2024-2024"), period_text(None)
    ('2025-2026', '2024', '')
    """
    return "-".join(dict.fromkeys(period.split("-"))) if period else ""


def number(value: int, language: Language = "da") -> str:
    """A whole number with thousands separators.

    >>> number(12500), number(12500, "en")
    ('12.500', '12,500')
    """
    text = f"{value:,}"
    return text.replace(",", ".") if language == "da" else text


_TABLE: dict[str, tuple[str, str]] = {
    # --- the page ---
    "title": ("Spørg rammeaftalerne", "Ask the framework agreements"),
    "lead_worded": (
        "Hver sætning hviler på dokumenternes egne ord. Tallet efter den åbner siden med stedet markeret.",
        "Every sentence rests on the documents' own words. The number after it opens the page with the place marked.",
    ),
    "lead": (
        "Svar i dokumenternes egne ord. Hvert udsagn har et tal, der åbner siden med stedet markeret.",
        "Answers in the documents' own words. Each statement has a number that opens the page with the place marked.",
    ),
    "skip": ("Spring til spørgsmålet", "Skip to the question"),
    "other_language": ("English", "Dansk"),
    "in_corpus": (
        "{documents} dokumenter, {pages} sider, indekseret {day}.",
        "{documents} documents, {pages} pages, indexed {day}.",
    ),
    "no_region_yet": ("Ingen aftale i samlingen er i kraft i dag.", "No agreement here is in force today."),
    "held": ("Aftaler i kraft: {regions}.", "Agreements in force: {regions}."),
    "tab_ask": ("Spørg", "Ask"),
    "tab_compare": ("Sammenlign", "Compare"),
    "tab_corpus": ("Dokumenter", "Documents"),
    "ask": ("Spørg", "Ask"),
    "stop": ("Stop", "Stop"),
    "retry": ("Spørg igen", "Ask again"),
    "edit": ("Ret spørgsmålet", "Edit the question"),
    "edit_meant": ("Ret", "Edit"),
    "stopped": ("Stoppet. Spørg igen, når du vil.", "Stopped. Ask again when you like."),
    "question": ("Dit spørgsmål", "Your question"),
    "placeholder": (
        "Fx: Hvad er opsigelsesvarslet på et botilbud i Syddanmark?",
        "E.g.: What is the payment deadline in Midtjylland?",
    ),
    "scope": ("Udledt af spørgsmålet. Fjern et flueben for at søge uden",
              "Read from the question. Remove a tick to search without"),
    "limit": ("Afgræns selv", "Set limits yourself"),
    "regions": ("Region", "Region"),
    "periods": ("Periode", "Period"),
    "on": ("Skal gælde på datoen", "In force on"),
    "a_day": ("31.1.2026", "2026-01-31"),
    "bad_day": ("{text} er ikke en dato. Skriv den som 31.1.2026.", "{text} is no date. Write it as 2026-01-31."),
    "busy": ("Søger …", "Searching …"),
    "answered": ("Svar: {text} {count} kilder.", "Answer: {text} {count} sources."),
    "answered_one": ("Svar: {text} 1 kilde.", "Answer: {text} 1 source."),
    "conversation": ("Samtale", "Conversation"),
    # --- roles and the start page ---
    "role": ("Vis svarene til", "Show answers for"),
    "role_staff": ("Ny medarbejder", "New staff"),
    "role_politician": ("Politiker", "Politician"),
    "role_secretariat": ("Sekretariat", "Secretariat"),
    "role_staff_about": (
        "Takster, varsler og betaling, med ordene omkring svaret.",
        "Tariffs, notice and payment, with the words around the answer.",
    ),
    "role_politician_about": (
        "Fokusområder og mål i korte træk.",
        "Focus areas and aims, in brief.",
    ),
    "role_secretariat_about": (
        "Er regionerne enige? Med region, periode og gyldighed på hvert udsagn.",
        "Do the regions agree? With region, period and validity on every statement.",
    ),
    "first": ("Sådan bruges siden", "How the page is used"),
    "first_ask": ("Spørg. Svaret er dokumenternes egne ord.", "Ask. The answer is the documents' own words."),
    "first_source": ("Tryk på tallet, og se stedet på siden.", "Press the number and see the place on its page."),
    "first_compare": ("Sammenlign regionerne, række for række.", "Compare the regions, row by row."),
    "hide": ("Skjul", "Hide"),
    "to_compare": ("Åbn i fanen Sammenlign", "Open in the tab Compare"),
    "start": ("Hvordan vil du begynde?", "How would you like to begin?"),
    "compare_this": ("Sammenlign: {question}", "Compare: {question}"),
    "rest": ("Vis resten af svaret", "Show the rest of the answer"),
    "around": ("Ordene omkring", "The words around"),
    "next": ("Spørg videre", "Go on asking"),
    # --- answers ---
    "scope_is": ("Søgningen er afgrænset til", "The search is limited to"),
    "meant": ("Forstået som:", "Understood as:"),
    "sources": ("Kilder", "Sources"),
    "repaired": ("rettet for OCR-fejl", "repaired for OCR errors"),
    "original": ("I dokumentet står", "The document has"),
    "wider": (
        "Uden for det, du spurgte om – ikke svar på spørgsmålet:",
        "Outside what you asked about – not an answer to the question:",
    ),
    "read": (
        "Læst i et billede af siden: se efter på siden, før du bruger et tal.",
        "Read from an image of the page: check the page before you use a figure.",
    ),
    "open": ("Vis {place} i {title}", "Show {place} in {title}"),
    "stock": ("Se, hvad indekset har, og hvad der mangler", "See what the index holds and what it lacks"),
    "national": ("hele landet", "the whole country"),
    "in_force": ("gælder til og med {until}", "in force until {until}"),
    "expired": ("udløbet {until}", "expired {until}"),
    "not_yet": ("gælder fra {since}", "in force from {since}"),
    "page_of": ("side {page}", "page {page}"),
    "searched_all": ("Der er søgt i alle {count} dokumenter.", "All {count} documents were searched."),
    "searched_all_one": ("Der er søgt i det ene dokument, der er.", "The one document there is was searched."),
    "searched_some": (
        "Der er søgt i {count} af {total} dokumenter.",
        "{count} of {total} documents were searched.",
    ),
    "searched_unread": ("{searched} Ikke med: {unread}.", "{searched} Left out: {unread}."),
    "and_more": ("{named} og {count} mere", "{named} and {count} more"),
    "refused": ("Det fremgår ikke af dokumenterne. {searched}", "The documents do not say. {searched}"),
    "refused_scope": (
        "Det fremgår ikke: ingen af dokumenterne gælder for {limits}.",
        "The documents do not say: none of them applies to {limits}.",
    ),
    "refused_unverified": (
        "Det fremgår ikke med ord, der kan genfindes på siden. {searched}",
        "The documents do not say it in words that can be found on the page. {searched}",
    ),
    "chip_on": ("gældende {day}", "in force {day}"),
    "chip_former": ("tidligere udgave", "former edition"),
    "left_out": (
        "{count} udsagn er udeladt, fordi ordene ikke kunne genfindes på siden.",
        "{count} statements were left out because their words could not be found on the page.",
    ),
    "no_vectors": (
        "Serveren med vektorerne svarer ikke lige nu, så der er kun søgt efter ordene.",
        "The server with the vectors does not answer just now, so only the words were searched for.",
    ),
    "side_silent": (
        "For {name} blev intet fundet i de dokumenter, der er søgt i.",
        "For {name} nothing was found in the documents searched.",
    ),
    "ended": (
        "»{title}« gjaldt til og med {until} og er udløbet.",
        "»{title}« applied until {until} and has expired.",
    ),
    "superseded": (
        "»{title}« ({document}) er erstattet af {newer}.",
        "»{title}« ({document}) has been replaced by {newer}.",
    ),
    "model_slow": (
        "Sprogmodellen {model} svarede ikke i tide. Svaret er dokumenternes egne ord.",
        "The language model {model} did not reply in time. The answer is the documents' own words.",
    ),
    "model_away": (
        "Sprogmodellen {model} kunne ikke nås. Svaret er dokumenternes egne ord.",
        "The language model {model} could not be reached. The answer is the documents' own words.",
    ),
    "model_unsupported": (
        "Intet af det, sprogmodellen {model} skrev, kunne bekræftes. Svaret er dokumenternes egne ord.",
        "Nothing that the language model {model} wrote could be confirmed. The answer is the documents' own words.",
    ),
    "model_left_out": (
        "{count} sætninger fra sprogmodellen kunne ikke bekræftes og er ikke vist.",
        "{count} sentences of the language model could not be confirmed and are not shown.",
    ),
    "model_left_out_one": (
        "Én sætning fra sprogmodellen kunne ikke bekræftes og er ikke vist.",
        "One sentence of the language model could not be confirmed and is not shown.",
    ),
    "model_broke_off": (
        "Sprogmodellen {model} blev ikke færdig.",
        "The language model {model} did not finish.",
    ),
    "written_by": (
        "Formuleret af sprogmodellen {model}. Hver sætning er holdt op mod de ord, den henviser til.",
        "Worded by the language model {model}. Every sentence has been checked against the words it cites.",
    ),
    "own_words": ("Dokumentets egne ord", "The document's own words"),
    "disagree": (
        "Kilderne siger ikke det samme: {values}. Begge står i svaret.",
        "The sources do not say the same: {values}. Both stand in the answer.",
    ),
    "regions_differ": (
        "Regionerne siger ikke det samme; læs hver sætning sammen med sin kilde.",
        "The regions do not say the same; read each sentence together with its source.",
    ),
    "amended": (
        "»{title}« er ændret eller suppleret af {document}; læs dem sammen.",
        "»{title}« has been changed or added to by {document}; read them together.",
    ),
    "newest_edition": (
        "Svaret er fra den nyeste udgave; {older} er erstattet af den.",
        "The answer is from the newest edition; {older} is replaced by it.",
    ),
    "of_each_region": (
        "Spørgsmålet nævner ingen region; svaret viser en sætning fra hver, der siger noget om det.",
        "The question names no region; the answer shows a sentence from each that says something about it.",
    ),
    "unsure": (
        "Usikkert: det er det nærmeste, dokumenterne siger. Læs kilden, før du bruger det.",
        "Uncertain: this is the nearest that the documents say. Read the source before you rely on it.",
    ),
    "newest_period": (
        "Svaret er fra aftalen for {period}; spørg med årstal for en anden.",
        "The answer is from the agreement for {period}; ask with a year for another.",
    ),
    # --- errors shown to users ---
    "too_long": (
        "Spørgsmålet er på {length} tegn. Skriv det på højst {limit}.",
        "The question has {length} characters. Write it in {limit} at most.",
    ),
    "empty": ("Spørgsmålet er tomt. Skriv, hvad du vil vide.", "The question is empty. Write what you want to know."),
    "no_words": (
        "Spørgsmålet indeholder ingen ord. Skriv det som en sætning.",
        "The question holds no words. Write it as a sentence.",
    ),
    "one_region": (
        "Der er kun én region at sammenligne. Læg flere regioners aftaler ind, eller nævn flere.",
        "There is only one region to compare. Add agreements of more regions, or name more.",
    ),
    "one_period": (
        "Der er kun én periode at sammenligne. Læg en tidligere aftale ind.",
        "There is only one period to compare. Add an earlier agreement.",
    ),
    "one_document": (
        "Der er kun ét dokument, der siger noget om det. Spørg bredere.",
        "Only one document says anything about it. Ask more broadly.",
    ),
    "name_region": (
        "Nævn én region, så perioderne kan sammenlignes.",
        "Name one region, so that its periods can be compared.",
    ),
    "unknown_region": ("Ukendt region {name}. Brug {known}.", "Unknown region {name}. Use {known}."),
    "unknown_period": (
        "Ukendt periode {name}. Skriv fx 2025-2026 eller 2025.",
        "Unknown period {name}. Write e.g. 2025-2026 or 2025.",
    ),
    "unknown_kind": ("Ukendt art {name}. Brug {known}.", "Unknown kind {name}. Use {known}."),
    "too_fast": (
        "Det gik for hurtigt. Vent {count} sekunder, og prøv igen.",
        "That was too fast. Wait {count} seconds and try again.",
    ),
    "too_fast_one": (
        "Det gik for hurtigt. Vent et sekund, og prøv igen.",
        "That was too fast. Wait a second and try again.",
    ),
    "too_much": (
        "Der blev sendt for meget på én gang. Skriv det kortere.",
        "Too much was sent at once. Make it shorter.",
    ),
    "unknown_name": (
        "Siden kendes ikke under det navn. Skriv navnet i indstillingen names.",
        "The page is not known by that name. Write the name in the setting names.",
    ),
    "behind_proxy": (
        "Siden står bag en proxy og har intet login. Sæt login i indstillingerne.",
        "The page is behind a proxy and has no log-in. Set login in the settings.",
    ),
    "failed": ("Fejl", "Error"),
    "went_wrong": (
        "Siden kunne ikke gøre det. Genindlæs den, og prøv igen.",
        "The page could not do that. Reload it and try again.",
    ),
    "close": ("Luk", "Close"),
    "more_tabs": ("Flere faner", "More tabs"),
    "no_connection": (
        "Der er ingen forbindelse til siden. Prøv igen om lidt.",
        "There is no connection to the page. Try again in a moment.",
    ),
    "database_address": (
        "database skal være en adresse som postgresql://bruger@maskine:5432/aftaler. Ret den.",
        "database must be an address such as postgresql://user@machine:5432/agreements. Correct it.",
    ),
    "database_driver": (
        "PostgreSQL kræver pakken psycopg. Installér den: make server",
        "PostgreSQL needs the package psycopg. Install it: make server",
    ),
    "database_away": (
        "Databasen ({where}) svarer ikke ({why}). Start den, eller ret adressen i database.",
        "The database ({where}) does not answer ({why}). Start it, or correct the address in database.",
    ),
    "database_busy": (
        "Databasen ({where}) har ingen fri forbindelse. Prøv igen om lidt.",
        "The database ({where}) has no free connection. Try again in a moment.",
    ),
    "database_refused": (
        "Databasen ({where}) afviser brugeren eller adgangskoden ({why}). Ret database eller ~/.pgpass.",
        "The database ({where}) refuses the user or the password ({why}). Correct database or ~/.pgpass.",
    ),
    "database_missing": (
        "Databasen ({where}) findes ikke på serveren ({why}). Opret den: createdb -E UTF8 -O BRUGER NAVN",
        "The database ({where}) is not on the server ({why}). Create it: createdb -E UTF8 -O USER NAME",
    ),
    "database_version": (
        "Databasen ({where}) kører PostgreSQL {version}. Brug {oldest} eller nyere.",
        "The database ({where}) runs PostgreSQL {version}. Use {oldest} or newer.",
    ),
    "database_encoding": (
        "Databasen ({where}) kan ikke rumme dansk ({encoding}). Opret den forfra: createdb -E UTF8 -T template0 NAVN",
        "The database ({where}) cannot hold Danish ({encoding}). Create it anew: createdb -E UTF8 -T template0 NAME",
    ),
    "database_foreign": (
        "Databasen ({where}) har andre tabeller med samme navne. Brug en tom database.",
        "The database ({where}) has other tables of the same names. Use an empty one.",
    ),
    "database_full": (
        "{what} kan ikke gemmes: disken hos databasen ({where}) er fuld. Frigør plads dér.",
        "{what} cannot be kept: the disk of the database ({where}) is full. Free some space there.",
    ),
    "database_slow": (
        "{what} kan ikke gemmes eller læses: databasen ({where}) svarede ikke i tide. Prøv igen om lidt.",
        "{what} cannot be kept or read: the database ({where}) did not answer in time. Try again in a moment.",
    ),
    "database_rights": (
        "{what} kan ikke gemmes eller læses: brugeren af databasen ({where}) mangler rettigheder ({why}). Giv den dem.",
        "{what} cannot be kept or read: the user of the database ({where}) lacks rights ({why}). Grant them.",
    ),
    "database_failed": (
        "{what} kan ikke gemmes eller læses ({why}). Prøv igen, eller se i databasens log ({where}).",
        "{what} cannot be kept or read ({why}). Try again, or look in the log of the database ({where}).",
    ),
    "schema_older": (
        "Databasens tabeller er fra en ældre udgave. Tag en kopi, stop siden overalt, og skriv: assistant migrate",
        "The tables of the database are of an older version. Take a copy, stop the page everywhere, and write: "
        "assistant migrate",
    ),
    "schema_newer": (
        "Tabellerne er fra en nyere udgave end denne ({revision}). Opdatér programmet.",
        "The tables are of a newer version than this one ({revision}). Update the program.",
    ),
    "move_same": ("{where} er både fra og til. Ret --from eller --to.", "{where} is both from and to. Correct them."),
    "move_nothing": (
        "Der er ingen brugere eller samtaler i {where}. Ret --from.",
        "There are no users or conversations in {where}. Correct --from.",
    ),
    "move_filled": (
        "{where} er ikke tom, og intet er ændret. Vælg en tom mappe eller database.",
        "{where} is not empty, and nothing is changed. Choose an empty folder or database.",
    ),
    "move_differs": (
        "{where} fik ikke det samme i {table} ({before} rækker blev {after}), og intet er ændret. Stop siden, og prøv "
        "igen.",
        "{where} did not get the same in {table} ({before} rows became {after}), and nothing is changed. Stop the "
        "page, and try again.",
    ),
    "restore_filled": (
        "{where} er ikke tom, og intet er ændret. Vælg en tom database, eller brug pg_restore.",
        "{where} is not empty, and nothing is changed. Choose an empty database, or use pg_restore.",
    ),
    "threads_away": (
        "Samtaler gemmes ikke, før databasen er der igen. {why}",
        "Conversations are not kept until the database is there again. {why}",
    ),
    "log_in_first": ("Log ind for at fortsætte.", "Log in to go on."),
    "not_allowed": (
        "Det må du ikke med din rolle. Bed en administrator om det.",
        "Your role does not allow that. Ask an administrator.",
    ),
    "not_here": ("Det findes ikke, eller det er ikke dit.", "It does not exist, or it is not yours."),
    "said_enough": (
        "Du har sendt {count} tilbagemeldinger i dag. Vent til i morgen med flere.",
        "You have sent {count} comments today. Wait until tomorrow with more.",
    ),
    "threads_aside": (
        "Samtalerne kunne ikke læses. Filen er lagt til side som {name}, og nye gemmes i en ny. "
        "Læg en sikkerhedskopi på plads: assistant restore.",
        "The conversations could not be read. The file is set aside as {name}, and new ones are kept in another. "
        "Put a backup in place: assistant restore.",
    ),
    "threads_in_memory": (
        "Samtaler huskes kun, til siden stoppes. {why}",
        "Conversations last only until the page is stopped. {why}",
    ),
    "not_kept": ("Svaret er ikke gemt i samtalen. {why}", "The answer is not kept in the conversation. {why}"),
    "odd_event": (
        "Siden sendte noget, der ikke kan bruges. Genindlæs siden, og prøv igen.",
        "The page sent something that cannot be used. Reload the page and try again.",
    ),
    "one_at_a_time": (
        "Du har allerede {count} spørgsmål i gang. Vent, til et af dem er besvaret.",
        "You have {count} questions under way already. Wait until one of them is answered.",
    ),
    "too_many_pages": (
        "Du har allerede siden åben {count} steder. Luk nogle af dem.",
        "You have the page open in {count} places already. Close some of them.",
    ),
    "ahead": ("Der er {count} foran dig i køen.", "There are {count} ahead of you in the queue."),
    "ahead_one": ("Der er 1 foran dig i køen.", "There is 1 ahead of you in the queue."),
    "ahead_none": ("Du er den næste i køen.", "You are next in the queue."),
    "line_full": (
        "Der er for mange, der spørger lige nu. Prøv igen om {count} sekunder.",
        "Too many people are asking right now. Try again in {count} seconds.",
    ),
    "foreign_site": (
        "Et andet websted må ikke sende noget hertil. Åbn siden selv.",
        "Another site must not send anything here. Open the page yourself.",
    ),
    "too_big": ("Filen er større end {limit} MB. Del den, eller bed om en højere grænse.",
                "The file is larger than {limit} MB. Split it, or ask for a higher limit."),
    "page_gone": ("Siden findes ikke i indekset.", "The page is not in the index."),
    "file_gone": (
        "Filen er flyttet eller ændret, siden den blev indekseret.",
        "The file has been moved or changed since it was indexed.",
    ),
    "no_image": ("Dokumentet har ingen sidebilleder.", "The document has no page images."),
    "no_such_form": ("Den form findes ikke.", "There is no such form."),
    # --- the source ---
    "source": ("Kilde", "Source"),
    "viewer_empty": (
        "Tryk på et tal i svaret for at se siden, det står på.",
        "Press a number in the answer to see the page it stands on.",
    ),
    "previous_page": ("Forrige side", "Previous page"),
    "next_page": ("Næste side", "Next page"),
    "zoom_in": ("Større", "Larger"),
    "zoom_out": ("Mindre", "Smaller"),
    "open_file": ("Åbn dokumentet", "Open the document"),
    "permalink": ("Link til stedet", "Link to the place"),
    "copy": ("Kopiér henvisning", "Copy citation"),
    "copied": ("Henvisningen er kopieret.", "The citation is copied."),
    "marked": ("stedet er markeret", "the place is marked"),
    "no_page": (
        "Siden kan ikke vises: filen er flyttet eller ændret. Ordene i svaret står, som de blev citeret.",
        "The page cannot be shown: the file has been moved or changed. The words in the answer stand as quoted.",
    ),
    "citation_form": ("»{quote}« {title}, {place} ({about}).", "»{quote}« {title}, {place} ({about})."),
    # --- feedback ---
    "up": ("Godt svar", "Good answer"),
    "down": ("Ikke godt svar", "Not a good answer"),
    "why": ("Hvad er der i vejen?", "What is wrong?"),
    "why_wrong": ("Svaret er forkert", "The answer is wrong"),
    "why_incomplete": ("Svaret mangler noget", "Something is missing"),
    "why_source": ("Forkert kilde", "Wrong source"),
    "why_missing": ("Ikke fundet, men jeg ved, at det står der", "Not found, but I know it is there"),
    "why_other": ("Andet", "Something else"),
    "note": ("Skriv gerne, hvad og hvor (kan udelades)", "Say what and where, if you like"),
    "send": ("Send", "Send"),
    "thanks": ("Tak. Det er noteret.", "Thank you. It has been noted."),
    "noted": (
        "Tak. Svaret er gemt, så det kan blive rettet.",
        "Thank you. The answer is kept, so that it can be mended.",
    ),
    # --- threads ---
    "threads": ("Samtaler", "Conversations"),
    "new_thread": ("Ny samtale", "New conversation"),
    "search_threads": ("Søg i samtaler", "Search conversations"),
    "no_threads": ("Ingen samtaler endnu.", "No conversations yet."),
    "none_found": ("Ingen samtaler med de ord.", "No conversations with those words."),
    "rename": ("Omdøb", "Rename"),
    "new_name": ("Nyt navn til samtalen", "New name of the conversation"),
    "delete": ("Slet", "Delete"),
    "sure_delete": ("Slet samtalen »{title}«? Det kan ikke fortrydes.",
                    "Delete the conversation »{title}«? This cannot be undone."),
    "share": ("Del", "Share"),
    "unshare": ("Stop deling", "Stop sharing"),
    "shared": ("Linket er kopieret. Alle, der må se siden, kan læse samtalen.",
               "The link is copied. Everybody who may see the page can read the conversation."),
    "shared_head": ("Delt samtale, kun til læsning", "Shared conversation, for reading only"),
    "export": ("Hent:", "Download:"),
    "asked_on": ("Spurgt {day}", "Asked {day}"),
    # --- comparison ---
    "compare": ("Sammenlign", "Compare"),
    "compare_question": ("Hvad skal sammenlignes?", "What is to be compared?"),
    "compare_placeholder": (
        "Fx: Hvad er opsigelsesvarslet for døgntilbud?",
        "E.g.: What is the payment deadline?",
    ),
    "compare_empty": (
        "Stil et spørgsmål. Hver region svarer med sine egne ord, og forskellene står for sig.",
        "Ask a question. Each region answers in its own words, and the differences stand apart.",
    ),
    "by": ("Opstil efter", "Set side by side"),
    "by_region": ("region", "region"),
    "by_period": ("periode (nævn én region)", "period (name one region)"),
    "by_document": ("dokument", "document"),
    "side_region": ("Region", "Region"),
    "side_period": ("Periode", "Period"),
    "side_document": ("Dokument", "Document"),
    "value": ("Værdi", "Value"),
    "words": ("Aftalens ord", "The agreement's words"),
    "agree": ("De siger det samme.", "They say the same."),
    "partly": (
        "De siger det samme som hovedregel, men har ikke de samme undtagelser.",
        "They say the same as a rule, but do not have the same exceptions.",
    ),
    "excepts": ("{name} undtager: »{words}«.", "{name} excepts: »{words}«."),
    "differ": ("De siger ikke det samme.", "They do not say the same."),
    "insufficient": (
        "Der er for lidt til at sige, om de er enige.",
        "There is too little to say whether they agree.",
    ),
    "percent": ("Procent", "Percentage"),
    "money": ("Beløb", "Amount"),
    "duration": ("Varighed", "Duration"),
    "date": ("Dato", "Date"),
    "count": ("Antal", "Count"),
    "period": ("Periode", "Period"),
    "term": ("Punkter", "Items"),
    "section": ("Paragraf", "Section"),
    "silent": ("ikke fundet i de dokumenter, der er søgt i", "not found in the documents searched"),
    "silence": (
        "En streg betyder, at søgningen intet fandt, ikke at aftalen intet siger.",
        "A dash means that the search found nothing, not that the agreement says nothing.",
    ),
    # --- judgements of a comparison's cells ---
    "review": ("Bekræft eller ret", "Confirm or correct"),
    "review_again": ("Ret, eller se historik", "Correct, or see the history"),
    "review_confirm": ("Bekræft", "Confirm"),
    "review_confirm_silent": ("Bekræft, at det ikke fremgår", "Confirm that it does not say"),
    "review_correct": ("Det er ikke det, der gælder", "This is not what applies"),
    "review_correct_silent": ("Det står der", "It does say"),
    "review_instead": ("Hvad gælder i stedet?", "What applies instead?"),
    "review_another": ("Et andet sted i dokumenterne", "Another place in the documents"),
    "review_nothing": ("Det fremgår ikke", "The documents do not say"),
    "review_document": ("Dokument", "Document"),
    "review_page": ("Side i filen", "Page of the file"),
    "review_words": ("Ordene, præcis som de står der", "The words, exactly as they stand there"),
    "review_value": ("Tallet i ordene (kan udelades)", "The figure in the words (optional)"),
    "review_reason": ("Hvorfor?", "Why?"),
    "review_note": ("Bemærkning (kan udelades)", "Remark (optional)"),
    "review_name": ("Dit navn", "Your name"),
    "review_save": ("Gem rettelsen", "Save the correction"),
    "review_withdraw": ("Træk tilbage", "Withdraw"),
    "review_history": ("Historik", "History"),
    "review_machine": ("Søgningens eget forslag", "The search’s own suggestion"),
    "review_saved": ("Gemt.", "Saved."),
    "review_count": ("{count} af {total} felter er der skrevet under på.", "{count} of {total} cells are signed for."),
    "review_open": ("{count} er genåbnet.", "{count} are open again."),
    "review_open_one": ("Ét er genåbnet.", "One is open again."),
    "review_confirmed": ("Bekræftet af {who} den {day}.", "Confirmed by {who} on {day}."),
    "review_corrected": ("Rettet af {who} den {day}.", "Corrected by {who} on {day}."),
    "review_silent": ("Fremgår ikke, ifølge {who} den {day}.", "Does not say, according to {who} on {day}."),
    "review_withdrawn": ("Trukket tilbage af {who} den {day}.", "Withdrawn by {who} on {day}."),
    "review_reopened": ("Genåbnet: {why} Før: {before}", "Open again: {why} Before: {before}"),
    "reopened": ("Genåbnet", "Open again"),
    "before": ("Før", "Before"),
    "gone_user": ("slettet bruger", "a removed user"),
    "without_account": ("{name} (uden konto)", "{name} (no account)"),
    "open_replaced": ("{name} er erstattet af {newer}.", "{name} has been replaced by {newer}."),
    "open_changed": ("{name} er skiftet ud med en anden udgave.", "{name} has been exchanged for another edition."),
    "open_removed": ("{name} er fjernet.", "{name} has been removed."),
    "open_moved": ("{name} hører ikke længere til her.", "{name} no longer belongs here."),
    "open_came": ("{names} er kommet til.", "{names} came."),
    "open_newer": (
        "Aftalen for {now} er kommet til; det gjaldt {former}.",
        "The agreement for {now} came; it was about {former}.",
    ),
    "words_stand": (
        "Ordene står uændret i {name}, {place}; læs, hvad der står omkring dem.",
        "The words stand unchanged in {name}, {place}; read what stands around them.",
    ),
    "words_gone": ("Ordene står der ikke længere.", "The words no longer stand there."),
    "cell_changed": (
        "Feltet har ændret sig, siden siden blev vist. Sammenlign igen, og se på det.",
        "The cell has changed since it was shown. Compare again, and look at it.",
    ),
    "reason_needed": ("Skriv, hvorfor det skal være anderledes.", "Write why it should be otherwise."),
    "reason_long": (
        "Begrundelsen er for lang. Skriv højst {count} tegn, og et navn på højst 64.",
        "The reason is too long. Write at most {count} characters, and a name of at most 64.",
    ),
    "name_needed": ("Skriv dit navn.", "Write your name."),
    "place_needed": (
        "Vælg et dokument, og skriv side og ord.",
        "Choose a document, and write the page and the words.",
    ),
    "words_not_there": (
        "Ordene står ikke på side {page} i {name}. Kopiér dem fra siden, mindst to ord.",
        "The words do not stand on page {page} of {name}. Copy them from the page, at least two words.",
    ),
    "no_such_value": (
        "Tallet er ikke blandt dem, der kan læses i ordene. Skriv det, som det står, eller lad feltet være tomt.",
        "The figure is not among those that can be read in the words. Write it as it stands, or leave it empty.",
    ),
    "since": ("Siden sidst, {day}", "Since the last report, {day}"),
    "since_nothing": ("Intet er ændret.", "Nothing has changed."),
    "since_new": ("nyt emne", "new topic"),
    "since_gone": ("emnet er udgået", "the topic is gone"),
    "since_verdict": ("ny dom", "another verdict"),
    "since_value_new": ("siger nu noget", "says something now"),
    "since_value_gone": ("siger ikke længere noget", "says nothing any more"),
    "since_value": ("ny værdi", "another value"),
    "since_words": ("andre ord", "other words"),
    "since_review": ("ny vurdering", "another judgement"),
    "reviews_away": (
        "Hvad der er skrevet under på, kan ikke læses lige nu; her står søgningens egne svar.",
        "What has been signed for cannot be read now; these are the search’s own answers.",
    ),
    # --- a conversation ---
    "asks_nothing": (
        "Jeg fandt intet spørgsmål i teksten. Skriv, hvad du vil vide, fx »Hvad er opsigelsesvarslet i Sjælland?«.",
        "No question was found in the text. Write what you want to know, such as “What is the notice in Sjælland?”.",
    ),
    "welcome": (
        "Spørg endelig: om en regel, en sats, et tema eller en forskel mellem regionerne.",
        "Do ask: about a rule, a rate, a theme or a difference between the regions.",
    ),
    "of_what": (
        "Hvad drejer det sig om? Nævn emnet, for eksempel opsigelse, overhead, betaling eller fokusområder.",
        "What is it about? Name the matter, such as notice, overhead, payment or focus areas.",
    ),
    "of_pages": ("af {count}", "of {count}"),
    "printed": ("trykt {page}", "printed {page}"),
    "to_place": ("Tilbage til stedet", "Back to the place"),
    "as_text": ("Vis som tekst", "Show as text"),
    "as_picture": ("Vis siden", "Show the page"),
    "close_source": ("‹ Tilbage til svaret", "‹ Back to the answer"),
    "new_answer": ("Nyt svar ↓", "New answer ↓"),
    "bad_state": (
        "Samtalens tilstand kan ikke læses. Send den »state«, som det sidste svar gav, eller lad feltet være tomt.",
        "The conversation’s state cannot be read. Send the “state” of the last answer, or leave it empty.",
    ),
    "perhaps": ("Måske mener du:", "Perhaps you mean:"),
    "about_heading": ("Hvad gælder for »{title}«{where}?", "Hvad gælder for »{title}«{where}?"),
    "documents_left": (
        "{count} dokumenter mere er ikke vist, fordi de passer dårligere til spørgsmålet.",
        "{count} more papers are not shown, since they fit the question less well.",
    ),
    "documents_left_one": (
        "Ét dokument mere er ikke vist, fordi det passer dårligere til spørgsmålet.",
        "One more paper is not shown, since it fits the question less well.",
    ),
    "fact_region": ("Region", "Region"),
    "fact_period": ("Periode", "Period"),
    "fact_kind": ("Art", "Kind"),
    "fact_part": ("Del", "Part"),
    "fact_publisher": ("Udgiver", "Publisher"),
    "fact_date": ("Dato", "Date"),
    "fact_title": ("Titel", "Title"),
    "fact_valid_from": ("Gælder fra", "Valid from"),
    "fact_valid_to": ("Gælder til", "Valid to"),
    "fact_replaces": ("Erstatter", "Replaces"),
    "fact_amends": ("Ændrer", "Amends"),
    "ask_holdings": ("Hvilke dokumenter har du?", "Hvilke dokumenter har du?"),
    "choose": ("Vælg, hvad du mener", "Choose what you mean"),
    "which_matter": ("Det kan betyde flere ting. Hvad drejer det sig om?", "It may mean several things. Which is it?"),
    "which_region": ("Hvilken region drejer det sig om?", "Which region is it about?"),
    "stands_in": ("Det står her: {places}.", "It stands here: {places}."),
    "one_paper": (
        "Samlingen har kun én aftale for {region}, så der er ikke to at sammenligne.",
        "The collection has only one agreement for {region}, so there are no two to compare.",
    ),
    "unchanged": (
        "Der blev ikke fundet sætninger, som siger noget andet end i den foregående aftale.",
        "No sentences were found that say another thing than in the agreement before.",
    ),
    "changed_clauses": (
        "Fra {before} til {after}: {count} steder har andre tal, {came} er kommet til, {went} er udgået.",
        "From {before} to {after}: {count} places have other figures, {came} were added, {went} were dropped.",
    ),
    "changes_left": (
        "{count} ændringer til er ikke vist. Spørg til et emne for at se dem.",
        "{count} more changes are not shown. Ask of a matter to see them.",
    ),
    "part_changed": ("Andre tal (den ældre aftale først)", "Other figures (the older agreement first)"),
    "part_came": ("Kommet til", "Added"),
    "part_went": ("Udgået", "Dropped"),
    "outline_of": ("{title}, i dokumentets egne ord:", "{title}, in the paper’s own words:"),
    "yes_it_says": ("Ja, der står {value}.", "Yes, it says {value}."),
    "no_it_says": ("Nej, der står {told}, ikke {value}.", "No, it says {told}, not {value}."),
    "agree_on": ("Enige: {sides} siger {value}.", "They agree: {sides} say {value}."),
    "agree_words": ("Enige: {sides} siger det samme.", "They agree: {sides} say the same."),
    "agree_but": (
        "Enige som hovedregel: {sides} siger {value}, men ikke alle har de samme undtagelser.",
        "They agree as a rule: {sides} say {value}, but not all have the same exceptions.",
    ),
    "they_differ": ("Forskellige: {values}.", "They differ: {values}."),
    "they_differ_most": (
        "Forskellige: {values}. Højest: {most} ({most_value}). Lavest: {least} ({least_value}).",
        "They differ: {values}. Highest: {most} ({most_value}). Lowest: {least} ({least_value}).",
    ),
    "one_side": ("Kun {name} siger noget om det.", "Only {name} says something about it."),
    "cannot_tell": (
        "Ordlyden er forskellig; læs selv, om det er det samme.",
        "The wording differs; read for yourself whether it is the same.",
    ),
    "may_differ": (
        "Måske forskellige: {values}. Usikkert for {unsure}; læs stedet, før det bruges.",
        "Perhaps different: {values}. Unsure for {unsure}; read the place before it is used.",
    ),
    "unsure_cell": ("Usikkert: læs stedet", "Unsure: read the place"),
    "held_all": (
        "Samlingen har {count} dokumenter på {pages} sider: {kinds}.",
        "The collection has {count} papers of {pages} pages: {kinds}.",
    ),
    "held_all_one": (
        "Samlingen har ét dokument på {pages} sider: {kinds}.",
        "The collection has one paper of {pages} pages: {kinds}.",
    ),
    "held_some": (
        "{count} af samlingens {total} dokumenter: {kinds}.",
        "{count} of the collection’s {total} papers: {kinds}.",
    ),
    "held_some_one": (
        "Ét af samlingens {total} dokumenter: {kinds}.",
        "One of the collection’s {total} papers: {kinds}.",
    ),
    "held_none": (
        "Det findes ikke i samlingen ({limits}). Det nærmeste er:",
        "The collection has none ({limits}). The nearest are:",
    ),
    "held_more": ("og {count} mere", "and {count} more"),
    "held_in_force": ("gælder fra {since} til {until}, i kraft", "from {since} to {until}, in force"),
    "held_expired": ("gjaldt fra {since} til {until}, udløbet", "from {since} to {until}, expired"),
    "held_to_come": ("gælder fra {since} til {until}, ikke trådt i kraft", "from {since} to {until}, not yet in force"),
    "kind_other": ("andre", "others"),
    "kind_other_one": ("andet", "other"),
    "worded_apart": (
        "{one} og {other} skriver det forskelligt: {diff}",
        "{one} and {other} word it differently: {diff}",
    ),
    "changed": ("Fra {before} til {after}: {said}.", "From {before} to {after}: {said}."),
    "timeline": ("Hvad der står i hvilken periode", "What stands in which period"),
    "there": ("med", "there"),
    "not_there": ("ikke med", "not there"),
    "came": ("kom til: {items}", "added: {items}"),
    "went": ("udgik: {items}", "dropped: {items}"),
    "stayed": ("blev: {items}", "kept: {items}"),
    "both": ("{one}; {other}", "{one}; {other}"),
    # --- documents ---
    "documents": ("Dokumenter", "Documents"),
    "kind": ("Art", "Kind"),
    "part": ("Del", "Part"),
    "valid": ("Gælder", "In force"),
    "replaces": ("Erstatter {other}", "Replaces {other}"),
    "amends": ("Ændrer {other}", "Amends {other}"),
    "proof": ("Udledt af", "Read from"),
    "pages": ("{count} sider", "{count} pages"),
    "pages_one": ("1 side", "1 page"),
    "correct": ("Ret oplysninger", "Correct facts"),
    "document_title": ("Titel", "Title"),
    "save": ("Gem og indeksér", "Save and index"),
    "remove": ("Fjern", "Remove"),
    "sure_remove": (
        "Fjern »{name}« fra indekset? Filen lægges i mappen fjernet.",
        "Remove »{name}« from the index? The file is put in the folder fjernet.",
    ),
    "add": ("Tilføj dokumenter", "Add documents"),
    "drop": ("Slip filer her, eller vælg dem", "Drop files here, or choose them"),
    "clear_results": ("Ryd listen", "Clear the list"),
    "result_read": ("{name} er læst: {pages}.", "{name} has been read: {pages}."),
    "result_partly": (
        "{name} er læst: {pages}, men ikke det hele.",
        "{name} has been read: {pages}, but not all of it.",
    ),
    "result_copy": (
        "{name} er den samme fil som {other} og er kun med én gang.",
        "{name} is the same file as {other} and is held once.",
    ),
    "unread_files": ("Filer, der ikke kunne læses", "Files that could not be read"),
    "unread_here": ("{count} steder er ikke læst", "{count} places have not been read"),
    "unread_here_one": ("Ét sted er ikke læst", "One place has not been read"),
    "machine": ("Drift: disk, processor og adgang", "The machine: disk, processor and access"),
    "accepted": ("{known}; højst {limit} MB hver.", "{known}; at most {limit} MB each."),
    "reindex": ("Indeksér igen", "Index again"),
    "indexing": ("Indekserer …", "Indexing …"),
    "indexed": ("Indekset er opdateret.", "The index is up to date."),
    "index_failed": ("Indekset er, som det var: {why}", "The index is as it was: {why}"),
    "index_busy": ("En anden indeksering er i gang. Vent, til den er færdig.",
                   "Another indexing is under way. Wait until it is done."),
    "received": ("{name} er modtaget", "{name} is received"),
    "refused_file": ("{name} blev ikke modtaget: {why}", "{name} was not received: {why}"),
    "unknown_type": (
        "Filer af den art kan ikke læses. Brug {known}.",
        "Files of that kind cannot be read. Use {known}.",
    ),
    "already_there": (
        "Der ligger allerede en anden fil med det navn. Omdøb den, eller fjern den gamle først.",
        "Another file with that name is already there. Rename it, or remove the old one first.",
    ),
    "last_document": (
        "Det er det eneste dokument. Tilføj et andet, før du fjerner det.",
        "It is the only document. Add another before you remove it.",
    ),
    "bad_name": ("Filens navn kan ikke bruges. Omdøb den.", "The file's name cannot be used. Rename it."),
    "empty_file": ("Filen er tom. Send den igen.", "The file is empty. Send it again."),
    "cannot_keep": (
        "{name} kan ikke gemmes ({why}). Frigør plads, eller giv skriveadgang.",
        "{name} cannot be kept ({why}). Free some space, or give write access.",
    ),
    "cannot_write": (
        "{name} kan ikke skrives ({why}). Giv skriveadgang.",
        "{name} cannot be written ({why}). Give write access.",
    ),
    "index_elsewhere": (
        "Denne side læser kun indekset. Læg filerne i dokumentmappen på den maskine, der bygger det, og skriv dér: "
        "assistant ingest MAPPE",
        "This page only reads the index. Put the files into the folder of documents on the machine that builds it, and "
        "write there: assistant ingest FOLDER",
    ),
    "cannot_move": (
        "{name} kan ikke flyttes ({why}). Giv skriveadgang.",
        "{name} cannot be moved ({why}). Give write access.",
    ),
    "bad_period": ("Skriv perioden som 2025-2026.", "Write the period as 2025-2026."),
    "bad_region": ("Brug {regions}.", "Use {regions}."),
    "readers_only": (
        "Du har læseadgang. Spørg en redaktør, hvis noget skal rettes.",
        "You can read. Ask an editor if something needs mending.",
    ),
    # --- people ---
    "log_in": ("Log ind", "Log in"),
    "log_out": ("Log ud", "Log out"),
    "user": ("Brugernavn", "User name"),
    "password": ("Adgangskode", "Password"),
    "wrong_login": ("Navn eller adgangskode passer ikke. Prøv igen.", "Name or password does not fit. Try again."),
    "logged_in_as": ("Logget ind som {name}", "Logged in as {name}"),
    "accessibility": ("Tilgængelighedserklæring", "Accessibility statement"),
}  # fmt: skip


def printable(text: str) -> str:
    r"""Text without characters that file formats reject and terminals may interpret: control characters, lone
    surrogates and noncharacters.

    >>> printable("a\x01b\ud800\ufffe\x1b[2J\n")
    'ab[2J\n'
    """
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    return "".join(c for c in whole if c in "\n\t" or _drawn(ord(c)))


def _drawn(code: int) -> bool:
    """Whether a code point is neither a control character nor one of Unicode's 66 noncharacters."""
    control = code < 32 or 127 <= code < 160
    return not (control or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE)
