"""A question that leans on the one before it, made to stand alone: "og i Syddanmark?"

By rule and only where the signs are plain; any other question is returned as it was. The result is
shown to the user, so that she sees what was asked.
"""

from __future__ import annotations

import datetime as dt
import re

from assistant.language.danish import YEAR, fold, municipalities_named, periods_in, regions_named
from assistant.models import Scope
from assistant.question.scope import read_scope

_LEAD = re.compile(
    r"^\W*(?:(?:og|men|samt|også|hvad så|hvad med|hvad så med|gælder det samme|and|what about)\b\W*"
    r"|(?:hvad|hvordan|hvor)\s+(?:er|var|med|ser)\s+(?:det|den|de)\b(?:\s+ud)?(?=\s+(?:i|på|for|efter|hos|fra|nu|så)\b|\W*$)\W*)+",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^\W*(?:og |men )?(?:hvorfor|why)(?: (?:det|er det sådan|så|ikke|gælder det|is that))?\W*$", re.I
)
_ASKED = re.compile(
    r"^\W*(?:hv\w+\s+(?:(?:stor|stort|store|mange|meget|lang|langt)\s+)?(?:er|var|bliver|gælder(?:\s+for)?)"
    r"|what (?:is|are))\s+",
    re.IGNORECASE,
)
_PRICE = re.compile(r"^\W*hvad koster\s+", re.IGNORECASE)
_SMALL = frozenset(
    (
        "i", "på", "for", "efter", "fra", "til", "den", "det", "de", "der", "er", "var", "så", "og",
        "men", "med", "om", "nu", "samme", "aftale", "aftalen", "rammeaftale", "rammeaftalen",
        "rammeaftaler", "region", "regionen", "kommune", "kommunen", "kommuner", "periode",
        "perioden", "året", "år", "in", "the",
    )
)  # fmt: skip
_PLACE = r"(?:(?:\b(?:i|på|fra|hos|for|efter|in)\s+)?(?:\b(?:den|det|de|region|perioden|året|aftalen for|årene)\s+)*)"
_LEFTOVER = re.compile(r"\s+(?:i|på|fra|hos|efter|for|og|in|mellem)(?=\s*[?.,]|\s*$)", re.IGNORECASE)


def standalone(question: str, previous: str, today: dt.date) -> str:
    """`question` with what it takes over from `previous`, or unchanged where it stands alone.

    >>> day = dt.date(2026, 1, 1)
    >>> standalone("Og i Syddanmark?", "Hvad er overheadet i Region Sjælland i 2025-2026?", day)
    'Hvad er overheadet i Syddanmark i 2025-2026?'
    >>> standalone("Hvad med 2018?", "Hvad er overheadet i Sjælland?", day)
    'Hvad er overheadet i Sjælland i 2018?'
    >>> standalone("Og for dagtilbud?", "Hvad er varslet for døgntilbud i Faxe i 2025?", day)
    'Hvad er varslet for dagtilbud i Sjælland i 2025?'
    >>> standalone("Hvorfor?", "Hvad er overheadet i Sjælland?", day)
    'Hvad er begrundelsen for overheadet i Sjælland?'
    >>> standalone("Hvorfor det?", "Hvad koster en plads i Faxe?", day)
    'Hvad er begrundelsen for prisen på en plads i Faxe?'
    >>> standalone("Hvorfor?", "Hvornår indberettes taksterne?", day)
    'Hvad er begrundelsen her: hvornår indberettes taksterne?'
    >>> standalone("Hvad er en takst?", "Hvad er overheadet i Sjælland?", day)
    'Hvad er en takst?'
    """
    if _WHY.match(question):
        matter = _PRICE.sub("prisen på ", previous) if _PRICE.match(previous) else _ASKED.sub("", previous)
        if matter == previous:  # a question of another form is taken as it stands
            matter = previous[0].lower() + previous[1:]
            return f"Hvad er begrundelsen her: {matter.rstrip(' ?.!')}?"
        return f"Hvad er begrundelsen for {matter.rstrip(' ?.!')}?"
    lead = _LEAD.match(question)
    new, old = read_scope(question, today), read_scope(previous, today)
    own = _own_words(question[lead.end() :] if lead else question)
    if not lead and (own or not new):
        return question
    body = without_scope(previous).rstrip(" ?.!")
    if own:
        whole = re.match(r"(?:hv\w+|who|what|when|how)\b", own, re.IGNORECASE)
        body = own if whole else _replaced(body, own)
    places = new.regions or old.regions
    times = _times(new) or _times(old)
    parts = [body]
    if places:
        parts.append("i " + " og ".join(places))
    if times:
        parts.append(times)
    return " ".join(parts) + "?"


def _times(scope: Scope) -> str:
    """The scope's time in words that are read back as the same."""
    if scope.on:
        return "i den gældende aftale"
    years = ["-".join(dict.fromkeys(p.split("-"))) for p in scope.periods] + [
        str(y) for y in scope.soft_years
    ]
    return "i " + " og ".join(years) if years else ""


def _own_words(text: str) -> str:
    """What a text says besides its scope and small words, in its own order."""
    words = without_scope(text).strip(" ?.!,")
    return words if any(w.lower() not in _SMALL for w in re.findall(r"[\w-]+", words)) else ""


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


def _replaced(body: str, own: str) -> str:
    """The previous question with the new words in the place of those they stand in for: the words
    after the same preposition, or the compound with the same last part; else added at the end."""
    bare = re.sub(r"^(?:for|om|til|ved|på)\s+", "", own)
    for word in re.findall(r"[\w-]{6,}", body):
        for other in re.findall(r"[\w-]{6,}", bare):
            if other.lower() != word.lower() and other.lower()[-6:] == word.lower()[-6:]:
                return body.replace(word, other)
    if m := re.match(r"(for|om|til|ved|på)\s+", own):
        before, mark, _ = body.rpartition(f" {m.group(1)} ")
        if mark:
            return f"{before} {own}"
    return f"{body} {own}"
