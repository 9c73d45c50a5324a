"""Patterns for what documents are called and for the kinds of offer they cover. A pattern covers every form of a
name."""

from __future__ import annotations

# Kind of document, by the words that name it on a cover; the first match wins.
KINDS: tuple[tuple[str, str], ...] = (
    ("afrapportering", r"afr[ea]pportering(?:en|er)?|samlet besvarelse"),
    ("central udmelding", r"central(?:e)? udmelding(?:en|er)?|fornyet behandling"),
    ("opsamling", r"opsamling(?:en)?|statusnotat|status på rammeaftalen"),
    ("oplæg", r"oplæg(?:get)?|temadag|præsentation|temamøde|politikertemamøde|ny proces for"),
    (
        "styringsaftale",
        r"styringsaftale(?:n|r)?|takstaftale(?:n)?|teknisk bilag|styringsdel(?:en)?",
    ),
    ("udviklingsstrategi", r"udviklingsstrategi(?:en)?|udviklingsdel(?:en)?"),
    ("rammeaftale", r"rammeaftale(?:n|r)?|socialaftale(?:n)?"),
    ("strategi", r"strategi(?:en)?"),
)

PARTS: tuple[tuple[str, str], ...] = (
    ("bilag", r"bilag|appendiks"),
    ("styringsdel", r"styringsdel|styringsaftale"),
    ("udviklingsdel", r"udviklingsdel|udviklingsstrategi"),
)

# What a question calls a document, and the kinds of document it may mean.
KIND_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"styringsaftale\w*", ("styringsaftale", "rammeaftale")),
    (r"takstaftale\w*", ("styringsaftale", "rammeaftale")),
    (r"udviklingsstrategi\w*", ("udviklingsstrategi", "rammeaftale", "strategi")),
    (r"afr[ea]pportering\w* fra", ("afrapportering", "opsamling")),
)

# Patterns for kinds of offer: what is agreed for one kind does not apply to another.
OFFERS = (
    r"\bdag(?:tilbud|plads|område|center|centre)\w*|\bbeskyttet beskæftigelse\b|\bsamværstilbud\w*",
    r"\bdøgn(?:tilbud|plads|område|institution)\w*|\bbo(?:tilbud|sted)\w*",
)

# The text of a spreadsheet cell whose formula has never been computed.
UNCOMPUTED = "ikke beregnet"
