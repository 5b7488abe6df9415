"""What is set for a Binance account, what its key may do, and its listen keys."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline.core.numbers import ZERO
from marginline.market.views import SettingView
from marginline.sandbox.binance.market import NO_CAP, number, symbol_of
from marginline.sandbox.floor import BINANCE, Floor, Judged
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import plain

SIDES = {"both": "BOTH", "long": "LONG", "short": "SHORT"}


def asked(call: Call) -> Iterable[str]:
    """The symbol asked for, or all."""
    if call.text("symbol"):
        return (symbol_of(call),)
    return tuple(call.floor.world.instruments(BINANCE))


def setting_of(judged: Judged, symbol: str) -> SettingView:
    """What is set for a symbol."""
    return next(s for s in judged.view.settings if s.symbol == symbol)


def max_notional(floor: Floor, symbol: str, leverage: Decimal) -> str:
    """The largest value allowed at a leverage: the cap of the last row that allows it."""
    cap: Decimal | None = ZERO
    for row in floor.world.tiers(BINANCE, symbol).rows:
        if row.max_leverage is not None and row.max_leverage >= leverage:
            cap = row.cap
    return str(NO_CAP) if cap is None else str(number(cap))


def account_config(call: Call) -> object:
    """Asset mode and position mode."""
    view = call.floor.world.account(call.account)
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": view.position_mode == "hedge",
        "updateTime": 0,
        "multiAssetsMargin": view.mode == "multi_assets",
        "tradeGroupId": -1,
    }


def symbol_config(call: Call) -> object:
    """Leverage and margin mode of every symbol."""
    floor, judged = call.floor, call.floor.judged(call.account)
    rows = []
    for symbol in asked(call):
        setting = setting_of(judged, symbol)
        rows.append(
            {
                "symbol": symbol,
                "marginType": "ISOLATED" if setting.margin_mode == "isolated" else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": int(setting.leverage),
                "maxNotionalValue": max_notional(floor, symbol, setting.leverage),
            }
        )
    return rows


def position_mode(call: Call) -> object:
    """One-way or hedge."""
    return {"dualSidePosition": call.floor.world.account(call.account).position_mode == "hedge"}


def multi_assets_mode(call: Call) -> object:
    """Single-asset or multi-assets."""
    return {"multiAssetsMargin": call.floor.world.account(call.account).mode == "multi_assets"}


def commission_rate(call: Call) -> object:
    """Fee rates of a symbol."""
    spec = call.floor.world.instruments(BINANCE)[symbol_of(call)]
    return {
        "symbol": spec.symbol,
        "makerCommissionRate": plain(spec.maker_fee),
        "takerCommissionRate": plain(spec.taker_fee),
        "rpiCommissionRate": plain(spec.maker_fee),
    }


def adl_quantile(call: Call) -> object:
    """Places in the deleveraging queue."""
    view = call.floor.world.account(call.account)
    ranks: dict[str, dict[str, int]] = {}
    for position in view.positions:
        if position.size:
            ranks.setdefault(position.symbol, {})[SIDES[position.position_side]] = position.adl_rank
    return [
        {"symbol": symbol, "adlQuantile": found}
        for symbol, found in ranks.items()
        if not call.text("symbol") or symbol == call.text("symbol")
    ]


def key_rights(call: Call) -> object:
    """What the key may do. It never may withdraw."""
    owner = call.floor.keys.find(call.key)
    trading = owner is not None and owner.trading
    return {
        "ipRestrict": False,
        "createTime": call.floor.clock.stamp(call.floor.world.now),
        "enableReading": True,
        "enableSpotAndMarginTrading": False,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": trading,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
    }


# -- listen keys ---------------------------------------------------------------------------------


def post_listen_key(call: Call) -> object:
    """Ask for a key."""
    return {"listenKey": call.floor.listen_keys.post(call.account)}


def put_listen_key(call: Call) -> object:
    """Extend it."""
    key = call.floor.listen_keys.put(call.account)
    if key is None:
        raise Refused(400, -1125, "This listenKey does not exist.")
    return {"listenKey": key}


def delete_listen_key(call: Call) -> object:
    """Close it."""
    call.floor.listen_keys.delete(call.account)
    return {}
