"""Conversations: finds the questions in a message, reads them in the context of earlier turns and chooses the tool.

message → questions (matters) → state → answer, comparison, list of changes, summary, catalogue, or a clarifying
question.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answer.refusal import SURE
from assistant.index.encoders import Encoder
from assistant.language.letters import calmed
from assistant.language.values import values_in
from assistant.language.words import split_compound, term_groups
from assistant.llm.client import LanguageModel
from assistant.llm.rewriting import Turn, rewritten
from assistant.messages import printable, said
from assistant.models import (
    Abstained,
    Answer,
    Form,
    Grounded,
    Part,
    Reason,
    Scope,
    Told,
)
from assistant.question.acts import LEANS, SURELY, Act, read_turn
from assistant.question.conversation import State
from assistant.question.expectation import Kind, expects
from assistant.question.followup import follow
from assistant.question.matter import matter_of, own_words, without_scope
from assistant.question.parts import FAINT, LONGEST, MAIL, Matter, matters, maybe
from assistant.service.answering import Near
from assistant.service.assistant import Asked, Assistant
from assistant.service.turn_tools import TOOLS, compared, held_here
from assistant.settings import BUNDLED_MODEL

# Acts that an ordinary question to the documents may be mistaken for.
DOUBTFUL = (Act.COLLECTION, Act.SUMMARY, Act.CHANGES, Act.COMPARE, Act.FIGURES)
POSSIBLY = 0.4  # least likelihood of another tool where the documents do not answer
WHOLLY = 0.8  # least likelihood of a summary for the whole message to count as one request for it
DOUBTLESS = 0.65  # least likelihood of a DOUBTFUL act where the documents answer with certainty
ANSWERED = 0.85  # likelihood from which the documents answer with certainty
CLAUSE = 240  # characters kept of the clause that answered
CHOICES = 3  # offered by a clarifying question
LITTLE = 2  # most content words of a turn that refers to something never said
BARE = 1  # most content words of a question that may mean several things
SEEN = 12  # passages that a conversation remembers as shown
APART = 0.6  # least likelihood of each half of a question for it to be split
OTHERWISE = 0.1  # how much likelier the alternative reading of a question must be
_YES_NO = re.compile(
    r"^\W*(?:er|var|har|havde|skal|skulle|kan|må|bliver|gælder|passer det|stemmer det|betyder det|is|are|does|do)\b",
    re.IGNORECASE,
)


def converse(
    assistant: Assistant,
    text: str,
    state: State | None = None,
    given: Scope | None = None,
    today: dt.date | None = None,
    lifted: Sequence[tuple[str, str]] = (),
    form: Form | None = "staff",
    turns: Sequence[Turn] = (),
) -> Iterator[Asked]:
    """Yield the answer to a message once for each verified statement; the last one is complete. Each carries the state
    for the next message. Raises QuestionError. Parameters as for `Assistant.stream`."""
    start = time.perf_counter()
    day = today or dt.date.today()
    words = assistant.checked(text, message=True)
    text = printable(text)
    before = state or State()
    found = _matters(assistant, text, words, before, day)
    if not found:
        answer = Told(said("asks_nothing"), Scope(), choices=())
        yield Asked(text, answer, time.perf_counter() - start, words[:200], before)
        return
    if len(found) == 1:
        for one in _one(assistant, found[0], before, given, day, lifted, form, turns):
            yield replace(one, question=text, seconds=time.perf_counter() - start)
        return
    yield from _several(assistant, text, found, before, given, day, lifted, start)


def _matters(assistant: Assistant, text: str, words: str, before: State, day: dt.date) -> list[Matter]:
    """The questions of a message; none where it asks nothing. `words` is the message as checked."""
    reading = read_turn(words[:LONGEST], _encoder(assistant))
    sure = WHOLLY if reading.act is Act.SUMMARY else SURELY
    tool = reading.act in (Act.COLLECTION, Act.SUMMARY, Act.CHANGES) and reading.acts[reading.act] >= sure
    if tool and len(words.split()) < MAIL:
        return [Matter(words)]
    found = matters(calmed(text) if "\n" in text else words, _encoder(assistant))
    if len(found) != 1:
        return found
    matter = _asked_of(assistant, found[0], before, day) if found[0].bare else found[0]
    return [matter] if matter.around else _parted(assistant, matter, before, day)


def _several(
    assistant: Assistant, text: str, found: Sequence[Matter], state: State, given: Scope | None, day: dt.date,
    lifted: Sequence[tuple[str, str]], start: float,
) -> Iterator[Asked]:  # fmt: skip
    """Answer each question of a message in its own scope; regions that only one of them names apply to all."""
    own = [assistant.scope(m.text, today=day).regions for m in found]
    shared = next((o for o in own if o), ()) if len({o for o in own if o}) == 1 else ()
    parts: list[Part] = []
    meant: list[str] = []
    for matter, regions in zip(found, own, strict=True):
        limits = given
        if shared and not regions and not (given and given.regions):
            limits = replace(given or Scope(), regions=shared)
        *_, last = _one(assistant, matter, state, limits, day, lifted, None, (), alone=False)
        state = last.state
        parts.append(Part(last.meant, last.answer))
        meant.append(last.meant)
        yield Asked(text, _joined(parts), time.perf_counter() - start, " ".join(meant), state)


def _joined(parts: Sequence[Part]) -> Answer:
    """Several answers as one: all their statements in order; a refusal where all of them are refusals."""
    answers = [p.answer for p in parts]
    statements = tuple(s for a in answers if isinstance(a, Grounded) for s in a.statements)
    scope = Scope(
        tuple(r for a in answers for r in a.scope.regions), tuple(p for a in answers for p in a.scope.periods)
    )
    hits = tuple(h for a in answers for h in a.hits)
    if not statements and all(isinstance(a, Abstained) for a in answers):
        return Abstained(Reason.WEAK, scope, hits)
    return Grounded(statements, scope, hits, parts=tuple(parts))


def _parted(assistant: Assistant, matter: Matter, state: State, day: dt.date) -> list[Matter]:
    """Split a question at "og" where different clauses answer its halves and the whole question finds fewer of them."""
    for before, after in maybe(matter.text):
        halves = [follow(before, state, day)]
        halves.append(follow(after, halves[0], day))
        if halves[1].asked == halves[0].asked or not own_words(after):
            continue
        if any(h.act not in (Act.ANSWER, Act.COMPARE) for h in halves):
            continue
        own = assistant.scope(after, today=day)
        scopes = [assistant.scope(before, today=day), own]
        if not scopes[0].regions:
            scopes[0] = replace(scopes[0], regions=own.regions)
        if not own.regions:
            scopes[1] = replace(own, regions=scopes[0].regions or state.scope.regions)
        asked = [(before, replace(scopes[0], kinds=())), (halves[1].asked, replace(scopes[1], kinds=()))]
        both = assistant.scope(matter.text, today=day)
        if min(assistant.answering.likely(q, s, day) for q, s in asked) < max(
            APART, assistant.answering.likely(matter.text, both, day)
        ):
            continue
        first, second = (assistant.ask(q, s, day, form=None).answer for q, s in asked)
        whole = assistant.ask(matter.text, today=day, form=None).answer
        if not (isinstance(first, Grounded) and isinstance(second, Grounded)):
            continue
        leads = {_told_by(first)[0], _told_by(second)[0]}
        if len(leads) == 2 and not leads <= set(_told_by(whole)):
            return [Matter(before, matter.around), Matter(after, matter.around)]
    return [matter]


def _asked_of(assistant: Assistant, matter: Matter, state: State, day: dt.date) -> Matter:
    """A short message in full or its question alone, whichever the documents are likelier to answer: the other
    sentences may say what the question is about, or only who asks."""
    whole = Matter(matter.text)
    rest = matter.text.replace(matter.bare, " ", 1).strip()
    bare = Matter(matter.bare, rest)
    alone = read_turn(matter.bare, _encoder(assistant))
    names = [assistant.scope(one, today=day).regions for one in (matter.bare, rest)]
    beside = read_turn(rest)
    vague = alone.matter < SURELY and beside.asks >= FAINT
    if alone.leans >= LEANS or vague or all(names) or beside.leans >= LEANS:
        return whole
    likely = []
    for one in (whole, bare):
        after = follow(one.text, state, day, one.around, _encoder(assistant))
        likely.append(assistant.answering.likely(after.meant, after.scope, day))
    return bare if likely[1] > likely[0] + OTHERWISE else whole


def _told_by(answer: Answer) -> list[tuple[str, int]]:
    """(passage id, start) of each statement of an answer."""
    if not isinstance(answer, Grounded):
        return []
    return [(s.quotes[0].passage_id, s.quotes[0].start) for s in answer.statements]


def _one(
    assistant: Assistant, matter: Matter, before: State, given: Scope | None, day: dt.date,
    lifted: Sequence[tuple[str, str]], form: Form | None, turns: Sequence[Turn], alone: bool = True,
) -> Iterator[Asked]:  # fmt: skip
    """Answer one question with the tool it belongs to; `alone` where the message has no other question."""
    text = matter.text
    state = follow(text, before, day, matter.around, _encoder(assistant))
    scope = state.scope.limited(given, lifted)
    state = replace(state, scope=replace(scope, kinds=(), documents=()))
    if _doubted(assistant, text, before, state, scope, given, day):
        state = replace(state, act=Act.ANSWER, wanted=Act.ANSWER)
    if done := _by_tool(assistant, text, before, state, scope, day):
        yield done
        return
    if alone and (back := _asked_back(assistant, text, before, state, scope, day)):
        yield Asked(text, back, 0.0, text, before)
        return
    if _otherwise_likelier(assistant, state, scope, day):
        state = replace(state, asked=state.other, matter=matter_of(state.other))
    if assistant.model and form and state.leans and state.asked != before.asked:
        state = _by_model(assistant.model, text, before, state, turns)
    yield from _by_documents(assistant, text, before, state, scope, day, form, turns)


def _doubted(
    assistant: Assistant, text: str, before: State, state: State, scope: Scope, given: Scope | None, day: dt.date
) -> bool:  # fmt: skip
    """Whether a turn was read as a DOUBTFUL act but is rather a question that the documents answer."""
    sides = len(scope.regions) > 1 or len(scope.periods) > 1
    if state.act not in DOUBTFUL or (state.leans and before.asked) or sides:
        return False
    if 1 - read_turn(text, _encoder(assistant)).acts[Act.ANSWER] >= DOUBTLESS:
        return False
    own = assistant.scope(text, today=day).limited(given, ())
    return assistant.answering.likely(text, own, day) >= SURE


def _by_tool(
    assistant: Assistant, text: str, before: State, state: State, scope: Scope, day: dt.date
) -> Asked | None:
    """The answer of the turn's tool, or the last answer with its places or shortened; None where the turn is a question
    to the documents or its tool says nothing."""
    if state.act is Act.SOURCE or (state.act is Act.SHORTER and before.asked):
        last = _again(assistant, state, scope, day)
        changed = _pointed if state.act is Act.SOURCE else _shortened
        return replace(last, answer=changed(last.answer))
    tool = TOOLS.get(state.wanted if state.act is Act.SHORTER else state.act)
    answer = tool(assistant, text, state, scope, day) if tool else None
    return Asked(text, answer, 0.0, state.meant, _seen(state, answer)) if answer is not None else None


def _otherwise_likelier(assistant: Assistant, state: State, scope: Scope, day: dt.date) -> bool:
    """Whether the documents are clearly likelier to answer the other reading of the turn, its new words alone."""
    if not state.other:
        return False
    other = assistant.answering.likely(replace(state, asked=state.other).meant, scope, day)
    return other > 0 and other > assistant.answering.likely(state.meant, scope, day) + OTHERWISE


def _by_documents(
    assistant: Assistant, text: str, before: State, state: State, scope: Scope, day: dt.date,
    form: Form | None, turns: Sequence[Turn],
) -> Iterator[Asked]:  # fmt: skip
    """Search the documents for the answer. Where they do not answer, another tool may; where each region says something
    of its own, a comparison takes the answer's place; a figure in the question is confirmed or corrected."""
    near = _near(text, before, state)
    question = _question(text, state, assistant, day)
    for asked in assistant.stream(question, scope, day, (), form=form, turns=turns, near=near):
        answer = asked.answer
        if isinstance(answer, Abstained) and (other := _otherwise(assistant, text, state, scope, day)):
            answer, state = other
        if isinstance(answer, Grounded) and any(n == said("of_each_region") for n in answer.notes):
            each = compared(assistant, text, replace(state, clause=""), scope, day)
            if isinstance(each, Grounded):  # the comparison comes at once, not statement by statement
                found = replace(each, notes=(*answer.notes, *each.notes))
                yield replace(asked, answer=found, state=_seen(state, found))
                return
        if isinstance(answer, Grounded) and (lead := _verdict(asked.meant, answer)):
            answer = replace(answer, lead=lead)
        yield replace(asked, answer=answer, state=_seen(state, answer))


def _encoder(assistant: Assistant) -> Encoder | None:
    """The bundled encoder if it is in use; None for another model, whose vectors are not comparable."""
    return assistant.retriever.encoder if assistant.settings.model == BUNDLED_MODEL else None


def _near(text: str, before: State, state: State) -> Near | None:
    """What a turn refers to: the passages shown; for the same question about another region or period, the clause that
    answered."""
    if not before.shown:
        return None
    moved = (before.scope.regions, before.scope.periods) != (state.scope.regions, state.scope.periods)
    if state.asked == before.asked and moved:
        return Near((), text, before.clause)
    return Near(before.shown, text) if state.leans else None


def _seen(state: State, answer: Answer) -> State:
    """The state with the shown passages and clause."""
    if not isinstance(answer, Grounded) or not answer.statements:
        return state
    quote = answer.statements[0].quotes[0].text
    return replace(state, shown=_passages_of(answer), clause=re.sub(r"\d+(?:[.,]\d+)*", " ", quote)[:CLAUSE])


def _passages_of(answer: Answer) -> tuple[str, ...]:
    """The ids of the first SEEN passages that an answer quotes."""
    if not isinstance(answer, Grounded):
        return ()
    return tuple(dict.fromkeys(q.passage_id for s in answer.statements for q in s.quotes))[:SEEN]


def _by_model(model: LanguageModel, text: str, before: State, state: State, turns: Sequence[Turn]) -> State:
    """The state with a follow-up question as a language model rewrites it, where it uses only the conversation's own
    words; otherwise the state from the rules."""
    asked = rewritten(model, text, turns or [(before.meant, "")])
    return state if asked == text else replace(state, asked=without_scope(asked), matter=matter_of(asked))


def _otherwise(
    assistant: Assistant, text: str, state: State, scope: Scope, day: dt.date
) -> tuple[Answer, State] | None:
    """The answer of another tool where the documents do not answer; None if the turn is unlikely to mean one."""
    reading = read_turn(text, _encoder(assistant))
    tools = (
        (Act.COLLECTION, Act.SUMMARY)
        if len(scope.regions) == 1
        else (Act.COLLECTION, Act.SUMMARY, Act.COMPARE)
    )
    act = max(tools, key=lambda a: reading.acts[a])
    if reading.acts[act] < POSSIBLY:
        return None
    state = replace(state, act=act, wanted=act)
    answer = TOOLS[act](assistant, text, state, scope, day)
    return (answer, state) if answer else None


def _question(text: str, state: State, assistant: Assistant, day: dt.date) -> str:
    """The question for the documents: the turn as written if it is a standalone question, else as understood."""
    own = assistant.scope(text, today=day)
    alone = state.asked == without_scope(text) and own.regions == state.scope.regions
    return text if alone and own.periods == state.scope.periods else state.meant


# --- tools ---


def _again(assistant: Assistant, state: State, scope: Scope, day: dt.date) -> Asked:
    """The last answer again, computed anew: answers are deterministic."""
    if not state.asked:
        return Asked("", Told(said("of_what"), scope), 0.0, "", state)
    tool = TOOLS.get(state.wanted)
    answer = tool(assistant, state.asked, state, scope, day) if tool else None
    if answer is None:
        answer, shown = assistant.ask(state.meant, scope, day, form=None).answer, set(state.shown)
        if shown and shown.isdisjoint(_passages_of(answer)):
            # Without the place and time named since, the original question may give the passages that were shown.
            first = assistant.ask(state.asked, scope, day, form=None).answer
            answer = answer if shown.isdisjoint(_passages_of(first)) else first
    return Asked(state.asked, answer, 0.0, state.meant, state)


def _pointed(answer: Answer) -> Answer:
    """The answer with its sources as the lead."""
    if not isinstance(answer, Grounded):
        return answer
    places = list(
        dict.fromkeys((c.title, c.place or f"side {c.page}") for s in answer.statements for c in s.citations)
    )
    return replace(
        answer, lead=said("stands_in", places="; ".join(f"{title}, {place}" for title, place in places))
    )


def _shortened(answer: Answer) -> Answer:
    """The first statement of an answer alone, or its verdict with one statement for each document."""
    if not isinstance(answer, Grounded):
        return answer
    count = len({s.citations[0].document_id for s in answer.statements}) if answer.lead else 1
    return replace(answer, statements=answer.statements[: max(1, count)], notes=(), parts=())


def _asked_back(
    assistant: Assistant, text: str, before: State, state: State, scope: Scope, day: dt.date
) -> Answer | None:
    """A clarifying question where a first turn refers to something never said, or is a single word that several rules
    answer ("fristen", but not "betalingsfristen", which is specific); else None. A turn that only names a place or time
    gets the list of documents."""
    if before.asked or state.act is not Act.ANSWER:
        return None
    content = term_groups(own_words(text))
    if not content and scope.regions:  # only a place or time: list its documents
        return held_here(assistant, text, state, scope, day)
    leaning = state.leans and len(content) <= LITTLE and not scope
    if (not content or leaning) and assistant.answering.likely(text, scope, day) < ANSWERED:
        return Told(said("of_what"), scope)
    figure = expects(text).kind in (Kind.NUMBER, Kind.WHEN)
    if (
        figure
        and len(content) <= BARE
        and not scope
        and not any(split_compound(w) for w in own_words(text).split())
    ):
        meant = assistant.answering.meanings(text, scope)
        choices = tuple(f"{text.rstrip(' ?.!')}: {title}?" for title in meant[:CHOICES])
        return Told(said("which_matter"), scope, choices=choices) if len(choices) == CHOICES else None
    return None


# --- figures in a yes/no question ---


def _verdict(question: str, answer: Grounded) -> str:
    """Says whether the figure in a yes/no question is the one in the answer; "" where the question has none."""
    if not _YES_NO.match(question) or expects(question).kind is Kind.COMPARE or not answer.statements:
        return ""
    first = answer.statements[0]
    supposed = [
        v for v in values_in(without_scope(question)) if v.kind in ("percent", "money", "duration", "date")
    ]
    if len(supposed) != 1:
        return ""
    told = [v for v in values_in(first.text) if v.kind == supposed[0].kind]
    # Of several figures the bold one is the answer; without a bold one they must all be the same.
    marked = [v for v in told if any(start <= v.start < end for start, end in first.bold)] or told
    if len({v.key for v in marked}) != 1:
        return ""
    if marked[0].key == supposed[0].key:
        return said("yes_it_says", value=supposed[0].text.rstrip("."))
    return said("no_it_says", told=marked[0].text, value=supposed[0].text.rstrip("."))
