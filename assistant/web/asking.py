"""The API for programs: ask, compare, documents and feedback as JSON, described by OpenAPI.

Every path is documented with an example request, an example response and each refusal (`/docs`). The docstrings of
models and routes appear there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant.admin.metrics import Observed
from assistant.errors import AssistantError, QuestionError
from assistant.messages import Language, of_error, said
from assistant.models import By, Form, Scope, Verdict
from assistant.question.conversation import State, as_json, from_json
from assistant.question.followup import state_of
from assistant.question.scope import named
from assistant.service.dialogue import converse
from assistant.service.live import Live
from assistant.service.review import Reviewed
from assistant.users.feedback import REASONS, Feedback
from assistant.web import examples

DESCRIPTION = (
    "Answers about Danish framework agreements (rammeaftaler) in the documents' own words: every statement has "
    "citations, each with its page and the exact words there. What the documents do not say is not answered. Where the "
    "server asks for a log-in, send a key that `assistant users key` gives: `Authorization: Bearer …`."
)
TAGS: list[dict[str, Any]] = [
    {"name": "api", "description": "Questions, comparisons, documents, and what readers say of an answer."},
    {"name": "operation", "description": "Whether the server lives, and its counters."},
]
_REFUSED = {
    401: ("No key, or one that is no longer valid", said("log_in_first")),
    403: ("The key's or the user's role does not allow it", said("not_allowed")),
    422: ("It cannot be asked so: what to change, or which field is wrong", said("empty")),
    429: ("Too fast, or too many at once; `Retry-After` says how long to wait", said("too_fast", count=2)),
    503: (
        "What was said could not be kept, or too many wait: `Retry-After`",
        said("cannot_keep", name="feedback.db", why="disk full"),
    ),
}
KEY = HTTPBearer(auto_error=False, description="A key of `assistant users key`; not needed without log-in.")


class Refusal(BaseModel):
    """Why not, in one line that says what to do; of a field that is wrong, which (422 alone)."""

    detail: str | list[dict[str, Any]]


def gives(
    example: Any, description: str, kind: str = "application/json", status: int = 200
) -> dict[int | str, Any]:
    """The OpenAPI description of a response."""
    return {status: {"description": description, "content": {kind: {"example": example}}}}


def refusals(*statuses: int) -> dict[int | str, Any]:
    """The OpenAPI descriptions of refusals."""
    return {
        status: {
            "model": Refusal,
            "description": _REFUSED[status][0],
            "content": {"application/json": {"example": {"detail": _REFUSED[status][1]}}},
        }
        for status in statuses
    }


class Question(BaseModel):
    """A question, with limits that win over what it says itself."""

    question: str = Field(description="best in Danish; a whole mail may be sent", examples=[examples.ASKED])
    regions: list[str] = Field([], description="these regions alone", examples=[["Sjælland"]])
    periods: list[str] = Field([], description="these periods or years alone", examples=[["2025-2026"]])
    kinds: list[str] = Field([], description="these kinds of paper alone", examples=[["rammeaftale"]])
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

    question: str = Field(description="what each side is asked", examples=["Hvad er overheadet?"])
    regions: list[str] = Field(
        [], description="these regions alone; one of them for `period`", examples=[["Sjælland"]]
    )
    periods: list[str] = Field([], description="these periods or years alone", examples=[["2025-2026"]])
    by: By = Field("region", description="what a row stands for")


class Open(BaseModel):
    """Further fields may come; those named here stay."""

    model_config = ConfigDict(extra="allow")


class Limits(BaseModel):
    """What the search was limited to."""

    regions: list[str]
    periods: list[str]
    kinds: list[str]
    on: dt.date | None = Field(None, description="the day on which an agreement shall be in force")


class Told(Open):
    """One statement, the numbers of its citations, and who worded it: the document (extract) or a model."""

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
    region: str | None = None
    period: str | None = None
    kind: str | None = None
    link: str


class Given(Open):
    """An answer: grounded in quotes that stand on their pages, abstained with a reason, or told of the collection or
    the conversation itself. `lead` is a verdict in the assistant's words, `parts` the several matters of a message,
    `choices` questions that it may mean, `state` what the next message is read by: send it back as `state`."""

    question: str
    meant: str
    scope: Limits
    status: Literal["grounded", "abstained", "told"]
    reason: str | None = None
    answer: str
    statements: list[Told]
    citations: list[Cited]
    hits: list[dict[str, Any]]
    notes: list[str]
    model: str | None = None
    outcome: Literal["grounded", "qualified", "contradicted", "refused", "told"]
    seconds: float


class SideBySide(Open):
    """A row for each side with its values and quotes; `verdict` needs a value on both sides. `review` of a row is what
    people have said of it: confirmed, corrected, silent, withdrawn or reopened, with everybody who said so."""

    question: str
    rows: list[dict[str, Any]]
    verdict: Verdict
    differences: list[dict[str, Any]]
    notes: list[str]


class Document(BaseModel):
    """A document of the index; `evidence` are the words that prove each fact."""

    id: str
    document: str
    title: str
    pages: int
    region: str | None = None
    period: str | None = None
    kind: str | None = None
    part: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    replaces: str | None = None
    amends: str | None = None
    evidence: dict[str, str]


class Said(BaseModel):
    """What a reader says of an answer, with the answer's JSON."""

    verdict: Literal["up", "down"] = Field(description="good, or not")
    reason: Literal[tuple(REASONS)] | None = Field(None, description="what is wrong with it")  # type: ignore[valid-type]
    note: str = Field("", max_length=2000, description="in the reader's own words")
    answer: Given = Field(description="as it was given")


class Kept(BaseModel):
    """Under which number it is kept."""

    id: str


AnyQuestion = Annotated[Question, Body(openapi_examples=examples.ASK)]
AnySide = Annotated[Side, Body(openapi_examples=examples.COMPARE)]
AnyVerdict = Annotated[Said, Body(openapi_examples=examples.FEEDBACK)]


def _state(asked: Question, day: dt.date) -> State:
    """The conversation so far, from the given state or the previous question. Raises QuestionError for an invalid
    state."""
    if asked.state:
        try:
            return from_json(asked.state)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise QuestionError(said("bad_state")) from None
    return state_of(asked.previous, day) if asked.previous else State()


def router(live: Live, observed: Observed, said_of: Feedback, reviewed: Reviewed) -> APIRouter:
    """The routes under /api. They are in one function because most of it is their OpenAPI description; each body is
    short."""
    routes = APIRouter(prefix="/api", tags=["api"], dependencies=[Depends(KEY)])

    @routes.post(
        "/ask",
        response_model=Given,
        responses=gives(examples.ANSWER, "The answer") | refusals(401, 403, 422, 429, 503),
    )
    def ask(asked: AnyQuestion) -> dict[str, Any]:
        """One answer, whole. `status` says whether it is grounded; never show `wider` as an answer."""
        *_, last = _answers(asked)
        observed.answer(last)
        return last

    @routes.post(
        "/ask/stream",
        response_class=StreamingResponse,
        responses=gives(
            json.dumps(examples.ANSWER, ensure_ascii=False),
            "One answer's JSON a line",
            "application/x-ndjson",
        )
        | refusals(401, 403, 422, 429, 503),
    )
    def stream(asked: AnyQuestion) -> StreamingResponse:
        """The answer once for every statement that has been verified, a line of JSON each; the last line is whole."""
        answers = _answers(asked)
        first = next(answers)  # so that an error still gets its own status code

        def lines() -> Iterator[str]:
            last = first
            yield json.dumps(first, ensure_ascii=False) + "\n"
            for last in answers:
                yield json.dumps(last, ensure_ascii=False) + "\n"
            observed.answer(last)

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @routes.post(
        "/compare",
        response_model=SideBySide,
        responses=gives(examples.COMPARED, "The sides") | refusals(401, 403, 422, 429, 503),
    )
    def compare(asked: AnySide) -> dict[str, Any]:
        """A row for each side with its own words, and whether they agree."""
        try:
            found = reviewed.compare(asked.question, named(asked.regions, asked.periods), by=asked.by)
        except AssistantError as error:
            raise HTTPException(422, str(error)) from None
        return live().comparison_json(found)

    @routes.get(
        "/documents",
        response_model=list[Document],
        responses=gives(examples.DOCUMENTS, "Every document") | refusals(401, 403),
    )
    def documents() -> list[dict[str, Any]]:
        """What the index holds, with the words that prove each fact."""
        return [
            {"id": d.id, "document": d.name, "title": d.title, "pages": d.pages, "region": d.facts.region,
             "period": d.facts.period, "kind": d.facts.kind, "part": d.facts.part, "valid_from": d.facts.valid_from,
             "valid_to": d.facts.valid_to, "replaces": d.facts.replaces, "amends": d.facts.amends,
             "evidence": dict(d.facts.evidence)}
            for d in live().retriever.documents.values()
        ]  # fmt: skip

    @routes.post(
        "/feedback",
        status_code=201,
        response_model=Kept,
        responses=gives({"id": "7c1f"}, "It is kept", status=201) | refusals(401, 403, 422, 429, 503),
    )
    def feedback(request: Request, told: AnyVerdict) -> dict[str, str]:
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
        """The JSON of each step of the answer. Raises HTTPException 422."""
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
