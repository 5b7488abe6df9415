"""The ledgers of Bitget, BingX and OKX: bills by their ids, income by time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from marginline.core.numbers import is_digits
from marginline.feeds.logs.paging import DAY_MS, KEPT_MS, WEEK_MS, Call, by_cursor, by_time
from marginline.feeds.messages import LedgerRow, Unreadable, amount_of, typed
from marginline.feeds.plans.bitget import PRODUCTS
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint

_HUNDRED = 100

# -- Bitget --------------------------------------------------------------------------------------

_BITGET_SPAN_MS = 30 * DAY_MS
_BILLS = Endpoint("private.mix", "v2/mix/account/bill")
_RECORDS = Endpoint("private.uta", "v3/account/financial-records")


class _Bill(msgspec.Struct, frozen=True):
    """A bill of the classic account."""

    billId: str | int  # noqa: N815 - the venue's words
    businessType: str  # noqa: N815
    coin: str
    cTime: str | int  # noqa: N815
    amount: msgspec.Raw
    symbol: str | None = ""

    def row(self, raw: str) -> LedgerRow:
        at, amount = _moment(self.cTime), amount_of("amount", self.amount)
        name, words = str(self.billId), self.symbol or ""
        return LedgerRow(at, name, self.businessType, self.coin, amount, words, raw)


class _Record(msgspec.Struct, frozen=True):
    """A record of the unified account."""

    id: str | int
    type: str
    coin: str
    ts: str | int
    amount: msgspec.Raw
    symbol: str | None = ""

    def row(self, raw: str) -> LedgerRow:
        at, amount = _moment(self.ts), amount_of("amount", self.amount)
        return LedgerRow(at, str(self.id), self.type, self.coin, amount, self.symbol or "", raw)


class _Paged(NamedTuple):
    """How a log of Bitget is asked for, `of` what, `after` which; what its answers call things."""

    endpoint: Endpoint
    of: str
    after: str
    rows: str
    row: type[_Bill | _Record]
    cursor: str


_OF_CLASSIC = _Paged(_BILLS, "productType", "idLessThan", "bills", _Bill, "endId")
_OF_UNIFIED = _Paged(_RECORDS, "category", "cursor", "list", _Record, "cursor")


async def bitget_classic(call: Call, since: int, until: int) -> list[LedgerRow]:
    """Classic futures: the bills of its three products, newest first, by the last bill's id."""
    return await _bitget(call, _OF_CLASSIC, PRODUCTS, since, until)


async def bitget_unified(call: Call, since: int, until: int) -> list[LedgerRow]:
    """The unified account: its financial records, every category."""
    return await _bitget(call, _OF_UNIFIED, (*PRODUCTS, "SPOT", "MARGIN"), since, until)


async def _bitget(
    call: Call, log: _Paged, names: Sequence[str], since: int, until: int
) -> list[LedgerRow]:
    async def one(name: str) -> list[LedgerRow]:
        async def fetch(start: int, end: int, cursor: str) -> tuple[Sequence[LedgerRow], str]:
            where = {log.of: name, log.after: cursor or None}
            answer = await call(log.endpoint, startTime=start, endTime=end, limit=_HUNDRED, **where)
            body = _body(answer)
            raws = _raws(answer, body.get(log.rows))
            rows = [typed("row", raw, log.row).row(raw) for raw in raws]
            return rows, _last(rows, answer, body, log.cursor)

        return await by_cursor(fetch, first, until, span_ms=_BITGET_SPAN_MS)

    first = max(since, until - KEPT_MS)
    return _together([await one(name) for name in names])


# -- BingX ---------------------------------------------------------------------------------------

_BINGX_PAGE = 1_000
_BINGX = Endpoint("swap.v2.private", "user/income")


class _Income(msgspec.Struct, frozen=True):
    """A row of BingX's income; not every row has an id of its own."""

    incomeType: str  # noqa: N815
    income: msgspec.Raw
    asset: str
    time: int
    tranId: str | int = ""  # noqa: N815
    tradeId: str | int = ""  # noqa: N815
    symbol: str = ""
    info: str = ""

    def row(self, raw: str) -> LedgerRow:
        parts = [self.incomeType, self.tranId, self.tradeId, self.symbol, self.asset, self.time]
        amount = amount_of("income", self.income)
        if not self.tranId and not self.tradeId:
            parts.append(str(amount))
        words = " ".join(part for part in (self.symbol, self.info) if part)
        name = ":".join(map(str, parts))
        return LedgerRow(_moment(self.time), name, self.incomeType, self.asset, amount, words, raw)


async def bingx(call: Call, since: int, until: int) -> list[LedgerRow]:
    """A perpetual account's income in USDT and USDC; of coin-margined contracts there is none."""

    async def fetch(start: int, end: int, page: int) -> Sequence[LedgerRow]:
        if page > 1:
            text = f"one millisecond has more than the {_BINGX_PAGE} rows told"
            raise Unreadable("ledger", start, text)  # there are no pages
        answer = await call(_BINGX, startTime=start, endTime=end, limit=_BINGX_PAGE)
        raws = _raws(answer, typed(answer.path, answer.text, _Data).data)
        return [typed("income", raw, _Income).row(raw) for raw in raws]

    first = max(since, until - KEPT_MS)
    return await by_time(fetch, first, until, most=_BINGX_PAGE, span_ms=WEEK_MS)


# -- OKX -----------------------------------------------------------------------------------------

_OKX = Endpoint("private", "account/bills", weight=2)
_OKX_ARCHIVE = Endpoint("private", "account/bills-archive", weight=4)


class _OkxBill(msgspec.Struct, frozen=True):
    """A bill of OKX's trading account; an isolated margin moves by its own balance."""

    billId: str  # noqa: N815
    type: str
    ts: str
    ccy: str
    balChg: str = ""  # noqa: N815
    posBalChg: str = ""  # noqa: N815
    subType: str = ""  # noqa: N815
    instId: str = ""  # noqa: N815

    def row(self, raw: str) -> LedgerRow:
        told = {"balChg": self.balChg, "posBalChg": self.posBalChg}
        known = [amount_of(name, each) for name, each in told.items() if each]
        amount = sum(known, Decimal(0)) if known else None
        kind = f"{self.type}/{self.subType}" if self.subType else self.type
        return LedgerRow(_moment(self.ts), self.billId, kind, self.ccy, amount, self.instId, raw)


async def okx(call: Call, since: int, until: int) -> list[LedgerRow]:
    """The trading account's bills, newest first; beyond a week those of the archive."""
    endpoint = _OKX if until - since < WEEK_MS - DAY_MS else _OKX_ARCHIVE

    async def fetch(start: int, end: int, cursor: str) -> tuple[Sequence[LedgerRow], str]:
        answer = await call(endpoint, begin=start, end=end, limit=_HUNDRED, after=cursor or None)
        raws = _raws(answer, typed(answer.path, answer.text, _Data).data)
        rows = [typed("bill", raw, _OkxBill).row(raw) for raw in raws]
        return rows, rows[-1].id if len(rows) >= _HUNDRED else ""

    first = max(since, until - KEPT_MS)
    return await by_cursor(fetch, first, until, span_ms=KEPT_MS)


# -- rows ----------------------------------------------------------------------------------------


class _Data(msgspec.Struct, frozen=True):
    data: msgspec.Raw


def _body(answer: Answer) -> dict[str, msgspec.Raw]:
    data = typed(answer.path, answer.text, _Data).data
    return typed(answer.path, bytes(data), dict[str, msgspec.Raw])


def _raws(answer: Answer, rows: msgspec.Raw | None) -> list[str]:
    """The rows of a list as the venue wrote them; a null list has none.

    Raises:
        CallFailed: it is no list.
    """
    if rows is None:
        raise answer.malformed("lists no rows")
    if bytes(rows) == b"null":
        return []
    found = typed(answer.path, bytes(rows), list[msgspec.Raw])
    return [bytes(raw).decode() for raw in found]


def _last(
    rows: Sequence[LedgerRow], answer: Answer, body: dict[str, msgspec.Raw], name: str
) -> str:
    """What names the next page; "" where this is the last: a page that is full must name it."""
    if len(rows) < _HUNDRED:
        return ""
    told = msgspec.json.decode(body[name]) if name in body else None
    if not told:
        wrong: CallFailed = answer.malformed("is full and names no next page")
        raise wrong
    return str(told)


def _together(lists: Sequence[Sequence[LedgerRow]]) -> list[LedgerRow]:
    """Rows of several lists, each once."""
    found = {row.id: row for rows in lists for row in rows}
    return sorted(found.values(), key=lambda row: (row.at, row.id))


def _moment(at: str | int) -> int:
    text = str(at)
    if not is_digits(text) or len(text) > 15:
        raise Unreadable("ledger", at, "tells no moment")
    return int(text)
