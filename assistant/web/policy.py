"""What a browser may run and draw of a page (Content-Security-Policy): nothing from elsewhere, and no script that the
page was not built with.

Gradio writes scripts into its page; each is allowed by its hash. They are hashed in the page that is sent, which
holds nothing a reader wrote: questions, answers and documents come later, as data. Of Gradio's needs two are left:
it compiles templates ('unsafe-eval'), and writes its look into the page while it runs, whose words are not known
before ('unsafe-inline' for styles alone).

    W3C, Content Security Policy Level 3
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

_INLINE = re.compile(rb"<(script|style)(?![^>]*\ssrc\s*=)[^>]*>(.*?)</\1>", re.S)
_REST = (
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; "
    "form-action 'self'; object-src 'none'"
)


def plain(styles: Iterable[str] = ()) -> bytes:
    """For a page of ours: no script at all, no style but the linked ones and those given."""
    return f"default-src 'self'; script-src 'none'; style-src {_sources(styles)}; {_REST}".encode()


def of_reference() -> bytes:
    """For Swagger UI: its own scripts and no other, and the styles that it sets on what it draws."""
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; {_REST}"
    ).encode()


def of_gradio(page: bytes, head: str) -> bytes:
    """For Gradio's page as it is sent; `head` is what its own script puts into it from the configuration."""
    found = [(kind, text.decode()) for kind, text in _INLINE.findall(page) + _INLINE.findall(head.encode())]
    scripts = [text for kind, text in found if kind == b"script"]
    styles = [
        "",
        *(text for kind, text in found if kind == b"style"),
    ]  # Gradio fills empty ones by their rules
    return (
        f"default-src 'self'; script-src {_sources(scripts)} 'unsafe-eval'; style-src {_sources(styles)}; "
        f"style-src-attr 'unsafe-inline'; {_REST}"
    ).encode()


def _sources(texts: Iterable[str]) -> str:
    """The page's own address, and the hash of each text.

    >>> _sources(["alert(1)"])
    "'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    """
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(["'self'", *(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))])
