"""The account at other marks: what a ticker says now, laid on what was read before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.distance.standing import moving_base
from marginline.core.numbers import exactly
from marginline.core.unified import own_name
from marginline.risk.inputs import Number, number
from marginline.risk.what_if.applying import times
from marginline.risk.what_if.trial import Trial
from marginline.venues.reader.reading import moment_given


@exactly
def with_marks(
    account: Account,
    marks: Mapping[str, Number],
    *,
    rates: Mapping[str, Number] | None = None,
    as_of: datetime | str | None = None,
) -> Account:
    """The account at other mark prices.

    What hangs on a mark moves with it: the instrument's index, and the rate of its base coin, in
    the same ratio, so that a fall of BTCUSDT is a fall of the BTC held as collateral too. `rates`
    (index prices by asset) says otherwise. Figures that the venue reported are left out: they
    described the account before.

    Args:
        account: as loaded.
        marks: by symbol; decimal text, int or Decimal.
        rates: index prices by asset, in the valuation asset; each stands as given.
        as_of: the moment of these prices; left out, that of the account.

    Raises:
        InputError: a symbol that neither the account nor its venue knows, a price that is not
            above 0, a float.
    """
    trial = Trial(account)
    market = trial.account.market
    fresh = {
        own_name(account, name): number(f"marks.{name}", price, above=0)
        for name, price in marks.items()
    }
    told = {name: number(f"rates.{name}", rate, above=0) for name, rate in (rates or {}).items()}
    index, asset_rate = dict(market.index), dict(market.asset_rate)
    moved: dict[str, Decimal] = {}
    for symbol, price in fresh.items():
        base = moving_base(trial.instrument(symbol))
        before = market.mark.get(symbol)
        if before is None or not before:
            continue
        if symbol in index:
            index[symbol] = index[symbol] * price / before
        if base is not None and base not in moved and base not in told and base in asset_rate:
            moved[base] = price / before
            asset_rate[base] = times(asset_rate[base], moved[base])
    for asset, rate in told.items():
        asset_rate[asset] = AssetRate(index=rate)
    elsewhere = replace(market, mark={**market.mark, **fresh}, index=index, asset_rate=asset_rate)
    return replace(trial.account, market=elsewhere, as_of=moment_given(as_of) or account.as_of)
