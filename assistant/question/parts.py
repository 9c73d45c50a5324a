"""The questions in a message: in a mail, in two sentences, or in one sentence with "og".

Which sentences ask the documents something, and which state a place or an offer, is learnt (`acts`). A sentence is
cut where the words after "og" have the form of a question. Where a bare noun follows ("og overheadet"), only the
documents can tell whether it is another subject; such a cut is offered as a candidate (`maybe`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.index.encoders import Encoder
from assistant.language.sentences import sentences
from assistant.question.acts import Act, Reading, read_turn

ASKS, PLACES = 0.5, 0.5  # thresholds: a sentence of a mail asks; it states what is asked about
FAINT, FAINTLY = 0.25, 0.4  # thresholds where no sentence reaches ASKS: with a question mark, and without
HARDLY = 0.05  # below this a sentence asks nothing
MAIL = 45  # words from which a message counts as a mail: sentences that do not ask are not questions
LONGEST = 1500  # most characters of one question
MOST = 6  # most questions of one message

_OLDER = re.compile(
    r"^\s*(?:>|(?:Fra|From|Sendt|Sent|Til|To|Emne|Subject):\s|-{3,}.*(?:oprindelig|original|videresendt))",
    re.IGNORECASE,
)
_WROTE = re.compile(r"^\s*(?:Den|On) .{6,80}(?:skrev|wrote)\b.*:\s*$", re.IGNORECASE)
_REGARDS = re.compile(
    r"^\W*(?:(?:med )?(?:venlig|kærlig|bedste|mange|de bedste|de venligste|kære)\w* (?:hilsen|hilsner)"
    r"|mvh|vh|hilsen|hilsner|regards"
    r"|kh|dbh|best)\b",
    re.IGNORECASE,
)
_QUESTION = (
    r"(?:hv(?:ad|em|or|ornår|ordan|orfor|ilke[nt]?|is)\w*|skal|kan|må|har|får|bliver|gælder|findes"
    r"|what|when|how|who)"
)
_SURE = re.compile(
    rf"(?:\s*[,;–-])?\s+(?:og|samt|men|eller)\s+(?:så\s+|også\s+|desuden\s+|i øvrigt\s+)*(?={_QUESTION}\b)"
    rf"|(?<=\?)\s+|;\s+(?={_QUESTION}\b)",
    re.IGNORECASE,
)
# A question by somebody else, in quotation marks.
_QUOTED = re.compile(r"[»\"“”„]([^«»\"“”„\n]{12,}\?)\s*[«\"“”]")
_SAME = re.compile(
    r"(?:er|gælder) (?:det|den|de|dette)\b[^?]{0,20}\b(?:ens|samme)\b|hv\w+ (?:ikke|så)\W*$", re.IGNORECASE
)
_MAYBE = re.compile(r"(?:\s*,)?\s+(?:og|samt)\s+(?:(?:også|desuden|for|om)\s+)*(?=[a-zæøå§])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matter:
    """One question of a message: its words, and the words around it that state its place, time or offer. `bare` is
    the sentence of a short message that asks; the other sentences may only say who is asking."""

    text: str
    around: str = ""
    bare: str = ""


def matters(text: str, encode: Encoder | None = None) -> list[Matter]:
    """The questions of a message in order; none where a long message asks nothing.

    >>> [m.text for m in matters("Hvad er overheadet i Sjælland, og hvornår sendes regningen?")]
    ['Hvad er overheadet i Sjælland', 'hvornår sendes regningen?']
    >>> [m.text for m in matters("Hvad er varsel og frist for dag- og døgnpladser?")]
    ['Hvad er varsel og frist for dag- og døgnpladser?']
    """
    told = list(dict.fromkeys(s for line in _own_lines(text) for s in _sentences(line)))
    told = [s for s in told if not _thanks(s)] or told
    if len(told) < 2:
        return [Matter(part[:LONGEST], beside) for part, beside in _asking(cut(" ".join(told)))[:MOST]]
    readings = _readings(told, encode)
    long = len(text.split()) >= MAIL
    asks = _asks_of_mail(told, readings) if long else _asks_of_short(told, readings)
    if long and not any(asks):
        return []
    asking = [s for s, a in zip(told, asks, strict=True) if a]
    if not long and len(asking) < 2 and not any(len(cut(s)) > 1 for s in asking):
        return [_single(text, told, readings)]
    around = " ".join(
        s for s, r, a in zip(told, readings, asks, strict=True) if not a and (not long or r.places >= PLACES)
    )
    found = [Matter(part, f"{around} {beside}".strip()) for s in asking for part, beside in _asking(cut(s))]
    return [Matter(m.text[:LONGEST], m.around) for m in found[:MOST]]


def _readings(told: Sequence[str], encode: Encoder | None) -> list[Reading]:
    """How each sentence of a message is read: by its words, and also by its embedding where it may ask something."""
    readings = [read_turn(s) for s in told]
    return [
        read_turn(s, encode) if encode and (s.endswith("?") or r.asks >= HARDLY) else r
        for s, r in zip(told, readings, strict=True)
    ]


def _asks_of_short(told: Sequence[str], readings: Sequence[Reading]) -> list[bool]:
    """Which sentences of a short message ask: those with a question mark or, without any, those that read as asking.
    "Kan du svare?" asks the documents nothing where another sentence does."""
    asks = [r.asks >= ASKS for r in readings]
    asked = [
        s.endswith("?") and (r.asks >= HARDLY or not any(asks)) for s, r in zip(told, readings, strict=True)
    ]
    return asked if any(asked) else asks


def _asks_of_mail(told: Sequence[str], readings: Sequence[Reading]) -> list[bool]:
    """Which sentences of a mail ask: those that read as asking or, without any, those that faintly do."""
    asks = [r.asks >= ASKS for r in readings]
    if any(asks):
        return asks
    return [
        r.asks >= FAINT and (s.endswith("?") or r.asks >= FAINTLY)
        for s, r in zip(told, readings, strict=True)
    ]


def _single(text: str, told: Sequence[str], readings: Sequence[Reading]) -> Matter:
    """A short message with one question, taken whole: the other sentences say what is meant, or who asks."""
    whole = " ".join(text.split())[:LONGEST]
    most, bare = max(zip((r.asks for r in readings), told, strict=True))
    if most < ASKS:  # no sentence reads as a question: go by the question mark, where exactly one has it
        marked = [s for s in told if s.endswith("?")]
        return Matter(whole, "", marked[0] if len(marked) == 1 else "")
    # Of a quoted question, the other sentences say whose words it is.
    if any(bare in quoted for quoted in _QUOTED.findall(text)):
        return Matter(bare[:LONGEST], " ".join(s for s in told if s != bare))
    return Matter(whole, "", bare)


def _thanks(sentence: str) -> bool:
    """Whether a sentence only expresses thanks or politeness: "Det er jeg glad for."."""
    reading = read_turn(sentence)
    return reading.acts[Act.THANKS] >= ASKS and reading.asks < HARDLY and reading.places < FAINT


def _asking(parts: list[str]) -> list[tuple[str, str]]:
    """The parts that ask something, each with the parts before it that do not: those say who asks, and about what."""
    found: list[tuple[str, str]] = []
    beside = ""
    for part in parts:
        if len(parts) > 1 and part is not parts[-1] and read_turn(part).asks < FAINT:
            beside = f"{beside} {part}".strip()
        else:
            found.append((part, beside))
            beside = ""
    return found


def cut(sentence: str) -> list[str]:
    """A sentence, cut where its form shows that it asks more than one thing."""
    parts = [sentence]
    for m in reversed(list(_SURE.finditer(sentence))):
        head, rest = parts[0][: m.start()], parts[0][m.end() :]
        if len(head.split()) >= 3 and rest.strip(" ?.!") and not _SAME.match(rest) and _asks(head):
            parts = [head, rest, *parts[1:]]
    return [p.strip() for p in parts if p.strip(" ?.!")]


def maybe(sentence: str) -> list[tuple[str, str]]:
    """The places where a sentence may go on to another subject with a bare noun: (before, after) of each."""
    found = []
    for m in _MAYBE.finditer(sentence):
        before, after = sentence[: m.start()].strip(), sentence[m.end() :].strip(" ?.!")
        if len(before.split()) >= 3 and after and not before.endswith("-") and len(after.split()) <= 14:
            found.append((before, after))
    return found


def _asks(text: str) -> bool:
    """Whether the words before a cut are a question of their own rather than the opening of the one after it."""
    return re.search(rf"\b{_QUESTION}\b", text, re.IGNORECASE) is not None or len(text.split()) >= 4


def _own_lines(text: str) -> list[str]:
    """The lines that the writer wrote in this message, without quoted older mails and the signature. All lines, where
    nothing else is left."""
    own: list[str] = []
    ended = False
    for line in _QUOTED.sub(r"\n\1\n", text).splitlines():
        if _WROTE.match(line):
            break
        if _OLDER.match(line):
            continue
        if own and _REGARDS.match(line):
            ended = True
            continue
        if ended and (not line.strip() or len(line.split()) < 9):
            continue
        ended = False
        own.append(line)
    kept: list[str] = []
    for line in [line.strip() for line in own if line.strip()] or text.splitlines():
        if kept and line[:1].islower() and not re.search(r"[.!?:;]$", kept[-1]):
            kept[-1] += f" {line}"  # a wrapped sentence
        else:
            kept.append(line)
    return kept


def _sentences(line: str) -> Iterator[str]:
    for start, end in sentences(line):
        for piece in re.split(r"(?<=[?!])\s+|(?<=\.)\s+(?=hv)", line[start:end]):
            if bare := piece.strip(" \t-•*"):
                yield bare
