"""Danish numbers in words and digits: the number words, the ordinals, their patterns, and their values."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER_WORDS = {
    "nul": 0, "en": 1, "et": 1, "én": 1, "ét": 1, "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6,
    "syv": 7, "otte": 8, "ni": 9, "ti": 10, "elleve": 11, "tolv": 12, "tretten": 13, "fjorten": 14,
    "femten": 15, "seksten": 16, "sytten": 17, "atten": 18, "nitten": 19, "tyve": 20,
    "tredive": 30, "fyrre": 40, "halvtreds": 50, "tres": 60, "halvfjerds": 70, "firs": 80,
    "halvfems": 90, "hundrede": 100,
}  # fmt: skip

# Patterns of the ordinals, from the first on.
ORDINALS = (
    "første",
    "an(?:den|det)",
    "tredje",
    "fjerde",
    "femte",
    "sjette",
    "syvende",
    "ottende",
    "niende",
    "tiende",
)

_UNITS = "|".join(sorted((w for w, n in NUMBER_WORDS.items() if 1 <= n <= 9), key=len, reverse=True))
_TENS = "|".join(w for w, n in NUMBER_WORDS.items() if 20 <= n <= 90)
_WORDS = "|".join(sorted((w for w, n in NUMBER_WORDS.items() if n >= 1), key=len, reverse=True))
_THIN = "\u00a0\u2007\u2009\u202f"  # non-breaking and thin spaces, which hold a number together
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
_FRACTION = rf"(?:[{''.join(_FRACTIONS)}]|[123][/⁄][2348](?!\d))"
_GROUPED = rf"\d{{1,3}}(?:[.{_THIN}']\d{{3}})+(?!\d)(?:,\d+)?"
_MIXED = rf"\d+[ {_THIN}]?(?:[{''.join(_FRACTIONS)}]|(?<=[ {_THIN}]){_FRACTION})"
_DIGITS = rf"{_GROUPED}|{_MIXED}|\d+(?:[.,]\d+)?|[{''.join(_FRACTIONS)}]"
_HALF = rf"(?:{_WORDS}|\d+)\s+(?:og\s+)?(?:en|et)\s+halv[t]?"
NUMBER = rf"(?:{_DIGITS}|\b(?:{_HALF}|(?:{_UNITS})og(?:{_TENS})|halvanden|halvandet|{_WORDS})\b)"
# Thousands separated by plain spaces count as one number only next to a unit: "stk. 3 120 dage" has two numbers.
SPACED = r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)(?:,\d+)?"


def number(text: str) -> Decimal | None:
    """A number as Danes write it, in digits or words.

    >>> number("1 234,50"), number("1.234,-"), number("6½"), number("1 1/2"), number("to en halv")
    (Decimal('1234.50'), Decimal('1234'), Decimal('6.5'), Decimal('1.5'), Decimal('2.5'))
    >>> number("1.234,5"), number("2,5"), number("tre"), number("femogtyve"), number("halvandet"), number("x")
    (Decimal('1234.5'), Decimal('2.5'), Decimal('3'), Decimal('25'), Decimal('1.5'), None)
    """
    word = text.strip().lower().rstrip("-").rstrip(",")
    if word in ("halvanden", "halvandet"):
        return Decimal("1.5")
    if m := re.fullmatch(r"(\w+)\s+(?:og\s+)?(?:en|et)\s+halvt?", word):
        whole = number(m.group(1))
        return whole + Decimal("0.5") if whole is not None else None
    if m := re.fullmatch(rf"(\d*)[ {_THIN}]?({_FRACTION})", word):
        upper, lower = re.split(r"[/⁄]", _FRACTIONS.get(m.group(2), m.group(2)))
        part = (Decimal(upper) / Decimal(lower)).quantize(Decimal("0.0001")).normalize()
        return Decimal(m.group(1) or 0) + part
    if word in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[word])
    if m := re.fullmatch(rf"({_UNITS})og({_TENS})", word):
        return Decimal(NUMBER_WORDS[m.group(1)] + NUMBER_WORDS[m.group(2)])
    if re.fullmatch(rf"\d{{1,3}}(?:[. {_THIN}']\d{{3}})+(?:,\d+)?", word):
        return Decimal(re.sub(rf"[. {_THIN}']", "", word).replace(",", "."))
    if re.fullmatch(r"\d+(?:[.,]\d+)?", word):
        return Decimal(word.replace(",", "."))
    return None


def number_or_ordinal(text: str) -> Decimal | None:
    """The value of a number ("2", "to") or of an ordinal ("anden")."""
    place = (n for n, ordinal in enumerate(ORDINALS, 1) if re.fullmatch(ordinal, text, re.IGNORECASE))
    return number(text) or next((Decimal(n) for n in place), None)


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros."""
    text = format(value.normalize(), "f")
    return text
