"""The page as it was built: its files, by exact name.

The browser asks, the API answers with what `asset` finds; there is no path to walk, so there is
none to walk out of. The sources lie in `frontend/`, the build in `build_page.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from marginline.errors import MarginlineError

__all__ = ["POLICY", "Asset", "PageMissingError", "asset", "names", "read"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy that the page is made for: nothing inline, nothing from elsewhere."""

_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


class PageMissingError(MarginlineError):
    """This installation has no page; the text says why, and how to get one."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page. `lasting`: its name changes with its content, so it may be kept."""

    body: bytes
    media_type: str
    etag: str
    lasting: bool


def names() -> frozenset[str]:
    """The names that `asset` knows: `index.html` and files such as `assets/index-BX2f.js`.

    Raises:
        PageMissingError: The page was not built in this installation.
    """
    return frozenset(_assets())


def asset(name: str) -> Asset | None:
    """The file of that exact name, or None.

    Raises:
        PageMissingError: The page was not built in this installation.
    """
    return _assets().get(name)


@cache
def _assets() -> dict[str, Asset]:
    return read(files("marginline.web") / "static")


def read(root: Traversable) -> dict[str, Asset]:
    """The files of a built page by name.

    Raises:
        PageMissingError: There is none at `root`.
    """
    if not (root / "index.html").is_file():
        why = root / "not-built.txt"
        told = why.read_text(encoding="utf-8").strip() if why.is_file() else "it was never built"
        text = (
            f"this installation has no page: {told}. "
            "In a source tree `make page` builds it; a wheel or sdist carries it."
        )
        raise PageMissingError(text)
    found = {}
    for folder, prefix in ((root, ""), (root / "assets", "assets/")):
        for file in folder.iterdir() if folder.is_dir() else ():
            suffix = file.name.rpartition(".")[2]
            if file.is_file() and suffix in _TYPES:
                body = file.read_bytes()
                etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
                lasting = prefix == "assets/"
                found[prefix + file.name] = Asset(body, _TYPES[suffix], etag, lasting)
    return found
