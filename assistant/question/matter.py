"""The subject of a turn of a conversation: its words without place and time, and what it takes over from before."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.language import vocabulary
from assistant.language.letters import fold
from assistant.language.places import NICKNAMES, municipalities_named, regions_named
from assistant.language.times import YEAR, periods_in
from assistant.language.words import word_terms
from assistant.question.acts import MATTER, Reading
from assistant.question.conversation import State
from assistant.question.turn_scope import ALL, BEFORE, LAST_YEAR, NOWADAYS

MATTER_WORDS = 14
SHORT = 5  # most words of a turn that merely adds to the one before

_LEAD = re.compile(
    r"^\W*(?:(?:og|men|samt|også|så|nå|ok|okay|hej|øh|altså|undskyld|ups|nej|jo|ja|fint|godt|hvad så"
    r"|hvad med|hvad så med"
    r"|hvordan med|jeg mente|mente jeg|jeg mener|gælder det samme|gælder det også|and|what about)\b\W*"
    r"|(?:hvad|hvordan|hvor)\s+(?:er|var|med|ser)\s+(?:det|den|de)\b(?:\s+ud)?(?=\s+(?:i|på|for|efter|hos|fra|nu|så)\b|\W*$)\W*)+",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^\W*(?:hv\w+\s+(?:(?:stor|stort|store|mange|meget|lang|langt)\s+)?(?:er|var|bliver|gælder(?:\s+for)?)"
    r"|what (?:is|are))\s+",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:hv\w+|who|what|when|how|skal|kan|må|er|har|får|bliver|gælder|findes|vil|skulle|kunne)\b",
    re.IGNORECASE,
)
# Words that replace another of the same kind: a section, an abbreviation.
_KINDRED = (re.compile(r"§+\s*\d+(?:\s?[a-z]\b)?"), re.compile(r"\b[A-ZÆØÅ]{2,}\b"))
_LITTLE = frozenset(("", "for", "om", "på", "efter"))
_PLACE = r"(?:(?:\b(?:i|på|fra|hos|for|efter|in)\s+)?(?:\b(?:den|det|de|region|perioden|året|aftalen for|årene)\s+)*)"
_LEFTOVER = re.compile(r"\s+(?:i|på|fra|hos|efter|for|og|in|mellem)(?=\s*[?.,]|\s*$)", re.IGNORECASE)
# Words that name no subject: about the form of the answer, the document or the time.
_NO_MATTER = frozenset(vocabulary.words("smaaord", "uden_sag"))


def own_words(text: str) -> str:
    """What a turn says besides its scope and function words, in its own order; "" where nothing is left."""
    lead = _LEAD.match(text)
    words = without_scope(text[lead.end() :] if lead else text)
    for found in (BEFORE, LAST_YEAR, NOWADAYS, ALL):
        words = found.sub(" ", words)
    said = [
        w for w in re.findall(r"[\w-]+", words.lower()) if w not in _NO_MATTER and fold(w) not in NICKNAMES
    ]
    words = re.sub(r"\s+", " ", words).strip(" ?.!,–-")
    return words if any(word_terms(w) for w in said) else ""


def taken_over(own: str, state: State, reading: Reading) -> State:
    """The state with the question of a turn that depends on the one before. A turn with a subject of its own is taken
    as it is. Otherwise the new words replace those they stand for in the last question, or are added to it. A few
    bare words give both readings."""
    few = len(own.split()) <= SHORT and not _WHOLE.match(own)
    if few and (swapped := _swapped(state.asked.rstrip(" ?.!"), own)):
        return replace(state, asked=f"{swapped}?", matter=matter_of(swapped))
    if few:
        alone = f"Hvad er {own[:1].lower() if not own[:2].isupper() else own[:1]}{own[1:]}?"
        body = state.asked if "(" not in state.asked else state.matter
        both = f"{body.rstrip(' ?.!')} {own}?"
        first, second = (alone, both) if reading.matter >= MATTER else (both, alone)
        return replace(state, asked=first, other=second, matter=matter_of(first))
    if reading.matter >= MATTER:
        return replace(state, asked=own, matter=matter_of(own))
    return replace(state, asked=f"{own.rstrip(' ?.!')} ({state.matter})?")


def matter_of(asked: str) -> str:
    """The subject of a question in a few words, without the words that ask.

    >>> matter_of("Hej igen. Hvad er opsigelsesvarslet for døgntilbud?")
    'opsigelsesvarslet for døgntilbud'
    """
    sentences = [x for x in re.split(r"(?<=[.!?])\s+", asked) if re.search(r"\w{3}", x)]
    told = next((x for x in reversed(sentences) if x.endswith("?")), asked)
    return " ".join(_ASKED.sub("", _LEAD.sub("", told)).rstrip(" ?.!").split()[:MATTER_WORDS])


def reason_of(matter: str) -> str:
    """A question for the reason of a subject."""
    if re.match(r"(?:hv\w+)\b", matter, re.IGNORECASE):  # a question of another form is quoted as it is
        return f"Hvad er begrundelsen her: {matter[0].lower()}{matter[1:]}?"
    return f"Hvad er begrundelsen for {matter}?"


def _swapped(body: str, own: str) -> str:
    """A question with new words in place of the compound with the same last part, or of those after the same
    preposition; "" where neither is found."""
    for kind in _KINDRED:
        one, other = kind.findall(body), kind.findall(own)
        if len(one) == len(other) == 1 and one != other and kind.sub("", own).strip(" ?.!") in _LITTLE:
            return kind.sub(other[0], body)
    for word in re.findall(r"[\w-]{6,}", body):
        for other in re.findall(r"[\w-]{6,}", own):
            if other.lower() != word.lower() and other.lower()[-6:] == word.lower()[-6:]:
                return body.replace(word, other)
    if m := re.match(r"(for|om|til|ved|på)\s+", own):
        before, mark, _ = body.rpartition(f" {m.group(1)} ")
        if mark:
            return f"{before} {own}"
    return ""


def without_scope(text: str) -> str:
    """A text without its regions, municipalities, periods and years and the prepositions before them."""
    spans = [(start, end) for _, start, end in periods_in(text)]
    spans += [m.span() for m in YEAR.finditer(text) if not any(s <= m.start() < e for s, e in spans)]
    names = [word for _, word in regions_named(text)] + [fold(name) for _, name in municipalities_named(text)]
    spans += [m.span() for m in re.finditer(r"[\w'-]+", text) if fold(m.group()).rstrip("s'") in {
        n.rstrip("s'") for n in names}]  # fmt: skip
    spans += [m.span() for m in re.finditer(r"\b(?:nu)?gældende\b", text, re.IGNORECASE)]
    for start, end in sorted(spans, reverse=True):
        before = re.search(_PLACE + r"$", text[:start], re.IGNORECASE)
        after = re.match(r"\s*(?:kommunes?|rammeaftale\w*|aftale\w*)?", text[end:], re.IGNORECASE)
        start = before.start() if before and before.group() else start
        text = text[:start] + " " + text[end + (after.end() if after else 0) :]
    text = _LEFTOVER.sub("", re.sub(r"\s+", " ", text))
    return re.sub(r"\s+([?.,])", r"\1", text).strip()
