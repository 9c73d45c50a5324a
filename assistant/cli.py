"""The command line: `assistant ask`, `ingest`, `serve` and other commands. Each imports only what it needs.

Exit codes: 0 answered or abstained, 1 a known error (one line in Danish), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from assistant.errors import AssistantError, PeopleError, QuestionError, ReadError, StorageError
from assistant.models import Form, Scope
from assistant.question.scope import named
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.service.assistant import Asked, Assistant
    from assistant.users.accounts import People
    from assistant.users.audit import Audit

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    _any_console()
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


# ASCII replacements for characters that a console's encoding may lack.
_PLAIN = {
    "æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa", "é": "e", "§": "par.", "→": "->",
    "»": '"', "«": '"',
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "•": "-", "…": "...", "½": "1/2", "¦": "|", "\u00a0": " ",
}  # fmt: skip


def _any_console() -> None:
    """Allow output on a console of any encoding; characters that it lacks are transliterated."""
    import codecs
    import unicodedata

    def spelt(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        lacking = error.object[error.start : error.end]
        plain = (_PLAIN.get(c) or unicodedata.normalize("NFKD", c) for c in lacking)
        return "".join(p if p.isascii() else "?" for p in plain), error.end

    codecs.register_error("spelt", spelt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="spelt")


def _bare_json() -> bool:
    """Whether JSON must escape non-ASCII characters, because the console is not UTF-8."""
    return not (sys.stdout.encoding or "utf-8").lower().startswith("utf")


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
    ingest.set_defaults(run=_ingest)

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
    ask.set_defaults(run=_ask)

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
    compare.set_defaults(run=_compare)

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
    report.set_defaults(run=_consistency, kind=[])


def _page_commands(commands: Commands) -> None:
    """Add fetch, serve and repair."""
    fetch = commands.add_parser("fetch", help="hent de offentlige dokumenter i en liste")
    fetch.add_argument("folder", type=_folder, metavar="MAPPE")
    fetch.add_argument("--sources", type=Path, metavar="LISTE.csv", help="ellers corpus/sources.csv")
    fetch.add_argument("--region", action="append", default=[], metavar="REGION")
    fetch.set_defaults(run=_fetch)

    serve = commands.add_parser("serve", help="start chatten")
    serve.add_argument("--index", type=_folder, metavar="MAPPE")
    serve.add_argument("--port", type=int, metavar="PORT")
    serve.set_defaults(run=_serve)

    repair = commands.add_parser("repair", help="ret en OCR-skadet tekst; resultatet skrives ud")
    repair.add_argument("file", type=Path, metavar="FIL.txt")
    repair.set_defaults(run=_repair)


def _people_commands(commands: Commands) -> None:
    """Add feedback, users and audit."""
    feedback = commands.add_parser("feedback", help="hvad brugerne har sagt om svarene")
    feedback.add_argument("what", choices=["list"])
    feedback.add_argument("--index", type=_folder, metavar="MAPPE")
    feedback.add_argument("--json", action="store_true", help="et JSON-objekt på hver linje")
    feedback.set_defaults(run=_feedback)

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
    users.set_defaults(run=_users)

    audit = commands.add_parser("audit", help="hvem har ændret eller hentet hvad, og hvornår")
    audit.add_argument("--index", type=_folder, metavar="MAPPE")
    audit.add_argument("--last", type=int, default=1000, metavar="ANTAL")
    audit.add_argument("--json", action="store_true", help="et JSON-objekt på hver linje")
    audit.set_defaults(run=_audit)


def _machine_commands(commands: Commands) -> None:
    """Add mcp, migrate, backup, restore, settings and doctor."""
    mcp = commands.add_parser("mcp", help="spørg og sammenlign som MCP-værktøjer over stdio")
    mcp.add_argument("--index", type=_folder, metavar="MAPPE")
    mcp.set_defaults(run=_mcp)

    migrate = commands.add_parser("migrate", help="flyt brugere, samtaler, tilbagemeldinger og revisionsspor")
    migrate.add_argument("--from", dest="source", type=_kept, metavar="STED",
                         help="en mappe med SQLite-filer eller en postgresql://-adresse; ellers det satte")  # fmt: skip
    migrate.add_argument("--to", dest="target", type=_kept, metavar="STED",
                         help="ligeså; uden --from og --to gøres det satte klar til denne udgave")  # fmt: skip
    migrate.add_argument("--index", type=_folder, metavar="MAPPE")
    migrate.set_defaults(run=_migrate)

    for name, what in (("backup", "gem indeks, samtaler, brugere og tilbagemeldinger i én fil"),
                       ("restore", "læg en sikkerhedskopi på plads")):  # fmt: skip
        keeping = commands.add_parser(name, help=what)
        keeping.add_argument("file", type=Path, metavar="FIL.tar.gz")
        keeping.add_argument("--index", type=_folder, metavar="MAPPE")
        keeping.set_defaults(run=_backup if name == "backup" else _restore)

    settings = commands.add_parser("settings", help="alle indstillinger som en fil, assistant.toml")
    settings.set_defaults(run=_settings)

    doctor = commands.add_parser("doctor", help="tjek indeks, model og maskine")
    doctor.add_argument("--index", type=_folder, metavar="MAPPE")
    doctor.add_argument(
        "--out", type=Path, metavar="FIL.html", help="en side med alt, hvad indekset har og mangler"
    )
    doctor.set_defaults(run=_doctor)


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


# --- ingest ---


def _ingest(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.index.ingest import ingest

    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    report = ingest(given.paths, settings.index, settings, tell, given.gone, alone=True)
    for name, original in report.duplicates:
        print(f"{name} er en kopi af {original}; den er kun med én gang.", file=sys.stderr)
    for _, why in report.failed:
        print(why, file=sys.stderr)
    parts = [
        f"{report.documents} dokumenter",
        f"{report.pages} sider",
        f"{report.passages} passager",
    ]
    if report.repaired_pages:
        parts.append(f"{report.repaired_pages} sider rettet for OCR-fejl")
    if report.removed:
        parts.append(f"{len(report.removed)} dokumenter fjernet")
    if report.failed:
        parts.append(f"{len(report.failed)} filer sprunget over")
    print(f"Indekset i {settings.index} har nu {', '.join(parts)}.")
    return 0


# --- ask ---


def _ask(given: argparse.Namespace, settings: Settings) -> int:
    if (given.question is None) == (given.questions is None):
        raise QuestionError("Giv enten et spørgsmål eller --questions FIL.jsonl.")
    scope = _scope(given)
    if given.questions:
        return _ask_file(given, settings, scope)
    from assistant.service.assistant import Assistant
    from assistant.service.dialogue import converse

    assistant = Assistant(settings.index, settings, once=True)
    *_, asked = converse(assistant, given.question, given=scope, form=_form(given))
    if given.json:
        print(json.dumps(assistant.as_json(asked), ensure_ascii=_bare_json()))
    else:
        print(_readable(assistant, asked))
    return 0


def _form(given: argparse.Namespace) -> Any:
    return None if given.form == "quotes" else given.form


def _compare(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.compare.standing import told
    from assistant.messages import printable, say
    from assistant.service.assistant import Assistant
    from assistant.service.review import Reviewed
    from assistant.users.judgements import Judgements

    scope = _scope(given)
    assistant = Assistant(settings.index, settings, once=True)
    found = Reviewed(lambda: assistant, Judgements(settings.kept)).compare(given.question, scope, by=given.by)
    if given.json:
        print(json.dumps(assistant.comparison_json(found), ensure_ascii=_bare_json()))
        return 0
    for row in found.rows:
        side = ", ".join(x for x in (row.region, row.period) if x)
        if row.status == "silent":
            print(f"{side}: ikke fundet i de dokumenter, der er søgt i")
            if row.review:
                print(f"    {printable(told(row.review))}")
            continue
        values = "; ".join(text.replace("\n", "; ") for _, text, _ in row.values)
        page = row.statements[0].citations[0].page
        print(f"{side}: {values or '(ingen enkelt værdi)'}   [{row.document}, side {page}]")
        print("    " + row.statements[0].text.replace("\n", "\n    "))
        if row.review:
            print(f"    {printable(told(row.review))}")
    print(say(found.verdict))
    for note in found.notes:
        print(note)
    return 0


def _consistency(given: argparse.Namespace, settings: Settings) -> int:
    from tqdm import tqdm

    from assistant.reports import announcements, contradictions
    from assistant.reports.consistency import changed, findings, markdown, topics, write
    from assistant.reports.since import keep, since
    from assistant.service.assistant import Assistant
    from assistant.service.review import Reviewed
    from assistant.users.judgements import Judgements

    asked = topics(given.topics or settings.corpus / "topics.toml")
    assistant, kept = Assistant(settings.index, settings), Judgements(settings.kept)
    reviewed = Reviewed(lambda: assistant, kept)
    with tqdm(total=len(asked), desc="emner", disable=None) as bar:

        def told(title: str) -> None:
            bar.update()

        found = findings(reviewed, asked, _scope(given), tell=told)
    found += announcements.findings(assistant) + contradictions.findings(assistant)
    pairs, limits, later = [(f.topic.title, f.comparison) for f in found], _scope(given), None
    try:
        later = since(pairs, limits, kept)
    except StorageError as error:
        if given.since:
            raise
        print(error, file=sys.stderr)  # the report does not need it
    if given.since:
        for row in changed(later) if later else [("Der er ingen tidligere rapport at holde op imod.",)]:
            print("; ".join(text for text in row if text))
        return 0
    if given.out is None:
        print(markdown(found, since=later), end="")
    else:
        write(found, given.out, server=given.server or "", since=later)
        print(f"{len(found)} emner er skrevet til {given.out}.", file=sys.stderr)
    keep(pairs, limits, kept)
    return 0


def _scope(given: argparse.Namespace) -> Scope:
    return named(given.region, given.period, given.kind, given.on)


def _ask_file(given: argparse.Namespace, settings: Settings, scope: Scope) -> int:
    rows = _rows(given.questions)
    if given.out is not None and not given.out.absolute().parent.is_dir():
        raise StorageError(
            f"Mappen {given.out.absolute().parent} findes ikke. Opret den, eller vælg en anden sti."
        )
    from assistant.service.assistant import Assistant

    assistant = Assistant(settings.index, settings)
    lines = []
    for n, row in enumerate(rows, start=1):
        try:
            before = row.get("previous") or [""]
            previous = str(before[-1])
            asked = assistant.ask(str(row["question"]), scope, previous=previous, form=_form(given))
        except QuestionError as error:
            print(f"linje {n}: {error}", file=sys.stderr)
            continue
        lines.append(json.dumps(assistant.as_json(asked, row.get("id")), ensure_ascii=False))
    text = "\n".join(lines) + "\n"
    if given.out is None:
        sys.stdout.write(text)
        return 0
    try:
        given.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{given.out} kan ikke skrives ({error.strerror}). Vælg en anden sti.") from error
    print(f"{len(lines)} svar er skrevet til {given.out}.", file=sys.stderr)
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if all(isinstance(row, dict) and "question" in row for row in rows):
            return rows
    except OSError as error:
        raise ReadError(f"{path} kan ikke læses ({error.strerror}). Ret stien.") from error
    except (ValueError, TypeError):
        pass
    raise ReadError(f"{path.name} skal have et JSON-objekt med feltet question på hver linje.")


def _readable(assistant: Assistant, asked: Asked) -> str:
    """An answer as text for a terminal."""
    from assistant.answer.contract import number, refusal_text
    from assistant.messages import said
    from assistant.models import Grounded, Told

    answer = asked.answer
    if isinstance(answer, Told):
        return "\n".join([answer.text, *(f"• {choice}" for choice in answer.choices)])
    if not isinstance(answer, Grounded):
        lines = [refusal_text(answer, assistant.searched_for(answer))]
        if answer.wider:
            lines.append("Uden for det, du spurgte om (ikke svar på spørgsmålet):")
            lines += [f"  {_place(assistant, h.passage)}" for h in answer.wider[:3]]
        return "\n".join(lines)
    numbered, citations = number(answer.statements)
    lines = [answer.lead, ""] if answer.lead else []
    own = [f"{s.text} {''.join(f'[{n}]' for n in ns)}" for s, ns in numbered]
    lines += _by_matter(assistant, answer.parts, own) if answer.parts else own
    worded = any(s.by == "model" for s in answer.statements)
    lines += ["", said("written_by", model=answer.model)] if worded else []
    lines += ["", *answer.notes] if answer.notes else [""]
    for n, c in enumerate(citations, start=1):
        about = ", ".join(x for x in (c.facts.region, c.facts.period) if x)
        repaired = "; rettet for OCR-fejl" if c.repaired else ""
        repaired += "; læst i et billede af siden" if c.read else ""
        lines.append(f"[{n}] {c.title} ({c.document}), {c.place}{f' ({about})' if about else ''}{repaired}")
        if worded:
            lines.append(f"    »{' '.join(c.quote.split())}«")
    lines.append(assistant.searched(answer.scope))
    return "\n".join(lines)


def _by_matter(assistant: Assistant, parts: Any, told: list[str]) -> list[str]:
    """The separate questions of a message, each with its statements or its refusal."""
    from assistant.answer.contract import refusal_text
    from assistant.models import Abstained, Grounded

    lines: list[str] = []
    for part in parts:
        own = len(part.answer.statements) if isinstance(part.answer, Grounded) else 0
        lines += ["", f"{part.asked}", *told[:own]]
        told = told[own:]
        if isinstance(part.answer, Abstained):
            lines.append(refusal_text(part.answer, assistant.searched_for(part.answer)))
    return lines[1:]


def _place(assistant: Assistant, passage: Any) -> str:
    entry = assistant.retriever.documents[passage.document_id]
    about = ", ".join(x for x in (entry.facts.region, entry.facts.period) if x)
    return f"{entry.title} ({entry.name}), side {passage.page}{f' ({about})' if about else ''}"


# --- the rest ---


def _fetch(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.documents.fetching import fetch, sources

    wanted = sources(given.sources or settings.corpus / "sources.csv")
    if given.region:
        given.period, given.kind, given.on = [], [], None
        regions = _scope(given).regions
        wanted = [s for s in wanted if s.region in regions]
    found = fetch(wanted, given.folder, tell=lambda line: print(line, file=sys.stderr))
    count = [sum(f.outcome == o for f in found) for o in ("ny", "uændret", "ikke hentet")]
    print(f"{given.folder}: {count[0]} ny, {count[1]} uændret, {count[2]} ikke hentet.")
    return 0


def _serve(given: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import replace

    from assistant.web import serve

    if given.port:
        settings = replace(settings, port=given.port)
    serve(settings)
    return 0


def _repair(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.documents.repair import repaired
    from assistant.language.added import use

    use(settings.words)
    try:
        text = given.file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ReadError(
            f"{given.file} kan ikke læses som tekst (UTF-8). Ret stien, eller gem filen igen."
        ) from None
    whole = "\f".join(repaired(page) for page in text.split("\f"))
    sys.stdout.buffer.write(whole.encode("utf-8"))  # as bytes, so that line ends stay unchanged
    sys.stdout.flush()
    return 0


def _feedback(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.messages import printable
    from assistant.users.feedback import Feedback

    found = Feedback(settings.kept, settings.index).entries()
    for entry in found:
        if given.json:
            print(json.dumps(entry, ensure_ascii=_bare_json()))
        else:
            mark = "godt" if entry["verdict"] == "up" else "ikke godt"
            asked = " ".join(printable(str(entry["answer"].get("meant", ""))).split())
            print(f"{entry['id']:8} {entry['time'][:10]}  {mark:10} {asked}")
    if not found and not given.json:
        print("Ingen har sagt noget om svarene endnu.")
    return 0


def _audit(given: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from assistant.users.audit import Audit

    found = Audit(settings.kept).events(given.last)
    for event in found:
        if given.json:
            print(json.dumps(asdict(event), ensure_ascii=_bare_json()))
        else:
            print(f"{event.time}  {event.who:24} {event.what:28} {event.about}")
    if not found and not given.json:
        print("Ingen har ændret eller hentet noget endnu.")
    return 0


def _users(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.users.accounts import People
    from assistant.users.audit import Audit

    people, audit = People(settings.kept), Audit(settings.kept)
    if given.what not in ("list", "keys") and not given.name:
        raise PeopleError(f"Skriv et navn: assistant users {given.what} NAVN")
    if given.what == "list":
        _list_users(people)
    elif given.what == "keys":
        _list_keys(given, people)
    elif given.what == "add":
        _add_user(given, people, audit)
    elif given.what == "remove":
        _remove_user(given, settings, people, audit)
    elif given.what == "revoke":
        _revoke_key(given, people, audit)
    else:
        _make_key(given, people, audit)
    return 0


def _list_users(people: People) -> None:
    from assistant.users.accounts import CALLED

    for name, role in people.listed():
        print(f"{name:24} {CALLED[role]}")


def _list_keys(given: argparse.Namespace, people: People) -> None:
    from assistant.messages import printable

    for key in people.keys(given.name or ""):
        days = f"{key.created[:10] or '?':10} til {key.expires[:10]}"
        print(f"{key.id}  {key.name:24} {days}  {' '.join(key.leaves):18} {printable(key.label)}")


def _add_user(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.users.accounts import CALLED
    from assistant.users.audit import HERE, Act

    password = None if given.proxy else _password()
    audit.note(HERE, Act.USER, f"{given.name} {given.role or ''}")
    people.add(given.name, given.role, password)
    print(f"{given.name} er {CALLED[people.role(given.name) or 'reader']}.")


def _remove_user(given: argparse.Namespace, settings: Settings, people: People, audit: Audit) -> None:
    from assistant.users.audit import HERE, Act
    from assistant.users.conversations import Threads
    from assistant.users.judgements import Judgements

    audit.note(HERE, Act.USER_GONE, given.name)
    if not people.remove(given.name):
        raise PeopleError(f"Der er ingen bruger {given.name!r}. Se dem: assistant users list")
    # A later user of the same name must not see the conversations or appear as the author of the judgements.
    count = Threads(settings.kept).delete_all(given.name)
    Judgements(settings.kept).forget(given.name)
    print(f"{given.name} er fjernet, og {count} samtaler er slettet.")


def _revoke_key(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.users.audit import HERE, Act

    audit.note(HERE, Act.KEY_GONE, given.name)
    if not people.revoke(given.name):
        raise PeopleError(f"Der er ingen nøgle {given.name!r}. Se dem: assistant users keys")
    print(f"Nøglen {given.name} gælder ikke længere.")


def _make_key(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.messages import printable
    from assistant.users.audit import HERE, Act

    if not 1 <= given.days <= 3650:
        raise PeopleError("En nøgle gælder fra 1 til 3650 dage. Ret --days.")
    leaves = tuple(dict.fromkeys(given.may or ["read"]))
    audit.note(HERE, Act.KEY, f"{given.name} {' '.join(leaves)} {given.label}")
    print(people.key(given.name, printable(given.label)[:100], leaves, given.days))
    print("Nøglen vises kun denne gang. Send den i feltet Authorization: Bearer …", file=sys.stderr)


def _password() -> str:
    """A password typed without echo; a line of stdin where there is no terminal."""
    import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Adgangskode: ")
    if first != getpass.getpass("Igen: "):
        raise PeopleError("De to adgangskoder er ikke ens. Prøv igen.")
    return first


def _mcp(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.service.live import Live
    from assistant.service.review import Reviewed
    from assistant.users.judgements import Judgements
    from assistant.web.tools import server

    live = Live(settings)
    server(live, Reviewed(live, Judgements(settings.kept))).run("stdio")
    return 0


def _migrate(given: argparse.Namespace, settings: Settings) -> int:
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


def _backup(given: argparse.Namespace, settings: Settings) -> int:
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


def _restore(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.admin.backup import restore
    from assistant.users.audit import HERE, Act, Audit

    found = restore(settings, given.file)
    Audit(settings.kept).note(HERE, Act.RESTORED, given.file.name)
    print(f"Indekset i {settings.index} har nu {found.documents} dokumenter, bygget {found.created}.")
    return 0


def _settings(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.settings import as_file

    print(as_file(settings), end="")
    return 0


def _doctor(given: argparse.Namespace, settings: Settings) -> int:
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
                f"{given.out} kan ikke skrives ({error.strerror}). Vælg en anden sti."
            ) from error
    # An unreadable file is a problem of that file; the index is still usable.
    return 1 if any(f.severity == "fejl" and f.name != "ulæst fil" for f in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
