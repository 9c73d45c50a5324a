"""The content words of a sentence and the words that may replace them: formal Danish and its plain equivalents.

Each row of `data/omskrivninger.toml` holds words that may replace one another in a sentence about agreements, payment
and care without changing its meaning. Figures, names, conditions and modal verbs are never among them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.language.clauses import opens_below
from assistant.language.letters import fold
from assistant.language.numerals import number
from assistant.language.places import regions_named
from assistant.language.sentences import sentences
from assistant.language.vocabulary import rows, words
from assistant.language.words import is_plural, stem, word_terms

# Words that frame a statement but say nothing about the subject.
FRAME = frozenset(words("smaaord", "ramme"))


@lru_cache(maxsize=1)
def counterparts() -> dict[str, frozenset[str]]:
    """Stem → the stems that may replace it, itself included. The search synonyms are too broad for this."""
    table: dict[str, set[str]] = {}
    for row in rows("omskrivninger"):
        stems = {stem(w) for w in row}
        for one in stems:
            table.setdefault(one, set()).update(stems)
    return {k: frozenset(v) for k, v in table.items()}


def is_frame(word: str) -> bool:
    """Whether a word is a framing word, a figure (figures are checked separately) or the name of a region."""
    return word in FRAME or word[0].isdigit() or number(word) is not None or bool(regions_named(word))


def content(text: str) -> list[frozenset[str]]:
    """The meanings of each content word of a text."""
    found = (meanings(m.group()) for m in re.finditer(r"[\w-]+", text))
    return [t for t in found if t]


@lru_cache(maxsize=100_000)
def entire(word: str) -> frozenset[str]:
    """The forms of a whole word and the words that may replace it."""
    own = frozenset((fold(word), stem(word)))
    return own.union(*(counterparts().get(t, frozenset()) for t in own))


# Prefixes with which a compound does not mean what its last part means.
_TURNED = re.compile(r"(?:u|in|mer|mis|over|under)(?=[a-zæøå]{4})")


@lru_cache(maxsize=100_000)
def meanings(word: str) -> frozenset[str]:
    """The stem of a word, the parts of a compound, and what may replace them; empty for a stop word."""
    terms = word_terms(word.lower())
    if not terms:
        return frozenset()
    own = {t.removeprefix("~") for t in terms if not (t[0] == "~" and _TURNED.match(word.lower()))}
    stems = own | {stem(t) for t in own}
    return frozenset(stems.union(*(counterparts().get(t, frozenset()) for t in stems)))


_VERB = re.compile(
    r"\b(?:er|var|har|havde|kan|kunne|skal|skulle|vil|ville|må|måtte|bør|burde|blev|får|fik|går|gik|gør|gav|så|står|stod|lå"
    r"|kom|hed|[a-zæøå]{2,}(?:er|es|ede|edes|te|tes|gør|tog|lod|faldt|fandt|holdt|gik|gav|kom|skrev|løb))\b"
)


def has_verb(text: str) -> bool:
    """Whether a text has a word that by its form may be a finite verb. Plural nouns, which look alike, are left out;
    a mere heading has no verb.

    >>> has_verb("Taksterne indberettes hvert år."), has_verb("Viden om effekt"), has_verb("Sikret afdeling i 2023")
    (True, False, False)
    """
    return bool(_verbs(text))


def _verbs(text: str) -> list[str]:
    found = (m.group() for m in _VERB.finditer(text[:1].lower() + text[1:]))
    return [word for word in found if not is_plural(word)]


def hangs(text: str) -> bool:
    """Whether a text is a subordinate clause without a main clause after it.

    >>> hangs("Når et tilbud lukker"), hangs("Når et tilbud lukker, deles udgifterne."), hangs("Tilbuddet lukker.")
    (True, False, False)
    """
    if not opens_below(text):
        return False
    clause, comma, main = text.partition(",")
    return not _verbs(main) if comma else len(_verbs(clause)) < 2  # many writers leave the comma out


def sentences_of(text: str) -> list[str]:
    """The sentences of a text; abbreviations do not end one."""
    return [p for a, b in sentences(text) for p in text[a:b].split("\n") if p.strip()]
