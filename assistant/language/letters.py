"""Danish letters and their ASCII spellings, which people type without a Danish keyboard."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case with æøå as ae, oe, aa and without other accents, as people type without a Danish keyboard.

    >>> fold("Målgruppe på Ærø, ÅRHUS é")
    'maalgruppe paa aeroe, aarhus e'
    """
    return fold_letters(text.lower())


def fold_letters(text: str) -> str:
    """Like `fold`, but keeps capitals: `Ærø` → `Aeroe`."""
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


SHOUTED = 0.8  # share of capitals from which they no longer mark names
LEAST = 12  # fewest letters of such a text: "KKR SEL" is two names


def calmed(text: str) -> str:
    """A text written in capitals, turned to lower case; any other text unchanged.

    >>> calmed("HVAD ER VARSLET I SJÆLLAND?"), calmed("Hvad er KKR?"), calmed("SEL § 107 KKR")
    ('Hvad er varslet i sjælland?', 'Hvad er KKR?', 'SEL § 107 KKR')
    """
    letters = [c for c in text if c.isalpha()]
    if len(letters) < LEAST or sum(c.isupper() for c in letters) < SHOUTED * len(letters):
        return text
    return text[:1] + text[1:].lower()
