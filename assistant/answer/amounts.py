"""What each of several amounts in a sentence refers to, and whether it is still in force."""

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

NEARLY = 0.8  # how far the words of an earlier part apply to a part without a verb
FAINTLY = 0.4  # how far they apply to a part with a verb of its own
CONDITION = 0.2  # deduction for an amount within a condition
COUNTED = 0.9  # how well the words after a number must match what is counted, for that number to be preferred
LATER = 0.05  # deduction per position in the sentence
_OFFERS = tuple(re.compile(words, re.IGNORECASE) for words in OFFERS)
# Words that refer back to what was said before: "Mens den på dagtilbud er".
_TAKEN_UP = re.compile(r"(?:den|det|de|varslet|fristen|satsen|andelen)\s+(?:på|for|i|ved|er|udgør|til)\b")
_IF = re.compile(rf"(?:{OPENS})\b", re.IGNORECASE)
_LATER_CONDITION = re.compile(rf"\w,?\s+(?:{IF})\s[^,;]*$", re.IGNORECASE)
# Marks of an amount no longer in force: "hidtil 4 uger", "mod før 5 pct.", "ændres fra 2 til 3 år", "efter den
# forrige aftale".
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
# The "en" of "i en måned" is not an amount.
_ARTICLE = re.compile(r"(?:en|et) (?!halvt?\b|kvartal\b)", re.IGNORECASE)
_FORMERLY = re.compile(r"\b(?:hidtil|tidligere|forrige|var)\b", re.IGNORECASE)


def said_of(query: Query, text: str, spans: Sequence[Span], span: Span) -> float:
    """How much of the question applies to one of several amounts in a text; `spans` are the places of all of them.

    Each amount has its part of the sentence, between the joints before and after it. What an earlier part says nearly
    applies to a part without a verb, and faintly to one with a verb. Of equals the first is preferred. An amount no
    longer in force is not preferred unless the question asks for it, and an article is hardly a number.
    """
    start, end = _sentence(text, span[0])
    inside = [s for s in spans if start <= s[0] < end]
    place = inside.index(span)
    own, stop = _parts(text, inside, start, end)[place]
    condition = _condition(text, start, end)
    earlier = _carried(text[own:stop], bool(condition) and own >= condition)
    here, there = query.matches(tokens_of(text[own:stop])), query.matches(tokens_of(text[start:own]))
    said = -LATER * place
    for i, pull in enumerate(query.pulls):
        match = max(here[i] if here else 0.0, earlier * there[i] if there else 0.0)
        said += pull * match if match >= FAINTLY / 2 else 0.0
    counted = query.head if query.expected.wants is AnswerType.COUNT else None
    if counted and counted.match(_counted(text, span)) >= COUNTED:
        said += 1
    if span[0] < condition <= inside[-1][0] or _LATER_CONDITION.search(text, start, span[0]):
        said -= CONDITION
    if any(of_another_kind(query.text, part) for part in (text[own:stop], text[start:end])):
        said -= 1
    said -= FAINTLY if _ARTICLE.match(text, span[0]) else 0.0
    return said - 1 if is_former(query, text, span[0]) else said


def _carried(part: str, conditional: bool) -> float:
    """How far the earlier parts of a sentence apply to a part: nearly where it has no verb, refers back, or follows
    from the sentence's opening condition; else faintly."""
    main = main_clause(part)
    return FAINTLY if has_verb(main) and not _TAKEN_UP.match(main) and not conditional else NEARLY


def _counted(text: str, span: Span) -> frozenset[str]:
    """The tokens right after a number: "tre kommuner", "tre nye kommuner"."""
    following = re.match(r"\s+\w+(?:\s+\w+)?", text[span[1] :])
    return tokens_of(following.group()) if following else frozenset()


def _condition(text: str, start: int, end: int) -> int:
    """The end of the condition that a sentence opens with, whether it begins with its verb or with "hvis": "Opsiges
    flere pladser inden for 30 dage, er varslet et år". 0 where there is none."""
    for comma in re.finditer(r",\s+(?=(\w+))", text[start:end]):
        if has_verb(comma.group(1)):
            opening = text[start : start + comma.start()]
            opens = _IF.match(opening) or has_verb(opening.lower().partition(" ")[0])
            return start + comma.start() if opens else 0
    return 0


def of_another_kind(question: str, text: str) -> bool:
    """Whether a text names a kind of offer that the question does not ask about, and none that it does.

    >>> asked = "Hvad er varslet for en plads i et dagtilbud?"
    >>> of_another_kind(asked, "Døgnpladser: 4 måneder."), of_another_kind(asked, "Varslet er 1 måned.")
    (True, False)
    """
    asked = [bool(offer.search(question)) for offer in _OFFERS]
    named = [bool(offer.search(text)) for offer in _OFFERS]
    return any(asked) and any(named) and not any(a and n for a, n in zip(asked, named, strict=True))


def _parts(text: str, spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Each amount's part of the sentence at [start, end): the first begins the sentence, the last ends it."""
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
    """The sentence at a place; the first sentence includes the run-in title before it."""
    start, end = next((a, b) for a, b in sentences(text) if a <= place < b or b == len(text))
    title = run_in(text)
    before = text[text.find(title) + len(title) : start] if title else "-"
    return (start if re.search(r"[^\s.:*]", before) else 0), end


def is_former(query: Query, text: str, place: int) -> bool:
    """Whether the amount at a place of a text is no longer in force, or is dismissed. Never where the question asks
    for the past."""
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
