"""Mail: the message, the older one it quotes, and its attachments, each a place of its own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from assistant.documents.formats.web import main_text
from assistant.models import Page

ATTACHMENTS = 20  # read of one mail, at most
QUOTED = re.compile(
    r"^(?:-{2,}\s*(?:Oprindelig meddelelse|Original Message|Videresendt meddelelse|Forwarded message).*"
    r"|Den .{6,80} skrev .*:|On .{6,80} wrote:|>.*"
    r"|(?:Fra|From):\s[^\n]*\n(?=(?:Sendt|Til|Emne|Dato|Sent|To|Subject|Date):\s)[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
Read = Callable[[Path], tuple[str | None, list[Page]]]


def read_mail(path: Path, read: Read) -> tuple[str | None, list[Page]]:
    """The subject and the pages; `read` reads an attachment of another form. Raises ReadError."""
    mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
    subject = re.sub(r"\s+", " ", str(mail["subject"] or "")).strip()
    body = _body(mail)
    attached = list(mail.iter_attachments())
    head = [f"# {subject}"] if subject else []
    head += [x for x in (_line("Fra", mail["from"]), _line("Til", mail["to"]), _sent(mail)) if x]
    quote = QUOTED.search(body)
    own, older = (body[: quote.start()], body[quote.start() :]) if quote else (body, "")
    texts = [("selve mailen", "\n".join([*head, own.strip()]))]
    if older.strip():
        texts.append(("den citerede mail", re.sub(r"(?m)^>+ ?", "", older).strip()))
    pages = [Page(n, text, "markup", label) for n, (label, text) in enumerate(texts, start=1)]
    for part in attached[:ATTACHMENTS]:
        pages += _attached(part, read, len(pages))
    return subject or None, pages


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):  # a character set that nobody knows
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return "\n".join(main_text(text)[1]) if part.get_content_type() == "text/html" else text


def _attached(part: EmailMessage, read: Read, before: int) -> list[Page]:
    """The pages of an attachment; none of one that cannot be read."""
    name = Path(part.get_filename() or "").name
    try:
        if part.get_content_type() == "message/rfc822":  # a mail in the mail
            inner = part.get_content()
            name, data = f"{inner['subject'] or 'mail'}.eml", bytes(inner)
        else:
            payload = part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else b""
        if not name or not data:
            return []
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"bilag{Path(name).suffix.lower()}"
            file.write_bytes(data)
            _, pages = read(file)
    except Exception:  # what is attached must not cost the mail
        return []
    return [
        replace(p, number=before + n, printed_label=f"vedhæftet {name}, {p.place}", words=())
        for n, p in enumerate(pages, start=1)
    ]


def _line(name: str, value: object) -> str:
    return f"{name}: {value}" if value else ""


def _sent(mail: EmailMessage) -> str:
    try:
        sent = parsedate_to_datetime(str(mail["date"]))
    except (TypeError, ValueError):
        return ""
    return f"Sendt: {sent.day}.{sent.month}.{sent.year}"
