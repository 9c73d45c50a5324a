"""Repairs pages that were read by an OCR engine without Danish letters.

There are three separate parts. `is_damaged` judges a page. `_known`, `_compound` and `channel_cost` are a noisy channel
model (Shannon; for spelling: Kernighan, Church & Gale 1990, "A spelling correction program based on a noisy channel
model"). `mend` returns every change as a Repair. A page that is not judged damaged stays byte for byte the same.

Words are looked up by skeleton: the letters that such engines confuse (æ ø å with a e o g @ …) collapse into one sign,
so that one look-up finds all lexicon words that a reading may stand for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from assistant.language.added import added
from assistant.language.expansion import synonyms
from assistant.language.places import MUNICIPALITIES, REGIONS
from assistant.language.vocabulary import words
from assistant.models import Repair

# log10 of the likelihood that the engine reads the first as the second, on a damaged page.
CONFUSIONS: dict[tuple[str, str], float] = {
    ("å", "a"): -0.05, ("å", "4"): -1.0, ("å", "&"): -0.8, ("å", "@"): -1.0, ("å", "a@"): -1.5,
    ("å", "8"): -1.5, ("å", "d"): -1.3,
    ("ø", "o"): -0.5, ("ø", "g"): -0.5, ("ø", "a"): -0.7, ("ø", "e"): -0.9, ("ø", "@"): -0.4,
    ("ø", "q"): -1.0, ("ø", "gi"): -2.0, ("ø", "6"): -1.5, ("ø", "ag"): -1.2,
    ("æ", "ee"): -0.3, ("æ", "ae"): -0.3, ("æ", "ze"): -0.6, ("æ", "e"): -1.2, ("æ", "a"): -1.8,
    ("æ", "aee"): -1.2, ("æ", "eae"): -1.2, ("æ", "zee"): -1.2, ("æ", "g"): -2.5, ("æ", "ea"): -1.5,
    ("æ", "se"): -1.5,
    ("l", "i"): -2.6, ("i", "l"): -2.3, ("rn", "m"): -2.2, ("i", "!"): -1.5, ("f", "tf"): -2.5,
}  # fmt: skip
_BY_READING: dict[str, list[tuple[str, float]]] = defaultdict(list)
for (_true, _read), _cost in CONFUSIONS.items():
    _BY_READING[_read].append((_true, _cost))

ENDINGS = ("en", "et", "er", "erne", "ene", "e", "s", "ens", "ets", "ernes")
INFLECTIONS = (*ENDINGS, "n", "r", "t", "ns", "rs", "rne", "rnes")  # ... and after an e
INFLECTED = 1.0  # cost (log10) of a form that the lexicon does not have
MARGIN = 0.35  # a correction must be this much likelier (log10) than the word as read
UNKNOWN = -9.3  # log10 probability of a word that is not in the lexicon
GENITIVE = 0.6  # cost (log10) of a final s that the lexicon does not have
PART = 1.3  # cost (log10) of each further part of a compound
MIN_LETTERS = 60  # a page with fewer letters is too short to judge
NORDIC_SHARE = 0.006  # æ, ø, å are 3 to 5 % of the letters in Danish, and almost none on a damaged page
DAMAGE_SHARE = 0.02  # ... and at least this share of its words can be corrected

WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[@&|!](?=[^\W\d_])|[@&4](?!\w))*|@[^\W\d_]+")
SYMBOLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![\w§])8§(?=\s?\d)"), "§"),
    (re.compile(r"(?<=SEL )88(?=\s\d)|(?<=ovens )88(?=\s\d)"), "§§"),
    (re.compile(r"(?<=SEL )8(?=\s\d{2,3}\b)|(?<=ovens )8(?=\s\d{2,3}\b)"), "§"),
    (re.compile(r"(?<![\w|])\|(?=\s+[a-zæøåA-ZÆØÅ])"), "I"),
    (re.compile(r"(?<!\w)\[(?=\s+[a-zæøå])"), "i"),
    (re.compile(r"(?<!\w)0g(?!\w)"), "og"),
    (re.compile(r"(?<!\w)ien(?!\w)"), "i en"),
    (re.compile(r"(?m)^[»«¢~](?=\s)"), "•"),
)


def is_damaged(text: str) -> bool:
    """Whether a page was read without Danish letters: it has too few of them, and words that can be corrected.

    >>> is_damaged("Rammeaftalen er kommunernes redskab til at koordinere området på tværs.")
    False
    >>> is_damaged("De sjeellandske kommuner gnsker et feelles samarbejde pa tveers af omradet.")
    True
    """
    letters = [c for c in text.lower() if c.isalpha()]
    if len(letters) < MIN_LETTERS:
        return False
    if sum(c in "æøå" for c in letters) > NORDIC_SHARE * len(letters):
        return False
    words = [m.group() for m in WORD.finditer(text)]
    mended = sum(_best(w.lower()) != w.lower() for w in words)
    return mended >= max(2, DAMAGE_SHARE * len(words))


def mend(text: str) -> list[Repair]:
    """Repairs of a damaged page, as offsets in `text`; empty for a page that is not damaged."""
    return repairs(text) if is_damaged(text) else []


def repairs(text: str) -> list[Repair]:
    """Repairs without the check of `is_damaged`, for a page of a document known to be damaged.

    >>> [(r.before, r.after) for r in repairs("Solrad Kommune gnsker | SEL 8§ 107")]
    [('Solrad', 'Solrød'), ('gnsker', 'ønsker'), ('|', 'I'), ('8§', '§')]
    """
    found: list[Repair] = []
    for pattern, after in SYMBOLS:
        found += [Repair(m.start(), m.end(), m.group(), after, "ocr") for m in pattern.finditer(text)]
    taken = {i for r in found for i in range(r.start, r.end)}
    for m in WORD.finditer(text):
        if m.start() in taken:
            continue
        opens = not (before := text[: m.start()].rstrip()) or before[-1] in ".!?:•"
        after = _recased(m.group(), _best(m.group().lower()), opens)
        if after != m.group():
            found.append(Repair(m.start(), m.end(), m.group(), after, "ocr"))
    return sorted(found, key=lambda r: r.start)


_LAW = r"(?:servicelovens|lovens|barnets lovs?|SEL|ABL|SUL|efter|jf\.|iht\.)"
_MISREAD = re.compile(rf"(?P<law>\b{_LAW}\s+)(?P<mark>88|8|&&?|5)(?=\s\d{{2,3}}\b)", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?P<mark>[8&5$])\s*(?=(?P<number>\d{1,2})\. ?[A-ZÆØÅ])", re.MULTILINE)


def section_marks(text: str) -> list[Repair]:
    """Restores "§" where tesseract reads 8, 5 or &: before a section number after the name of a law, and before
    numbered headings with consecutive numbers.

    >>> [(r.before, r.after) for r in section_marks("efter servicelovens 88 107 og 108")]
    [('88', '§§')]
    """
    found = [
        Repair(m.start("mark"), m.end("mark"), m.group("mark"), "§" * len(m.group("mark")), "ocr")
        for m in _MISREAD.finditer(text)
    ]
    heads = list(_NUMBERED.finditer(text))
    numbers = {int(m.group("number")) for m in heads}
    for m in heads:
        if {int(m.group("number")) - 1, int(m.group("number")) + 1} & numbers:
            found.append(Repair(m.start("mark"), m.end(), m.group(), "§ ", "ocr"))
    return sorted(found, key=lambda r: r.start)


def repaired(text: str) -> str:
    """The text after applying `mend`."""
    out, at = [], 0
    for r in mend(text):
        out += [text[at : r.start], r.after]
        at = r.end
    return "".join([*out, text[at:]])


def _recased(read: str, best: str, opens: bool) -> str:
    """The word in the letters' case as read; `opens` a sentence. A capital I read for a small l is none."""
    if best == read.lower():
        return read
    if len(read) > 1 and read.isupper() and len(best) > 1:
        return best.upper()
    capital = read[:1].isupper() and (opens or (read[0], best[:1]) != ("I", "l"))
    return best[:1].upper() + best[1:] if capital else best


# --- the lexicon: words and their compounds ---


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, float]:
    """Words with log10 of their frequency: wordfreq's Danish list, and the names and terms of this field."""
    from math import log10

    import wordfreq

    known = {w: log10(f) for w, f in wordfreq.get_frequency_dict("da").items() if w.isalpha()}
    names = [n for group in MUNICIPALITIES.values() for n in group] + list(REGIONS)
    terms = [w for row in synonyms() for w in row if w.isalpha()]
    inflected = [w + ending for w in terms for ending in ENDINGS]
    own = (*added().glossary, *added().abbreviations)
    for word in [
        *names,
        *terms,
        *inflected,
        *words("forkortelser", "store"),
        *words("fagord", "laeses"),
        *own,
    ]:
        known[word.lower()] = max(known.get(word.lower(), -9.0), -5.5)
    return known


@lru_cache(maxsize=1)
def _skeletons() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = defaultdict(list)
    for word in _lexicon():
        table[_skeleton(word)].append(word)
    return {k: tuple(v) for k, v in table.items()}


def _skeleton(word: str) -> str:
    word = word.replace("rn", "m").replace("!", "i").replace("z", "").replace("l", "i")
    word = word.replace("gij", "gj")
    return re.sub(r"[aeogqæøå@&468d]+", "*", re.sub(r"tf", "f", word))


@lru_cache(maxsize=65536)
def channel_cost(true: str, read: str) -> float | None:
    """log10 P(read | true) along the cheapest path, or None if one cannot become the other.

    >>> channel_cost("på", "pa"), channel_cost("på", "ud")
    (-0.05, None)
    """
    best: list[list[float | None]] = [[None] * (len(read) + 1) for _ in range(len(true) + 1)]
    best[0][0] = 0.0
    for i in range(len(true) + 1):
        for j in range(len(read) + 1):
            here = best[i][j]
            if here is None:
                continue
            for step_i, step_j, cost in _steps(true, read, i, j):
                there = best[i + step_i][j + step_j]
                if there is None or here + cost > there:
                    best[i + step_i][j + step_j] = here + cost
    return best[-1][-1]


def _steps(true: str, read: str, i: int, j: int) -> list[tuple[int, int, float]]:
    steps = []
    if i < len(true) and j < len(read) and true[i] == read[j]:
        # On such a page Danish letters rarely survive, but some do.
        steps.append((1, 1, 0.0))
    for width in (1, 2, 3):
        for letters, cost in _BY_READING.get(read[j : j + width], ()):
            if len(read) - j >= width and true.startswith(letters, i):
                steps.append((len(letters), width, cost))
    return steps


@lru_cache(maxsize=65536)
def _known(read: str) -> tuple[float, str] | None:
    """The best lexicon word for a reading: (log10 P(word) + log10 P(read | word), word)."""
    best = None
    # The skeleton does not cover æ read as "se".
    shapes = {_skeleton(read), _skeleton(read.replace("se", "e"))}
    for word in (w for shape in sorted(shapes) for w in _skeletons().get(shape, ())):
        cost = channel_cost(word, read)
        if cost is not None:
            score = _lexicon()[word] + cost
            if best is None or score > best[0]:
                best = (score, word)
    if best is None and read.endswith("s") and len(read) > 5 and (bare := _known(read[:-1])):
        best = bare[0] - GENITIVE, bare[1] + "s"
    return best


@lru_cache(maxsize=65536)
def _compound(read: str, depth: int = 3) -> tuple[float, str] | None:
    """The best reading as a compound of at most `depth` words, with an optional linking s or e."""
    best = None
    if len(read) >= 3 and (whole := _known(read)):
        floor = -4.6 if len(whole[1]) <= 3 else -6.4
        if _lexicon().get(whole[1], -9.0) >= floor:
            best = whole
    if depth == 1 or len(read) < 6:
        return best
    for cut in range(3, len(read) - 2):
        head = _compound(read[:cut], 1)
        if head is None:
            continue
        for link, rest in _rests(read, cut):
            tail = _compound(rest, depth - 1)
            if tail is None:
                continue
            costs = head[0] - _lexicon().get(head[1], 0) + tail[0]
            score = min(_lexicon().get(head[1], 0), 0.0) * 0.25 + costs - PART
            if best is None or score > best[0]:
                best = (score, head[1] + link + tail[1])
    return best


def _rests(read: str, cut: int) -> list[tuple[str, str]]:
    """(linking letter or "", the rest) of a word cut at `cut`, with and without a linking s or e."""
    rests = [("", read[cut:])]
    if read[cut] in "se" and len(read) - cut > 3:
        rests.append((read[cut], read[cut + 1 :]))
    return rests


@lru_cache(maxsize=65536)
def _best(read: str) -> str:
    """The likeliest word for a reading, or the reading itself unless another word is clearly likelier."""
    if len(read) == 1 and read not in "&@":
        return read
    plain = _plain_score(read)
    options = [o for o in (_known(read), _compound(read) if len(read) >= 6 else None) if o]
    if not options:
        return read
    score, word = max(options)
    return word if word != read and score > plain + MARGIN else read


def _plain_score(read: str) -> float:
    """log10 P(read) without changes: as a known word, a form of one, a compound of known words, or as unknown."""
    lexicon = _lexicon()
    if read in lexicon:
        return lexicon[read]
    best = UNKNOWN - 0.1 * len(read)
    for ending in INFLECTIONS:
        bare = read.removesuffix(ending)
        if bare != read and len(bare) > 3 and bare in lexicon:
            best = max(best, lexicon[bare] - INFLECTED)
    for cut in range(3, len(read) - 2):
        head, rest = read[:cut], read[cut:]
        for tail in (rest, rest[1:] if rest[0] in "se" else rest):
            if lexicon.get(head, -9) > -6.4 and lexicon.get(tail, -9) > -6.4:
                best = max(best, 0.25 * lexicon[head] + lexicon[tail] - PART)
    return best
