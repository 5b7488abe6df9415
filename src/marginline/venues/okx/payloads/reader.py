"""OKX's raw answers in, an account out: requests and streams, in three account modes.

What OKX says of its own figures goes to `reported`: by our measures as the lines of `page` have
them, and under `raw` in its own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account, Instrument, Order, Position, Settings, Wallet
from marginline.core.account.market import AssetRate, Funding
from marginline.core.account.tables import (
    CollateralRow,
    CollateralTable,
    FeeRates,
    TierRow,
    TierTable,
)
from marginline.core.findings import Code
from marginline.core.numbers import ZERO
from marginline.errors import PayloadError, Problem
from marginline.venues.compare.lines import Of, reported
from marginline.venues.okx.page import WORDS
from marginline.venues.okx.payloads.kinds import ANSWERS, CONTRACT, KINDS, OKX, open_message, sniff
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row, part_of_total
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import expiry, lay_position
from marginline.venues.reader.reading import Request
from marginline.venues.resolve import packaged

_REMEDIES = {"wallets": "balance", "positions": "positions", "orders": "orders"}
_MODES = {"2": "futures", "3": "multi_currency", "4": "portfolio"}
_SIDES = {"long": 1, "short": -1, "net": 0}
_ORDER_KINDS = {"market": "market", "optimal_limit_ioc": "market"}
_RESTING = ("live", "partially_filled")
_GONE = ("filled", "canceled", "mmp_canceled")
_NOT_READ = ("SPOT", "MARGIN", "OPTION")

__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    answers = Answers(request, ANSWERS, open_message)
    draft = answers.begin(_REMEDIES)
    draft.mode = _mode(draft, answers, request.mode)
    _lay_position_mode(draft, answers)
    contracts = {row.name("instId"): row for row in answers.rows("instruments")}
    if answers.given("positions"):
        _lay_positions(draft, answers, contracts)
    if answers.given("orders"):
        _lay_orders(draft, answers, contracts)
    _lay_market(draft, answers)
    if answers.given("balance"):
        _lay_balance(draft, answers)
    draft.note_unset_leverage()
    return answers.account(draft)


# -- modes -------------------------------------------------------------------------------------


def _mode(draft: Draft, answers: Answers, given: str | None) -> str:
    """As `config` says, as the caller says, as it was; else as far as the balances tell."""
    row = answers.last("config")
    level = None if row is None else row.text("acctLv")
    if row is not None and level is not None and level not in _MODES:
        raise row.wrong("acctLv", "is no account level with margin", f"known are {[*_MODES]}")
    told = None if level is None else _MODES[level]
    if given is not None and told is not None and given != told:
        remedy = "leave the mode out, or fetch the answers afresh"
        raise PayloadError([Problem("mode", given, f"config says {told}", remedy)])
    found = given or told or draft.mode
    return _guessed(draft, answers) if found is None else found


def _guessed(draft: Draft, answers: Answers) -> str:
    """AdjEq stands in the balance of accounts of several currencies alone."""
    row = answers.last("balance")
    adjusted = row is not None and row.number("adjEq") is not None
    found = "multi_currency" if adjusted else "futures"
    text = f"no answer tells the account level: {found} is taken; give config, or the mode"
    draft.note(Code.MISSING_DATA if adjusted or row is None else Code.APPROXIMATE, "config", text)
    return found


def _lay_position_mode(draft: Draft, answers: Answers) -> None:
    row = answers.last("config")
    if row is not None and (word := row.text("posMode")) is not None:
        draft.hedge = word == "long_short_mode"
    elif answers.given("positions"):
        sides = [row.text("posSide") for row in answers.rows("positions")]
        draft.hedge = any(side in ("long", "short") for side in sides) or draft.hedge


# -- contracts ---------------------------------------------------------------------------------


def _contract(draft: Draft, symbol: str, row: Row | None) -> Instrument | None:
    """The contract of a symbol: as `instruments` says, as the account has it, as packaged."""
    name = CONTRACT.fullmatch(symbol)
    known = draft.instruments.get(symbol)
    if row is None or row.number("ctVal") is None or name is None:
        return known or _packaged(symbol)
    inverse = row.text("ctType") == "inverse"
    base, quote = name["base"], name["quote"]
    return Instrument(
        symbol=symbol,
        payoff="inverse" if inverse else "linear",
        base=base,
        quote=quote,
        settle=row.text("settleCcy") or (base if inverse else quote),
        contract_size=row.amount("ctVal") * (row.number("ctMult") or Decimal(1)),
        underlying=base,
        expires_at=row.moment("expTime") or expiry(name["term"], "%y%m%d"),
        tick_size=row.number("tickSz"),
        size_step=row.number("lotSz"),
    )


def _packaged(symbol: str) -> Instrument | None:
    """A dated contract of a pair is worth what its perpetual is."""
    name = CONTRACT.fullmatch(symbol)
    if name is None:
        return None
    swap = packaged.instruments(OKX, OKX).get(f"{name['base']}-{name['quote']}-SWAP")
    if swap is None:
        return None
    return replace(swap, symbol=symbol, expires_at=expiry(name["term"], "%y%m%d"))


def _known(draft: Draft, row: Row, kind: str, contracts: Mapping[str, Row]) -> bool:
    """Whether the contract of a row is read; it is written into the account, else noted."""
    symbol, family = row.name("instId"), row.text("instType")
    if family in _NOT_READ:
        text = f"{symbol} is of {family}, which is not read: it is left out"
        draft.note(Code.UNSUPPORTED, f"{kind}: {symbol}", text)
        return False
    found = _contract(draft, symbol, contracts.get(symbol))
    if found is None:
        text = f"what a contract of {symbol} is worth is not known, so it is left out"
        draft.note(Code.MISSING_DATA, f"{kind}: {symbol}", f"{text}; give instruments")
        return False
    draft.instruments[symbol] = found
    return True


# -- positions ---------------------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers, contracts: Mapping[str, Row]) -> None:
    """Positions with their marks. A stream onto an account tells only what changed."""
    rows = [row for row in answers.rows("positions") if not _merged(draft, answers, row)]
    raw = draft.reported.raw.setdefault("positions", {})
    if "positions" not in answers.streamed or POSITIONS not in draft.known:
        draft.positions, draft.reported.positions = {}, {}
        raw.clear()
    for row in rows:
        if not row.amount("pos") or not _known(draft, row, "positions", contracts):
            continue
        position = _position(draft, row)
        if position.key in draft.positions and "positions" not in answers.streamed:
            raise row.wrong("posId", "two rows are the same position", "fetch them again")
        lay_position(draft, position, row, WORDS)
        for prices, name in ((draft.mark, "markPx"), (draft.index, "idxPx")):
            if (price := row.number(name)) is not None:
                prices[position.instrument] = price
    draft.known.add(POSITIONS)


def _merged(draft: Draft, answers: Answers, row: Row) -> bool:
    """Whether a streamed row only closes what the account held."""
    if "positions" not in answers.streamed:
        return False
    symbol, side = row.name("instId"), _side(draft, row)
    for key, old in list(draft.positions.items()):
        mode = row.text("mgnMode") or old.margin_mode
        if (old.instrument, old.side, old.margin_mode) == (symbol, side, mode):
            del draft.positions[key]
            draft.reported.positions.pop(key, None)
            draft.reported.raw.get("positions", {}).pop(key, None)
    return not row.amount("pos")


def _side(draft: Draft, row: Row) -> str:
    said = row.word("posSide", _SIDES, "side", "net")
    return said if draft.hedge and said != "net" else "both"


def _position(draft: Draft, row: Row) -> Position:
    symbol, mode = row.name("instId"), row.text("mgnMode")
    if mode not in ("cross", "isolated"):
        text = f"no answer tells whether {symbol} is cross or isolated; it is read as cross"
        draft.note(Code.MISSING_DATA, f"positions: {symbol}", text)
    size, sign = row.amount("pos"), _SIDES.get(row.text("posSide") or "net", 0)
    return Position(
        instrument=symbol,
        side=_side(draft, row),
        size=abs(size) * sign if sign else size,
        entry_price=row.number("avgPx"),
        margin_mode="isolated" if mode == "isolated" else "cross",
        leverage=row.number("lever"),
        isolated_margin=row.number("margin") if mode == "isolated" else None,
        opened_at=row.moment("cTime"),
        realized_pnl=row.number("pnl"),
        funding=row.number("fundingFee"),
        fees=row.number("fee"),
    )


# -- orders ------------------------------------------------------------------------------------


def _lay_orders(draft: Draft, answers: Answers, contracts: Mapping[str, Row]) -> None:
    """Resting orders. A stream onto an account tells one order, and the list is not known then."""
    if "orders" in answers.streamed:
        text = "the stream of orders tells single ones; fetch trade/orders-pending"
        draft.note(Code.APPROXIMATE, "orders", text)
        draft.known.discard(ORDERS)
        return
    draft.orders = []
    for row in answers.rows("orders"):
        left = draft.unfilled(row, "sz", "accFillSz")
        rests = draft.rests(row, "state", _RESTING, _GONE) and left > 0
        if rests and _known(draft, row, "orders", contracts):
            draft.orders.append(_order(draft, row, left))
    draft.known.add(ORDERS)


def _order(draft: Draft, row: Row, left: Decimal) -> Order:
    mode = row.text("tdMode")
    return Order(
        instrument=row.name("instId"),
        side=row.word("side", ("buy", "sell"), "side of an order"),
        position_side=_side(draft, row),
        size=left,
        price=row.number("px"),
        kind=_ORDER_KINDS.get(row.text("ordType") or "limit", "limit"),
        reduce_only=bool(row.flag("reduceOnly")),
        margin_mode=mode if mode in ("cross", "isolated") else None,
    )


# -- balances ----------------------------------------------------------------------------------


def _lay_balance(draft: Draft, answers: Answers) -> None:
    """Cash and bots are the balance; bots support nothing. Isolated margins stand apart."""
    row = answers.last("balance")
    if row is None:
        return
    raw = draft.reported.raw.setdefault("balance", {})
    if "balance" not in answers.streamed or WALLETS not in draft.known:
        draft.wallets, draft.reported.pools = {}, {}
        raw.clear()
    for each in row.rows("details"):
        asset = each.name("ccy")
        draft.wallets[asset] = _wallet(each, draft.mode)
        raw[asset] = dict(each.given)
        if each.has("eq") and not each.has("stgyEq"):
            text = f"stgyEq of {asset} is left out: taken as 0, as if no bot held any"
            draft.note(Code.APPROXIMATE, f"balance: {asset}", text)
        if draft.mode == "futures" and not each.number("isoEq"):
            draft.reported.pools[asset] = reported(each, WORDS, Of.ALL, Of.CROSS)
        _lay_rate(draft, each)
    if draft.mode != "futures":
        draft.reported.pools["USD"] = reported(row, WORDS, Of.JOINT)
        draft.reported.raw["account"] = dict(row.given)
    if row.has("details"):
        draft.known.add(WALLETS)
        if "balance" not in answers.streamed:
            text = part_of_total(row.number("totalEq"), row.rows("details"), "eqUsd")
            if text:
                draft.note(Code.CONTRADICTION, "balance", text)


def _wallet(row: Row, mode: str | None) -> Wallet:
    """The switch for collateral is multi-currency's; elsewhere it says false and means nothing."""
    cash, bots = row.number("cashBal"), row.number("stgyEq") or ZERO
    return Wallet(
        asset=row.name("ccy"),
        balance=None if cash is None else cash + bots,
        isolated_included=False,
        locked=max(bots, ZERO),
        credit=row.number("rewardBal") or ZERO,
        interest=row.number("interest") or ZERO,
        collateral=mode != "multi_currency" or row.flag("collateralEnabled") is not False,
        options_value=row.number("optVal"),
    )


def _lay_rate(draft: Draft, row: Row) -> None:
    """What a currency is worth in USD, as far as its own row tells."""
    asset, price = row.name("ccy"), row.number("coinUsdPrice")
    worth, held = row.number("eqUsd"), row.number("eq")
    if asset in draft.asset_rate or (not price and not (worth and held)):
        return
    if not price and worth and held:
        price = worth / held
        text = f"the price of {asset} is eqUsd / eq; give index, or the stream's coinUsdPrice"
        draft.note(Code.APPROXIMATE, f"balance: {asset}", text)
    if price and price > 0:
        draft.asset_rate[asset] = AssetRate(index=price)


# -- market ------------------------------------------------------------------------------------


def _lay_market(draft: Draft, answers: Answers) -> None:
    for row in answers.rows("mark_price"):
        draft.tell_prices(row.name("instId"), mark=row.number("markPx"), index=None)
    _lay_indexes(draft, answers.rows("index"))
    for row in answers.rows("funding_rate"):
        rate, at = row.number("fundingRate"), row.moment("fundingTime")
        if rate is not None:
            draft.funding[row.name("instId")] = Funding(rate=rate, next_at=at)
    _lay_leverages(draft, answers.rows("leverage"))
    _lay_tiers(draft, answers.rows("tiers"))
    _lay_discounts(draft, answers.rows("discount"))
    _lay_fees(draft, answers.last("fees"))


def _symbols(draft: Draft) -> list[str]:
    return list(dict.fromkeys([*draft.symbols(), *draft.settings]))


def _of_pair(draft: Draft, pair: str) -> list[str]:
    return [s for s in _symbols(draft) if s == pair or s.rpartition("-")[0] == pair]


def _lay_indexes(draft: Draft, rows: Iterable[Row]) -> None:
    """An index is that of a pair: of its contracts, and of a currency in USD what it is worth."""
    for row in rows:
        pair, price = row.name("instId"), row.number("idxPx")
        base, _, quote = pair.partition("-")
        if price is None:
            continue
        draft.index |= dict.fromkeys(_of_pair(draft, pair), price)
        if quote == "USD":
            draft.asset_rate[base] = AssetRate(index=price)


def _lay_leverages(draft: Draft, rows: Iterable[Row]) -> None:
    """Of two sides the lower one: it asks for more margin."""
    found: dict[str, Decimal] = {}
    for row in rows:
        if (leverage := row.number("lever")) is not None:
            symbol = row.name("instId")
            found[symbol] = min(found.get(symbol, leverage), leverage)
    draft.settings |= {symbol: Settings(leverage=each) for symbol, each in found.items()}


def _lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    """Tiers by contracts, told for a pair."""
    tables: dict[str, list[Row]] = {}
    for row in rows:
        if pair := row.text("instId") or row.text("instFamily") or row.text("uly"):
            tables.setdefault(pair, []).append(row)
    for pair, own in tables.items():
        own.sort(key=lambda row: row.amount("minSz"))
        table = TierTable(keyed_by="size", kind="whole", rows=tuple(_tiers(own)))
        for symbol in _of_pair(draft, pair):
            draft.tiers[symbol] = table


def _tiers(rows: list[Row]) -> Iterator[TierRow]:
    """A row ends where the next begins: OKX writes 0 to 50, then 51 on, or 50 on."""
    floors = [ZERO, *(row.number("maxSz") for row in rows[:-1])]
    for row, floor in zip(rows, floors, strict=True):
        if floor is None:
            raise row.wrong("minSz", "the tier below it has no end", "fetch the tiers again")
        yield TierRow(
            floor=floor,
            cap=row.number("maxSz"),
            rate=row.amount("mmr"),
            initial_rate=row.number("imr"),
            max_leverage=row.number("maxLever"),
        )


def _lay_discounts(draft: Draft, rows: Iterable[Row]) -> None:
    """Discount tiers by coins, each slice at its rate."""
    for row in rows:
        table = [
            CollateralRow(
                floor=each.number("minAmt") or ZERO,
                cap=each.number("maxAmt"),
                ratio=each.number("discountRate") or ZERO,
            )
            for each in row.rows("details") or row.rows("discountInfo")
        ]
        if table:
            ordered = tuple(sorted(table, key=lambda each: each.floor))
            draft.collateral[row.name("ccy")] = CollateralTable(keyed_by="quantity", rows=ordered)


def _lay_fees(draft: Draft, row: Row | None) -> None:
    """What OKX takes is negative there: of contracts in USDT, in USDC, in coins."""
    if row is None:
        return
    ends = {"USDT": "U", "USDC": "USDC"}
    for symbol in _symbols(draft):
        contract = draft.instruments.get(symbol)
        end = "" if contract is None else ends.get(contract.settle or "", "")
        maker, taker = (row.number(name + end) for name in ("maker", "taker"))
        if taker is not None:
            draft.fees[symbol] = FeeRates(maker=None if maker is None else -maker, taker=-taker)
