"""Commands about the installation: fetch, serve, repair, mcp, migrate, backup, restore, settings, doctor."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from assistant.commands.asking import scope_of
from assistant.errors import ReadError, StorageError, cause
from assistant.settings import Settings


def fetch_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.documents.fetching import fetch, sources

    wanted = sources(given.sources or settings.corpus / "sources.csv")
    if given.region:
        given.period, given.kind, given.on = [], [], None
        regions = scope_of(given).regions
        wanted = [s for s in wanted if s.region in regions]
    found = fetch(wanted, given.folder, tell=lambda line: print(line, file=sys.stderr))
    count = [sum(f.outcome == o for f in found) for o in ("ny", "uændret", "ikke hentet")]
    print(f"{given.folder}: {count[0]} ny, {count[1]} uændret, {count[2]} ikke hentet.")
    return 0


def serve_command(given: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import replace

    from assistant.web import serve

    if given.port:
        settings = replace(settings, port=given.port)
    serve(settings)
    return 0


def repair_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.documents.repair import repaired
    from assistant.language.added import use

    use(settings.words)
    try:
        text = given.file.read_bytes().decode("utf-8")
    except OSError as error:
        raise ReadError(f"{given.file} kan ikke læses ({cause(error)}). Ret stien.") from None
    except UnicodeDecodeError:
        raise ReadError(f"{given.file} kan ikke læses som tekst (UTF-8). Gem filen igen.") from None
    whole = "\f".join(repaired(page) for page in text.split("\f"))
    sys.stdout.buffer.write(whole.encode("utf-8"))  # as bytes, so that line ends stay unchanged
    sys.stdout.flush()
    return 0


def mcp_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.service.live import Live
    from assistant.service.review import Reviewed
    from assistant.users.judgements import Judgements
    from assistant.web.tools import server

    live = Live(settings)
    server(live, Reviewed(live, Judgements(settings.kept))).run("stdio")
    return 0


def migrate_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.admin.moving import move
    from assistant.users.audit import HERE, Act, Audit
    from assistant.users.database import named, prepare

    source, target = given.source or settings.kept, given.target or settings.kept
    if given.source is None and given.target is None:
        prepare(settings.kept)
        print(f"{named(settings.kept)} har tabellerne til denne udgave.")
        return 0
    counted = move(source, target)
    Audit(target).note(HERE, Act.MOVED, f"{named(source)} -> {named(target)}")
    told = ", ".join(f"{counted[table]} {called}" for table, called in _COUNTED)
    print(f"{told} er kopieret fra {named(source)} til {named(target)} og læst efter.")
    if target != settings.kept:
        setting = (
            "database til den adresse"
            if isinstance(target, str)
            else f"state til {target} og database til intet"
        )
        print(f"Sæt nu {setting}, og start siden igen.", file=sys.stderr)
    return 0


# Tables and what their rows are called.
_COUNTED = (
    ("users", "brugere"), ("secrets", "sessioner og nøgler"), ("threads", "samtaler"), ("exchanges", "svar"),
    ("entries", "tilbagemeldinger"), ("events", "hændelser"), ("judgements", "bekræftelser"), ("reports", "rapporter"),
)  # fmt: skip


def backup_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.admin.backup import backup
    from assistant.users.audit import HERE, Act, Audit

    Audit(settings.kept).note(HERE, Act.BACKUP, given.file.name)
    backup(settings, given.file)
    if settings.chroma_url:
        print(
            "Vektorerne ligger i Chroma-serveren og er ikke med. Sikkerhedskopiér den for sig.",
            file=sys.stderr,
        )
    print(f"Sikkerhedskopien er skrevet til {given.file}.")
    return 0


def restore_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.admin.backup import restore
    from assistant.users.audit import HERE, Act, Audit

    found = restore(settings, given.file)
    Audit(settings.kept).note(HERE, Act.RESTORED, given.file.name)
    print(f"Indekset i {settings.index} har nu {found.documents} dokumenter, bygget {found.created}.")
    return 0


def settings_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.settings import as_file

    print(as_file(settings), end="")
    return 0


def doctor_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.admin.doctor import findings
    from assistant.admin.inventory import ordered, page, take_stock

    documents, of_them = take_stock(settings, dt.date.today())
    found = ordered([*findings(settings), *of_them])
    for f in found:
        print(f"{f.severity:9} {f.name}: {f.message}" + (f" → {f.remedy}" if f.remedy else ""))
    if given.out:
        try:
            given.out.write_text(page(documents, found, dt.date.today()), encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"{given.out} kan ikke skrives ({cause(error)}). Vælg en anden sti."
            ) from error
    # An unreadable file is a problem of that file; the index is still usable.
    return 1 if any(f.severity == "fejl" and f.name != "ulæst fil" for f in found) else 0
