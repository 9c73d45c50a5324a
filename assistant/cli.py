"""The command line: the words of `assistant ask`, `ingest`, `serve` and the others. `commands` does what they say; each
command imports only what it needs.

Exit codes: 0 answered or abstained, 1 a known error (one line in Danish), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from assistant.commands import asking, machine, people
from assistant.commands.console import any_console, in_danish
from assistant.errors import AssistantError
from assistant.models import Form
from assistant.settings import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    any_console()
    in_danish()
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        settings = Settings.load(index=given.index) if hasattr(given, "index") else Settings.load()
        return int(given.run(given, settings))
    except AssistantError as error:
        print(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Afbrudt. Indekset er, som det var før.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="assistant", description="Spørg rammeaftalerne.")
    commands = parser.add_subparsers(required=True, metavar="kommando")
    for add in (_question_commands, _page_commands, _people_commands, _machine_commands):
        add(commands)
    return parser


def _question_commands(commands: Commands) -> None:
    """Add ingest, ask, compare and consistency."""
    ingest = commands.add_parser("ingest", help="læg dokumenter i indekset")
    ingest.add_argument("paths", nargs="+", type=Path, metavar="STI")
    ingest.add_argument("--index", type=_folder, metavar="MAPPE")
    ingest.add_argument("--gone", action="append", default=[], type=_folder, metavar="FIL",
                        help="en fil, der er fjernet med vilje, også hvis mappen nu er tom")  # fmt: skip
    ingest.set_defaults(run=asking.ingest_command)

    ask = commands.add_parser("ask", help="stil et spørgsmål, eller en fil med spørgsmål")
    ask.add_argument("question", nargs="?", metavar="SPØRGSMÅL")
    ask.add_argument("--index", type=_folder, metavar="MAPPE")
    ask.add_argument("--region", action="append", default=[], metavar="REGION")
    ask.add_argument("--period", action="append", default=[], metavar="PERIODE")
    ask.add_argument("--kind", action="append", default=[], metavar="ART")
    ask.add_argument("--on", type=_day, metavar="ÅÅÅÅ-MM-DD", help="den dag, aftalen skal gælde")
    ask.add_argument("--json", action="store_true", help="svaret som JSON")
    ask.add_argument("--form", choices=[*get_args(Form), "quotes"], default="staff",
                     help="hvem en sprogmodel skriver til; quotes: kun dokumenternes egne ord")  # fmt: skip
    ask.add_argument("--questions", type=Path, metavar="FIL.jsonl")
    ask.add_argument("--out", type=Path, metavar="FIL.jsonl")
    ask.set_defaults(run=asking.ask_command)

    compare = commands.add_parser("compare", help="stil hver region det samme spørgsmål")
    compare.add_argument("question", metavar="SPØRGSMÅL")
    compare.add_argument("--index", type=_folder, metavar="MAPPE")
    compare.add_argument("--region", action="append", default=[], metavar="REGION")
    compare.add_argument("--period", action="append", default=[], metavar="PERIODE")
    compare.add_argument("--kind", action="append", default=[], metavar="ART")
    compare.add_argument("--on", type=_day, metavar="ÅÅÅÅ-MM-DD", help="den dag, aftalerne skal gælde")
    compare.add_argument(
        "--by", choices=["region", "period", "document"], default="region", help="hvad der stilles op"
    )
    compare.add_argument("--json", action="store_true", help="sammenligningen som JSON")
    compare.set_defaults(run=asking.compare_command)

    report = commands.add_parser("consistency", help="alle faste emner i alle regioner, i én rapport")
    report.add_argument("--index", type=_folder, metavar="MAPPE")
    report.add_argument("--topics", type=Path, metavar="FIL.toml")
    report.add_argument("--period", action="append", default=[], metavar="PERIODE")
    report.add_argument("--region", action="append", default=[], metavar="REGION")
    report.add_argument("--on", type=_day, metavar="ÅÅÅÅ-MM-DD", help="den dag, aftalerne skal gælde")
    report.add_argument("--out", type=Path, metavar="FIL", help=".md, .csv, .html, .xlsx eller .docx")
    report.add_argument(
        "--server",
        default=None,  # argparse applies `type` to a default that is a string
        metavar="ADRESSE",
        type=_address,
        help="sidens adresse, fx http://127.0.0.1:7860; så åbner kilderne i rapporten deres side",
    )
    report.add_argument("--since", action="store_true", help="kun, hvad der er ændret siden den sidste rapport; "
                        "denne gemmes ikke som den sidste")  # fmt: skip
    report.set_defaults(run=asking.consistency_command, kind=[])


def _page_commands(commands: Commands) -> None:
    """Add fetch, serve and repair."""
    fetch = commands.add_parser("fetch", help="hent de offentlige dokumenter i en liste")
    fetch.add_argument("folder", type=_folder, metavar="MAPPE")
    fetch.add_argument("--sources", type=Path, metavar="LISTE.csv", help="ellers corpus/sources.csv")
    fetch.add_argument("--region", action="append", default=[], metavar="REGION")
    fetch.set_defaults(run=machine.fetch_command)

    serve = commands.add_parser("serve", help="start chatten")
    serve.add_argument("--index", type=_folder, metavar="MAPPE")
    serve.add_argument("--port", type=int, metavar="PORT")
    serve.set_defaults(run=machine.serve_command)

    repair = commands.add_parser("repair", help="ret en OCR-skadet tekst; resultatet skrives ud")
    repair.add_argument("file", type=Path, metavar="FIL.txt")
    repair.set_defaults(run=machine.repair_command)


def _people_commands(commands: Commands) -> None:
    """Add feedback, users and audit."""
    feedback = commands.add_parser("feedback", help="hvad brugerne har sagt om svarene")
    feedback.add_argument("what", choices=["list"])
    feedback.add_argument("--index", type=_folder, metavar="MAPPE")
    feedback.add_argument("--json", action="store_true", help="et JSON-objekt på hver linje")
    feedback.set_defaults(run=people.feedback_command)

    users = commands.add_parser("users", help="hvem må hvad, når siden kræver login")
    users.add_argument("what", choices=["list", "add", "remove", "key", "keys", "revoke"])
    users.add_argument("name", nargs="?", metavar="NAVN", help="en bruger; for revoke nøglens nummer")
    users.add_argument("--label", default="", metavar="TEKST", help="hvad nøglen er til")
    users.add_argument("--may", action="append", choices=["read", "edit", "metrics"],
                       help="hvad nøglen kan bruges til; ellers kun at spørge")  # fmt: skip
    users.add_argument("--days", type=int, default=365, metavar="DAGE", help="så længe gælder nøglen")
    users.add_argument("--role", choices=["reader", "editor", "administrator"])
    users.add_argument("--proxy", action="store_true", help="uden adgangskode: en proxy siger, hvem det er")
    users.add_argument("--index", type=_folder, metavar="MAPPE", help="det indeks, siden viser")
    users.set_defaults(run=people.users_command)

    audit = commands.add_parser("audit", help="hvem har ændret eller hentet hvad, og hvornår")
    audit.add_argument("--index", type=_folder, metavar="MAPPE")
    audit.add_argument("--last", type=int, default=1000, metavar="ANTAL")
    audit.add_argument("--json", action="store_true", help="et JSON-objekt på hver linje")
    audit.set_defaults(run=people.audit_command)


def _machine_commands(commands: Commands) -> None:
    """Add mcp, migrate, backup, restore, settings and doctor."""
    mcp = commands.add_parser("mcp", help="spørg og sammenlign som MCP-værktøjer over stdio")
    mcp.add_argument("--index", type=_folder, metavar="MAPPE")
    mcp.set_defaults(run=machine.mcp_command)

    migrate = commands.add_parser("migrate", help="flyt brugere, samtaler, tilbagemeldinger og revisionsspor")
    migrate.add_argument("--from", dest="source", type=_kept, metavar="STED",
                         help="en mappe med SQLite-filer eller en postgresql://-adresse; ellers det satte")  # fmt: skip
    migrate.add_argument("--to", dest="target", type=_kept, metavar="STED",
                         help="ligeså; uden --from og --to gøres det satte klar til denne udgave")  # fmt: skip
    migrate.add_argument("--index", type=_folder, metavar="MAPPE")
    migrate.set_defaults(run=machine.migrate_command)

    for name, what in (("backup", "gem indeks, samtaler, brugere og tilbagemeldinger i én fil"),
                       ("restore", "læg en sikkerhedskopi på plads")):  # fmt: skip
        keeping = commands.add_parser(name, help=what)
        keeping.add_argument("file", type=Path, metavar="FIL.tar.gz")
        keeping.add_argument("--index", type=_folder, metavar="MAPPE")
        keeping.set_defaults(run=machine.backup_command if name == "backup" else machine.restore_command)

    settings = commands.add_parser("settings", help="alle indstillinger som en fil, assistant.toml")
    settings.set_defaults(run=machine.settings_command)

    doctor = commands.add_parser("doctor", help="tjek indeks, model og maskine")
    doctor.add_argument("--index", type=_folder, metavar="MAPPE")
    doctor.add_argument(
        "--out", type=Path, metavar="FIL.html", help="en side med alt, hvad indekset har og mangler"
    )
    doctor.set_defaults(run=machine.doctor_command)


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _kept(text: str) -> Path | str:
    return text if "://" in text else _folder(text)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} er ikke en dato; skriv den som 2026-01-31") from None


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} er ikke en adresse; skriv den som http://127.0.0.1:7860")
    return text


if __name__ == "__main__":
    raise SystemExit(main())
