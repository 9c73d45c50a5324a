"""Changes to a verified sentence as a language model might make them: some keep it true, others make it false.

The true ones use other words, another order or figures written in another way. The false ones invent figures, bind them
to the wrong thing, swap regions, periods or actors, drop or add negations and conditions, or change the strength of a
rule. `worded` puts them to the assistant.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from assistant.language.places import REGIONS
from assistant.language.values import Value, values_in
from assistant.models import Citation

WORDS = {
    "1": "en", "2": "to", "3": "tre", "4": "fire", "5": "fem", "6": "seks", "7": "syv", "8": "otte", "9": "ni",
    "10": "ti", "12": "tolv",
}  # fmt: skip
LEADS = (
    "Ifølge aftalen: {}",
    "Der står, at {}",
    "Aftalen fastsætter, at {}",
    "Kort sagt: {}",
    "Det gælder, at {}",
)
SWAPS = (
    ("pct.", "procent"), ("procent", "pct."), ("senest", "inden"), ("sendes", "bliver sendt"), ("driftsherren", "driftsherren af tilbuddet"),
    ("en kommune", "kommunen"), ("parterne", "aftalens parter"), ("opsiger", "siger op"), ("mødes", "holder møde"),
)  # fmt: skip
STRENGTH = (
    ("skal", "kan"), ("kan", "skal"), ("senest", "tidligst"), ("mindst", "højst"), ("højst", "mindst"), ("alle", "nogle"),
    ("før", "efter"), ("over", "under"), ("under", "over"),
)  # fmt: skip


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def _led(text: str, _: Citation, chance: random.Random) -> str:
    return chance.choice(LEADS).format(_lowered(text))


def _placed(text: str, c: Citation, _: random.Random) -> str:
    if not c.facts.region or not c.facts.period:
        return ""
    return f"I {c.facts.region} gælder for {c.facts.period}: {text}"


def _spelled(text: str, _: Citation, __: random.Random) -> str:
    return re.sub(
        r"(?<![\d.,§])\b(\d{1,2})\b(?= (?:måneder|dage|uger|gange|år|hverdage))",
        lambda m: WORDS.get(m.group(1), m.group(1)),
        text,
    )


def _worded(text: str, _: Citation, __: random.Random) -> str:
    for one, other in SWAPS:
        if re.search(rf"\b{re.escape(one)}", text) and other not in text:
            text = re.sub(rf"\b{re.escape(one)}", other, text, count=1)
    return text


def _turned(text: str, _: Citation, __: random.Random) -> str:
    """The clause after the only comma is moved to the front."""
    bare = text.rstrip(".")
    head, mark, tail = bare.partition(", ")
    if not mark or not re.match(r"(?:når|hvis|så|som|hvor)\b", tail) or "," in tail:
        return ""
    return f"{tail[0].upper()}{tail[1:]}, gælder det, at {_lowered(head)}."


def _first(text: str, _: Citation, __: random.Random) -> str:
    """The first of two sentences."""
    parts = re.split(r"(?<=[.])\s+(?=[A-ZÆØÅ])", text)
    return parts[0] if len(parts) > 1 and len(parts[0].split()) > 4 else ""


def _figures(text: str) -> list[Value]:
    return [v for v in values_in(text) if v.kind in ("percent", "duration", "date", "money", "count")]


def _invented(text: str, _: Citation, chance: random.Random) -> str:
    found = [v for v in _figures(text) if re.search(r"\d", v.text)]
    if not found:
        return ""
    value = chance.choice(found)
    digits = re.search(r"\d+", value.text)
    assert digits
    changed = str(int(digits.group()) + chance.choice((1, 2, 3, 5, 10)))
    at = value.start + digits.start()
    said = text[:at] + changed + text[at + len(digits.group()) :]
    return said if changed not in re.findall(r"\d+", text) else ""


def _unit(text: str, _: Citation, chance: random.Random) -> str:
    units = ("måneder", "uger", "dage")
    for unit in units:
        if re.search(rf"\b{unit}\b", text):
            other = chance.choice([u for u in units if u != unit])
            said = re.sub(rf"\b{unit}\b", other, text, count=1)
            return said if {v.key for v in values_in(said)} - {v.key for v in values_in(text)} else ""
    return ""


def _swapped(text: str, _: Citation, __: random.Random) -> str:
    """Two figures of the same kind change places."""
    found = _figures(text)
    for a in found:
        for b in found:
            if a.start < b.start and a.kind == b.kind and a.key != b.key:
                return text[: a.start] + b.text + text[a.end : b.start] + a.text + text[b.end :]
    return ""


def _elsewhere(text: str, c: Citation, chance: random.Random) -> str:
    others = [r for r in REGIONS if r not in c.facts.regions and r not in text]
    if not c.facts.region or not others:
        return ""
    region = chance.choice(others)
    return text.replace(c.facts.region, region) if c.facts.region in text else f"I {region} gælder: {text}"


def _otherwhen(text: str, c: Citation, chance: random.Random) -> str:
    if not c.facts.period:
        return ""
    years = [int(y) + chance.choice((-4, -2, 2)) for y in c.facts.period.split("-")]
    return f"For {years[0]}-{years[0] + 1} gælder: {text}" if str(years[0]) not in text else ""


def _denied(text: str, _: Citation, __: random.Random) -> str:
    """A negation is dropped, or one is added."""
    if re.search(r"\bikke\b", text):
        return re.sub(r"\s*\bikke\b", "", text, count=1)
    if re.search(r"\bingen\b", text):
        return re.sub(r"\bingen\b", "en", text, count=1)
    m = re.search(r"\b(er|skal|kan|bliver|sendes|regnes|gælder|mødes|udgør|betales)\b(?! ikke)", text)
    return f"{text[: m.end()]} ikke{text[m.end() :]}" if m else ""


def _stronger(text: str, _: Citation, __: random.Random) -> str:
    for one, other in STRENGTH:
        if re.search(rf"\b{one}\b", text) and not re.search(rf"\b{other}\b", text):
            return re.sub(rf"\b{one}\b", other, text, count=1)
    return ""


def _beyond(text: str, _: Citation, chance: random.Random) -> str:
    more = chance.choice((
        "fordi borgernes behov ændrer sig hurtigt", "hvis kommunalbestyrelsen godkender det", "og ministeriet skal underrettes",
        "men pårørende kan klage til Ankestyrelsen", "og udgiften dækkes af staten", "så ventelisterne bliver kortere",
    ))  # fmt: skip
    return f"{text.rstrip('.')}, {more}."


def _actors(text: str, _: Citation, __: random.Random) -> str:
    """The operator and the municipality change places; where only the operator is named, the municipality takes its
    place."""
    if re.search(r"\bdriftsherren\b", text, re.I) and re.search(r"\bkommunen\b", text, re.I):
        return re.sub(r"\b(driftsherren|kommunen)\b", lambda m: _other(m.group()), text, flags=re.I)
    said = re.sub(r"\bdriftsherren\b", lambda m: _other(m.group()), text, count=1, flags=re.I)
    return said if said != text else ""


def _other(word: str) -> str:
    other = {"driftsherren": "kommunen", "kommunen": "driftsherren"}[word.lower()]
    return other.capitalize() if word[0].isupper() else other


def _unconditional(text: str, _: Citation, __: random.Random) -> str:
    """A condition is left out, so that it becomes a general rule."""
    if m := re.match(
        r"(?:Når|Hvis|Vil|Har|Opsiger|Kommer|Flytter)\b[^,]+(?:, (?:der|som)[^,]+)?, (.+)", text
    ):
        rest = m.group(1)
        return rest[0].upper() + rest[1:] if len(rest.split()) > 4 else ""
    if m := re.search(r", (?:når|hvis|medmindre|så længe)\b", text):
        return text[: m.start()] + "." if len(text[: m.start()].split()) > 4 else ""
    return ""


def _signed(text: str, _: Citation, chance: random.Random) -> str:
    """A minus sign or a half is added to a figure."""
    figure = re.search(r"(?<![\d.,§ ]) (\d+)(?= (?:pct|procent|måneder|uger|dage))", text)
    if not figure:
        return ""
    changed = chance.choice((f" -{figure.group(1)}", f" {figure.group(1)}½"))
    return text[: figure.start()] + changed + text[figure.end() :]


Maker = Callable[[str, Citation, random.Random], str]
TRUE: dict[str, Maker] = {
    "led": _led, "placed": _placed, "spelled": _spelled, "worded": _worded, "turned": _turned, "first": _first,
}  # fmt: skip
FALSE: dict[str, Maker] = {
    "figure": _invented, "unit": _unit, "binding": _swapped, "region": _elsewhere, "period": _otherwhen,
    "negation": _denied, "strength": _stronger, "beyond": _beyond,
    "actor": _actors, "condition": _unconditional, "sign": _signed,
}  # fmt: skip
