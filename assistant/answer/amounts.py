"""Of what an amount in a sentence is said, where several stand there, and whether it still holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.documents.answer_units import run_in, tokens_of
from assistant.language.clauses import IF, OPENS, joints, main_clause
from assistant.language.document_names import OFFERS
from assistant.language.paraphrase import has_verb
from assistant.language.sentences import sentences
from assistant.question.answer_type import DENIED, AnswerType
from assistant.retrieval.ranking import Query

Span = tuple[int, int]

NEARLY = 0.8  # how far what an earlier part says holds for one that has no verb
FAINTLY = 0.4  # how far what a part with a verb says holds for the part after it, that has its own
CONDITION = 0.2  # how much less likely an amount is meant that a condition names than what follows from it
COUNTED = 0.9  # how surely what stands behind a number is what is counted, for it to be meant above others
LATER = 0.05  # how much less likely a later amount of a sentence is meant
_OFFERS = tuple(re.compile(words, re.IGNORECASE) for words in OFFERS)
# "Mens den på dagtilbud er": what was said before is taken up.
_TAKEN_UP = re.compile(r"(?:den|det|de|varslet|fristen|satsen|andelen)\s+(?:på|for|i|ved|er|udgør|til)\b")
_IF = re.compile(rf"(?:{OPENS})\b", re.IGNORECASE)
_LATER_CONDITION = re.compile(rf"\w,?\s+(?:{IF})\s[^,;]*$", re.IGNORECASE)
# What held until now: "hidtil 4 uger", "mod før 5 pct.", "ændres fra 2 til 3 år", "efter den forrige aftale".
_FORMER = re.compile(
    r"\b(?:hidtil|tidligere(?! end)|førhen|oprindeligt)\s+(?:\w+\s+){0,3}$"
    r"|\b(?:mod|før var)\s+(?:(?:på|den|det|før|hidtil|tidligere)\s+){0,3}$",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:ændre|reguler|hæv|sænk|forhøj|nedsæt|sat|sæt|udvid|forlæng|forkort)\w*\b.*\bfra\s+(?:kr\.\s+|den\s+)?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:den|det) (?:foregående|forrige|tidligere|gamle|hidtidige) (?:\w*aftale|\w*periode|ordning|regel)"
    r"|^(?:hidtil|tidligere)\b|\bfør var\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:en|et) (?!halvt?\b|kvartal\b)", re.IGNORECASE)  # "i en måned" says no amount
_FORMERLY = re.compile(r"\b(?:hidtil|tidligere|forrige|var)\b", re.IGNORECASE)


def said_of(query: Query, text: str, spans: Sequence[Span], span: Span) -> float:
    """How much of the question is said of one of several amounts in a text, which stand at `spans`.

    Each amount has its part of the sentence, from the joint before it to the joint after it. What an
    earlier part says nearly holds for it too where it has no verb of its own, and faintly where it has. Of
    equals the first is meant; what held until now is not meant unless it is asked for, and an article
    is hardly a number.
    """
    start, end = _sentence(text, span[0])
    inside = [s for s in spans if start <= s[0] < end]
    place = inside.index(span)
    parts = _parts(text, inside, start, end)
    own, stop = parts[place]
    main = main_clause(text[own:stop])
    earlier = FAINTLY if has_verb(main) and not _TAKEN_UP.match(main) else NEARLY
    condition = _condition(text, start, end)
    if condition and own >= condition:  # it holds for what follows from it
        earlier = NEARLY
    here, there = query.matches(tokens_of(text[own:stop])), query.matches(tokens_of(text[start:own]))
    said = -LATER * place
    for i, pull in enumerate(query.pulls):
        match = max(here[i] if here else 0.0, earlier * there[i] if there else 0.0)
        said += pull * match if match >= FAINTLY / 2 else 0.0
    if (
        query.head
        and query.expected.wants is AnswerType.COUNT
        and query.head.match(_counted(text, span)) >= COUNTED
    ):
        said += 1
    if span[0] < condition <= inside[-1][0] or _LATER_CONDITION.search(text, start, span[0]):
        said -= CONDITION
    if any(of_another_kind(query.text, part) for part in (text[own:stop], text[start:end])):
        said -= 1
    said -= FAINTLY if _ARTICLE.match(text, span[0]) else 0.0
    return said - 1 if is_former(query, text, span[0]) else said


def _counted(text: str, span: Span) -> frozenset[str]:
    """The tokens of what stands right behind a number: "tre kommuner", "tre nye kommuner"."""
    following = re.match(r"\s+\w+(?:\s+\w+)?", text[span[1] :])
    return tokens_of(following.group()) if following else frozenset()


def _condition(text: str, start: int, end: int) -> int:
    """Where the condition ends that a sentence opens with, its verb or "hvis" first: "Opsiges flere pladser
    inden for 30 dage, er varslet et år". 0 where it opens with none."""
    for comma in re.finditer(r",\s+(?=(\w+))", text[start:end]):
        if has_verb(comma.group(1)):
            opening = text[start : start + comma.start()]
            opens = _IF.match(opening) or has_verb(opening.lower().partition(" ")[0])
            return start + comma.start() if opens else 0
    return 0


def of_another_kind(question: str, text: str) -> bool:
    """Whether a text speaks of a kind of offer that the question does not ask about, and not of one it does.

    >>> asked = "Hvad er varslet for en plads i et dagtilbud?"
    >>> of_another_kind(asked, "Døgnpladser: 4 måneder."), of_another_kind(asked, "Varslet er 1 måned.")
    (True, False)
    """
    asked = [bool(offer.search(question)) for offer in _OFFERS]
    named = [bool(offer.search(text)) for offer in _OFFERS]
    return any(asked) and any(named) and not any(a and n for a, n in zip(asked, named, strict=True))


def _parts(text: str, spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Each amount's part of the sentence at [start, end): the first one's begins it, the last one's ends it."""
    parts = []
    for n, span in enumerate(spans):
        own, stop = start, end
        if n:
            before = spans[n - 1][1]
            own = max((end for _, end in joints(text, before, span[0])), default=before)
        if n + 1 < len(spans):
            following = spans[n + 1][0]
            stop = max((start for start, _ in joints(text, span[1], following)), default=following)
        parts.append((own, stop))
    return parts


def _sentence(text: str, place: int) -> Span:
    """The sentence of a place; the first one together with the title it stands under in its own line."""
    start, end = next((a, b) for a, b in sentences(text) if a <= place < b or b == len(text))
    title = run_in(text)
    before = text[text.find(title) + len(title) : start] if title else "-"
    return (start if re.search(r"[^\s.:*]", before) else 0), end


def is_former(query: Query, text: str, place: int) -> bool:
    """Whether the amount at a place of a text held until now and does no more, or is set aside; not where what
    was before is asked for."""
    if _FORMERLY.search(query.text):
        return False
    start, end = _sentence(text, place)
    if _FORMER.search(text, start, place) or _CHANGED.search(text, start, place):
        return True
    denied = DENIED.search(text, start, end)
    if denied and denied.start() <= place:
        return True
    told = _BEFORE.search(text[start:end])
    return told is not None and start + told.start() < place
