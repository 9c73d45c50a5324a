"""Judgements of a comparison's cells: the form and its submission."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from assistant.errors import AssistantError, BusyError, StorageError
from assistant.language.places import REGIONS
from assistant.messages import Language, of_error
from assistant.models import By, Scope
from assistant.service.review import Asked, Place, Reviewed, Side, Signed
from assistant.ui import matrix, review
from assistant.users.audit import Act, Audit
from assistant.web.documents import may

ELSEWHERE, NOWHERE = "andet", "intet"  # choices besides the places offered: another place, no place


class Sent(BaseModel):
    """A judgement as the page sends it: the comparison, the cell, what it showed, and the judgement itself."""

    spm: str
    efter: By = "region"
    regioner: str = ""
    region: str = ""
    periode: str = ""
    papir: str = ""
    set: str
    dom: Literal["confirmed", "corrected", "withdrawn"]
    navn: str = ""
    grund: str = ""
    sted: str = ""
    dokument: str = ""
    side: str = ""
    ord: str = ""
    vaerdi: str = ""

    @property
    def place(self) -> Place | None:
        """The place chosen among those offered or entered by hand; None where it is invalid."""
        document, page, words = self.dokument, self.side.strip(), self.ord
        if self.sted != ELSEWHERE:
            try:
                told = json.loads(self.sted)
                document, page, words = str(told["dokument"]), str(told["side"]), str(told["ord"])
            except (ValueError, KeyError, TypeError, RecursionError):
                return None
        if not re.fullmatch(r"[0-9]{1,5}", page):
            return None
        return Place(document, int(page), words, self.vaerdi.strip())


def router(reviewed: Reviewed, audit: Audit) -> APIRouter:
    """The routes under /vurdering."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/vurdering")
    def shown(
        request: Request, spm: str, efter: By = "region", regioner: str = "", region: str = "", periode: str = "",
        papir: str = "", status: str = "", dom_nu: str = "", sprog: Language = "da",
    ) -> HTMLResponse:  # fmt: skip
        """The form for one cell, with alternative sentences."""
        person = may(request, "editor", sprog)
        asked = _asked(spm, efter, regioner)
        try:
            offered, papers = reviewed.places(asked, _side(efter, region, periode, papir))
        except AssistantError as error:
            raise HTTPException(422, of_error(error, sprog)) from None
        return HTMLResponse(review.form(offered, papers, status, dom_nu, bool(person.name), sprog))

    @routes.post("/vurdering")
    def judged(request: Request, told: Annotated[Sent, Form()], sprog: Language = "da") -> JSONResponse:
        """Save a judgement of a cell; returns the updated comparison."""
        person = may(request, "editor", sprog)
        silent = told.dom == "corrected" and told.sted == NOWHERE
        place = told.place if told.dom == "corrected" and not silent else None
        try:
            found = reviewed.judge(
                _asked(told.spm, told.efter, told.regioner), _side(told.efter, told.region, told.periode, told.papir),
                told.set, "silent" if silent else told.dom, Signed(person.name or told.navn, bool(person.name)),
                told.grund, place, lambda about: audit.note(person.called, Act.JUDGED, about),
            )  # fmt: skip
        except StorageError:
            raise
        except AssistantError as error:
            status = 409 if isinstance(error, BusyError) else 422
            return JSONResponse({"detail": of_error(error, sprog)}, status)
        chosen = [r for r in told.regioner.split(",") if r in REGIONS]
        return JSONResponse({"html": matrix.matrix(found, told.efter, chosen, sprog, True)})

    return routes


def _asked(question: str, by: By, regions: str) -> Asked:
    return Asked(question, Scope(regions=tuple(r for r in regions.split(",") if r in REGIONS)), by)


def _side(by: By, region: str, period: str, paper: str) -> Side:
    return Side(region, period, paper if by == "document" else "")
