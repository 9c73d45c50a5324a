"""Danish letters, and what people type without a Danish keyboard."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case, æøå as ae, oe, aa, no other accents: what people type without a Danish keyboard.

    >>> fold("Målgruppe på Ærø, ÅRHUS é")
    'maalgruppe paa aeroe, aarhus e'
    """
    return fold_letters(text.lower())


def fold_letters(text: str) -> str:
    """As `fold`, but capitals stay: `Ærø` → `Aeroe`."""
    for letter, ascii_form in (
        ("æ", "ae"),
        ("ø", "oe"),
        ("å", "aa"),
        ("Æ", "Ae"),
        ("Ø", "Oe"),
        ("Å", "Aa"),
    ):
        text = text.replace(letter, ascii_form)
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


SHOUTED = 0.8  # of a text's letters that are capitals, from which they are no names
LEAST = 12  # letters of such a text: "KKR SEL" is two names


def calmed(text: str) -> str:
    """A text that is written in capitals in small letters; any other as it is.

    >>> calmed("HVAD ER VARSLET I SJÆLLAND?"), calmed("Hvad er KKR?"), calmed("SEL § 107 KKR")
    ('Hvad er varslet i sjælland?', 'Hvad er KKR?', 'SEL § 107 KKR')
    """
    letters = [c for c in text if c.isalpha()]
    if len(letters) < LEAST or sum(c.isupper() for c in letters) < SHOUTED * len(letters):
        return text
    return text[:1] + text[1:].lower()
