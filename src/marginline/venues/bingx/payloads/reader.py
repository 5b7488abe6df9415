"""BingX's raw answers in, an account out: USDT-M and coin-M perpetual futures, standard futures.

What the venue says of its own figures goes to `reported`: under our measures as the lines of `page`
have them, and under `raw` in its own words, by kind of answer. Sizes come unsigned with a side.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from marginline.core.account.account import Account, Order, Position, Wallet
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.venues.bingx.page import STANDARD_WORDS, WORDS
from marginline.venues.bingx.payloads.kinds import (
    KINDS,
    PERPETUAL,
    STABLE,
    STANDARD,
    open_message,
    sniff,
)
from marginline.venues.bingx.payloads.market import (
    drop_idle,
    is_coin_margined,
    known_contract,
    lay_contracts,
    lay_market,
)
from marginline.venues.compare.comparing import printed
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row, given_by
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import begin_positions, lay_position, linear
from marginline.venues.reader.reading import Request

_REMEDIES = {
    "wallets": "balance or coin_balance",
    "positions": "positions or coin_positions",
    "orders": "orders or coin_orders",
}
_STANDARD_REMEDIES = {
    "wallets": "balance",
    "positions": "positions",
    "orders": "an account file with them",
}
_STANDARD_TOLD = [w for w in STANDARD_WORDS if w.measure in (M.UNREALIZED_PNL, M.INITIAL_MARGIN)]
_MODES = {"singleAssetMode": "single_asset", "multiAssetsMode": "multi_assets"}
__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    if request.venue == STANDARD:
        return _read_standard(request)
    answers = Answers(request, KINDS[PERPETUAL], open_message)
    draft = answers.begin(_REMEDIES)
    draft.mode = _mode(request, draft, answers)
    told = {row.name("symbol") for row in answers.rows("coin_contracts")} - draft.instruments.keys()
    lay_contracts(draft, answers)
    _lay_position_mode(draft, answers)
    _lay_positions(draft, answers)
    _lay_orders(draft, answers)
    _lay_wallets(draft, answers)
    lay_market(draft, answers)
    drop_idle(draft, told)
    return answers.account(draft)


def _mode(request: Request, draft: Draft, answers: Answers) -> str:
    """As `asset_mode` says, as the caller says, as it was; else BingX's default, noted."""
    row, found = answers.last("asset_mode"), None
    if row is not None and row.has("assetMode"):
        found = _MODES[row.word("assetMode", _MODES, "asset mode")]
    remedy = "leave the mode out, or fetch the answers afresh"
    if (chosen := request.agreed_mode(found, remedy) or draft.mode) is None:
        text = "no answer tells the asset mode: single_asset is taken; give asset_mode, or the mode"
        draft.note(Code.APPROXIMATE, "asset_mode", text)
    return chosen or "single_asset"


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers) -> None:
    """Balances of the families that are told; a row without figures is no wallet."""
    raw, old = draft.reported.raw.setdefault("balance", {}), dict(draft.wallets)
    for kind in ("balance", "coin_balance"):
        if not answers.given(kind):
            continue
        for asset in list(raw):
            if (asset in STABLE) is (kind == "balance"):
                draft.wallets.pop(asset, None)
                draft.reported.pools.pop(asset, None)
                del raw[asset]
        for row in answers.rows(kind):
            _lay_wallet(draft, row, kind, old.get(row.name("asset")))
            raw[row.name("asset")] = dict(row.given)
        draft.known.add(WALLETS)
    if not raw:
        del draft.reported.raw["balance"]
    elif ORDERS not in draft.known and draft.wallets:
        frozen = (printed(raw.get(asset, {}), "freezedMargin") for asset in draft.wallets)
        if all(margin == 0 for margin in frozen):  # then no order rests that matters
            draft.orders = []
            draft.known.add(ORDERS)


def _lay_wallet(draft: Draft, row: Row, kind: str, old: Wallet | None) -> None:
    asset = row.name("asset")
    figures = (row.number(name) for name in ("balance", "equity", "usedMargin"))
    if all(figure is None for figure in figures):
        text = f"the row of {asset} has no figures: it is taken for an account that is not opened"
        draft.note(Code.NOT_APPLICABLE, f"{kind}: {asset}", text)
        return
    balance = row.number("balance")
    if balance == 0 and draft.mode == "multi_assets" and not _settles(draft, asset):
        return  # an empty asset tells a joint pool nothing
    draft.wallets[asset] = Wallet(asset=asset, balance=balance, credit=old.credit if old else ZERO)
    draft.reported.pools[asset] = _measures(draft, row, asset)


def _settles(draft: Draft, asset: str) -> bool:
    contracts = (draft.instruments.get(symbol) for symbol in draft.symbols())
    return any(contract is not None and contract.settle == asset for contract in contracts)


def _measures(draft: Draft, row: Row, asset: str) -> dict[str, Decimal | None]:
    """What a row says of the asset's cross pool: BingX's figures hold isolated positions, too."""
    isolated = any(
        p.margin_mode == "isolated"
        and (p.margin_asset or draft.instruments[p.instrument].settle) == asset
        for p in draft.positions.values()
    )
    if isolated or draft.mode == "multi_assets":
        return {}
    return reported(row, WORDS, Of.ALL, Of.CROSS)


# -- positions ---------------------------------------------------------------------------------

_SIDES = {"LONG": 1, "SHORT": -1, "BOTH": 0}
_KINDS = {
    "LIMIT": "limit",
    "MARKET": "market",
    "STOP": "stop",
    "STOP_MARKET": "stop",
    "TRIGGER_LIMIT": "stop",
    "TRIGGER_MARKET": "stop",
    "TRAILING_STOP_MARKET": "stop",
    "TRAILING_TP_SL": "stop",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit",
}
_GONE = ("FILLED", "CANCELLED", "CANCELED", "EXPIRED", "FAILED", "REJECTED")
_FAMILIES = (("positions", False), ("coin_positions", True))


def _lay_positions(draft: Draft, answers: Answers) -> None:
    """Positions with their marks and leverages; a row of size 0 makes none."""
    if not answers.given("positions", "coin_positions"):
        return
    _forget(draft, answers)
    rows = [row for row in answers.rows("positions", "coin_positions") if row.amount("positionAmt")]
    several = Counter((row.name("symbol"), _side(draft, row)) for row in rows)
    draft.reported.raw["positions"] = {}
    for row in rows:
        symbol = row.name("symbol")
        if known_contract(draft, symbol, "positions") is None:
            continue
        position = _position(draft, row, by_id=several[symbol, _side(draft, row)] > 1)
        if position.key in draft.positions:
            raise row.wrong("positionId", "two rows are the same position", "fetch them again")
        lay_position(draft, position, row, WORDS)
        if (mark := row.number("markPrice")) is not None:
            draft.mark[symbol] = mark
    draft.known.add(POSITIONS)


def _lay_position_mode(draft: Draft, answers: Answers) -> None:
    """Hedge mode: as `position_mode` says, else where a row is of one side."""
    said = answers.last("position_mode")
    dual = None if said is None else said.flag("dualSidePosition")
    if dual is None and answers.given("positions", "coin_positions"):
        rows = answers.rows("positions", "coin_positions")
        dual = any(row.name("positionSide") != "BOTH" for row in rows) or None
    if dual is not None:
        draft.hedge = dual


def _forget(draft: Draft, answers: Answers) -> None:
    """Positions of the family that is told afresh."""
    for key, position in list(draft.positions.items()):
        for kind, coin in _FAMILIES:
            if answers.given(kind) and is_coin_margined(position.instrument) is coin:
                del draft.positions[key]
                draft.reported.positions.pop(key, None)


def _side(draft: Draft, row: Row) -> str:
    said = row.word("positionSide", _SIDES, "side")
    return said.lower() if draft.hedge else "both"


def _position(draft: Draft, row: Row, *, by_id: bool) -> Position:
    symbol, isolated = row.name("symbol"), row.flag("isolated")
    if isolated is None:
        text = f"no answer tells whether {symbol} is cross or isolated; it is read as cross"
        draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
    asset, settle = row.text("currency"), draft.instruments[symbol].settle
    return Position(
        id=row.text("positionId") if by_id else None,
        instrument=symbol,
        side=_side(draft, row),
        size=_signed(draft, row),
        entry_price=row.number("avgPrice"),
        margin_mode="isolated" if isolated else "cross",
        leverage=row.number("leverage"),
        isolated_margin=_fixed_margin(row) if isolated else None,
        margin_asset=None if asset in (None, settle) else asset,
        realized_pnl=row.number("realisedProfit"),
    )


def _fixed_margin(row: Row) -> Decimal | None:
    """Margin of an isolated position without its unrealized P&L.

    `margin` holds it; before there was `margin`, `initialMargin` did.
    """
    held, pnl = row.number("margin"), row.number("unrealizedProfit")
    held = row.number("initialMargin") if held is None else held
    return None if held is None or pnl is None else held - pnl


def _signed(draft: Draft, row: Row) -> Decimal:
    """Positive with LONG, negative with SHORT; with BOTH as it is signed."""
    size, side = row.amount("positionAmt"), row.name("positionSide")
    if _SIDES[side]:
        return abs(size) * _SIDES[side]
    entry, mark, pnl = (row.number(n) for n in ("avgPrice", "markPrice", "unrealizedProfit"))
    if size < 0:
        return size
    if entry is not None and mark is not None and pnl and mark != entry:
        return size if (pnl > 0) == (mark > entry) else -size
    symbol = row.name("symbol")
    text = f"the side of {symbol} is BOTH and its size is not negative: it is read as a long"
    draft.note(Code.APPROXIMATE, f"positions: {symbol}", text)
    return size


# -- orders ------------------------------------------------------------------------------------


def _lay_orders(draft: Draft, answers: Answers) -> None:
    """Replace the resting orders of the family that is told."""
    for kind, coin in (("orders", False), ("coin_orders", True)):
        if not answers.given(kind):
            continue
        draft.orders = [o for o in draft.orders if is_coin_margined(o.instrument) is not coin]
        found = (_order(draft, row) for row in answers.rows(kind))
        draft.orders += [order for order in found if order is not None]
        draft.known.add(ORDERS)


def _order(draft: Draft, row: Row) -> Order | None:
    symbol, status = row.name("symbol"), row.text("status") or "NEW"
    left = draft.unfilled(row, "origQty", "executedQty")
    if status in _GONE or left <= 0 or known_contract(draft, symbol, "orders") is None:
        return None
    side, word = row.name("side").lower(), row.text("type") or "LIMIT"
    if side not in ("buy", "sell"):
        raise row.wrong("side", "is no side of an order", "known are BUY, SELL")
    leg = row.word("positionSide", _SIDES, "side", "BOTH")
    kind = _KINDS.get(word, "limit")
    if word not in _KINDS:
        text = f"the order type {word} is not known; its order is taken to freeze margin"
        draft.note(Code.APPROXIMATE, f"orders: {symbol}", text)
    price = row.number("price")
    if kind in ("stop", "take_profit"):
        price = row.number("stopPrice") or price
    return Order(
        instrument=symbol,
        side=side,
        position_side=leg.lower() if draft.hedge else "both",
        size=left,
        price=price,
        kind=kind,
        reduce_only=bool(row.flag("reduceOnly") or row.flag("closePosition")),
    )


# -- standard futures --------------------------------------------------------------------------


def _read_standard(request: Request) -> Account:
    """`contract/v1` balance and allPosition.

    A position's fees and funding settle at its close and no answer tells them: the rulebook says
    what is missing for it.
    """
    request.refuse_mode()
    answers = Answers(request, KINDS[STANDARD], open_message)
    draft = answers.begin(_STANDARD_REMEDIES)
    if answers.given("positions"):
        _lay_standard(draft, answers.rows("positions"))
    if answers.given("balance"):
        rows = answers.rows("balance")
        wallets = (Wallet(asset=r.name("asset"), balance=r.number("balance")) for r in rows)
        draft.wallets = {wallet.asset: wallet for wallet in wallets}
        draft.known.add(WALLETS)
        draft.reported.raw["balance"] = given_by(rows, "asset")
    return answers.account(draft)


def _lay_standard(draft: Draft, rows: tuple[Row, ...]) -> None:
    begin_positions(draft)
    draft.hedge, count = True, Counter[str]()
    for row in rows:
        symbol = row.name("symbol")
        side = row.word("positionSide", ("LONG", "SHORT"), "side of a position")
        base, _, quote = symbol.replace("-", "/").partition("/")
        if quote:
            draft.instruments[symbol] = linear(symbol, base, quote)
        if (mark := row.number("currentPrice")) is not None:
            draft.mark[symbol] = mark
        if not (size := abs(row.amount("positionAmt"))):
            continue
        count[symbol] += 1
        isolated = bool(row.flag("isolated"))
        position = Position(
            id=str(count[symbol]),
            instrument=symbol,
            side=side.lower(),
            size=size * _SIDES[side],
            entry_price=row.number("entryPrice"),
            leverage=row.number("leverage"),
            margin_mode="isolated" if isolated else "cross",
            isolated_margin=row.number("initialMargin") if isolated else None,
            opened_at=row.moment("time"),
        )
        lay_position(draft, position, row, _STANDARD_TOLD)
    if not draft.positions:
        text = (
            "no position is listed, and the balance prints nothing by which one left out would show"
            " (no margin, no P&L of isolated ones): in doubt fetch contract/v1/allPosition again"
        )
        draft.note(Code.APPROXIMATE, "positions", text)
