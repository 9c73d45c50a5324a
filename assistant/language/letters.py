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
