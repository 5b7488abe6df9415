"""What accounts hold of each coin together: positions and balances, in the coin and in USD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.distance.standing import STANDING
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO

_SAME = {"XBT": "BTC"}  # one coin, as BitMEX and Kraken call it


def coin_of(name: str) -> str:
    """A coin by its usual code: XBT is BTC."""
    return _SAME.get(name, name)


def usd_rate(account: Account, asset: str) -> Decimal | None:
    """USD for one unit of an asset: its rate; 1 for USD itself; None where no rate is known."""
    rate = account.market.asset_rate.get(asset)
    if rate is not None and rate.index is not None:
        return rate.index
    return ONE if asset == "USD" else None


def net_usd(account: Account, assessment: Assessment) -> Decimal | None:
    """Signed value of all positions at their marks in USD, longs plus; 0 where nothing is open.

    None where the mark of any, or USD for what it settles in, is not known.
    """
    total = ZERO
    for pool in assessment.pools:
        for exposure in pool.figures.pool.exposures:
            settle, mark = exposure.instrument.settle, exposure.mark
            rate = None if settle is None else usd_rate(account, settle)
            if rate is None or not isinstance(mark, Decimal):
                return None
            value = exposure.notional_at(mark) * rate
            total += -value if exposure.size < 0 else value
    return total


def net_by_coin(assessment: Assessment) -> dict[str, Decimal]:
    """Signed exposure in each base coin, positions alone, in the coin; those without a mark not."""
    found: dict[str, Decimal] = {}
    for pool in assessment.pools:
        for exposure in pool.figures.pool.exposures:
            base, mark = exposure.instrument.base, exposure.mark
            if pool.status is None or base is None or not isinstance(mark, Decimal):
                continue
            coins = exposure.size * exposure.unit
            found[base] = found.get(base, ZERO) + (coins / mark if exposure.inverse else coins)
    return found


@dataclass(frozen=True, slots=True)
class CoinExposure:
    """One coin across accounts, in the coin; `usd` is the net in USD, None without a price.

    `positions` is signed, `held` are balances less what is owed; `accounts` have either.
    """

    coin: str
    positions: Decimal
    held: Decimal
    usd: Decimal | None
    accounts: int

    @property
    def net(self) -> Decimal:
        """Positions and balances together."""
        return self.positions + self.held


def exposure_by_coin(
    judged: Iterable[tuple[Account, Assessment]], rates: Mapping[str, Decimal]
) -> tuple[CoinExposure, ...]:
    """Every coin that positions or balances stand in, the largest net in USD first.

    Stablecoins and currencies are left out: they stand while the market moves.

    Args:
        judged: accounts with their assessments.
        rates: USD by coin, as `usd_by_asset` finds them.
    """
    positions: dict[str, Decimal] = {}
    held: dict[str, Decimal] = {}
    owners: dict[str, int] = {}
    for account, assessment in judged:
        net: dict[str, Decimal] = {}
        for base, coins in net_by_coin(assessment).items():
            net[coin_of(base)] = net.get(coin_of(base), ZERO) + coins
        own: dict[str, Decimal] = {}
        for wallet in account.wallets:
            if wallet.balance is not None:
                worth = wallet.balance - wallet.borrowed - wallet.interest
                own[coin_of(wallet.asset)] = own.get(coin_of(wallet.asset), ZERO) + worth
        for of, sums in ((net, positions), (own, held)):
            for coin, amount in of.items():
                sums[coin] = sums.get(coin, ZERO) + amount
        for coin in {name for of in (net, own) for name, amount in of.items() if amount}:
            owners[coin] = owners.get(coin, 0) + 1
    found = []
    for coin, accounts in owners.items():
        if coin in STANDING:
            continue
        traded, owned = positions.get(coin, ZERO), held.get(coin, ZERO)
        rate = rates.get(coin)
        usd = None if rate is None else (traded + owned) * rate
        found.append(CoinExposure(coin, traded, owned, usd, accounts))
    return tuple(sorted(found, key=_largest_first))


def _largest_first(each: CoinExposure) -> tuple[bool, Decimal, str]:
    return each.usd is None, -abs(each.usd or ZERO), each.coin


def usd_by_asset(judged: Iterable[tuple[Account, Assessment]]) -> dict[str, Decimal]:
    """USD by asset: the rate of the newest account that has one, else by a mark quoted in dollars.

    A coin that only an instrument prices takes that instrument's mark, where its quote has a rate.
    """
    ordered = sorted(judged, key=lambda each: each[0].as_of)
    found: dict[str, Decimal] = {"USD": ONE}
    for account, _ in ordered:
        for asset in account.market.asset_rate:
            if (rate := usd_rate(account, asset)) is not None:
                found[coin_of(asset)] = rate
    for account, assessment in ordered:
        del account
        for pool in assessment.pools:
            for exposure in pool.figures.pool.exposures:
                base, quote = exposure.instrument.base, exposure.instrument.quote
                quoted = found.get(quote or "")
                if base is not None and quoted is not None and isinstance(exposure.mark, Decimal):
                    found.setdefault(coin_of(base), exposure.mark * quoted)
    return found
