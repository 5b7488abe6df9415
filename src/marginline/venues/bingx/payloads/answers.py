"""The answers of one request, out of BingX's envelope and read by their shapes.

An answer stands in `{code, msg, timestamp, data}`; `data` is a row, a list of rows, or holds the
rows under a name. A row may also come by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from marginline.venues.bingx.payloads.kinds import KEPT, SPECS
from marginline.venues.reader.fields import read_rows, shape
from marginline.venues.reader.kinds import TypedAnswers, refused
from marginline.venues.reader.reading import Answer, Request

_HEAD = shape(label="code msg", moment="timestamp", open=True)


class Answers(TypedAnswers):
    """The answers of a request to BingX."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._at: list[datetime] = []
        self.void: list[str] = []
        for kind, spec in SPECS.items():
            answer = request.answers.get(kind)
            if answer is None:
                continue
            if _void(answer.value):
                self.void.append(kind)
                continue
            rows: list[object] = []
            for body, at in opened(kind, answer):
                rows += _inside(body, spec.inside)
                if at is not None and kind not in KEPT:
                    self._at.append(at)
            self._rows[kind] = read_rows(kind, spec.shape, rows, many=True, source=answer.source)

    def newest(self) -> datetime | None:
        """The newest moment at which an answer held; answers about the past do not count."""
        marked = (row.moment("time") for row in self.rows("premium_index"))
        return max([*self._at, *(at for at in marked if at is not None)], default=None)


def _void(value: object) -> bool:
    """Whether the venue said OK and nothing more: `data` null is no empty list."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    return bool(parts) and all(
        isinstance(part, Mapping) and str(part.get("code")) == "0" and part.get("data") is None
        for part in parts
    )


def opened(kind: str, answer: Answer) -> Iterator[tuple[object, datetime | None]]:
    """What the messages of an answer say, one or those of several files, and when."""
    value = answer.value
    messages = value if isinstance(value, (list, tuple)) else [value]
    bare = []
    for message in messages:
        if not isinstance(message, Mapping) or "code" not in message:
            bare.append(message)
            continue
        said = {n: message[n] for n in ("code", "msg", "timestamp") if n in message}
        head = read_rows(kind, _HEAD, said, many=False, source=answer.source)[0]
        if head.text("code") != "0":
            raise refused(kind, head.text("code"), head.text("msg"), answer.source)
        yield message.get("data"), head.moment("timestamp")
    if bare or not messages:
        yield bare, None


def _inside(body: object, name: str | None) -> list[object]:
    """The rows of a body: itself, a list, or what stands under a name in it."""
    if body is None:
        return []
    if isinstance(body, (list, tuple)):
        return [row for item in body for row in _named(item, name)]
    return _named(body, name)


def _named(value: object, name: str | None) -> list[object]:
    if name is not None and isinstance(value, Mapping):
        found = value.get(name)
        if isinstance(found, (list, tuple)):
            return list(found)
        if isinstance(found, Mapping):
            return [found]
        if found is None and name in value:
            return []
    return [value]
