"""One question asked of every region: what each says, and whether they say the same.

Every side is searched with its own scope as a hard limit, so that the words of one region never fill the row of
another. Values are compared by their normal form. Words without a figure are not interpreted: they agree where they
are identical, else the verdict is "insufficient". Each side of a verdict has a verified quote.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from math import prod

from assistant.compare.conditions import excepting
from assistant.language.values import Value
from assistant.messages import said
from assistant.models import Difference, Row, Verdict

_REGIONS = r"(?:(?:alle|fem|forskellige|enkelte|hver|hvert|af|de)\s+)*region(?:er(?:ne)?|en)?(?:s|nes)?"
_PHRASES = re.compile(
    rf"\s*\b(?:i|for|fra|mellem|hos|på tværs af|på tværs i)\s+{_REGIONS}(?:\s+(?:rammeaftaler|aftaler))?\b"
    r"|\s*\b(?:i|for|ifølge|på tværs af)\s+(?:(?:alle|fem|enkelte|de)\s+)*(?:ramme)?aftaler(?:ne)?\b"
    r"|\bregionernes\s+|\s+overalt\b|,?\s+og er (?:det|den|de) (?:ens|(?:det|den|de) samme)\b[^?]*",
    re.IGNORECASE,
)
# Questions about all regions at once, and the question to put to one: "Er fristen ens?", "Er der lige mange møder?"
_SAME = (
    (r"er der (?:\w+ )?lige (?P<m>mange|meget) (?P<what>.+)", "Hvor {m} {what} er der?"),
    (r"har (?P<who>\S+) lige (?P<m>mange|meget) (?P<what>.+)", "Hvor {m} {what} har {who}?"),
    (r"er (?P<what>.+?) lige (?P<m>stor\w*|lang\w*|høj\w*|dyr\w*)\b.*", "Hvor {m} er {what}?"),
    (r"er der (?:\w+ )?(?:(?:den|det|de) )?samme (?P<what>.+)", "Hvad er {what}?"),
    (r"er det de samme (?P<what>.+)", "Hvilke {what}?"),
    (r"er (?P<what>.+?) (?:den|det|de) samme\b.*", "Hvad er {what}?"),
    (r"er (?P<what>.+?) ens\b.*", "Hvad er {what}?"),
    (rf"\w+ {_REGIONS} (?:\w+ )??(?:(?:det|den|de) )?samme (?P<what>.+)", "Hvad er {what}?"),
    (rf"er {_REGIONS} enige om (?P<what>.+)", "Hvad er {what}?"),
    (rf".*\bom {_REGIONS} er (?:ens|enige|på linje) (?:om|omkring|i|på|med) (?P<what>.+)", "Hvad er {what}?"),
    (r"hvordan (?:adskiller|afviger) (?P<what>.+?) sig\b.*", "Hvad er {what}?"),
)  # fmt: skip
_ALIKE = tuple((re.compile(rf"^\W*{words}$", re.IGNORECASE), form) for words, form in _SAME)
_OPENING = re.compile(
    r"^\W*(?:sammenlign|compare|er der forskel på|hvad er forskellen på|hvordan er forskellen på"
    r"|gælder (?:det |den )?samme)\s*,?\s*",
    re.IGNORECASE,
)


def single(question: str) -> str:
    """The question as put to one region.

    >>> single("Hvad er opsigelsesvarslet i de fem regioner?")
    'Hvad er opsigelsesvarslet?'
    >>> single("Sammenlign betalingsfristen på tværs af regionerne.")
    'Hvad er betalingsfristen?'
    >>> single("Er overheadet det samme i alle regioner?")
    'Hvad er overheadet?'
    >>> single("Tjek, om regionerne er enige om betalingsfristen")
    'Hvad er betalingsfristen?'
    >>> single("Regner alle regioner med samme belægning?"), single("Er der lige mange møder i regionerne?")
    ('Hvad er belægning?', 'Hvor mange møder er der?')
    """
    bare = re.sub(r"\s+", " ", _PHRASES.sub(" ", question)).strip(" .?!,")
    for alike, form in _ALIKE:
        if m := alike.match(bare):
            return _tidied(form.format(**m.groupdict()))
    asked = _OPENING.sub("", bare)
    if asked != bare:
        asked = re.sub(r"^hvor|^hv", lambda m: m.group().capitalize(), asked)
        if not re.match(r"hv|what|how|when|who", asked, re.IGNORECASE):
            asked = f"Hvad er {asked[:1].lower()}{asked[1:]}"
    return _tidied(asked)


def _tidied(question: str) -> str:
    return re.sub(r"\s+([?.!,])", r"\1", re.sub(r"\s+", " ", question)).strip(" .,?!") + "?"


DIFFERS = 0.75  # probability that two sides are both right from which different values count as a difference
LONE = 0.9  # the same, where one side differs from three or more: that one is more often misread
UNSURE = 0.6  # probability of a side's words below which the side counts as unsure


def verdict_of(
    rows: Sequence[Row], names: Sequence[str], often: bool = False
) -> tuple[Verdict, tuple[Difference, ...], tuple[str, ...]]:
    """(verdict, differences, notes) of rows named `names`. `often` says that the question asks how often: "to gange
    om året" and "hver 6. måned" are then equal. A day without a year equals the same day with one. Sides differ where
    two that say different things are both likely right; where that is uncertain, a note names the unsure ones."""
    found = [(name, row) for name, row in zip(names, rows, strict=True) if row.status == "found"]
    if len(found) < 2:
        return "insufficient", (), ()
    valued = [(name, _values(row)[0]) for name, row in found if row.values]
    if not valued:
        return _verdict_of_words(found)
    keys = _comparable([value for _, value in valued], often)
    if len(valued) < 2 or len({key[0] for key in keys}) > 1:
        return "insufficient", (), ()
    if len(set(keys)) > 1:
        own = {n: v.text.replace("\n", "; ") for n, v in valued}
        if doubt := doubt_of(rows, names, keys):
            return "insufficient", (), (doubt,)
        return "differ", (Difference(valued[0][1].kind, own),), ()
    if len(valued) < len(found):
        return "insufficient", (), ()
    apart = excepting([row for _, row in found], [name for name, _ in found])
    notes = tuple(said("excepts", name=name, words=words) for name, words in apart)
    return ("partly" if apart else "agree"), (), notes


def _comparable(values: Sequence[Value], often: bool) -> list[tuple[str, ...]]:
    """A key for each value; equal keys mean the same. Where one side gives a day without its year, the years of the
    others are left out. Where the question asks how often, or a side says so, "hvert år" equals "én gang om året" and
    "12 måneder".

    >>> from assistant.language.values import values_in
    >>> _comparable(values_in("hvert år, 2 gange om året"), False)
    [('yearly', '1'), ('yearly', '2')]
    """
    if any(v.recurs for v in values) and all(v.yearly and (v.recurs or v.kind == "duration") for v in values):
        often = True
    keys = [(often and value.yearly) or value.key for value in values]
    if any(key[0] == "date" and key[1].startswith("--") for key in keys):
        return [(key[0], key[1][-5:]) if re.search(r"-\d\d-\d\d$", key[1]) else key for key in keys]
    return keys


def _verdict_of_words(
    found: Sequence[tuple[str, Row]],
) -> tuple[Verdict, tuple[Difference, ...], tuple[str, ...]]:
    """The verdict on sides without a value: they agree where their words are the same, else a note shows the
    difference between the first two."""
    texts = [(name, " ".join(s.text for s in row.statements)) for name, row in found]
    if len({_words(text) for _, text in texts}) == 1:
        return "agree", (), ()
    (one, first), (other, second) = texts[:2]
    return "insufficient", (), (said("worded_apart", one=one, other=other, diff=_diff(first, second)),)


def doubt_of(rows: Sequence[Row], names: Sequence[str], keys: Sequence[tuple[str, ...]]) -> str:
    """A note that sides seem to differ, and which are unsure, where it is not likely that two of them are both right;
    else "". `keys` belong to the rows with a value."""
    valued = [(name, row) for name, row in zip(names, rows, strict=True) if row.values]
    most = max(keys.count(key) for key in keys)
    enough = LONE if most >= 3 and most == len(keys) - 1 else DIFFERS
    if differing(keys, [row.likely for _, row in valued]) >= enough:
        return ""
    least = min(row.likely for _, row in valued)
    unsure = [name for name, row in valued if row.likely < UNSURE or row.likely == least]
    told = "; ".join(f"{name} {' '.join(row.values[0][1].split())}" for name, row in valued)
    return said("may_differ", values=told, unsure=", ".join(unsure))


def differing(keys: Sequence[tuple[str, ...]], likely: Sequence[float]) -> float:
    """Probability that at least two sides with different values are both right, from the probability of each side.

    >>> round(differing([("5",), ("9",)], [0.9, 0.8]), 2), differing([("5",), ("5",)], [0.9, 0.8])
    (0.72, 0.0)
    """
    wrong: dict[tuple[str, ...], float] = {}  # probability that no side with this value is right
    for key, p in zip(keys, likely, strict=True):
        wrong[key] = wrong.get(key, 1.0) * (1 - p)
    none = prod(wrong.values())
    alone = sum((1 - own) * prod(w for k, w in wrong.items() if k != key) for key, own in wrong.items())
    return max(0.0, 1 - none - alone)


ALIKE = 88  # similarity (of 100) from which two list items are the same in other words


def changes(rows: Sequence[Row], names: Sequence[str]) -> tuple[str, ...]:
    """What was added, removed and kept between the lists of successive periods; silent periods are skipped."""
    listed = _lists(rows, names)
    notes = []
    for (before, old), (after, new) in pairwise(listed):
        came = [item for item in new if not _known(item, old)]
        went = [item for item in old if not _known(item, new)]
        stayed = [item for item in new if _known(item, old)]
        parts = [("came", came), ("went", went), ("stayed", stayed)]
        told = reduce(
            lambda one, other: said("both", one=one, other=other),
            [said(key, items=", ".join(items)) for key, items in parts if items],
        )
        notes.append(said("changed", before=before, after=after, said=told))
    return tuple(notes)


def timeline(
    rows: Sequence[Row], names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[bool, ...]], ...]]:
    """(the periods with a list; each item in order of first appearance, with whether each period has it). An item
    worded slightly differently in a later period is the same."""
    listed = _lists(rows, names)
    items: list[str] = []
    for _, own in listed:
        items += [item for item in own if not _known(item, items)]
    there = tuple((item, tuple(_known(item, own) for _, own in listed)) for item in items)
    return tuple(name for name, _ in listed), there


def _lists(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[str, list[str]]]:
    listed = [
        (name, [t for kind, text, _ in row.values if kind == "term" for t in text.split("\n")])
        for name, row in zip(names, rows, strict=True)
    ]
    return [(name, items) for name, items in listed if items]


def _known(item: str, among: Sequence[str]) -> bool:
    from rapidfuzz import fuzz, process

    folded = [a.lower() for a in among]
    return (
        process.extractOne(item.lower(), folded, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE) is not None
    )


def _values(row: Row) -> list[Value]:
    return [Value(kind, text, normal) for kind, text, normal in row.values]  # type: ignore[arg-type]


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower()))


def _diff(one: str, other: str) -> str:
    """A word diff: [-removed-] {+added+}."""
    a, b = one.split(), other.split()
    out: list[str] = []
    for tag, i, j, k, n in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag == "equal":
            kept = a[i:j]
            out.append(" ".join(kept if len(kept) <= 6 else [*kept[:3], "…", *kept[-3:]]))
            continue
        if i < j:
            out.append(f"[-{' '.join(a[i:j])}-]")
        if k < n:
            out.append(f"{{+{' '.join(b[k:n])}+}}")
    return " ".join(out)
