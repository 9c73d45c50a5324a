"""Danish words: stems, compounds, and the tokens that represent them in the lexical index.

A word is indexed under its folded surface form and its folded stem, and a compound also under the stems of its parts,
so that `takstberegning` matches `beregning af takster` and `maalgruppe` matches `målgruppe`. `§ 107`, `stk. 2`, years
and percentages are tokens of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from assistant.language.added import added
from assistant.language.letters import fold
from assistant.language.marks import unmarked
from assistant.language.times import MONTHS
from assistant.language.vocabulary import words

SPECIAL = re.compile(
    # "K17" is a name, "kr17" is not. "§ 85 a" is a section, the "i" of "§ 85 i serviceloven" is not part of one.
    r"(?<!\w)(?!kr|nr|stk|pkt|tlf)(?P<code>[a-zæøå]{1,3}\d{1,3})(?!\w)"
    r"|§+\s*(?P<par>\d+(?:[a-zæøå](?!\w)|\s[a-hj-zæøå](?!\w))?)|(?:stk\.?|stykke)\s*(?P<stk>\d+)"
    r"|(?P<pct>\d+(?:[.,]\d+)?)\s*(?:%|pct\.?|procent)|(?P<num>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)",
    re.IGNORECASE,
)
_SMALL = frozenset(words("smaaord", "smaa", "smaa_engelske"))
_FOLDED_SMALL = frozenset(fold(w) for w in _SMALL)
LINKS = ("", "s", "e")
SHORTEST_PART = 4
WORDS = 20_000  # size of the caches: the most common words make up nearly all of a text
LONGEST = 60  # longest compound, in letters: the number of ways to split it grows with the third power
# Prefixes that change a word's meaning but have none themselves: "overbelægning" is not related to "overhead".
PREFIXES = frozenset(words("fagord", "forled"))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("danish")


@lru_cache(maxsize=WORDS)
def stem(word: str) -> str:
    """The folded stem of one word.

    >>> stem("områderne"), stem("omraader"), stem("takster")
    ('omraad', 'omraad', 'takst')
    >>> stem("varslet") == stem("varsel"), stem("midlerne") == stem("middel")
    (True, True)
    """
    return fold(_filled(_stemmer().stemWord(_present(unfold(word.lower())))))


def _filled(stemmed: str) -> str:
    """A stem with the "e" that the word loses before an ending: Snowball turns "varslet" into "varsl".

    >>> _filled("varsl"), _filled("midl"), _filled("saml")
    ('varsel', 'middel', 'saml')
    """
    if not re.search(r"[^aeiouyæøå]l$", stemmed):
        return stemmed
    common = common_words()
    before = stemmed[:-1]
    return max([stemmed, f"{before}el", f"{before}{before[-1]}el"], key=lambda form: common.get(form, 0.0))


def _present(word: str) -> str:
    """A verb in the present tense, because Snowball gives its other forms different stems.

    >>> [_stemmer().stemWord(w) for w in ("betjenes", "betjener", "betalt", "betaler")]
    ['betj', 'betjen', 'betalt', 'betal']
    >>> [_present(w) for w in ("betjenes", "betalt", "godkende", "takst")]
    ['betjener', 'betaler', 'godkender', 'takst']
    """
    common = common_words()
    for ending in ("es", "te", "e", "t"):
        root = word.removesuffix(ending)
        if word != root and len(root) >= SHORTEST_PART and root + "er" in common and root + "e" in common:
            return root + "er"
    return word


@lru_cache(maxsize=WORDS)
def unfold(word: str) -> str:
    """ASCII spelling to Danish letters where that gives a known word: `maalgruppe` → `målgruppe`."""
    if not re.search(r"aa|ae|oe", word) or word in common_words():
        return word
    for candidate in (
        word.replace("aa", "å").replace("ae", "æ").replace("oe", "ø"),
        word.replace("aa", "å"), word.replace("ae", "æ"), word.replace("oe", "ø"),
    ):  # fmt: skip
        if candidate in common_words() or split_compound(candidate):
            return candidate
    return word


def is_plural(word: str) -> bool:
    """Whether a lower-case word in -er is a plural noun rather than a verb.

    >>> is_plural("mennesker"), is_plural("samler"), is_plural("gælder")
    (True, False, False)
    """
    last = (split_compound(word) or (word,))[-1]
    common = common_words()
    return len(word) > 4 and word.endswith("er") and f"{last}ne" in common


_BEFORE = words("fagord", "aftages")


@lru_cache(maxsize=WORDS)
def is_word(word: str) -> bool:
    """Whether a lower-case word is Danish: as written, without its ending or its first syllable, or as a compound.

    >>> is_word("takstberegning"), is_word("indregnes"), is_word("tilbuddenes"), is_word("indtædige")
    (True, True, True, False)
    """
    common = common_words()
    bare = {form for whole in (word, word.removesuffix("s")) for form in _uninflected(whole)}
    bare |= {form[:-1] for form in bare if len(form) > 3 and form[-1] == form[-2]}  # tilbuddet: tilbud
    bare |= {form + "e" for form in bare} | {form[:-1] for form in bare if len(form) > 4}
    stems = bare | {form.removeprefix(p) for form in bare for p in _BEFORE if len(form) - len(p) > 3}
    return any(form in common or form in _of_the_field() for form in stems) or bool(split_compound(word))


@lru_cache(maxsize=1)
def common_words() -> dict[str, float]:
    import wordfreq

    words: dict[str, float] = wordfreq.get_frequency_dict("da")
    return words


@lru_cache(maxsize=WORDS)
def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a compound according to wordfreq's Danish list; empty if it is none. Lower case in and out.

    >>> split_compound("takstberegning"), split_compound("opsigelsesvarsel")
    (('takst', 'beregning'), ('opsigelse', 'varsel'))
    >>> split_compound("takstindberetning"), split_compound("betaling"), split_compound("temaerne")
    (('takst', 'indberetning'), (), ())
    """
    best: tuple[float, tuple[str, ...]] | None = None
    if len(word) > LONGEST:
        return ()
    for cut in range(2, len(word) - 2):
        tail = word[cut:]
        tail_rank = _part_rank(tail)
        if tail_rank is None:
            continue
        for link in LINKS:
            if link and not word[:cut].endswith(link):
                continue
            head = word[: cut - len(link)]
            head_rank = _part_rank(head)
            parts = (head,) if head_rank is not None else split_compound(head)
            if not parts:
                continue
            rank = min(tail_rank, -7.0 if head_rank is None else head_rank) - 0.3 * len(link)
            if best is None or rank > best[0]:
                best = (rank, (*parts, tail))
    return best[1] if best else ()


@lru_cache(maxsize=1)
def _of_the_field() -> frozenset[str]:
    """The words that compounds of the domain consist of, including those the secretariat has added."""
    return frozenset((*words("fagord", "led"), *(word.lower() for word in added().glossary)))


_SHORT = frozenset(words("fagord", "korte_led"))


_ENDINGS = ("erne", "ene", "en", "et", "er", "ne")


def _uninflected(part: str) -> Iterator[str]:
    """A word and its possible forms without an ending: `procenten` → `procent`."""
    yield part
    for ending in _ENDINGS:
        if part.endswith(ending) and len(part) - len(ending) >= SHORTEST_PART:
            yield part[: -len(ending)]


_VERBAL = re.compile(r"(?:else|ing)(?:en|er|erne|s)?$")


def _part_rank(part: str) -> float | None:
    from math import log10

    if part in _of_the_field() or part in _SHORT:
        return -4.5
    if len(part) < SHORTEST_PART:
        return None
    if part in _ENDINGS:
        return None
    frequency = max(common_words().get(form, 0.0) for form in _uninflected(part))
    if frequency >= (1e-5 if len(part) == SHORTEST_PART else 1.5e-6):
        return log10(frequency)
    # A verb with a prefix forms its own noun: "beretning", "indberetning".
    if _VERBAL.search(part) and (bare := next((p for p in _BEFORE if part.startswith(p)), "")):
        rank = _part_rank(part[len(bare) :]) if len(part) - len(bare) >= 6 else None
        return rank - 0.5 if rank is not None else None
    return None


def terms(text: str) -> list[str]:
    """The index tokens of a text, in order; a word may give several.

    >>> terms("§ 107, stk. 2 i 2021: 5,5 pct.")
    ['§107', 'stk2', '2021', '5.5%']
    >>> terms("Målgruppen")
    ['maalgruppen', 'maalgrup', '~maal', '~grup']
    >>> terms("K17, kr200")
    ['k17', 'kr', '200']
    >>> terms("hovedemner")
    ['hovedemner', 'hovedemn', '~emn']
    """
    return [t for group in term_groups(text) for t in group]


def term_groups(text: str) -> list[tuple[str, ...]]:
    """One tuple of tokens for each word of `text` that carries meaning."""
    text = unmarked(text)
    groups: list[tuple[str, ...]] = []
    last = re.search("$", text)
    for m in SPECIAL.finditer(text):
        kind = m.lastgroup
        if kind == "num" and len(m.group()) <= 2 and last and last.lastgroup == "word":
            between = text[last.end() : m.start()]
            name = last.group().lower()
            if between == " " and len(name) > 2 and name not in MONTHS and name not in _SMALL:
                groups.append((f"{stem(name)}#{m.group()}",))  # "bord 4", "bilag 11"
        last = m
        value = m.group(kind) if kind else ""
        if kind == "par":
            groups.append(("§" + value.replace(" ", "").lower(),))
        elif kind == "stk":
            groups.append(("stk" + value,))
        elif kind == "pct":
            groups.append((value.replace(",", ".") + "%",))
        elif kind == "code":
            groups.append((fold(value.lower()),))
        elif kind == "num":
            groups.append((value.strip(".,"),))
        elif group := word_terms(value.lower()):
            groups.append(group)
    return groups


@lru_cache(maxsize=WORDS)
def word_terms(word: str) -> tuple[str, ...]:
    """Surface form, stem and compound parts of one lower-case word; empty for a stop word."""
    surface = fold(word)
    if surface in _FOLDED_SMALL or (len(word) == 1 and not word.isdigit()):
        return ()
    pieces = word.split("-") if "-" in word else [word]
    found = [surface]
    for piece in pieces:
        if len(piece) < 2:
            continue
        found.append(stem(piece))
        parts = split_compound(unfold(piece))
        found += ["~" + stem(p) for p in parts if p not in PREFIXES]
    return tuple(dict.fromkeys(found))
