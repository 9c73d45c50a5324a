"""The questions in a message: in a mail's story, in two sentences, in one with "og".

Which sentence asks the papers something, and which says of what place or offer, is learnt (`acts`). A sentence is cut
where what follows "og" is a question by its form; where it is a bare noun ("og overheadet"), only the papers can tell
whether that is another matter, and the cut is offered to be tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.index.encoders import Encoder
from assistant.language.sentences import sentences
from assistant.question.acts import Act, read_turn

ASKS, PLACES = 0.5, 0.5  # from which a sentence of a mail asks; says of what is asked
FAINT, FAINTLY = 0.25, 0.4  # from which one asks where no other does, with a question mark and without
HARDLY = 0.05  # under which a sentence asks nothing
MAIL = 45  # words from which a message is a mail or a note: what asks nothing in it is no question
LONGEST = 1500  # characters of one question
MOST = 6  # questions of one message

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
# A question of another's, in quotation marks.
_QUOTED = re.compile(r"[»\"“”„]([^«»\"“”„\n]{12,}\?)\s*[«\"“”]")
_SAME = re.compile(
    r"(?:er|gælder) (?:det|den|de|dette)\b[^?]{0,20}\b(?:ens|samme)\b|hv\w+ (?:ikke|så)\W*$", re.IGNORECASE
)
_MAYBE = re.compile(r"(?:\s*,)?\s+(?:og|samt)\s+(?:(?:også|desuden|for|om)\s+)*(?=[a-zæøå§])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matter:
    """One question of a message: its words, and those around it that say of what place, time or offer. `bare` is the
    sentence of a short message that asks, where the others may be no more than who asks."""

    text: str
    around: str = ""
    bare: str = ""


def matters(text: str, encode: Encoder | None = None) -> list[Matter]:
    """The questions of a message in order; none where a long one asks nothing.

    >>> [m.text for m in matters("Hvad er overheadet i Sjælland, og hvornår sendes regningen?")]
    ['Hvad er overheadet i Sjælland', 'hvornår sendes regningen?']
    >>> [m.text for m in matters("Hvad er varsel og frist for dag- og døgnpladser?")]
    ['Hvad er varsel og frist for dag- og døgnpladser?']
    """
    lines = _own_lines(text)
    told = list(dict.fromkeys(s for line in lines for s in _sentences(line)))
    told = [s for s in told if not _thanks(s)] or told
    if len(told) < 2:
        return [Matter(part[:LONGEST], beside) for part, beside in _asking(cut(" ".join(told)))[:MOST]]
    # A mail's every sentence is read by its words; by its vector too where it may ask.
    readings = [read_turn(s) for s in told]
    readings = [
        read_turn(s, encode) if encode and (s.endswith("?") or r.asks >= HARDLY) else r
        for s, r in zip(told, readings, strict=True)
    ]
    long = len(text.split()) >= MAIL
    asks = [r.asks >= ASKS for r in readings]
    if not long:
        # "Kan du svare?" asks the papers nothing, where another sentence does.
        asked = [
            s.endswith("?") and (r.asks >= HARDLY or not any(asks))
            for s, r in zip(told, readings, strict=True)
        ]
        asks = asked if any(asked) else asks
        if sum(asks) < 2 and not any(len(cut(s)) > 1 for s, a in zip(told, asks, strict=True) if a):
            whole = " ".join(text.split())[:LONGEST]  # the rest says what is meant, or who asks
            most, bare = max(zip((r.asks for r in readings), told, strict=True))
            if most < ASKS:  # by its form, then, where one sentence alone has it
                marked = [s for s in told if s.endswith("?")]
                return [Matter(whole, "", marked[0] if len(marked) == 1 else "")]
            if any(bare in quoted for quoted in _QUOTED.findall(text)):  # the rest says whose words they are
                return [Matter(bare[:LONGEST], " ".join(s for s in told if s != bare))]
            return [Matter(whole, "", bare)]
    elif not any(asks):
        asks = [
            r.asks >= FAINT and (s.endswith("?") or r.asks >= FAINTLY)
            for s, r in zip(told, readings, strict=True)
        ]
        if not any(asks):
            return []
    around = " ".join(
        s for s, r, a in zip(told, readings, asks, strict=True) if not a and (not long or r.places >= PLACES)
    )
    found = [Matter(part, f"{around} {beside}".strip()) for s, a in zip(told, asks, strict=True) if a
             for part, beside in _asking(cut(s))]  # fmt: skip
    return [Matter(m.text[:LONGEST], m.around) for m in found[:MOST]]


def _thanks(sentence: str) -> bool:
    """Whether a sentence is glad or polite and no more: "Det er jeg glad for."."""
    reading = read_turn(sentence)
    return reading.acts[Act.THANKS] >= ASKS and reading.asks < HARDLY and reading.places < FAINT


def _asking(parts: list[str]) -> list[tuple[str, str]]:
    """The parts that ask something, each with those before it that do not: they say who asks, and of what."""
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
    """A sentence where its form shows that it asks more than one thing."""
    parts = [sentence]
    for m in reversed(list(_SURE.finditer(sentence))):
        head, rest = parts[0][: m.start()], parts[0][m.end() :]
        if len(head.split()) >= 3 and rest.strip(" ?.!") and not _SAME.match(rest) and _asks(head):
            parts = [head, rest, *parts[1:]]
    return [p.strip() for p in parts if p.strip(" ?.!")]


def maybe(sentence: str) -> list[tuple[str, str]]:
    """Where a sentence may go on to another matter by a bare noun: (before, after) of each place."""
    found = []
    for m in _MAYBE.finditer(sentence):
        before, after = sentence[: m.start()].strip(), sentence[m.end() :].strip(" ?.!")
        if len(before.split()) >= 3 and after and not before.endswith("-") and len(after.split()) <= 14:
            found.append((before, after))
    return found


def _asks(text: str) -> bool:
    """Whether the words before a cut are a question themselves, not what the second one begins with."""
    return re.search(rf"\b{_QUESTION}\b", text, re.IGNORECASE) is not None or len(text.split()) >= 4


def _own_lines(text: str) -> list[str]:
    """The lines of a message that its writer wrote now: without older mails and what stands after the regards. The
    whole, where nothing else is left."""
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
            kept[-1] += f" {line}"  # a sentence that was broken to fit
        else:
            kept.append(line)
    return kept


def _sentences(line: str) -> Iterator[str]:
    for start, end in sentences(line):
        for piece in re.split(r"(?<=[?!])\s+|(?<=\.)\s+(?=hv)", line[start:end]):
            if bare := piece.strip(" \t-•*"):
                yield bare
