"""OKX: marks, indices and funding are topics of their own; a quote is what is known of all three.

Unchanged marks come every 10 s, unchanged indices once a minute, funding every 30 to 90 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.feeds.marks import Faulty, Quote, Said
from marginline.feeds.prices.quoting import (
    Fields,
    Row,
    moment,
    named,
    number_or_faulty,
    pushed,
    quoted,
)
from marginline.feeds.prices.speaking import Spoken

_MARK = Fields(mark="markPx")
_KEPT_MS = 120_000
"""An index or a rate that was not told for so long is not told on."""


def _family(symbol: str) -> str:
    return symbol.rpartition("-")[0]


class OkxReader:
    """Reads the frames of one line."""

    def __init__(self) -> None:
        self._index: dict[str, tuple[int, Decimal]] = {}
        self._funding: dict[str, tuple[int, Decimal, int]] = {}

    def __call__(self, text: str) -> Sequence[Said]:
        """The prices in a frame. Raises `Unreadable`, `LineClosed`."""
        return pushed(text, self._row)

    def _row(self, arg: Row, row: Row, _: Row) -> Sequence[Said]:
        channel = arg.get("channel")
        if channel == "mark-price":
            told = quoted(row.get("instId"), row.get("ts"), row, _MARK)
            return [self._with_others(said) for said in told]
        name, at = named(row.get("instId")), moment(row.get("ts"))
        if name is None or at is None:
            return (Faulty(f"{channel}", row.get("instId"), "names no instrument and moment"),)
        if channel == "index-tickers":
            return self._keep_index(name, at, row)
        if channel == "funding-rate":
            return self._keep_funding(name, at, row)
        return ()

    def _keep_index(self, name: str, at: int, row: Row) -> Sequence[Said]:
        index, faulty = number_or_faulty(name, "idxPx", row)
        if index is not None and at >= self._index.get(name, (0,))[0]:
            self._index[name] = at, index
        return () if faulty is None else (faulty,)

    def _keep_funding(self, name: str, at: int, row: Row) -> Sequence[Said]:
        rate, faulty = number_or_faulty(name, "fundingRate", row, least=None)
        due = moment(row.get("fundingTime"))
        if rate is not None and due is not None and at >= self._funding.get(name, (0,))[0]:
            self._funding[name] = at, rate, due
        return () if faulty is None else (faulty,)

    def _with_others(self, said: Said) -> Said:
        if not isinstance(said, Quote):
            return said
        index = self._index.get(_family(said.instrument))
        if index is not None and said.at - index[0] <= _KEPT_MS:
            said = said._replace(index_price=index[1])
        funding = self._funding.get(said.instrument)
        if funding is not None and said.at - funding[0] <= _KEPT_MS and said.at < funding[2]:
            said = said._replace(rate=funding[1], next_at=funding[2])
        return said


def _topics(symbol: str, _: str) -> Sequence[object]:
    topics = [
        {"channel": "mark-price", "instId": symbol},
        {"channel": "index-tickers", "instId": _family(symbol)},
    ]
    if symbol.endswith("-SWAP"):
        topics.append({"channel": "funding-rate", "instId": symbol})
    return topics


OKX = Spoken(
    path="/ws/v5/public",
    topics=_topics,
    subscribe=lambda topics: {"op": "subscribe", "args": list(topics)},
    reader=OkxReader,
    ping="ping",
)
