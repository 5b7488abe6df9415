"""The answers of one request, out of Bybit's envelopes and read by their shapes.

A REST answer stands in `{retCode, retMsg, result: {list, category, nextPageCursor}, time}`, a
stream message in `{topic, creationTime, data}`; a row may also come by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from marginline.venues.bybit.payloads.kinds import PAST, SPECS
from marginline.venues.reader.fields import Row, read_rows, shape
from marginline.venues.reader.kinds import TypedAnswers, refused
from marginline.venues.reader.reading import Answer, Request

_HEAD = shape(label="retCode retMsg category nextPageCursor", moment="at", open=True)
_WHOLE = ("account_info", "portfolio_margin")  # the result itself is the row


@dataclass(frozen=True, slots=True)
class Envelope:
    """The rows of one message, with what its envelope says of them.

    `streamed`: they bring a state up to date; other answers tell the whole of it. `void`: the
    venue says OK and tells nothing, which is no empty list.
    """

    rows: tuple[object, ...]
    at: datetime | None = None
    category: str | None = None
    more: bool = False
    streamed: bool = False
    void: bool = False


class Answers(TypedAnswers):
    """The answers of a request to Bybit."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._at: dict[str, list[datetime]] = {}
        self.cut: list[str] = []
        self.categories: dict[str, set[str]] = {}
        self.streamed: set[str] = set()
        self.void: list[str] = []
        for kind, spec in SPECS[request.venue].items():
            answer = request.answers.get(kind)
            if answer is None:
                continue
            found: list[object] = []
            opened = list(envelopes(kind, answer))
            if opened and all(envelope.void for envelope in opened):
                self.void.append(kind)
                continue
            for envelope in opened:
                found += [_placed(row, envelope.category) for row in envelope.rows]
                if envelope.at is not None:
                    self._at.setdefault(kind, []).append(envelope.at)
                if envelope.more:
                    self.cut.append(kind)
                if envelope.streamed:
                    self.streamed.add(kind)
                if envelope.category is not None:
                    self.categories.setdefault(kind, set()).add(envelope.category)
            self._rows[kind] = read_rows(kind, spec.shape, found, many=True, source=answer.source)

    def newest(self) -> datetime | None:
        """The newest moment at which an answer held; answers about the past do not count."""
        return max(self._stamps(), default=None)

    def _stamps(self) -> Iterator[datetime]:
        for kind, rows in self._rows.items():
            if kind in PAST:
                continue
            yield from self._at.get(kind, ())
            if kind == "positions" and kind not in self._at:
                yield from (at for row in rows if (at := row.moment("updatedTime")) is not None)

    def unknown(self) -> dict[str, object]:
        """Fields that no shape knows, by path."""
        found = super().unknown()
        return {path: value for path, value in found.items() if not path.endswith(".pnls")}


def _placed(row: object, category: str | None) -> object:
    """A row with the category of its envelope, where it names none itself."""
    if category is None or not isinstance(row, Mapping) or "category" in row:
        return row
    return {**row, "category": category} if "symbol" in row and "side" in row else row


# -- envelopes ---------------------------------------------------------------------------------


def envelopes(kind: str, answer: Answer) -> Iterator[Envelope]:
    """The messages of an answer: one, or those of several files or pages."""
    value = answer.value
    messages = value if isinstance(value, (list, tuple)) else [value]
    bare = []
    for message in messages:
        if _is_message(message):
            yield _opened(kind, message, answer.source)
        elif _is_result(message):
            yield _opened(kind, {"retCode": 0, "result": message}, answer.source)
        else:
            bare.append(message)
    if bare or not messages:
        yield Envelope(tuple(bare))


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and (
        "retCode" in value or ("topic" in value and "data" in value)
    )


def _is_result(value: object) -> bool:
    """The inner object of an answer, as client libraries hand it out."""
    return isinstance(value, Mapping) and isinstance(value.get("list"), (list, tuple))


def _opened(kind: str, message: object, source: str) -> Envelope:
    assert isinstance(message, Mapping)
    if "retCode" not in message:
        data = message["data"]
        at = message.get("creationTime", message.get("ts"))
        head = _head(kind, {"at": at}, source)
        return Envelope(_as_rows(data), head.moment("at"), streamed=True)
    result = message.get("result")
    body: Mapping[str, object] = result if isinstance(result, Mapping) else {}
    said = {name: message[name] for name in ("retCode", "retMsg") if name in message}
    said |= {name: body[name] for name in ("category", "nextPageCursor") if name in body}
    head = _head(kind, said | {"at": message.get("time")}, source)
    if head.text("retCode") != "0":
        raise refused(kind, head.text("retCode"), head.text("retMsg"), source)
    more, at = head.text("nextPageCursor") is not None, head.moment("at")
    if kind in _WHOLE:
        return Envelope((body,), at, head.text("category"), more, void=not body)
    void = not isinstance(body.get("list"), (list, tuple))
    rows = () if void else _as_rows(body["list"])
    return Envelope(rows, at, head.text("category"), more, void=void)


def _head(kind: str, said: Mapping[str, object], source: str) -> Row:
    return read_rows(kind, _HEAD, said, many=False, source=source)[0]


def _as_rows(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)
