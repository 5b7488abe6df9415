"""Bybit's answers about one account, in its words; every figure is our rulebook's of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from marginline.core.account.account import Wallet
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.market.rates import LOAN_INITIAL, LOAN_MAINTENANCE
from marginline.market.views import MarginMode, PositionView, SettingView
from marginline.sandbox.bybit.market import NO_CAP, category, one_symbol, paged, symbols
from marginline.sandbox.floor import BYBIT, Floor, Judged
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import money, or_none, plain, price, rate

Row = dict[str, object]
LEGS = {"both": 0, "long": 1, "short": 2}
MODES: Mapping[MarginMode, str] = {"cross": "REGULAR_MARGIN", "isolated": "ISOLATED_MARGIN"}
_TOTALS: Mapping[str, M | None] = {
    "totalEquity": M.EQUITY,
    "totalWalletBalance": None,
    "totalMarginBalance": M.MARGIN_BALANCE,
    "totalAvailableBalance": M.AVAILABLE_BALANCE,
    "totalPerpUPL": None,
    "totalInitialMargin": M.INITIAL_MARGIN,
    "totalMaintenanceMargin": M.MAINTENANCE_MARGIN,
}
_RATES = {"accountIMRate": M.INITIAL_MARGIN_RATIO, "accountMMRate": M.MARGIN_RATIO}


# -- wallet --------------------------------------------------------------------------------------


def wallet_balance(call: Call) -> object:
    """Totals and coins."""
    if call.text("accountType") not in ("UNIFIED", ""):
        raise Refused(200, 10001, "accountType only support UNIFIED.")
    return {"list": [wallet_row(call.floor, call.account)]}


def wallet_row(floor: Floor, name: str) -> Row:
    """The account as `wallet-balance` and the wallet stream tell it."""
    judged = floor.judged(name)
    coins = [_coin(judged, wallet) for wallet in judged.account.wallets]
    return {"accountType": "UNIFIED", **_totals(judged, coins), "accountLTV": "", "coin": coins}


def _totals(judged: Judged, coins: list[Row]) -> Row:
    """Of the joint pool in USD. In isolated mode the venue prints the total equity alone."""
    if judged.joint is None:
        worth = sum((Decimal(str(coin["usdValue"])) for coin in coins), ZERO)
        empty: Row = dict.fromkeys((*_TOTALS, *_RATES), "")
        return empty | {"totalEquity": money(worth)}
    figures = judged.joint.figures
    wallets = sum((leg.value(leg.usable) for leg in figures.pool.legs), ZERO)
    # These two the venue prints after collateral ratios; which measures they are is in its page.
    cut = {
        "totalWalletBalance": wallets,
        "totalPerpUPL": figures[M.MARGIN_BALANCE] - wallets,
    }
    totals: Row = {
        label: money(cut[label] if measure is None else figures.figure(measure))
        for label, measure in _TOTALS.items()
    }
    return totals | {label: _ratio(figures.figure(m)) for label, m in _RATES.items()}


def _ratio(figure: Figure) -> str:
    """A rate at four decimals; "" where there is none (no support at all)."""
    return "" if isinstance(figure, Gap) else rate(figure)


def _sum(positions: Iterable[PositionFigures], measure: M) -> Decimal:
    return sum((need(p.figure(measure)) for p in positions), ZERO)


def _coin(judged: Judged, wallet: Wallet) -> Row:
    asset, pools = wallet.asset, judged.pools
    own = [p for pool in pools for p in pool.figures.positions if p.exposure.asset == asset]
    terms = [o for pool in pools for o in pool.figures.pool.orders if o.asset == asset]
    balance = ZERO if wallet.balance is None else wallet.balance
    pnl = _sum(own, M.UNREALIZED_PNL)
    equity = balance - wallet.borrowed + pnl
    index = judged.account.market.asset_rate[asset].index
    assert index is not None
    realized = sum((p.realized_pnl for p in judged.view.positions), ZERO)
    return {
        "coin": asset,
        "equity": money(equity),
        "usdValue": plain(equity * index),
        "walletBalance": plain(balance),
        "free": "",
        "locked": plain(wallet.locked),
        "spotHedgingQty": "0",
        "borrowAmount": plain(wallet.borrowed),
        "spotBorrow": plain(wallet.borrowed),
        "accruedInterest": "0",
        "totalOrderIM": money(sum((need(o.amount) for o in terms), ZERO)),
        "totalPositionIM": money(_sum(own, M.INITIAL_MARGIN)),
        "totalPositionMM": money(_sum(own, M.MAINTENANCE_MARGIN)),
        "unrealisedPnl": money(pnl),
        "cumRealisedPnl": plain(realized) if asset == "USDT" else "0",
        "bonus": plain(wallet.credit),
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "collateralSwitch": wallet.collateral,
        "marginCollateral": True,
    }


# -- positions -----------------------------------------------------------------------------------


def position_list(call: Call) -> object:
    """Open positions of a settle coin; of one symbol also where it holds none."""
    if category(call) != "linear":
        return paged(call, [], 20, 200)
    if not call.text("symbol") and not call.text("settleCoin"):
        raise Refused(200, 10001, "params error: symbol or settleCoin is required")
    floor, judged = call.floor, call.floor.judged(call.account)
    rows: list[Row] = []
    if call.text("symbol"):
        symbol = one_symbol(call)
        hedge = judged.view.position_mode == "hedge"
        sides = ("long", "short") if hedge else ("both",)
        rows = [position_row(floor, judged, symbol, side) for side in sides]
    elif call.text("settleCoin") == "USDT":
        rows = [
            position_row(floor, judged, view.symbol, view.position_side)
            for view in judged.positions.values()
        ]
    return paged(call, rows, 20, 200)


def position_row(
    floor: Floor, judged: Judged, symbol: str, side: str, view: PositionView | None = None
) -> Row:
    """One leg. `view`: as an event told it; figures of another size are then left out."""
    key = f"{symbol}/{side}"
    held = judged.found.get(key)
    shown = judged.positions.get(key) if view is None else view
    figures = None if held is None else held[1]
    if figures is not None and shown is not None and figures.exposure.size != shown.size:
        figures = None
    setting = setting_of(judged, symbol)
    quote, tiers = floor.world.quote(BYBIT, symbol), floor.world.tiers(BYBIT, symbol)
    size = ZERO if shown is None else shown.size
    isolated = judged.view.mode == "isolated"
    value = ZERO if shown is None else abs(size) * shown.entry_price
    tier = next((r for r in tiers.rows if r.cap is None or value <= r.cap), tiers.rows[-1])
    return {
        "positionIdx": LEGS[side],
        "riskId": tiers.rows.index(tier) + 1,
        "riskLimitValue": NO_CAP if tier.cap is None else plain(tier.cap),
        "symbol": symbol,
        "side": "" if not size else "Buy" if size > 0 else "Sell",
        "size": plain(abs(size)),
        "avgPrice": "0" if shown is None else price(shown.entry_price),
        "positionValue": "" if not size else money(value),
        "tradeMode": 0,
        "positionStatus": "Normal",
        "autoAddMargin": 0,
        "adlRankIndicator": 0 if shown is None else shown.adl_rank,
        "leverage": plain(setting.leverage),
        "positionBalance": _posted(shown, isolated=isolated),
        "markPrice": plain(quote.mark),
        **_figures(figures, size),
        "tpslMode": "Full",
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "curRealisedPnl": "0" if shown is None else plain(_realized(shown)),
        "cumRealisedPnl": "0" if shown is None else plain(_realized(shown)),
        "seq": 0 if shown is None else shown.updated_at,
        "isReduceOnly": False,
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "sessionAvgPrice": "",
        "createdTime": "0" if shown is None else str(floor.clock.stamp(shown.opened_at)),
        "updatedTime": "0" if shown is None else str(floor.clock.stamp(shown.updated_at)),
    }


def _shown(figures: PositionFigures) -> Figure:
    """The price that the venue shows of a cross position: the requirement held at the mark.

    It shows none where a fall, or a rise, cannot use up what is spare.
    """
    pool, exposure = figures.pool, figures.exposure
    spare = pool[M.MARGIN_BALANCE] - pool[M.MAINTENANCE_MARGIN]
    price = need(exposure.mark) - spare / (exposure.size * exposure.unit)
    return price if price > 0 else ZERO


def _posted(view: PositionView | None, *, isolated: bool) -> str:
    if view is None or not isolated or view.isolated_margin is None:
        return "0"
    return plain(view.isolated_margin)


def _realized(view: PositionView) -> Decimal:
    """Bybit counts fees and funding of the position into what it realized."""
    return view.realized_pnl + view.funding + view.fees


def _figures(figures: PositionFigures | None, size: Decimal) -> Row:
    """Margins and prices; "" where they are of another moment, as good as not told."""
    if figures is None:
        amount = "" if size else "0"
        names = ("positionIM", "positionMM", "unrealisedPnl")
        empty: Row = dict.fromkeys(names, amount)
        return empty | {"liqPrice": "", "bustPrice": "", "breakEvenPrice": ""}
    even = figures.figure(M.BREAK_EVEN_PRICE)
    bust = figures.figure(M.BANKRUPTCY_PRICE) if figures.isolated else None
    liquidation = or_none(
        figures.figure(M.LIQUIDATION_PRICE) if figures.isolated else _shown(figures)
    )
    return {
        "positionIM": money(figures.figure(M.INITIAL_MARGIN)),
        "positionMM": money(figures.figure(M.MAINTENANCE_MARGIN)),
        "unrealisedPnl": money(figures.figure(M.UNREALIZED_PNL)),
        "liqPrice": "" if liquidation in ("0", money(ZERO)) else liquidation,
        "bustPrice": money(bust) if isinstance(bust, Decimal) else "",
        "breakEvenPrice": "" if isinstance(even, Gap) else money(even),
    }


def setting_of(judged: Judged, symbol: str) -> SettingView:
    """What is set for a symbol."""
    return next(s for s in judged.view.settings if s.symbol == symbol)


# -- configuration -------------------------------------------------------------------------------


def account_info(call: Call) -> object:
    """The margin mode, and that the account is a unified one."""
    view = call.floor.world.account(call.account)
    return {
        "unifiedMarginStatus": 6,
        "marginMode": MODES["isolated" if view.mode == "isolated" else "cross"],
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
        "updatedTime": str(call.floor.clock.stamp(call.floor.world.now)),
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
    }


def query_api(call: Call) -> object:
    """What the key may do. It never may withdraw."""
    owner = call.floor.keys.find(call.key)
    trading = owner is not None and owner.trading
    contract = ["Order", "Position"]
    return {
        "id": "1",
        "note": "sandbox",
        "apiKey": call.key,
        "readOnly": 0 if trading else 1,
        "secret": "",
        "permissions": {
            "ContractTrade": contract,
            "Spot": [],
            "Wallet": [],
            "Options": [],
            "Derivatives": ["DerivativesTrade"],
            "CopyTrading": [],
            "BlockTrade": [],
            "Exchange": [],
            "NFT": [],
            "Affiliate": [],
            "Earn": [],
        },
        "ips": ["*"],
        "type": 1,
        "deadlineDay": 90,
        "expiredAt": "2099-01-01T00:00:00Z",
        "createdAt": "2026-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": 1 + call.floor.world.accounts(BYBIT).index(call.account),
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }


def fee_rate(call: Call) -> object:
    """Fee rates by symbol."""
    specs = call.floor.world.instruments(BYBIT)
    rows: list[Row] = [
        {
            "symbol": name,
            "baseCoin": "",
            "takerFeeRate": plain(specs[name].taker_fee),
            "makerFeeRate": plain(specs[name].maker_fee),
        }
        for name in symbols(call)
    ]
    return {"category": call.text("category"), "list": rows}


def collateral_info(call: Call) -> object:
    """Which coins count as collateral, and at which flat ratio."""
    ratios, wanted = call.floor.world.collateral_ratios(BYBIT), call.text("currency")
    rows: list[Row] = [
        {
            "currency": asset,
            "hourlyBorrowRate": "0",
            "maxBorrowingAmount": "0",
            "freeBorrowingLimit": "0",
            "freeBorrowAmount": "0",
            "borrowAmount": "0",
            "otherBorrowAmount": "0",
            "availableToBorrow": "0",
            "borrowable": False,
            "freeBorrowingAmount": "",
            "borrowUsageRate": "0",
            "marginCollateral": True,
            "collateralSwitch": True,
            "collateralRatio": plain(ratio),
        }
        for asset, ratio in ratios.items()
        if wanted in ("", asset)
    ]
    return {"list": rows}


def borrow_tiers(call: Call) -> object:
    """Margin of loans: one tier a coin here."""
    tier = {
        "tier": "1",
        "borrowLimit": NO_CAP,
        "positionMMR": plain(LOAN_MAINTENANCE),
        "positionIMR": plain(LOAN_INITIAL),
        "maxLeverage": plain(1 / LOAN_INITIAL),
    }
    coins, wanted = call.floor.world.collateral_ratios(BYBIT), call.text("currency")
    rows: list[Row] = [
        {"currency": asset, "positionTiersRatioList": [tier]}
        for asset in coins
        if wanted in ("", asset)
    ]
    return {"list": rows}


def collateral_tiers(call: Call) -> object:
    """Collateral ratios by quantity: one slice a coin here."""
    rows: list[Row] = [
        {
            "currency": asset,
            "collateralRatioList": [{"minQty": "0", "maxQty": "", "collateralRatio": plain(ratio)}],
        }
        for asset, ratio in call.floor.world.collateral_ratios(BYBIT).items()
    ]
    return {"list": rows}
