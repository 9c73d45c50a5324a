"""The read side up to ranked hits: scope as a hard filter, two channels, fusion, reranking.

The agreements of the regions are nearly identical, so similarity cannot tell them apart. The scope therefore decides
which documents may answer; the channels only decide which of their passages does.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents import chunking
from assistant.documents.answer_units import tokens_of, units_of
from assistant.documents.editions import amended
from assistant.documents.facts import for_all
from assistant.documents.numbered_parts import Series, series_of
from assistant.errors import IndexMismatch
from assistant.index import encoders
from assistant.index.builder import OUTCOME
from assistant.index.catalog import Catalog, Passages, Places
from assistant.index.chroma import Served
from assistant.index.encoders import Encoder, Vectors
from assistant.index.exact import ExactVectors, highest
from assistant.index.generations import pointer
from assistant.index.integrity import STORE, broken
from assistant.index.lexical import LexicalIndex
from assistant.index.named import Named, Told
from assistant.index.unit_vectors import UnitVectors
from assistant.language.added import use
from assistant.language.letters import fold
from assistant.language.numerals import NUMBER_WORDS
from assistant.language.places import regions_named
from assistant.language.values import DIGITS
from assistant.language.vocabulary import words
from assistant.models import OLDER_MAIL, DocumentEntry, Facts, Hit, Passage, Scope
from assistant.question.answer_type import AnswerType
from assistant.question.expectation import Kind, expects, is_english
from assistant.question.provision import named_provision
from assistant.question.scope import AGREEMENTS, admits, read_scope, standing
from assistant.retrieval.fusion import fuse
from assistant.retrieval.ranking import Query, Scored, score_units
from assistant.settings import Settings

_COMPARING = re.compile(r"aendr|udvikl|forskel|sammenlign|henholdsvis|differ|compar")
# The source named after "ifølge" is rarely named in the passage itself.
_TOLD_BY = re.compile(r"\b(?:ifølge|according to)\s+([^,?.]+)", re.IGNORECASE)
# Words for a type of answer, which a text shows rather than names.
_OF_TIME = re.compile(r"dato(?:en)?$|tidspunkt|klokken$|tid$|dag$|aar$|maaned$")
_CALLED = {
    AnswerType.SECTION: re.compile(r"paragraf|bestemmelse|hjemmel|lovhjemmel|loven?$"),
    AnswerType.PLACE: re.compile(r"sted$|henne$"),
    AnswerType.PERCENT: re.compile(r"procent$|pct$|andel(?:en)?$"),
    AnswerType.MONEY: re.compile(r"kroner$|kr$|penge$|beloeb(?:et)?$|millioner$"),
    AnswerType.COUNT: re.compile(r"antal(?:let)?$"),
    AnswerType.POST: re.compile(r"post$|titel$|stilling$|hverv$|embede$"),
    **dict.fromkeys((AnswerType.DATE, AnswerType.DAY, AnswerType.CLOCK), _OF_TIME),
}
EDITIONS = frozenset(fold(w) for w in words("smaaord", "udgave"))
_CHOSEN = re.compile(
    r"(?:ud)?valgt|udpeg|prioriter|beslutte|aftalt|omfatte|indehold|droeft|behandl|praesenter|foresla|naevn|beskr"
)
# Question words, which say nothing about the subject.
FAINT = frozenset(fold(w) for w in words("smaaord", "spoerge"))
FAINTLY = 0.25  # weight factor for words such as the number of items asked for
POOL = 16  # fused passages that are reranked; 30 gave the same answers on three sets, 12 worse ones
DECIDES = 0.7  # share of an older mail's score from which the newer mail replaces it
SCOPES = 64  # scopes whose documents and passages are cached
WARM = 1000  # passages tokenised when an index is opened; takes about a second
LISTERS = 5  # top hits whose documents may answer with their numbered parts
LISTED_ENOUGH = 0.85  # share of the question's words that the parts' name and document must cover


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the data that ranked it."""

    passage: Passage
    score: float
    ranks: Mapping[str, int]
    cosine: float | None
    coverage: float  # share of the question that the whole passage covers
    units: tuple[Scored, ...]  # best first
    around: frozenset[str]  # tokens of the passage, its headings and its document's title
    after: Passage | None = None  # the next passage of the document, where a sentence or a list may continue

    @property
    def hit(self) -> Hit:
        return Hit(self.passage, round(self.score, 4), dict(self.ranks))


@dataclass(frozen=True, slots=True)
class Listing:
    """Numbered parts that a question asks for by name, and the passage that holds the first of them."""

    series: Series
    found: Found
    covered: float  # share of the question's words that the parts' name and headings cover


class Retriever:
    """An opened index. Safe to share between threads for reading.

    `once` is for a process that asks a single question: what only pays off later is not loaded.
    """

    def __init__(self, index: Path, settings: Settings, once: bool = False) -> None:
        use(settings.words)
        self.settings = settings
        self._once = once
        # Caches of the instance: a cache of the class would keep every generation that was ever opened alive.
        self._parts: dict[str, list[Series]] = {}
        self._admitted = lru_cache(maxsize=SCOPES)(self._admitting)
        self._allowed = lru_cache(maxsize=SCOPES)(self._allowing)
        self.pointer = pointer(index, settings)
        folder = index / self.pointer.generation
        if name := broken(folder):
            raise IndexMismatch(
                f"{folder / name} mangler eller er ændret. Byg indekset igen: assistant ingest."
            )
        try:
            self._open(folder)
        except (OSError, sqlite3.Error, ValueError, KeyError, RuntimeError) as error:
            raise IndexMismatch(
                f"Indekset i {index} kan ikke åbnes ({type(error).__name__}). Giv skriveadgang til mappen, "
                "eller byg det igen: assistant ingest."
            ) from error

    def _open(self, folder: Path) -> None:
        self.catalog = Catalog.open(folder / "catalog.db")
        self.documents: dict[str, DocumentEntry] = {d.id: d for d in self.catalog.documents()}
        self.replaced = self.catalog.replaced()
        outcome = json.loads((folder / OUTCOME).read_text("utf-8"))
        self.failed: list[tuple[str, str]] = outcome["failed"]
        self.copies: list[tuple[str, str]] = outcome["duplicates"]
        quoted = self.catalog.labelled(OLDER_MAIL)
        self.amended = amended({d.id: (d.name, d.facts) for d in self.documents.values()})
        self.passages = Passages(self.catalog)
        self.place = Places(self.passages)
        self._older = {
            p.id
            for document in sorted({document for document, _ in quoted})
            for p in self.passages.of(document)
            if any((document, s.page) in quoted for s in p.spans)
        }
        # Passages of a document inside a file, which has facts of its own.
        self._inside = self.catalog.inside()
        self._named = Named.load(folder)
        self.lexical = LexicalIndex.load(folder / "lexical")
        self.units = UnitVectors.load(folder)
        self.store: ExactVectors | Served
        if url := self.settings.chroma_url:
            self.store = Served(folder / STORE, url, self.pointer.generation, len(self.passages))
        else:
            self.store = ExactVectors.load(folder, len(self.passages))

    @property
    def missed(self) -> int:
        """The number of searches so far that ran without vectors because the vector server was unavailable."""
        return self.store.missed if isinstance(self.store, Served) else 0

    def unread(self, scope: Scope) -> list[str]:
        """The parts that were seen but not read in documents that a scope admits, and the files that were not read at
        all, unless their names give another region."""
        admitted = set(self.admitted(scope))
        found = [
            f"{self.documents[document].name}, {missed.what} ({missed.why})"
            for document, several in self.catalog.all_unread().items()
            if document in admitted
            for missed in several
        ]
        if scope.regions:
            found += [
                f"{d.name} (region ukendt)"
                for d in self.documents.values()
                if d.facts.region is None and not for_all(d.title, d.facts)
            ]
        for name, _ in self.failed:
            regions = {region for region, _ in regions_named(name.replace("-", " ").replace("_", " "))}
            if not (scope.regions and regions) or regions & set(scope.regions):
                found.append(name)
        return found

    @cached_property
    def encoder(self) -> Encoder:
        load = encoders.single_encoder if self._once else encoders.encoder
        return load(self.settings)

    def warm(self) -> None:
        """Tokenise the passages (the first ones, where there are many) in advance, so that the first questions do not
        wait for it."""
        for passage in self.passages[:WARM]:
            tokens_of(passage.text)
            for unit in units_of(passage.text):
                tokens_of(unit.text)
                tokens_of(unit.about)

    # --- the question ---

    def query(self, question: str, scope: Scope) -> Query:
        """The question's words without those that the scope already covers."""
        used, expected = _scope_words(scope), expects(question)
        found = [t for t in self.lexical.terms(question, FAINT) if t.word not in used]
        if expected.kind is Kind.COMPARE:  # the question asks for a difference; passages do not say "differs"
            found = [t for t in found if not _COMPARING.match(t.word)] or found
        called = _CALLED.get(expected.wants) if expected.wants else None
        if called:  # a text names the section without calling it one
            found = [t for t in found if not called.match(t.word)] or found
        if expected.lists and expected.count:  # the list shows how many there are; its text may not say so
            found = [replace(t, weight=FAINTLY * t.weight) if _counts(t.word) else t for t in found]
        if expected.lists:  # items are listed because they were chosen; the text may not say so
            found = [replace(t, weight=FAINTLY * t.weight) if _CHOSEN.match(t.word) else t for t in found]
        told = {t for m in _TOLD_BY.finditer(question) for t in re.findall(r"\w+", fold(m.group(1)))}
        found = [replace(t, weight=FAINTLY * t.weight) if t.word in told else t for t in found]
        scores = self.lexical.scores(found)
        return Query.of(question, found, expected, self.encoder([question], "query")[0], scores)

    def scope_of(self, question: str, today: dt.date) -> Scope:
        return read_scope(question, today)

    def admitted(self, scope: Scope) -> list[str]:
        """Ids of the documents that may answer. Where agreements have exactly the period asked for, those whose
        period merely overlaps it are left out."""
        return list(self._admitted(scope))

    def _admitting(self, scope: Scope) -> tuple[str, ...]:
        found = [d for d in self.documents.values() if admits(scope, d.facts)]
        if scope.documents:
            return tuple(d.id for d in found if d.id in scope.documents)
        if scope.former:
            found = [d for d in found if d.id in self.replaced] or found
        else:  # the newest edition stands for those it replaces
            found = [d for d in found if not self._replaced(d, scope.on)]
        exact = {d.facts.period for d in found if d.facts.kind in AGREEMENTS} & set(scope.periods)
        if scope.periods and exact == set(scope.periods):
            found = [d for d in found if d.facts.period in exact or d.facts.period is None]
        return tuple(d.id for d in found)

    def _replaced(self, document: DocumentEntry, on: dt.date | None) -> bool:
        """Whether a newer edition stands for a document. On a day before the newer one is in force it does not yet."""
        newer = self.documents.get(self.replaced.get(document.id, ""))
        if newer is None:
            return False
        return not (on and newer.facts.valid_from and on.isoformat() < newer.facts.valid_from)

    # --- the hits ---

    def search(self, query: Query, scope: Scope, count: int = 10, pool: int = POOL) -> list[Found]:
        """The best passages within the scope, best first; the first `pool` fused passages are reranked."""
        documents = self.admitted(scope)
        if not documents:
            return []
        rankings, cosines = self._channels(query, documents, self._allowed(scope))
        weights = {"dense": 1.0, "lexical": says(query) if "dense" in rankings else 1.0}
        fused = fuse(rankings, weights)[:pool]
        ranked = [self._ranked(query, i, ranks, cosines.get(i)) for i, _, ranks in fused]
        return self._decided(sorted(ranked, key=lambda f: -f.score))[:count]

    def scored(self, query: Query, identities: Sequence[str]) -> list[Found]:
        """Passages by their ids, scored for a question, in their order."""
        return [self._ranked(query, identity, {}, None) for identity in identities]

    def _decided(self, ranked: list[Found]) -> list[Found]:
        """The hits without older mails quoted in a mail whose own words answer nearly as well."""
        older = self._older
        if not older:
            return ranked
        own: dict[str, float] = {}
        for found in ranked:
            if found.passage.id not in older and found.units and found.units[0].met:
                document = found.passage.document_id
                own[document] = max(own.get(document, 0.0), found.score)
        return [
            found
            for found in ranked
            if found.passage.id not in older
            or not found.units
            or own.get(found.passage.document_id, 0.0) < DECIDES * found.score
        ]

    def outside(self, query: Query, scope: Scope, count: int = 8) -> list[Found]:
        """The best passages of documents that the scope excludes; none where nothing is excluded."""
        inside = set(self.admitted(scope))
        if not scope or len(inside) == len(self.documents):
            return []
        everywhere = self.search(query, Scope(), 2 * count, 2 * count)
        return [f for f in everywhere if f.passage.document_id not in inside][:count]

    def provision(self, query: Query, scope: Scope) -> tuple[Found, int, int] | None:
        """The passage that holds a provision named by its number in the question, and [start, end) of the provision
        in it. Of several documents that have one, the one that best matches the question's other words."""
        wanted = named_provision(query.text)
        if wanted is None:
            return None
        allowed = self._allowed(scope)
        there = (self.passages[i] for i in self.catalog.holding(wanted.number.split()[0]) if allowed[i])
        held = [(passage, span) for passage in there if (span := wanted.span_in(passage.text))]
        if not held:
            return None
        found = [(self._ranked(query, passage.id, {}, None), span) for passage, span in held]
        best, (start, end) = max(found, key=lambda pair: (pair[0].coverage, pair[0].score))
        return best, start, end

    def listing(self, query: Query, found: Sequence[Found], day: dt.date) -> Listing | None:
        """The numbered parts asked for, from the first document among the hits that has them. Documents of the same
        region and kind are tried in order of being in force on `day`."""
        if not query.expected.lists or query.head is None or query.expected.kind is Kind.COMPARE:
            return None
        head = query.head
        documents = list(dict.fromkeys(f.passage.document_id for f in found[:LISTERS]))
        for document in self._in_force_first(documents, day):
            for series in self._series(document):
                if head.match(tokens_of(series.name)) < 0.9:
                    continue
                first = series.parts[0].passage
                around = tokens_of(f"{series.name} {self.context(first)}")
                matches = query.matches(around) or (0.0,) * len(query.known)
                # Words such as "valgt" do not count: parts are listed because they were chosen.
                said = [(m, p) for t, m, p in zip(query.known, matches, query.pulls, strict=True)
                        if not _CHOSEN.match(t.word)]  # fmt: skip
                covered = sum(m * p for m, p in said) / (sum(p for _, p in said) or 1.0)
                if covered >= LISTED_ENOUGH:
                    cosine = next((f.cosine for f in found if f.passage.id == first.id), None)
                    own = self._ranked(query, first.id, {}, cosine)
                    return Listing(series, replace(own, score=max(own.score, found[0].score)), covered)
        return None

    def _in_force_first(self, documents: Sequence[str], day: dt.date) -> list[str]:
        """The documents of the first one's region and kind (in force first, then newest first), then the others."""
        if not documents:
            return []
        lead = self.documents[documents[0]].facts
        facts = [self.documents[identity].facts for identity in documents]
        same = {
            i for i, f in zip(documents, facts, strict=True) if (f.region, f.kind) == (lead.region, lead.kind)
        }
        own = sorted(
            (i for i in documents if i in same), key=lambda i: standing(self.documents[i].facts, day)
        )
        return [*reversed(own), *(i for i in documents if i not in same)]

    def _series(self, document: str) -> list[Series]:
        if document not in self._parts:
            self._parts[document] = series_of(self.passages.of(document))
        return self._parts[document]

    def units_of(self, passage: Passage) -> Vectors:
        """Vectors of a passage's units, shape (its units, dimension)."""
        return np.asarray(self.units[self.place[passage.id]], np.float32)

    def kinship(self, text: str, others: Sequence[str]) -> list[float]:
        """Cosines between a text and other texts, with figures masked: how similar their subjects are."""
        vectors = self.masked([text, *others])
        return [float(x) for x in np.einsum("ij,j->i", vectors[1:], vectors[0])]

    def masked(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts without their figures, shape (len(texts), dimension). Texts that differ only in their
        figures, which is common among agreements, are encoded once."""
        bare = [DIGITS.sub("0", t) for t in texts]
        once = list(dict.fromkeys(bare))
        place = {text: i for i, text in enumerate(once)}
        return self.encoder(once, "passage")[[place[text] for text in bare]]

    def _allowing(self, scope: Scope) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Mask over passages, shape (n,): in an admitted document and, where needed, naming the year and the region."""
        mask = np.zeros(len(self.passages), dtype=bool)
        timed = bool(scope.soft_years or scope.periods)
        admitted = set(self.admitted(scope))
        for document in admitted:
            entry, own = self.documents[document], self.passages.stretch(document)
            if self._speaks(scope, entry, entry.facts, timed, (frozenset(), frozenset())):
                mask[own] = True  # no matter which years and regions they name
                continue
            named, places = np.unique(self._named.numbers[own], return_inverse=True)
            fits = [self._speaks(scope, entry, entry.facts, timed, self._named.told[n]) for n in named]
            mask[own] = np.array(fits, dtype=bool)[places]
        for place, facts in self._inside.items():
            entry = self.documents[self.passages.identity(place).rpartition(":")[0]]
            if entry.id in admitted:
                mask[place] = self._speaks(scope, entry, facts, True, self._named.of(place))
        return mask

    @staticmethod
    def _speaks(scope: Scope, entry: DocumentEntry, facts: Facts, timed: bool, named: Told) -> bool:
        """Whether a passage may answer within a scope, given the years and regions it names: it must match the time
        where that is limited or the passage has facts of its own, and the region where its document's region is
        unknown."""
        years, regions = named
        if timed and not admits(scope, facts, years):
            return False
        if not scope.regions or facts.region or for_all(entry.title, entry.facts):
            return True
        return not regions.isdisjoint(scope.regions)

    def near(
        self, vector: Vectors, count: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]] | None:
        """The `count` nearest passages as (id, cosine), best first; `documents` limits them. None where the vector
        server cannot be reached."""
        if isinstance(self.store, Served):
            return self.store.nearest(vector, count, documents)
        stretches = None
        if documents is not None:
            stretches = sorted((self.passages.stretch(d) for d in documents), key=lambda own: own.start)
        return [(self.passages.identity(i), c) for i, c in self.store.nearest(vector, count, stretches)]

    def _channels(
        self, query: Query, documents: Sequence[str], allowed: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> tuple[dict[str, list[str]], dict[str, float]]:
        limited = len(documents) < len(self.documents)
        most = self.settings.candidates
        heard = np.flatnonzero(allowed & (query.lexical > 0))
        words = [self.passages.identity(heard[i]) for i in highest(query.lexical[heard], most)]
        near = self.near(query.vector, most, documents if limited else None)
        if near is None:
            return {"lexical": words}, {}
        near = [(i, c) for i, c in near if i in self.place and allowed[self.place[i]]]
        return {"dense": [i for i, _ in near], "lexical": words}, dict(near)

    def _ranked(
        self,
        query: Query,
        identity: str,
        ranks: Mapping[str, int],
        cosine: float | None,
    ) -> Found:
        passage = self.passages[self.place[identity]]
        context = tokens_of(self.context(passage))
        around = tokens_of(passage.text) | context
        near = self.units.cosines(self.place[identity], query.vector)
        units = tuple(score_units(query, passage.text, context, near))
        score = units[0].score if units else 0.0
        return Found(
            passage, score, ranks, cosine, query.coverage(around), units, around, self._after(passage)
        )

    def _after(self, passage: Passage) -> Passage | None:
        place = self.place[passage.id] + 1
        return self.passages[place] if place < self.passages.stretch(passage.document_id).stop else None

    def context(self, passage: Passage) -> str:
        return chunking.context(self.documents[passage.document_id].title, passage.facts, passage.section)

    def wider(self, scope: Scope) -> Scope:
        """The next wider scope: the time is dropped first, then the kind, then the region, then the edition."""
        if scope.on or scope.periods or scope.soft_years:
            return replace(scope, on=None, periods=(), soft_years=())
        if scope.kinds:
            return scope.without("kinds")
        return scope.without("regions") if scope.regions else Scope()


def _counts(word: str) -> bool:
    return word.isdigit() or word in NUMBER_WORDS


def says(query: Query) -> float:
    """The weight of the lexical channel for a question, 0 to 1: the square of the share of the question's words that
    the index knows. 0 for an English question: a word that both languages share rarely means the same."""
    return 0.0 if not query.terms or is_english(query.text) else query.known_share**2


def _scope_words(scope: Scope) -> set[str]:
    """Folded words of a question that the scope covers: they say where, not what."""
    from assistant.language.places import MUNICIPALITIES, REGION_ALIASES

    used: set[str] = set()
    if scope.regions:
        used |= {"region", "regionen", "regionens", "kommune", "kommunen"}
    if scope.periods or scope.soft_years:
        used |= {"periode", "perioden", "aar", "aaret", "aarene"}
    if scope.former:
        used |= EDITIONS
    for region in scope.regions:
        used |= {word for a in REGION_ALIASES[region] for word in fold(a).split()}
        for name in MUNICIPALITIES[region]:
            used |= {fold(name), fold(name) + "s", *fold(name).split("-")}
    for period in scope.periods:
        used |= set(period.split("-")) | {y[2:] for y in period.split("-")}
    return used | {str(y) for y in scope.soft_years}
