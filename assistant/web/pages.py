"""Pages of indexed documents: an image with the quote highlighted, the text where there is no image, and the file
itself. Only documents in the index can be requested, by id."""

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
ROW = 12.0  # points: words with a smaller difference in height are on one row
SCALE = 1.6  # pixels a point; 16:10 of a screen at 96 dpi
PIXELS = 4_000_000  # maximum of a page image: 12 MB while it is drawn
MARK = (255, 214, 0, 90)
Box = tuple[float, float, float, float]  # left, bottom, right, top in points

# PDFium is not thread-safe: one page is rendered at a time.
_pdfium = threading.Lock()


def router(live: Live, reviewed: Reviewed, audit: Audit) -> APIRouter:
    """The routes under /side, /kilde and /fil, the page's stylesheet and pictures, the downloads of a comparison, and
    the reports /indeks and /drift."""
    from fastapi import APIRouter

    routes = APIRouter(include_in_schema=False)
    _pages(routes, live)
    _files(routes, live)
    _downloads(routes, reviewed, audit)
    _reports(routes, live)
    return routes


def _entry(live: Live, document: str, page: int = 1) -> Any:
    """A document of the index. Raises HTTPException 404 for an unknown document or page."""
    from fastapi import HTTPException

    found = live().retriever.documents.get(document)
    if found is None or not 1 <= page <= found.pages:
        raise HTTPException(404, say("page_gone"))
    return found


@lru_cache(maxsize=256)
def _same(path: Path, _changed: float, identity: str) -> bool:
    return digest(path) == identity


def _unchanged(found: Any) -> None:
    """Raise HTTPException 410 if the file was replaced since it was indexed: quotes from the old one may not match."""
    from fastapi import HTTPException

    try:
        if _same(found.path, found.path.stat().st_mtime, found.id):
            return
    except OSError:
        pass
    raise HTTPException(410, say("file_gone"))


def _marked_text(live: Live, document: str, page: int, fra: int, til: int) -> str:
    """The text of a page as HTML with [fra, til) highlighted."""
    raw = live().retriever.catalog.raw(document, page)
    fra, til = max(0, min(fra, len(raw))), max(0, min(til, len(raw)))
    before, marked, after = (html.escape(p) for p in (raw[:fra], raw[fra:til], raw[til:]))
    place = html.escape(live().retriever.catalog.origin(document, page)[1])
    return f"<p class='about'>{place}</p><pre>{before}<mark>{marked}</mark>{after}</pre>"


def _pages(routes: APIRouter, live: Live) -> None:
    """The routes that show one page: as an image, as data, as text, and as a page of its own. They are in one function
    because they share the cache of images and the limit on drawing."""
    import anyio
    from fastapi import HTTPException
    from fastapi.responses import HTMLResponse, Response

    @lru_cache(maxsize=16)
    def images(identity: str, path: Path, page: int, quote: str, known: tuple[Any, ...]) -> bytes:
        return page_image(
            path, page, quote, known
        )  # `identity`: a new file under the old name is another document

    drawing = anyio.CapacityLimiter(2)

    @routes.get("/side/{document}/{page}.png")
    async def image(document: str, page: int, fra: int = 0, til: int = 0) -> Response:
        # At most two pages are drawn at once, so that they do not occupy all of the server's threads.
        return await anyio.to_thread.run_sync(drawn, document, page, fra, til, limiter=drawing)

    def drawn(document: str, page: int, fra: int, til: int) -> Response:
        found = _entry(live, document, page)
        raw = live().retriever.catalog.raw(document, page)
        if not render.has_image(found.name, live().retriever.catalog.origin(document, page)[1]):
            raise HTTPException(404, say("no_image"))
        _unchanged(found)
        try:
            words = live().retriever.catalog.words(document, page)
            known = tuple(w[2:] for w in words if w[0] < til and fra < w[1])
            data = images(found.id, found.path, page, raw[max(0, fra) : til] if til > fra else "", known)
        except (ReadError, RuntimeError) as error:
            raise HTTPException(410, str(error)) from None
        return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    @routes.get("/side/{document}/{page}.json")
    def told(document: str, page: int, fra: int = 0, til: int = 0) -> dict[str, Any]:
        """The page number printed on the page, where it is certain and differs; and where the highlighted words
        begin, as fractions of width and height from the top left."""
        found, catalog = _entry(live, document, page), live().retriever.catalog
        place = None
        if til > fra and render.has_image(found.name, catalog.origin(document, page)[1]):
            known = tuple(w[2:] for w in catalog.words(document, page) if w[0] < til and fra < w[1])
            with contextlib.suppress(ReadError, RuntimeError):
                place = marked_at(found.path, page, catalog.raw(document, page)[max(0, fra) : til], known)
        return {"printed": catalog.printed(document, page), "marked": place}

    @routes.get("/side/{document}/{page}.html")
    def text(document: str, page: int, fra: int = 0, til: int = 0) -> HTMLResponse:
        _entry(live, document, page)
        return HTMLResponse(_marked_text(live, document, page, fra, til))

    @routes.get("/kilde/{document}/{page}")
    def place(document: str, page: int, fra: int = 0, til: int = 0, sprog: Language = "da") -> HTMLResponse:
        """The target of a permanent link: document hash, page and span."""
        found = _entry(live, document, page)
        catalog = live().retriever.catalog
        raw = catalog.raw(document, page)
        fra, til = max(0, min(fra, len(raw))), max(0, min(til, len(raw)))
        origin, where = catalog.origin(document, page)
        words = raw[fra:til]
        citation = Citation(found.id, found.name, found.title, page, " ".join(words.split()), words, (fra, til),
                            found.facts, False, origin == "ocr", where, catalog.printed(document, page))  # fmt: skip
        text = "" if render.has_image(found.name, where) else _marked_text(live, document, page, fra, til)
        return HTMLResponse(render.source(placed_json(1, citation), found.pages, text, sprog))


def _files(routes: APIRouter, live: Live) -> None:
    """The stylesheet, the pictures of the start page, and the documents' files."""
    from fastapi import HTTPException
    from fastapi.responses import FileResponse, Response

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
        found = _entry(live, document)
        _unchanged(found)
        # Types that a browser might run or guess are downloads; they are never displayed from this origin.
        kind = SHOWN.get(found.path.suffix.lower(), "application/octet-stream")
        way = "inline" if found.path.suffix.lower() in SHOWN else "attachment"
        return FileResponse(found.path, media_type=kind, filename=found.name, content_disposition_type=way)


def _downloads(routes: APIRouter, reviewed: Reviewed, audit: Audit) -> None:
    """The downloads of a comparison."""
    from fastapi import HTTPException
    from fastapi.responses import Response

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
        with contextlib.suppress(StorageError):  # a full disk does not prevent the download
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


def _reports(routes: APIRouter, live: Live) -> None:
    """What the index holds, and the state of the machine."""
    from fastapi.responses import HTMLResponse

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


def address(request: Request) -> str:
    """The address under which the page was reached; the guard only passes on credible headers of a proxy."""
    told = request.headers
    way = told.get("x-forwarded-proto", request.url.scheme)
    return f"{way}://{told.get('x-forwarded-host', request.url.netloc)}"


def page_image(path: Path, page: int, quote: str, known: tuple[Box, ...] = ()) -> bytes:
    """PNG of a page (from 1) with the lines of `quote` highlighted; `known` are their boxes where the page has no text
    layer. Raises ReadError when the file is gone."""
    import pypdfium2 as pdfium
    from PIL import ImageDraw

    if not path.is_file():
        raise ReadError(said("file_gone"))
    boxes, (width, height) = _marked(path, path.stat().st_mtime_ns, page, quote, known)
    with _pdfium:
        pdf = pdfium.PdfDocument(path)
        pdf.init_forms()  # draws filled-in form fields too
        try:
            sheet = pdf[page - 1]
            scale = min(
                SCALE, (PIXELS / max(1.0, width * height)) ** 0.5
            )  # very large pages are drawn smaller
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
    """Where on a page (from 1) the highlighted lines of `quote` begin, as fractions of width and height from the top
    left; None where nothing is highlighted. Raises ReadError when the file is gone."""
    if not path.is_file():
        raise ReadError(said("file_gone"))
    boxes, (width, height) = _marked(path, path.stat().st_mtime_ns, page, quote, known)
    if not boxes:
        return None
    return round(min(b[0] for b in boxes) / width, 3), round(1 - max(b[3] for b in boxes) / height, 3)


@lru_cache(maxsize=64)  # the image and the position of its marks are requested separately
def _marked(
    path: Path, _changed: int, page: int, quote: str, known: tuple[Box, ...]
) -> tuple[list[Box], tuple[float, float]]:
    """(boxes of the lines to highlight, page size); the boxes come from `known` where the page has no text layer."""
    import pypdfium2 as pdfium

    with _pdfium:
        pdf = pdfium.PdfDocument(path)
        try:
            sheet = pdf[page - 1]
            return _lines(known) if known else quote_boxes(sheet, quote) if quote else [], sheet.get_size()
        finally:
            pdf.close()


def quote_boxes(sheet: Any, quote: str) -> list[Box]:
    """Rectangles, one for each printed line, of the words of `quote` on a PDFium page.

    pypdf and PDFium break and space a page's text differently, so only letters and digits are matched. A quote that
    PDFium has in another order is matched line by line.
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
    """Boxes of a line's words where the file has them in another order (cells of a row). Of the places where a word
    occurs, the one nearest in height to the rarest word of the line is taken."""
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
    """Only letters and digits, in lower case; superscript digits as plain digits, as PDFium gives them."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def _located(page: str, quote: str) -> list[tuple[int, int]]:
    bare = _bare(quote)
    if not bare:
        return []
    return [(m.start(), m.start() + len(bare)) for m in re.finditer(re.escape(bare), page)][:1]


def _lines(boxes: Sequence[Box]) -> list[Box]:
    """Character boxes merged into one box for each line."""
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
