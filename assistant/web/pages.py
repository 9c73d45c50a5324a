"""Pages of indexed documents: an image with the quote marked, the text where there is no image, and
the file itself. Only what the index holds can be asked for, by document id."""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import re
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request

from assistant.admin import doctor, inventory
from assistant.admin.collection import pathless
from assistant.answer.contract import placed_json
from assistant.documents.formats import digest
from assistant.errors import QuestionError, ReadError, StorageError
from assistant.language.places import REGIONS
from assistant.messages import Language, said, say
from assistant.models import Citation, Scope
from assistant.reports import consistency
from assistant.service.live import Live
from assistant.service.review import Reviewed
from assistant.ui import asset, chat, render
from assistant.users.audit import Act, Audit
from assistant.web import policy

if TYPE_CHECKING:
    from fastapi import APIRouter

EXPORTS = ("xlsx", "docx", "csv", "md", "html")
SHOWN = {
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}
ROW = 12.0  # points: words so near in height stand in one row
SCALE = 1.6  # pixels a point; 16:10 of a screen at 96 dpi
PIXELS = 4_000_000  # of a page's image at most: 12 MB while it is drawn
MARK = (255, 214, 0, 90)
Box = tuple[float, float, float, float]  # left, bottom, right, top in points

# PDFium is not thread-safe: one page is rendered at a time.
_pdfium = threading.Lock()


def router(live: Live, reviewed: Reviewed, audit: Audit) -> APIRouter:
    """The routes under /side, /kilde and /fil, and the downloads of a comparison."""
    import anyio
    from fastapi import APIRouter, HTTPException
    from fastapi.responses import FileResponse, HTMLResponse, Response

    routes = APIRouter(include_in_schema=False)
    images = lru_cache(maxsize=16)(page_image)
    drawing = anyio.CapacityLimiter(2)

    def entry(document: str, page: int = 1) -> Any:
        found = live().retriever.documents.get(document)
        if found is None or not 1 <= page <= found.pages:
            raise HTTPException(404, say("page_gone"))
        return found

    @lru_cache(maxsize=256)
    def same(path: Path, _changed: float, identity: str) -> bool:
        return digest(path) == identity

    def unchanged(found: Any) -> None:
        """A file that was replaced since must not be shown under what was quoted from the old one."""
        try:
            if same(found.path, found.path.stat().st_mtime, found.id):
                return
        except OSError:
            pass
        raise HTTPException(410, say("file_gone"))

    @routes.get("/side/{document}/{page}.png")
    async def image(document: str, page: int, fra: int = 0, til: int = 0) -> Response:
        # Pages wait for each other, not for all the server's threads.
        return await anyio.to_thread.run_sync(drawn, document, page, fra, til, limiter=drawing)

    def drawn(document: str, page: int, fra: int, til: int) -> Response:
        found = entry(document, page)
        raw = live().retriever.catalog.raw(document, page)
        if not render.has_image(found.name, live().retriever.catalog.origin(document, page)[1]):
            raise HTTPException(404, say("no_image"))
        unchanged(found)
        try:
            words = live().retriever.catalog.words(document, page)
            known = tuple(w[2:] for w in words if w[0] < til and fra < w[1])
            data = images(found.path, page, raw[max(0, fra) : til] if til > fra else "", known)
        except (ReadError, RuntimeError) as error:
            raise HTTPException(410, str(error)) from None
        return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    @routes.get("/side/{document}/{page}.json")
    def told(document: str, page: int, fra: int = 0, til: int = 0) -> dict[str, Any]:
        """The number printed on the page, where it is another and certain; and where on it the marked words begin, as
        shares of its width and height from the left and the top."""
        found, catalog = entry(document, page), live().retriever.catalog
        place = None
        if til > fra and render.has_image(found.name, catalog.origin(document, page)[1]):
            known = tuple(w[2:] for w in catalog.words(document, page) if w[0] < til and fra < w[1])
            with contextlib.suppress(ReadError, RuntimeError):
                place = marked_at(found.path, page, catalog.raw(document, page)[max(0, fra) : til], known)
        return {"printed": catalog.printed(document, page), "marked": place}

    @routes.get("/side/{document}/{page}.html")
    def text(document: str, page: int, fra: int = 0, til: int = 0) -> HTMLResponse:
        entry(document, page)
        return HTMLResponse(marked_text(document, page, fra, til))

    def marked_text(document: str, page: int, fra: int, til: int) -> str:
        raw = live().retriever.catalog.raw(document, page)
        fra, til = max(0, min(fra, len(raw))), max(0, min(til, len(raw)))
        before, marked, after = (html.escape(p) for p in (raw[:fra], raw[fra:til], raw[til:]))
        place = html.escape(live().retriever.catalog.origin(document, page)[1])
        return f"<p class='about'>{place}</p><pre>{before}<mark>{marked}</mark>{after}</pre>"

    @routes.get("/kilde/{document}/{page}")
    def place(document: str, page: int, fra: int = 0, til: int = 0, sprog: Language = "da") -> HTMLResponse:
        """What a permanent link opens: document hash, page and span."""
        found = entry(document, page)
        catalog = live().retriever.catalog
        raw = catalog.raw(document, page)
        fra, til = max(0, min(fra, len(raw))), max(0, min(til, len(raw)))
        origin, where = catalog.origin(document, page)
        words = raw[fra:til]
        citation = Citation(found.id, found.name, found.title, page, " ".join(words.split()), words, (fra, til),
                            found.facts, False, origin == "ocr", where, catalog.printed(document, page))  # fmt: skip
        text = "" if render.has_image(found.name, where) else marked_text(document, page, fra, til)
        return HTMLResponse(render.source(placed_json(1, citation), found.pages, text, sprog))

    @routes.get("/udseende.css")
    def look() -> Response:
        return Response(asset("chat.css"), media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @routes.get("/billeder/{name}.webp")
    def picture(name: str) -> Response:
        if name not in chat.PICTURES:
            raise HTTPException(404, say("not_here"))
        data = (Path(chat.__file__).parent / "billeder" / f"{name}.webp").read_bytes()
        return Response(data, media_type="image/webp", headers={"Cache-Control": "max-age=3600"})

    @routes.get("/fil/{document}")
    def file(document: str) -> FileResponse:
        found = entry(document)
        unchanged(found)
        # What a browser might run or guess at is handed over as a file, never shown in this page's name.
        kind = SHOWN.get(found.path.suffix.lower(), "application/octet-stream")
        way = "inline" if found.path.suffix.lower() in SHOWN else "attachment"
        return FileResponse(found.path, media_type=kind, filename=found.name, content_disposition_type=way)

    @routes.get("/sammenlign.{form}")
    def compared(
        request: Request, form: str, spm: str, efter: str = "region", regioner: str = ""
    ) -> Response:
        if form not in EXPORTS or efter not in ("region", "period", "document"):
            raise HTTPException(404, say("no_such_form"))
        scope = Scope(regions=tuple(r for r in regioner.split(",") if r in REGIONS))
        try:
            found = reviewed.compare(spm, scope, by=efter)  # type: ignore[arg-type]
        except QuestionError as error:
            raise HTTPException(422, str(error)) from None
        with contextlib.suppress(StorageError):  # a full disk takes no comparison away
            audit.note(request.scope["person"].called, Act.COMPARED, f"{found.question} ({form})")
        topic = consistency.Topic("", found.question, found.question)
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"sammenligning.{form}"
                consistency.write([consistency.Finding(topic, found)], path, efter, address(request))  # type: ignore[arg-type]
                data = path.read_bytes()
        except (StorageError, OSError) as error:
            raise HTTPException(503, str(error)) from None
        way = {"Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(data, media_type="application/octet-stream", headers=way)

    @routes.get("/indeks")
    def stock() -> HTMLResponse:
        today = dt.date.today()
        documents, found = inventory.take_stock(live().settings, today)
        folders = {d.path.parent for d in documents}
        told = [
            replace(f, message=pathless(f.message, folders), remedy=pathless(f.remedy, folders))
            for f in found
        ]
        return styled(inventory.page(documents, told, today))

    @routes.get("/drift")
    def machine() -> HTMLResponse:
        return styled(inventory.machine(doctor.findings(live().settings), dt.date.today()))

    def styled(page: str) -> HTMLResponse:
        rule = policy.plain([inventory.STYLE]).decode()
        return HTMLResponse(page, headers={"content-security-policy": rule})

    return routes


def address(request: Request) -> str:
    """The address that the page was reached by, as far as the guard lets it be told by a proxy."""
    told = request.headers
    way = told.get("x-forwarded-proto", request.url.scheme)
    return f"{way}://{told.get('x-forwarded-host', request.url.netloc)}"


def page_image(path: Path, page: int, quote: str, known: tuple[Box, ...] = ()) -> bytes:
    """PNG of a page (from 1) with `quote`'s lines marked; `known` are their boxes where the page has no
    text of its own. Raises ReadError when the file is gone."""
    import pypdfium2 as pdfium
    from PIL import ImageDraw

    if not path.is_file():
        raise ReadError(said("file_gone"))
    boxes, (width, height) = _marked(path, path.stat().st_mtime_ns, page, quote, known)
    with _pdfium:
        pdf = pdfium.PdfDocument(path)
        pdf.init_forms()  # what was filled in is drawn too
        try:
            sheet = pdf[page - 1]
            scale = min(SCALE, (PIXELS / max(1.0, width * height)) ** 0.5)  # a wall plan is drawn smaller
            image = sheet.render(scale=scale).to_pil().convert("RGB")
        finally:
            pdf.close()
    draw = ImageDraw.Draw(image, "RGBA")
    for left, bottom, right, top in boxes:
        corner = ((left - 2) * scale, (height - top - 2) * scale)
        draw.rectangle((*corner, (right + 2) * scale, (height - bottom + 2) * scale), fill=MARK)
    out = BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=3)
    return out.getvalue()


def marked_at(path: Path, page: int, quote: str, known: tuple[Box, ...] = ()) -> tuple[float, float] | None:
    """Where on a page (from 1) the marked lines of `quote` begin, as shares of its width and height from the left and
    the top; None where nothing is marked. Raises ReadError when the file is gone."""
    if not path.is_file():
        raise ReadError(said("file_gone"))
    boxes, (width, height) = _marked(path, path.stat().st_mtime_ns, page, quote, known)
    if not boxes:
        return None
    return round(min(b[0] for b in boxes) / width, 3), round(1 - max(b[3] for b in boxes) / height, 3)


@lru_cache(maxsize=64)  # the page is asked where its marks are beside its image
def _marked(
    path: Path, _changed: int, page: int, quote: str, known: tuple[Box, ...]
) -> tuple[list[Box], tuple[float, float]]:
    """The lines that are marked on a page, those of `known` words where it has no text of its own, and its size."""
    import pypdfium2 as pdfium

    with _pdfium:
        pdf = pdfium.PdfDocument(path)
        try:
            sheet = pdf[page - 1]
            return _lines(known) if known else quote_boxes(sheet, quote) if quote else [], sheet.get_size()
        finally:
            pdf.close()


def quote_boxes(sheet: Any, quote: str) -> list[Box]:
    """Rectangles, one a printed line, of the words of `quote` on a PDFium page.

    pypdf and PDFium break and space a page's text differently, so letters and digits alone are
    matched; a quote that PDFium orders otherwise is matched line by line.
    """
    text_page = sheet.get_textpage()
    letters: list[tuple[str, int]] = []
    for i in range(text_page.count_chars()):
        letters += [(c, i) for c in _bare(text_page.get_text_range(i, 1))]
    page = "".join(c for c, _ in letters)
    found = _located(page, quote)

    def boxes(spans: Sequence[tuple[int, int]]) -> list[Box]:
        return [text_page.get_charbox(letters[k][1]) for a, b in spans for k in range(a, b)]

    if found:
        return _lines(boxes(found))
    marked: list[Box] = []
    for line in quote.split("\n"):
        if len(_bare(line)) >= 4:
            whole = _located(page, line)
            marked += _lines(boxes(whole)) if whole else _scattered(page, line, boxes)
    return marked


def _scattered(page: str, line: str, boxes: Callable[[Sequence[tuple[int, int]]], list[Box]]) -> list[Box]:
    """Boxes of a line's words where the file sets them in another order than they are read (cells of a row): each
    at the height of the one that the page has most seldom."""
    places = [
        [boxes([m.span()]) for m in re.finditer(re.escape(word), page)]
        for word in map(_bare, line.split())
        if len(word) > 1
    ]
    held = [several for several in places if several]
    if not held:
        return []
    level = min(held, key=len)[0][0][1]
    near = [min(several, key=lambda own: abs(own[0][1] - level)) for several in held]
    return [box for own in near if abs(own[0][1] - level) < ROW for box in _lines(own)]


def _bare(text: str) -> str:
    """Letters and digits alone; raised figures as figures, as PDFium gives them."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def _located(page: str, quote: str) -> list[tuple[int, int]]:
    bare = _bare(quote)
    if not bare:
        return []
    return [(m.start(), m.start() + len(bare)) for m in re.finditer(re.escape(bare), page)][:1]


def _lines(boxes: Sequence[Box]) -> list[Box]:
    """Character boxes merged to one box a line."""
    merged: list[Box] = []
    for left, bottom, right, top in boxes:
        if merged:
            a, b, c, d = merged[-1]
            same = min(d, top) - max(b, bottom) > 0.3 * min(d - b, top - bottom) if d > b else False
            if same and left >= a - 1:
                merged[-1] = (a, min(b, bottom), max(c, right), max(d, top))
                continue
        merged.append((left, bottom, right, top))
    return merged
