"""The Content-Security-Policy of each page: nothing from other hosts, and no script except the page's own.

Gradio writes inline scripts into its page; each is allowed by its hash. The hashes are computed from the page as sent,
which contains no user input: questions, answers and documents arrive later, as data. Gradio needs two exceptions: it
compiles templates ('unsafe-eval'), and it adds style attributes at run time whose text is not known in advance
('unsafe-inline', for style attributes only).

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
    """For our own pages: no scripts, and only linked styles and the given ones."""
    return f"default-src 'self'; script-src 'none'; style-src {_sources(styles)}; {_REST}".encode()


def of_reference() -> bytes:
    """For Swagger UI: only its own scripts, and the style attributes that it sets."""
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; {_REST}"
    ).encode()


def of_gradio(page: bytes, head: str) -> bytes:
    """For Gradio's page as sent; `head` is the HTML that Gradio's script inserts from its configuration."""
    found = [(kind, text.decode()) for kind, text in _INLINE.findall(page) + _INLINE.findall(head.encode())]
    scripts = [text for kind, text in found if kind == b"script"]
    # Gradio creates empty style elements and fills them through the DOM.
    styles = ["", *(text for kind, text in found if kind == b"style")]
    return (
        f"default-src 'self'; script-src {_sources(scripts)} 'unsafe-eval'; style-src {_sources(styles)}; "
        f"style-src-attr 'unsafe-inline'; {_REST}"
    ).encode()


def _sources(texts: Iterable[str]) -> str:
    """A source list: the page's own origin and the hash of each text.

    >>> _sources(["alert(1)"])
    "'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    """
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(["'self'", *(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))])
