"""Recorded answers: JSON by itself, or framed by how it was fetched.

A recorded request stands before its answer as three lines: verb, address, signed flag (some have a
fourth, its parameters). A recorded stream has lines that begin with `>` (sent) and `<`
(acknowledged), and `=` before each message.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from marginline.core.nouns import dataclass

_REQUEST = re.compile(
    r"(?:GET|POST|PUT|DELETE)\r?\n(/\S*)\r?\n(?:true|false)\r?\n(?:UriParams:.*\r?\n)?"
)
_SENT = re.compile(r"^[><].*$", re.MULTILINE)
_MESSAGE = re.compile(r"^=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Framed:
    """A parsed value, the address it came from where the frame says so, and its line of several."""

    path: str | None
    value: object
    line: int | None = None


def unframed(text: str, parse: Callable[[str], object]) -> Framed:
    """The value in a recorded text; several stream messages make a list."""
    request = _REQUEST.match(text.lstrip())
    if request:
        return Framed(request[1], parse(text.lstrip()[request.end() :]))
    if text.lstrip()[:1] not in (">", "<", "=") or not _MESSAGE.search(text):
        return Framed(None, parse(text))  # an error page in HTML begins with `<` too
    parts = [part for part in _MESSAGE.split(_SENT.sub("", text)) if part.strip()]
    if not parts:
        return Framed(None, parse(text))
    messages = [parse(part) for part in parts]
    return Framed(None, messages[0] if len(messages) == 1 else messages)
