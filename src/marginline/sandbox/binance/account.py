"""Binance's answers about one account, in its words; every figure is our rulebook's of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from marginline.core.account.account import Wallet
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.sandbox.binance.settings import SIDES, asked, max_notional, setting_of
from marginline.sandbox.floor import BINANCE, Judged
from marginline.sandbox.wire.calls import Call
from marginline.sandbox.wire.texts import money, or_none, plain, price
from marginline.venues.binance.pools import order_margin
from marginline.venues.resolve.resolver import Resolver

_WHOLE: Mapping[str, M] = MappingProxyType(
    {
        "walletBalance": M.WALLET_BALANCE,
        "unrealizedProfit": M.UNREALIZED_PNL,
        "marginBalance": M.MARGIN_BALANCE,
        "maintMargin": M.MAINTENANCE_MARGIN,
        "initialMargin": M.INITIAL_MARGIN,
        "positionInitialMargin": M.POSITION_INITIAL_MARGIN,
    }
)
_CROSS: Mapping[str, M] = MappingProxyType(
    {
        "openOrderInitialMargin": M.ORDER_INITIAL_MARGIN,
        "crossWalletBalance": M.WALLET_BALANCE,
        "crossUnPnl": M.UNREALIZED_PNL,
        "availableBalance": M.AVAILABLE_BALANCE,
        "maxWithdrawAmount": M.WITHDRAWABLE_BALANCE,
    }
)
_TOTALS = {
    "totalInitialMargin": "initialMargin",
    "totalMaintMargin": "maintMargin",
    "totalWalletBalance": "walletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalMarginBalance": "marginBalance",
    "totalPositionInitialMargin": "positionInitialMargin",
    "totalOpenOrderInitialMargin": "openOrderInitialMargin",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalCrossUnPnl": "crossUnPnl",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
}


# -- assets --------------------------------------------------------------------------------------


def _sums(pools: Iterable[PoolAssessment], measure: M) -> Decimal:
    return sum((need(pool.figures.figure(measure)) for pool in pools), ZERO)


def asset_figures(judged: Judged, wallet: Wallet) -> dict[str, Decimal]:
    """One asset's figures by Binance's words, in the asset."""
    if judged.joint is not None:
        return _joint_asset(judged, judged.joint, wallet)
    pools = judged.of_asset(wallet.asset)
    cross = [pool for pool in pools if pool.kind == Kind.CROSS]
    whole = {label: _sums(pools, measure) for label, measure in _WHOLE.items()}
    return whole | {label: _sums(cross, measure) for label, measure in _CROSS.items()}


def _joint_asset(judged: Judged, pool: PoolAssessment, wallet: Wallet) -> dict[str, Decimal]:
    asset = wallet.asset
    own = [p for p in pool.figures.positions if p.exposure.asset == asset]
    balance = ZERO if wallet.balance is None else wallet.balance
    pnl, maintenance, initial = (
        sum((need(p.figure(measure)) for p in own), ZERO)
        for measure in (M.UNREALIZED_PNL, M.MAINTENANCE_MARGIN, M.INITIAL_MARGIN)
    )
    orders = sum((need(o.amount) for o in pool.figures.pool.orders if o.asset == asset), ZERO)
    ask = judged.account.market.asset_rate[asset].ask
    free = need(pool.figures.figure(M.AVAILABLE_BALANCE)) / (ask or Decimal(1))
    return {
        "walletBalance": balance,
        "unrealizedProfit": pnl,
        "marginBalance": balance + pnl,
        "maintMargin": maintenance,
        "initialMargin": initial + orders,
        "positionInitialMargin": initial,
        "openOrderInitialMargin": orders,
        "crossWalletBalance": balance,
        "crossUnPnl": pnl,
        "availableBalance": free,
        "maxWithdrawAmount": max(ZERO, min(balance, free)),
    }


def _asset_rows(call: Call, judged: Judged) -> list[dict[str, object]]:
    clock = call.floor.clock
    at = {wallet.asset: wallet.updated_at for wallet in judged.view.wallets}
    return [
        {
            "asset": wallet.asset,
            **{label: money(n) for label, n in asset_figures(judged, wallet).items()},
            "updateTime": clock.stamp(at[wallet.asset]) if wallet.asset in at else 0,
        }
        for wallet in judged.account.wallets
    ]


def _totals(judged: Judged, assets: list[dict[str, object]]) -> dict[str, object]:
    """Of USDT in single-asset mode, of the joint pool in USD in multi-assets mode."""
    if judged.joint is None:
        usdt = next((row for row in assets if row["asset"] == "USDT"), {})
        return {long: usdt.get(short, "0.00000000") for long, short in _TOTALS.items()}
    words = {**_WHOLE, **_CROSS, "maxWithdrawAmount": M.AVAILABLE_BALANCE}
    figures = judged.joint.figures
    totals: dict[str, object] = {
        long: money(figures.figure(words[short])) for long, short in _TOTALS.items()
    }
    # What may leave is not published for this mode: here, what new orders may use.
    return totals | {"maxWithdrawAmount": money(max(ZERO, figures[M.AVAILABLE_BALANCE]))}


# -- positions -----------------------------------------------------------------------------------


def _leg_orders(judged: Judged, symbol: str, side: str) -> Figure:
    """Initial margin of the resting orders of one leg."""
    account = judged.account
    hedge = account.position_mode == "hedge"
    own = [
        order
        for order in account.orders
        if order.instrument == symbol and (not hedge or order.position_side == side)
    ]
    return order_margin(Resolver(account, "binance"), symbol, own) if own else ZERO


def _legs(judged: Judged, symbols: Iterable[str], *, empty: bool) -> Iterable[tuple[str, str]]:
    """Symbol and side of every row: all, or those with a position or orders."""
    hedge = judged.account.position_mode == "hedge"
    for symbol in symbols:
        for side in ("both", "long", "short") if hedge else ("both",):
            held = f"{symbol}/{side}" in judged.found
            if (
                empty
                or held
                or ((side != "both" or not hedge) and _has_orders(judged, symbol, side))
            ):
                yield symbol, side


def _has_orders(judged: Judged, symbol: str, side: str) -> bool:
    return any(o.instrument == symbol and o.position_side == side for o in judged.account.orders)


def _figures(judged: Judged, key: str, measure: M) -> Figure:
    found = judged.found.get(key)
    return ZERO if found is None else found[1].figure(measure)


def _row(call: Call, judged: Judged, symbol: str, side: str) -> dict[str, object]:
    """What every kind of row says of one leg."""
    key = f"{symbol}/{side}"
    found, view = judged.found.get(key), judged.positions.get(key)
    figures = None if found is None else found[1]
    size = ZERO if figures is None else figures.exposure.size
    pnl, initial, orders = (
        _figures(judged, key, M.UNREALIZED_PNL),
        _figures(judged, key, M.INITIAL_MARGIN),
        _leg_orders(judged, symbol, side),
    )
    isolated = figures is not None and figures.isolated
    posted = _posted(judged, key) if isolated else ZERO
    notional = need(_figures(judged, key, M.NOTIONAL))
    return {
        "symbol": symbol,
        "positionSide": SIDES[side],
        "positionAmt": plain(size),
        "pnl": money(pnl),
        "isolatedMargin": money(posted + need(pnl)) if isolated else "0.00000000",
        "isolatedWallet": plain(posted),
        "notional": money(notional if size >= 0 else -notional),
        "initialMargin": money(need(initial) + need(orders)),
        "maintMargin": money(_figures(judged, key, M.MAINTENANCE_MARGIN)),
        "positionInitialMargin": money(initial),
        "openOrderInitialMargin": money(orders),
        "updateTime": 0 if view is None else call.floor.clock.stamp(view.updated_at),
    }


def _posted(judged: Judged, key: str) -> Decimal:
    position = next(p for p in judged.account.positions if p.key == key)
    return ZERO if position.isolated_margin is None else position.isolated_margin


def _prices(call: Call, figures: PositionFigures | None, symbol: str) -> dict[str, object]:
    """Entry, break-even, mark and liquidation price of a leg."""
    mark = call.floor.world.quote(BINANCE, symbol).mark
    if figures is None:
        return {
            "entryPrice": "0.0",
            "breakEvenPrice": "0.0",
            "markPrice": money(mark),
            "liquidationPrice": "0",
        }
    even = figures.figure(M.BREAK_EVEN_PRICE)
    return {
        "entryPrice": price(need(figures.exposure.entry_price)),
        "breakEvenPrice": "0.0" if isinstance(even, Gap) else price(even),
        "markPrice": money(mark),
        "liquidationPrice": or_none(figures.figure(M.LIQUIDATION_PRICE)),
    }


# -- endpoints -----------------------------------------------------------------------------------


def account_v3(call: Call) -> object:
    """Balances, totals, and the legs with a position or orders."""
    judged = call.floor.judged(call.account)
    assets = _asset_rows(call, judged)
    return {
        **_totals(judged, assets),
        "assets": assets,
        "positions": [
            _account_leg(call, judged, *leg) for leg in _legs(judged, asked(call), empty=False)
        ],
    }


def _account_leg(call: Call, judged: Judged, symbol: str, side: str) -> dict[str, object]:
    row = _row(call, judged, symbol, side)
    pnl = row.pop("pnl")
    return {
        "symbol": symbol,
        "positionSide": row["positionSide"],
        "positionAmt": row["positionAmt"],
        "unrealizedProfit": pnl,
        "isolatedMargin": row["isolatedMargin"],
        "notional": row["notional"],
        "isolatedWallet": row["isolatedWallet"],
        "initialMargin": row["initialMargin"],
        "maintMargin": row["maintMargin"],
        "updateTime": row["updateTime"],
    }


def account_v2(call: Call) -> object:
    """As v3, with every symbol and what is set for it."""
    floor, judged = call.floor, call.floor.judged(call.account)
    assets = _asset_rows(call, judged)
    positions = []
    for symbol, side in _legs(judged, asked(call), empty=True):
        row = _row(call, judged, symbol, side)
        found = judged.found.get(f"{symbol}/{side}")
        setting = setting_of(judged, symbol)
        pnl = row.pop("pnl")
        positions.append(
            {
                **row,
                "unrealizedProfit": pnl,
                "leverage": plain(setting.leverage),
                "isolated": setting.margin_mode == "isolated",
                "entryPrice": _prices(call, None if found is None else found[1], symbol)[
                    "entryPrice"
                ],
                "maxNotional": max_notional(floor, symbol, setting.leverage),
                "bidNotional": "0",
                "askNotional": "0",
            }
        )
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "multiAssetsMargin": judged.view.mode == "multi_assets",
        "tradeGroupId": -1,
        "updateTime": 0,
        **_totals(judged, assets),
        "assets": [{**row, "marginAvailable": True} for row in assets],
        "positions": positions,
    }


def balance(call: Call) -> object:
    """Wallets alone."""
    judged = call.floor.judged(call.account)
    names = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount")
    return [
        {
            "accountAlias": "SgsR",
            "asset": row["asset"],
            "balance": row["walletBalance"],
            **{name: row[name] for name in names},
            "marginAvailable": True,
            "updateTime": row["updateTime"],
        }
        for row in _asset_rows(call, judged)
    ]


def position_risk_v3(call: Call) -> object:
    """Legs with a position or orders; neither leverage nor margin mode is told."""
    judged = call.floor.judged(call.account)
    rows = []
    for symbol, side in _legs(judged, asked(call), empty=False):
        key = f"{symbol}/{side}"
        found, view = judged.found.get(key), judged.positions.get(key)
        row = _row(call, judged, symbol, side)
        pnl = row.pop("pnl")
        rows.append(
            {
                **row,
                **_prices(call, None if found is None else found[1], symbol),
                "unRealizedProfit": pnl,
                "marginAsset": "USDT",
                "adl": 0 if view is None else view.adl_rank,
                "bidNotional": "0",
                "askNotional": "0",
            }
        )
    return rows


def position_risk_v2(call: Call) -> object:
    """Every leg with its leverage, margin mode and largest value."""
    floor, judged = call.floor, call.floor.judged(call.account)
    rows = []
    for symbol, side in _legs(judged, asked(call), empty=True):
        found = judged.found.get(f"{symbol}/{side}")
        row = _row(call, judged, symbol, side)
        setting = setting_of(judged, symbol)
        names = ("symbol", "positionAmt", "positionSide", "isolatedMargin", "notional",
                 "isolatedWallet", "updateTime")  # fmt: skip
        rows.append(
            {
                **{name: row[name] for name in names},
                **_prices(call, None if found is None else found[1], symbol),
                "unRealizedProfit": row["pnl"],
                "leverage": plain(setting.leverage),
                "marginType": "isolated" if setting.margin_mode == "isolated" else "cross",
                "maxNotionalValue": max_notional(floor, symbol, setting.leverage),
                "isAutoAddMargin": "false",
            }
        )
    return rows
