"""Reads mail: the message, the older message it quotes, and its attachments, each as pages of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from assistant.documents.formats.attached import Attachment, attached
from assistant.documents.formats.web import main_text
from assistant.errors import ReadError
from assistant.models import OLDER_MAIL, Content, Page

QUOTED = re.compile(
    r"^(?:-{2,}\s*(?:Oprindelig meddelelse|Original Message|Videresendt meddelelse|Forwarded message).*"
    r"|Den .{6,80} skrev .*:|On .{6,80} wrote:|>.*"
    r"|(?:Fra|From):\s[^\n]*\n(?=(?:Sendt|Til|Emne|Dato|Sent|To|Subject|Date):\s)[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)


def read_mail(path: Path, read: Callable[[Path], Content]) -> Content:
    """Reads the subject and the pages; `read` reads an attachment. Raises ReadError."""
    mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
    subject = re.sub(r"\s+", " ", str(mail["subject"] or "")).strip()
    body = _body(mail)
    head = [f"# {subject}"] if subject else []
    head += [x for x in (_line("Fra", mail["from"]), _line("Til", mail["to"]), _sent(mail)) if x]
    pages = _parted(head, body)
    more, unread = attached(_attachments(mail.iter_attachments()), read, len(pages))
    return Content(subject or None, [*pages, *more], tuple(unread))


def _parted(head: Sequence[str], body: str) -> list[Page]:
    """The message and the older messages it quotes, as separate pages."""
    quote = QUOTED.search(body)
    own, older = (body[: quote.start()], body[quote.start() :]) if quote else (body, "")
    texts = [("selve mailen", "\n".join([*head, own.strip()]))]
    if older.strip():
        texts.append((OLDER_MAIL, re.sub(r"(?m)^>+ ?", "", older).strip()))
    return [Page(n, text, "markup", label) for n, (label, text) in enumerate(texts, start=1)]


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):  # an unknown character set
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return "\n".join(main_text(text)[1]) if part.get_content_type() == "text/html" else text


def _attachments(parts: Iterable[EmailMessage]) -> Iterator[Attachment]:
    for part in parts:
        name = Path(part.get_filename() or "").name
        if part.get_content_type() == "message/rfc822":  # a mail attached to the mail
            inner = part.get_content()
            yield Attachment(f"{inner['subject'] or 'mail'}.eml", bytes(inner))
            continue
        payload = part.get_payload(decode=True)
        if name and isinstance(payload, bytes) and payload:
            yield Attachment(name, payload)


def _line(name: str, value: object) -> str:
    return f"{name}: {value}" if value else ""


def _sent(mail: EmailMessage) -> str:
    try:
        sent = parsedate_to_datetime(str(mail["date"]))
    except (TypeError, ValueError):
        return ""
    return f"Sendt: {sent.day}.{sent.month}.{sent.year}"


def read_outlook(path: Path, read: Callable[[Path], Content]) -> Content:
    """Reads a mail in Outlook's format (.msg), with the same result as `read_mail`. Raises ReadError."""
    from oxmsg import Message

    try:
        mail = Message.load(str(path))
        body = mail.body or "\n".join(main_text(mail.html_body or "<p></p>")[1])
        subject = " ".join((mail.subject or "").split())
        files = [Attachment(a.file_name or "", a.file_bytes or b"") for a in mail.attachments]
    except Exception as error:
        raise ReadError(
            f"{path.name} kan ikke læses som en Outlook-mail. Gem mailen som .eml eller PDF."
        ) from error
    sent = mail.sent_date
    head = [f"# {subject}"] if subject else []
    head += [
        x
        for x in (_line("Fra", mail.sender), f"Sendt: {sent.day}.{sent.month}.{sent.year}" if sent else "")
        if x
    ]
    pages = _parted(head, body)
    more, unread = attached((one for one in files if one.data), read, len(pages))
    return Content(subject or None, [*pages, *more], tuple(unread))
