"""The answers of one request, each read by its shape: typed rows by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from marginline.venues.binance.payloads.kinds import EVENTS, KINDS
from marginline.venues.reader.fields import read_rows, shape
from marginline.venues.reader.kinds import TypedAnswers, refused
from marginline.venues.reader.reading import Answer, Request

_STREAMS: Mapping[str, Mapping[str, str]] = {
    "assetIndexUpdate": {
        "E": "time", "s": "symbol", "i": "index", "b": "bidBuffer", "a": "askBuffer",
        "B": "bidRate", "A": "askRate", "q": "autoExchangeBidBuffer", "g": "autoExchangeAskBuffer",
        "Q": "autoExchangeBidRate", "G": "autoExchangeAskRate",
    },
    "markPriceUpdate": {
        "E": "time", "s": "symbol", "p": "markPrice", "i": "indexPrice",
        "P": "estimatedSettlePrice",
        "r": "lastFundingRate", "T": "nextFundingTime", "ap": "markPriceMovingAverage",
        "st": "symbolType",
    },
    "forceOrder": {
        "s": "symbol", "S": "side", "o": "type", "f": "timeInForce", "q": "origQty", "p": "price",
        "ap": "averagePrice", "X": "status", "l": "lastFilledQty", "z": "executedQty", "T": "time",
    },
}  # fmt: skip
"""Market streams say the same as an endpoint, in letters."""

STATES = ("account", "balance", "position_risk", "open_orders", "open_algo_orders")
_ERROR = shape(label="code msg")


class Answers(TypedAnswers):
    """The answers of a request to Binance."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._kinds = KINDS[request.venue]
        for kind, spec in self._kinds.items():
            answer = request.answers.get(kind)
            if answer is None or kind == EVENTS:
                continue
            value = plain(answer.value)
            _refuse_error(kind, answer, value)
            many, source = not spec.single, answer.source
            self._rows[kind] = read_rows(kind, spec.shape, value, many=many, source=source)

    def tell_state(self) -> bool:
        """Whether any answer tells balances, positions or orders, not parameters alone."""
        return any(kind in STATES for kind in self._rows)

    def flag(self, kind: str, field: str) -> bool | None:
        """A switch of a single answer; None where it is not told."""
        row = self.first(kind)
        return None if row is None or field not in row.values else row.flag(field)

    def newest(self, kinds: Sequence[str] | None = None) -> datetime | None:
        """The newest moment at which an answer (of some kinds) held; the past does not count."""
        held = (kind for kind in self._rows if not self._kinds[kind].kept)
        chosen = (kind for kind in held if kinds is None or kind in kinds)
        stamps = (row.newest() for kind in chosen for row in self._rows[kind])
        return max((stamp for stamp in stamps if stamp is not None), default=None)

    def kept(self) -> dict[str, object]:
        """The answers that go to `extra` as they are, row by row."""
        kept = (kind for kind in self._rows if self._kinds[kind].kept)
        return {kind: [row.plain() for row in self._rows[kind]] for kind in kept}


def _refuse_error(kind: str, answer: Answer, value: object) -> None:
    """The venue answers a request that fails with a code and a message."""
    if isinstance(value, Mapping) and "code" in value and "msg" in value:
        row = read_rows(kind, _ERROR, dict(value), many=False, source=answer.source)[0]
        raise refused(kind, row.text("code"), row.text("msg"), answer.source)


# -- streams -----------------------------------------------------------------------------------


def plain(value: object) -> object:
    """The answer without its stream's frame, market messages in an endpoint's words."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "stream" in value and "data" in value:
        return plain(value["data"])
    name = value.get("e")
    words = _STREAMS.get(name) if isinstance(name, str) else None
    return value if words is None else _spelled(value, words)


def _spelled(message: Mapping[str, object], words: Mapping[str, str]) -> dict[str, object]:
    body = message.get("o")
    inner = body if isinstance(body, Mapping) else message
    return {words.get(name, name): value for name, value in inner.items() if name != "e"}


def event_rows(value: object) -> Sequence[object]:
    """The messages in an answer of kind `events`."""
    found = plain(value)
    return found if isinstance(found, list) else [found]
