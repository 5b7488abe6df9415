"""BingX's answers of standard futures in, an account out: `contract/v1` balance and allPosition.

A position's fees and funding settle at its close and no answer tells them: the rulebook says what
is missing for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from marginline.core.account.account import Account, Instrument, Position, Wallet
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError, Problem
from marginline.venues.bingx.payloads.answers import opened
from marginline.venues.bingx.payloads.kinds import STANDARD, Kind
from marginline.venues.reader.account_draft import POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row, read_rows, shape
from marginline.venues.reader.reading import Request

BALANCE = shape(
    text="asset",
    number="balance crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount",
    flag="marginAvailable",
    moment="updateTime",
    needs="asset",
)
POSITION = shape(
    text="symbol positionSide",
    number="positionAmt initialMargin unrealizedProfit",
    positive="currentPrice entryPrice leverage",
    flag="isolated",
    moment="time",
    needs="symbol positionSide positionAmt",
)
STANDARD_SPECS: Mapping[str, Kind] = MappingProxyType(
    {
        "balance": Kind(BALANCE, "contract/v1/balance: balances of standard futures"),
        "positions": Kind(POSITION, "contract/v1/allPosition: open standard positions"),
    }
)
_REMEDIES = {"wallets": "balance", "positions": "positions", "orders": "an account file with them"}
_SIDES = {"LONG": 1, "SHORT": -1}


def read_standard(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or contradicts the call.
    """
    if request.mode is not None:
        text = f"{STANDARD} has no modes"
        raise PayloadError([Problem("mode", request.mode, text, "leave it out")])
    draft = Draft(STANDARD, _REMEDIES, request.onto)
    draft.name = request.name or draft.name
    rows: dict[str, list[Row]] = {}
    moments: list[datetime | None] = [draft.as_of]
    for kind, spec in STANDARD_SPECS.items():
        if (answer := request.answers.get(kind)) is None:
            continue
        bodies: list[object] = []
        for body, at in opened(kind, answer):
            bodies += list(_listed(body))
            moments.append(at)
        rows[kind] = read_rows(kind, spec.shape, bodies, many=True, source=answer.source)
    draft.as_of = request.moment(*moments)
    draft.forget_notes(request.answers)
    if "positions" in rows:
        _lay_positions(draft, rows["positions"])
    if "balance" in rows:
        draft.wallets = {}
        for row in rows["balance"]:
            asset = row.name("asset")
            draft.wallets[asset] = Wallet(asset=asset, balance=row.number("balance"))
        draft.known.add(WALLETS)
        draft.reported.raw["balance"] = {r.name("asset"): dict(r.given) for r in rows["balance"]}
    draft.keep_unknown({p: v for each in rows.values() for r in each for p, v in r.all_unknown()})
    return draft.account(request.sources)


def _listed(body: object) -> Iterator[object]:
    if isinstance(body, (list, tuple)):
        yield from body
    elif body is not None:
        yield body


def _lay_positions(draft: Draft, rows: list[Row]) -> None:
    draft.positions, draft.reported.positions = {}, {}
    raw: dict[str, object] = {}
    for row in rows:
        symbol, side = row.name("symbol"), _SIDES.get(row.name("positionSide"))
        if side is None:
            raise row.wrong("positionSide", "is no side of a position", "known are LONG, SHORT")
        base, _, quote = symbol.replace("-", "/").partition("/")
        if quote:
            draft.instruments[symbol] = Instrument(
                symbol=symbol, payoff="linear", base=base, quote=quote, settle=quote
            )
        if (mark := row.number("currentPrice")) is not None:
            draft.mark[symbol] = mark
        if not row.amount("positionAmt"):
            continue
        isolated = bool(row.flag("isolated"))
        number = sum(p.instrument == symbol for p in draft.positions.values()) + 1
        position = Position(
            id=str(number),
            instrument=symbol,
            side="long" if side > 0 else "short",
            size=abs(row.amount("positionAmt")) * side,
            entry_price=row.number("entryPrice"),
            leverage=row.number("leverage"),
            margin_mode="isolated" if isolated else "cross",
            isolated_margin=row.number("initialMargin") if isolated else None,
            opened_at=row.moment("time"),
        )
        draft.positions[position.key] = position
        raw[position.key] = dict(row.given)
        told = {
            M.UNREALIZED_PNL.value: row.number("unrealizedProfit"),
            M.INITIAL_MARGIN.value: row.number("initialMargin"),
        }
        draft.reported.positions[position.key] = {k: v for k, v in told.items() if v is not None}
    draft.hedge = True
    draft.reported.raw["positions"] = raw
    draft.known.add(POSITIONS)
