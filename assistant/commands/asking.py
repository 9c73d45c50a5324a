"""Commands that read and ask: ingest, ask, compare, consistency."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands.console import bare_json
from assistant.errors import QuestionError, ReadError, StorageError, cause
from assistant.messages import period_text, printable
from assistant.models import Scope
from assistant.question.scope import named
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.service.assistant import Asked, Assistant


def ingest_command(given: argparse.Namespace, settings: Settings) -> int:
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


def ask_command(given: argparse.Namespace, settings: Settings) -> int:
    if (given.question is None) == (given.questions is None):
        raise QuestionError("Giv enten et spørgsmål eller --questions FIL.jsonl.")
    scope = scope_of(given)
    if given.questions:
        return _ask_file(given, settings, scope)
    from assistant.service.assistant import Assistant
    from assistant.service.dialogue import converse

    assistant = Assistant(settings.index, settings, once=True)
    *_, asked = converse(assistant, given.question, given=scope, form=_form(given))
    if given.json:
        print(json.dumps(assistant.as_json(asked), ensure_ascii=bare_json()))
    else:
        print(printable(_readable(assistant, asked)))
    return 0


def _form(given: argparse.Namespace) -> Any:
    return None if given.form == "quotes" else given.form


def compare_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.compare.standing import told
    from assistant.messages import printable, say
    from assistant.service.assistant import Assistant
    from assistant.service.review import Reviewed
    from assistant.users.judgements import Judgements

    scope = scope_of(given)
    assistant = Assistant(settings.index, settings, once=True)
    found = Reviewed(lambda: assistant, Judgements(settings.kept)).compare(given.question, scope, by=given.by)
    if given.json:
        print(json.dumps(assistant.comparison_json(found), ensure_ascii=bare_json()))
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


def consistency_command(given: argparse.Namespace, settings: Settings) -> int:
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

        found = findings(reviewed, asked, scope_of(given), tell=told)
    found += announcements.findings(assistant) + contradictions.findings(assistant)
    pairs, limits, later = [(f.topic.title, f.comparison) for f in found], scope_of(given), None
    kept_before = True
    try:
        later = since(pairs, limits, kept)
    except StorageError as error:
        if given.since:
            raise
        kept_before = False
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
    if kept_before:
        keep(pairs, limits, kept)
    return 0


def scope_of(given: argparse.Namespace) -> Scope:
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
            before = row.get("previous") or ""
            previous = before[-1] if isinstance(before, list) else before
            asked = assistant.ask(str(row["question"]), scope, previous=str(previous), form=_form(given))
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
        raise StorageError(f"{given.out} kan ikke skrives ({cause(error)}). Vælg en anden sti.") from error
    print(f"{len(lines)} svar er skrevet til {given.out}.", file=sys.stderr)
    return 0


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if all(isinstance(row, dict) and "question" in row for row in rows):
            return rows
    except OSError as error:
        raise ReadError(f"{path} kan ikke læses ({cause(error)}). Ret stien.") from error
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
        about = ", ".join(x for x in (c.facts.region, period_text(c.facts.period)) if x)
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
    from assistant.models import Abstained, Grounded, Told

    lines: list[str] = []
    for part in parts:
        own = len(part.answer.statements) if isinstance(part.answer, Grounded) else 0
        lines += ["", f"{part.asked}", *told[:own]]
        told = told[own:]
        if isinstance(part.answer, Abstained):
            lines.append(refusal_text(part.answer, assistant.searched_for(part.answer)))
        if isinstance(part.answer, Told):
            lines.append(part.answer.text)
    return lines[1:]


def _place(assistant: Assistant, passage: Any) -> str:
    entry = assistant.retriever.documents[passage.document_id]
    about = ", ".join(x for x in (entry.facts.region, period_text(entry.facts.period)) if x)
    return f"{entry.title} ({entry.name}), side {passage.page}{f' ({about})' if about else ''}"
