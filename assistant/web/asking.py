"""The interface for programs: ask, compare, documents and feedback as JSON, described by OpenAPI."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.admin.metrics import Observed
from assistant.errors import AssistantError, QuestionError
from assistant.messages import Language, of_error, said
from assistant.models import Form, Scope
from assistant.question.followup import State, as_json, from_json, state_of
from assistant.question.scope import named
from assistant.service.assistant import Live
from assistant.service.dialogue import converse
from assistant.users.feedback import REASONS, Feedback


class Question(BaseModel):
    """A question, with limits that win over what it says itself."""

    question: str = Field(examples=["Hvad er opsigelsesvarslet for døgntilbud i Sjælland?"])
    regions: list[str] = Field([], examples=[["Sjælland"]])
    periods: list[str] = Field([], examples=[["2025-2026"]])
    kinds: list[str] = []
    on: dt.date | None = Field(None, description="the day on which an agreement shall be in force")
    previous: str = Field("", max_length=2000, description="the question before, for one that leans on it")
    state: dict[str, Any] = Field(
        {}, description="of the answer before: what the conversation is about by now"
    )
    language: Language = Field("da", description="of the words around the quotes")
    form: Form | Literal["quotes"] = Field(
        "staff", description="who a language model, where one is set, writes for; quotes: no model is asked"
    )

    @property
    def scope(self) -> Scope:
        return named(self.regions, self.periods, self.kinds, self.on)


class Side(BaseModel):
    """A question put to each region, to each period of one region, or to each document."""

    question: str
    regions: list[str] = []
    periods: list[str] = []
    by: Literal["region", "period", "document"] = "region"


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Limits(BaseModel):
    regions: list[str]
    periods: list[str]
    kinds: list[str]
    on: dt.date | None


class Told(Open):
    text: str
    citations: list[int]
    by: str


class Cited(Open):
    """`quote` is what a reader sees, `raw` the exact words of the page's text, `link` opens the place."""

    n: int
    document: str
    title: str
    page: int
    quote: str
    raw: str
    region: str | None
    period: str | None
    kind: str | None
    link: str


class Given(Open):
    """An answer: grounded in quotes that stand on their pages, abstained with a reason, or told of the collection or
    the conversation itself. `lead` is a verdict in the assistant's words, `parts` the several matters of a message,
    `choices` questions that it may mean, `state` what the next message is read by: send it back as `state`."""

    question: str
    meant: str
    scope: Limits
    status: Literal["grounded", "abstained", "told"]
    reason: str | None
    answer: str
    statements: list[Told]
    citations: list[Cited]
    hits: list[dict[str, Any]]
    notes: list[str]
    model: str | None
    outcome: Literal["grounded", "qualified", "contradicted", "refused", "told"]
    seconds: float


class SideBySide(Open):
    question: str
    rows: list[dict[str, Any]]
    verdict: Literal["agree", "differ", "insufficient"]
    differences: list[dict[str, Any]]
    notes: list[str]


class Document(BaseModel):
    id: str
    document: str
    title: str
    pages: int
    region: str | None
    period: str | None
    kind: str | None
    part: str | None
    valid_from: str | None
    valid_to: str | None
    replaces: str | None
    amends: str | None
    evidence: dict[str, str]


class Said(BaseModel):
    """What a reader says of an answer, with the answer's JSON."""

    verdict: Literal["up", "down"]
    reason: Literal[tuple(REASONS)] | None = None  # type: ignore[valid-type]
    note: str = Field("", max_length=2000)
    answer: Given


def _state(asked: Question, day: dt.date) -> State:
    """What was said before, by its state or by its question. Raises QuestionError for a state that is none."""
    if asked.state:
        try:
            return from_json(asked.state)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise QuestionError(said("bad_state")) from None
    return state_of(asked.previous, day) if asked.previous else State()


def router(live: Live, observed: Observed, said_of: Feedback) -> APIRouter:
    """The routes under /api."""
    routes = APIRouter(prefix="/api", tags=["api"])

    @routes.post("/ask", response_model=Given)
    def ask(asked: Question) -> dict[str, Any]:
        """One answer, whole."""
        *_, last = _answers(asked)
        observed.answer(last)
        return last

    @routes.post(
        "/ask/stream",
        responses={200: {"content": {"application/x-ndjson": {}}, "description": "one answer's JSON a line"}},
    )
    def stream(asked: Question) -> StreamingResponse:
        """The answer once for every statement that has been verified, a line of JSON each; the last line is whole."""
        answers = _answers(asked)
        first = next(answers)  # an error is told before anything is sent

        def lines() -> Iterator[str]:
            last = first
            yield json.dumps(first, ensure_ascii=False) + "\n"
            for last in answers:
                yield json.dumps(last, ensure_ascii=False) + "\n"
            observed.answer(last)

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @routes.post("/compare", response_model=SideBySide)
    def compare(asked: Side) -> dict[str, Any]:
        """A row for each side with its own words, and whether they agree."""
        try:
            found = live().compare(asked.question, named(asked.regions, asked.periods), by=asked.by)
        except AssistantError as error:
            raise HTTPException(422, str(error)) from None
        return live().comparison_json(found)

    @routes.get("/documents", response_model=list[Document])
    def documents() -> list[dict[str, Any]]:
        """What the index holds, with the words that prove each fact."""
        return [
            {"id": d.id, "document": d.name, "title": d.title, "pages": d.pages, "region": d.facts.region,
             "period": d.facts.period, "kind": d.facts.kind, "part": d.facts.part, "valid_from": d.facts.valid_from,
             "valid_to": d.facts.valid_to, "replaces": d.facts.replaces, "amends": d.facts.amends,
             "evidence": dict(d.facts.evidence)}
            for d in live().retriever.documents.values()
        ]  # fmt: skip

    @routes.post("/feedback", status_code=201)
    def feedback(request: Request, told: Said) -> dict[str, str]:
        """Keep what a reader says, for the examiner."""
        answer = told.answer.model_dump(mode="json")
        try:
            identity = said_of.keep(request.scope["pace"], told.verdict, answer, told.note, told.reason or "")
        except QuestionError as error:
            raise HTTPException(429, str(error)) from None
        except AssistantError as error:
            raise HTTPException(503, str(error)) from None
        observed.feedback.labels(told.verdict).inc()
        return {"id": identity}

    def _answers(asked: Question) -> Iterator[dict[str, Any]]:
        """The JSON of each state of the answer. Raises HTTPException 422."""
        try:
            assistant = live()
            form = None if asked.form == "quotes" else asked.form
            day = dt.date.today()
            before = _state(asked, day)
            for one in converse(assistant, asked.question, before, asked.scope, day, form=form):
                yield assistant.as_record(one, asked.language) | {"state": as_json(one.state)}
        except AssistantError as error:
            raise HTTPException(422, of_error(error, asked.language)) from None

    return routes
