"""The answers of one request, taken out of Bitget's envelopes and read by their shapes.

An endpoint answers `{code, msg, requestTime, data}`, a stream `{action, arg, data, ts}`; rows stand
in `data` itself or in a list inside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from marginline.venues.bitget.payloads.kinds import COIN_WORDS, KEPT, SPECS, TIMELESS, WORDS
from marginline.venues.reader.fields import Row, kept, read_rows, shape
from marginline.venues.reader.kinds import TypedAnswers, refused
from marginline.venues.reader.reading import Answer, Request

SUCCESS = "00000"
_ENVELOPE = shape(label="code msg", stamp="requestTime ts", open=True)
_AROUND = ("list", "entrustedList", "cursor", "endId", "nextId", "resultList", "orderList")
_LISTS = ("list", "entrustedList", "bills", "resultList", "orderList")


class Answers(TypedAnswers):
    """The answers of a request to Bitget."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._kept: dict[str, list[object]] = {}
        self._stamps: list[datetime] = []
        self.void: list[str] = []
        for kind, spec in SPECS[request.venue].items():
            answer = request.answers.get(kind)
            if answer is None:
                continue
            if _void(answer.value):
                self.void.append(kind)
                continue
            words = WORDS.get(f"{request.venue} {kind}", WORDS.get(kind, {}))
            value = [_spelled(row, words) for row in self._bodies(kind, answer)]
            if kind in KEPT:
                self._kept[kind] = [kept(row) for row in value]
            self._rows[kind] = read_rows(kind, spec.shape, value, many=True, source=answer.source)

    def _bodies(self, kind: str, answer: Answer) -> Iterator[object]:
        """The rows of every envelope in an answer."""
        whole = answer.value
        for part in whole if isinstance(whole, (list, tuple)) else [whole]:
            if not isinstance(part, Mapping) or not is_envelope(part):
                yield from rows_of(part)
                continue
            head = {
                name: part[name] for name in ("code", "msg", "requestTime", "ts") if name in part
            }
            row = read_rows(kind, _ENVELOPE, head, many=False, source=answer.source)[0]
            _refuse_error(kind, row, answer)
            stamp = row.newest()
            if stamp is not None and kind not in TIMELESS:
                self._stamps.append(stamp)
            yield from rows_of(part.get("data"))

    def kept(self, kind: str) -> list[object]:
        """The rows of an answer that is only passed on, as they came."""
        return self._kept.get(kind, [])

    def newest(self) -> datetime | None:
        """The newest moment at which an answer held."""
        return max(self._stamps, default=None)


def _void(value: object) -> bool:
    """Whether the venue said OK and nothing more: `data` null is no empty list."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    enveloped = [part for part in parts if isinstance(part, Mapping) and is_envelope(part)]
    told = (part.get("code") in (SUCCESS, "0") and part.get("data") is None for part in enveloped)
    return bool(parts) and len(enveloped) == len(parts) and all(told)


def is_envelope(value: object) -> bool:
    """Whether something is an answer with its envelope."""
    return isinstance(value, Mapping) and (
        ("code" in value and "msg" in value) or ("data" in value and "arg" in value)
    )


def rows_of(value: object) -> Iterator[object]:
    """The rows in the data of an answer."""
    if isinstance(value, Mapping):
        below = next(
            (value[name] for name in _LISTS if isinstance(value.get(name), (list, tuple))), None
        )
        if below is not None and "coin" not in value:  # a coin's own `list` is of its tiers
            yield from below
            return
        if value and all(name in _AROUND and value[name] in (None, "") for name in value):
            return  # a flat account: `list: null`, with no cursor beside it
    if isinstance(value, (list, tuple)):
        yield from value
    elif value is not None:
        yield value


def _refuse_error(kind: str, head: Row, answer: Answer) -> None:
    code = head.text("code")
    if code is None or code in (SUCCESS, "0"):
        return
    raise refused(kind, code, head.text("msg"), answer.source)


def _spelled(row: object, words: Mapping[str, str]) -> object:
    """A stream's row in the words of the endpoint; an empty funding fee is documented to be 0."""
    if not isinstance(row, Mapping):
        return row
    spelled = {words.get(str(name), name): value for name, value in row.items()}
    if spelled.get("totalFee") == "":
        spelled["totalFee"] = "0"
    coins = spelled.get("assets")
    if isinstance(coins, (list, tuple)):
        spelled["assets"] = [
            {COIN_WORDS.get(str(n), n): v for n, v in c.items()} if isinstance(c, Mapping) else c
            for c in coins
        ]
    return spelled
