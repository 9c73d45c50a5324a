"""The lexical channel: Danish tokens and BM25 (bm25s).

A word is indexed as its folded surface form and its folded stem, and a compound also as the stems
of its parts, so that `takstberegning` answers to `beregning af takster` and `maalgruppe` to
`målgruppe`. `§ 107`, `stk. 2`, years and percentages are tokens of their own.
"""

from __future__ import annotations

import contextlib
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assistant.danish import ENGLISH, MONTHS, NAMES, STOPWORDS, SYNONYMS, fold

SPECIAL = re.compile(
    # "K17" is a name, "kr17" is not. "§ 85 a" is a section of its own, "§ 85 i serviceloven" is not.
    r"(?<!\w)(?!kr|nr|stk|pkt|tlf)(?P<code>[a-zæøå]{1,3}\d{1,3})(?!\w)"
    r"|§+\s*(?P<par>\d+(?:[a-zæøå](?!\w)|\s[a-hj-zæøå](?!\w))?)|(?:stk\.?|stykke)\s*(?P<stk>\d+)"
    r"|(?P<pct>\d+(?:[.,]\d+)?)\s*(?:%|pct\.?|procent)|(?P<num>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)",
    re.IGNORECASE,
)
FOLDED_STOPWORDS = frozenset(fold(w) for w in STOPWORDS)
LINKS = ("", "s", "e")
SHORTEST_PART = 4
WORDS = 20_000  # that are kept as they were analysed: the commonest make up nearly all of a text
# Parts that turn a word's meaning and say nothing themselves: "overbelægning" is no kind of "overhead".
PREFIXES = frozenset(
    ["over", "under", "hoved", "efter", "frem", "sammen", "gennem", "mellem", "imod", "igen", "uden"]
)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("danish")


@lru_cache(maxsize=WORDS)
def stem(word: str) -> str:
    """Folded stem of one word.

    >>> stem("områderne"), stem("omraader"), stem("takster")
    ('omraad', 'omraad', 'takst')
    >>> stem("varslet") == stem("varsel"), stem("midlerne") == stem("middel")
    (True, True)
    """
    return fold(_filled(_stemmer().stemWord(_present(_unfold(word.lower())))))


def _filled(stemmed: str) -> str:
    """A stem with the "e" that its word loses before an ending: Snowball leaves "varsl" of "varslet".

    >>> _filled("varsl"), _filled("midl"), _filled("saml")
    ('varsel', 'middel', 'saml')
    """
    if not re.search(r"[^aeiouyæøå]l$", stemmed):
        return stemmed
    common = _common_words()
    before = stemmed[:-1]
    return max([stemmed, f"{before}el", f"{before}{before[-1]}el"], key=lambda form: common.get(form, 0.0))


def _present(word: str) -> str:
    """A verb in the present tense: Snowball leaves its other forms with stems of their own.

    >>> [_stemmer().stemWord(w) for w in ("betjenes", "betjener", "betalt", "betaler")]
    ['betj', 'betjen', 'betalt', 'betal']
    >>> [_present(w) for w in ("betjenes", "betalt", "godkende", "takst")]
    ['betjener', 'betaler', 'godkender', 'takst']
    """
    common = _common_words()
    for ending in ("es", "te", "e", "t"):
        root = word.removesuffix(ending)
        if word != root and len(root) >= SHORTEST_PART and root + "er" in common and root + "e" in common:
            return root + "er"
    return word


@lru_cache(maxsize=WORDS)
def _unfold(word: str) -> str:
    """ASCII spelling to Danish letters where that makes a known word: `maalgruppe` → `målgruppe`."""
    if not re.search(r"aa|ae|oe", word) or word in _common_words():
        return word
    for candidate in (
        word.replace("aa", "å").replace("ae", "æ").replace("oe", "ø"),
        word.replace("aa", "å"), word.replace("ae", "æ"), word.replace("oe", "ø"),
    ):  # fmt: skip
        if candidate in _common_words() or split_compound(candidate):
            return candidate
    return word


def is_plural(word: str) -> bool:
    """Whether a lower-case word in -er is a noun's plural rather than a verb.

    >>> is_plural("mennesker"), is_plural("samler"), is_plural("gælder")
    (True, False, False)
    """
    last = (split_compound(word) or (word,))[-1]
    common = _common_words()
    return len(word) > 4 and word.endswith("er") and f"{last}ne" in common


_BEFORE = (
    "af", "be", "for", "fore", "fra", "frem", "gen", "ind", "med", "ned", "om", "op", "over", "på", "sam", "til", "ud",
    "under", "ved", "to", "fler",
)  # fmt: skip


@lru_cache(maxsize=WORDS)
def is_word(word: str) -> bool:
    """Whether a lower-case word is Danish: as it stands, without its ending or its first syllable, or as a
    compound.

    >>> is_word("takstberegning"), is_word("indregnes"), is_word("tilbuddenes"), is_word("indtædige")
    (True, True, True, False)
    """
    common = _common_words()
    bare = {form for whole in (word, word.removesuffix("s")) for form in _uninflected(whole)}
    bare |= {form[:-1] for form in bare if len(form) > 3 and form[-1] == form[-2]}  # tilbuddet: tilbud
    bare |= {form + "e" for form in bare} | {form[:-1] for form in bare if len(form) > 4}
    stems = bare | {form.removeprefix(p) for form in bare for p in _BEFORE if len(form) - len(p) > 3}
    return any(form in common or form in _FIELD_PARTS for form in stems) or bool(split_compound(word))


@lru_cache(maxsize=1)
def _common_words() -> dict[str, float]:
    import wordfreq

    words: dict[str, float] = wordfreq.get_frequency_dict("da")
    return words


@lru_cache(maxsize=WORDS)
def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a compound by wordfreq's Danish list, or nothing. Lower case in and out.

    >>> split_compound("takstberegning"), split_compound("opsigelsesvarsel")
    (('takst', 'beregning'), ('opsigelse', 'varsel'))
    >>> split_compound("betaling")
    ()
    """
    best: tuple[float, tuple[str, ...]] | None = None
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


_FIELD_PARTS = frozenset(
    [
        "takst",
        "takster",
        "taksten",
        "belægning",
        "belægningen",
        "varsel",
        "varslet",
        "varsler",
        "ydelse",
        "ydelser",
        "overhead",
        "sats",
        "satsen",
        "satser",
        "normering",
        "visitation",
        "opsigelse",
        "opsigelsen",
        "efterregulering",
        "afregning",
        "finansiering",
        "rammeaftale",
        "udmelding",
        "udmeldinger",
        "driftsherre",
        "optimering",
        "gruppe",
        "gruppen",
        "grupper",
        "grupperne",
    ]
)
SHORT_PARTS = frozenset(
    ["mål", "råd", "dag", "tal", "lov", "syn", "bo", "døgn", "års", "drift", "pris", "leje", "psyk"]
)


def _uninflected(part: str) -> Iterator[str]:
    """A word and what may be left of it without its ending: `procenten` → `procent`."""
    yield part
    for ending in ("erne", "ene", "en", "et", "er", "ne"):
        if part.endswith(ending) and len(part) - len(ending) >= SHORTEST_PART:
            yield part[: -len(ending)]


def _part_rank(part: str) -> float | None:
    from math import log10

    if part in _FIELD_PARTS or part in SHORT_PARTS:
        return -4.5
    if len(part) < SHORTEST_PART:
        return None
    frequency = max(_common_words().get(form, 0.0) for form in _uninflected(part))
    if frequency < (1e-5 if len(part) == SHORTEST_PART else 1.5e-6):
        return None
    return log10(frequency)


def terms(text: str) -> list[str]:
    """Tokens for the index, in order; a word may give several.

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
    """One tuple of tokens for every word of `text` that carries meaning."""
    groups: list[tuple[str, ...]] = []
    last = re.search("$", text)
    for m in SPECIAL.finditer(text):
        kind = m.lastgroup
        if kind == "num" and len(m.group()) <= 2 and last and last.lastgroup == "word":
            between = text[last.end() : m.start()]
            name = last.group().lower()
            if between == " " and len(name) > 2 and name not in MONTHS and name not in STOPWORDS:
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
    """Surface, stem and compound parts of one lower-case word; nothing for a stop word."""
    surface = fold(word)
    if surface in FOLDED_STOPWORDS or (len(word) == 1 and not word.isdigit()):
        return ()
    pieces = word.split("-") if "-" in word else [word]
    found = [surface]
    for piece in pieces:
        if len(piece) < 2:
            continue
        found.append(stem(piece))
        parts = split_compound(_unfold(piece))
        found += ["~" + stem(p) for p in parts if p not in PREFIXES]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Term:
    """One meaningful word of a question: the tokens that count as it, each with how well (0 to 1],
    and how telling the word is. `known` says whether the index holds the word or a part of it."""

    word: str
    tokens: Mapping[str, float]
    weight: float
    known: bool
    surely: float = 1.0  # how far the index holds the word: whole 1, by its parts or synonyms less

    def match(self, tokens: Set[str]) -> float:
        """How well a set of tokens answers to the word, 0 to 1."""
        there = self.tokens.keys() & tokens
        return max(self.tokens[t] for t in there) if there else 0.0


# How well a compound's part, its last part, a synonym, another name, a near spelling, a derived word counts.
PART, CATEGORY, SYNONYM, NAMED, SPELLING, DERIVED = 0.65, 0.4, 0.55, 0.9, 0.9, 0.85
BY_PARTS = 0.7  # how far a compound is held whose every part is
TURNED = 0.4  # how far a compound is held by what is left of it without its prefix
# Endings of a verb, its participles and the nouns made of it: "finansierer", "finansieret", "finansiering".
_DERIVATIONS = (
    "ningerne", "ningen", "ninger", "ning", "ingerne", "ingen", "inger", "ing", "elserne", "elsen", "elser", "else",
    "elses", "erne", "ede", "es", "et", "er", "e", "t", "",
)  # fmt: skip


_NOUN = re.compile(r"(?:n?ing|els)(?:e|en|er|erne|s|es)?$")


@lru_cache(maxsize=20_000)
def derived(word: str) -> frozenset[str]:
    """Folded words of the other class that may share a verb's root with a folded word: the nouns of a
    verb, the verbs of a noun. (Forms of one class share their stem.)

    >>> [w in derived("opsigelse") for w in ("opsiges", "opsigelsen")]
    [True, False]
    """
    roots = {word[: len(word) - len(e)] for e in _DERIVATIONS if word.endswith(e)}
    forms = {root + e for root in roots if len(root) >= 5 for e in _DERIVATIONS}
    noun = bool(_NOUN.search(word))
    return frozenset(f for f in forms if bool(_NOUN.search(f)) != noun and len(word) > 5)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, dict[str, float]]:
    """For each stem those that answer to it, and how well."""
    table: dict[str, dict[str, float]] = {}
    for rows, strength in ((SYNONYMS, SYNONYM), (NAMES, NAMED)):
        for row in rows:
            stems = {stem(word) for word in row}
            for one in stems:
                table.setdefault(one, {}).update(dict.fromkeys(stems - {one}, strength))
    for english, danish in ENGLISH:
        for word in english:
            table.setdefault(word, {}).update({stem(own): NAMED for own in danish})
    return table


def expand(group: Sequence[str], vocabulary: Mapping[str, int]) -> tuple[dict[str, float], bool]:
    """The tokens that answer to one word of a question, and whether the index knows the word.

    Parts of compounds answer to words that stand alone, and the other way round; synonyms of the
    field answer to each other; an unknown word is answered by its nearest spellings.
    """
    parts = [t for t in group if t.startswith("~")]
    # In a Danish compound the last part names the category, those before it what is special.
    tokens = {t: (CATEGORY if parts and t == parts[-1] else PART if t in parts else 1.0) for t in group}
    whole = [t for t in group if not t.startswith("~")]
    known = any(t in vocabulary for t in whole)
    for token in group:
        other = token[1:] if token.startswith("~") else "~" + token
        tokens.setdefault(other, tokens[token] if token in parts else PART)
    for token in [*whole, *(t[1:] for t in group if t.startswith("~"))]:
        for synonym, own in _synonyms().get(token, {}).items():
            strength = own if token in whole else own * PART
            tokens[synonym] = max(tokens.get(synonym, 0.0), strength)
            tokens.setdefault("~" + synonym, strength * 0.8)
    for form in derived(whole[0]) if whole and whole[0].isalpha() else ():
        if form in vocabulary:
            tokens[form] = max(tokens.get(form, 0.0), DERIVED)
    if not known and whole and whole[0].isalpha():
        for near in neighbours(whole[0], vocabulary):
            tokens[near] = SPELLING
            known = True
    known = known or any(t in vocabulary or t[1:] in vocabulary for t in parts)
    return tokens, known or any(t in vocabulary for t, s in tokens.items() if s >= SYNONYM)


def _rarity(word: str) -> float:
    """How telling a word is that the index does not hold: everyday words say little of the subject,
    names and rare words much. 0.15 to 1, by the frequency in Danish (Zipf scale of wordfreq)."""
    frequency = _folded_words().get(word, 0.0)
    zipf = np.log10(frequency) + 9 if frequency else 0.0
    return float(np.clip((5.5 - zipf) / 3, 0.15, 1.0))


@lru_cache(maxsize=1)
def _folded_words() -> dict[str, float]:
    return {fold(word): frequency for word, frequency in _common_words().items()}


def neighbours(word: str, known: Iterable[str]) -> list[str]:
    """Known spellings close to an unknown one: one edit for short words, two for long ones."""
    if len(word) < 5:
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    limit = 1 if len(word) < 9 else 2
    candidates = [k for k in known if k[0] == word[0] and abs(len(k) - len(word)) <= limit and k[0] != "~"]
    found = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=3)
    return [hit[0] for hit in found]


class LexicalWriter:
    """Takes texts one by one, in the passages' order. Four bytes of each of their tokens wait in a file of
    `folder`, so that a corpus of any size takes no memory. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._vocabulary: dict[str, int] = {}
        self._ends = array("q", [0])
        self._path = folder / "tokens.u32"
        self._file = self._path.open("wb")

    def add(self, text: str) -> None:
        known = self._vocabulary
        tokens = [known.setdefault(token, len(known)) for token in terms(text) or ["·"]]
        self._ends.append(self._ends[-1] + len(tokens))
        self._file.write(np.array(tokens, np.uint32).tobytes())

    def index(self) -> LexicalIndex:
        """The index of all that was added; nothing can be added afterwards."""
        import bm25s

        self._file.close()
        tokens = np.fromfile(self._path, np.uint32)
        self._path.unlink()
        texts = [tokens[a:b] for a, b in pairwise(self._ends)]
        if not texts:
            return LexicalIndex(None, 0)
        engine = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        engine.index((texts, self._vocabulary), show_progress=False)
        self._vocabulary = {}
        return LexicalIndex(engine, len(texts))

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: what it still held goes with it
            self._file.close()


class LexicalIndex:
    """BM25 over passages by their place in the index. Token weights: BM25+ idf of `bm25s`."""

    def __init__(self, engine: Any, size: int) -> None:
        self._engine = engine
        self.size = size
        self.vocabulary: dict[str, int] = (
            {str(k): v for k, v in engine.vocab_dict.items() if k} if engine else {}
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "size.json").write_text(json.dumps(self.size))
        if self._engine is not None:
            self._engine.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        import bm25s

        size = json.loads((folder / "size.json").read_text())
        return cls(bm25s.BM25.load(str(folder)) if size else None, size)

    def terms(self, question: str, faint: Set[str] = frozenset()) -> list[Term]:
        """The meaningful words of a question; those in `faint` (folded) weigh a quarter."""
        found = []
        for group in term_groups(question):
            tokens, known = expand(group, self.vocabulary)
            weight = self._idf(group) if known else self._idf(()) * _rarity(group[0])
            if group[0] in faint:
                weight *= 0.25
            found.append(Term(group[0], tokens, weight, known, self._held(group, tokens)))
        return list({t.word: t for t in found}.values())

    def _held(self, group: Sequence[str], tokens: Mapping[str, float]) -> float:
        if any(t in self.vocabulary for t in group if not t.startswith("~")):
            return 1.0
        parts = [t for t in group if t.startswith("~")]
        held = [p for p in parts if p in self.vocabulary or p[1:] in self.vocabulary]
        by_parts = len(held) / len(parts) if parts else 0.0
        if by_parts == 1.0:
            return TURNED if group[0].startswith(tuple(PREFIXES)) and len(parts) == 1 else BY_PARTS
        others = [s for t, s in tokens.items() if t not in group and t.lstrip("~") not in
                  {p[1:] for p in parts} and t in self.vocabulary]  # fmt: skip
        return max([PART * by_parts, *others])

    def _idf(self, group: Sequence[str]) -> float:
        """log(1 + (N - n + ½) / (n + ½)); a word that is nowhere is the most telling."""
        forms = [*group, *(t[1:] for t in group if t.startswith("~"))]
        counts = [self._frequency(t) for t in forms if t in self.vocabulary]
        n = max(counts, default=0)
        return float(np.log(1 + (self.size - n + 0.5) / (n + 0.5)))

    def _frequency(self, token: str) -> int:
        pointers = self._engine.scores["indptr"]
        column = self.vocabulary[token]
        return int(pointers[column + 1] - pointers[column])

    def scores(self, terms: Sequence[Term]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """BM25 of every passage, shape (size,): of the tokens that answer to a word the best counts."""
        total = np.zeros(self.size, dtype=np.float32)
        if self._engine is None:
            return total
        data, indices, pointers = (self._engine.scores[n] for n in ("data", "indices", "indptr"))
        for term in terms:
            best = np.zeros(self.size, dtype=np.float32)
            for token, strength in term.tokens.items():
                column = self.vocabulary.get(token)
                if column is None:
                    continue
                at = slice(pointers[column], pointers[column + 1])
                rows = indices[at]
                best[rows] = np.maximum(best[rows], strength * data[at])
            total += best
        return total
