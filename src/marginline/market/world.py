"""The world: prices, two venues and their accounts, on a clock of its own.

```python
world = World(scenario("tour"), seed=5)
for event in world.advance(world.now + 60_000):
    ...
```
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import TierTable
from marginline.core.numbers import exactly
from marginline.market.accounts.booking import Venue
from marginline.market.accounts.showing import account_view
from marginline.market.accounts.state import Owner
from marginline.market.contracts import BY_SYMBOL, CONTRACTS, VENUES, Contract, spec
from marginline.market.engine import Engine
from marginline.market.events import Event, Fill
from marginline.market.liquidation.crowding import FACTOR
from marginline.market.liquidation.fund import CASH
from marginline.market.prices.candles import MINUTE_MS, gathered
from marginline.market.rates import RATIOS
from marginline.market.scenarios import Scenario
from marginline.market.tiers import first_tiers, max_leverage
from marginline.market.trading.desk import Desk
from marginline.market.trading.refusing import Refused
from marginline.market.views import (
    AccountView,
    Candle,
    FundingRow,
    InstrumentSpec,
    LedgerRow,
    MarginMode,
    OrderRequest,
    Quote,
)

Levels = tuple[tuple[Decimal, Decimal], ...]


class World:
    """A simulated market. Same scenario and seed, same world, to the byte.

    It has no clock, no thread, no input or output: it moves when `advance` is called, and what an
    owner does through `place`, `cancel` and the like happens at `now`.
    """

    def __init__(
        self, scenario: Scenario, seed: int = 5, *, crowd: int = FACTOR, fund: int = CASH
    ) -> None:
        """`crowd`: its notional in parts of the depth, 0 for none; `fund`: its cash, in USDT."""
        self.scenario, self.seed = scenario, seed
        self._engine = Engine(scenario, seed, crowd=crowd, cash=fund)
        self._now = self._engine.start

    # -- time ----------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """World time in milliseconds since the epoch."""
        return self._now

    @property
    def start(self) -> int:
        """The world's first moment."""
        return self._engine.start

    @exactly
    def advance(self, until: int) -> tuple[Event, ...]:
        """Let time pass up to `until`; returns what happened, in order.

        Returns early, with `now` before `until`, where a named account is triggered or the story
        has a cue, so that no speed can skip either. Call again to go on.
        """
        self._now = self._engine.run(max(until, self._now))
        return self._engine.drain()

    # -- what there is -------------------------------------------------------------------------

    def accounts(self, venue: str) -> tuple[str, ...]:
        """Names of the accounts of a venue."""
        return tuple(self._venue(venue).owners)

    @exactly
    def account(self, name: str) -> AccountView:
        """An account as its venue shows it.

        Raises:
            Refused: unknown_account.
        """
        owner = self._owner(name)
        return account_view(owner, self._engine.ranks(owner))

    def instruments(self, venue: str) -> Mapping[str, InstrumentSpec]:
        """The contracts of a venue by symbol."""
        self._venue(venue)
        return {
            contract.symbol: spec(contract, max_leverage(first_tiers(venue, contract.symbol)))
            for contract in CONTRACTS
        }

    def tiers(self, venue: str, symbol: str) -> TierTable:
        """The maintenance tiers in force."""
        return self._engine.moments[self._venue(venue).code].tiers[_contract(symbol).number]

    @exactly
    def quote(self, venue: str, symbol: str) -> Quote:
        """One instrument on a venue as it stands."""
        return self._engine.moments[self._venue(venue).code].quote(_contract(symbol))

    @exactly
    def asset_rates(self, venue: str) -> Mapping[str, Decimal]:
        """Index price of each asset in USD."""
        rates = {asset: self.asset_rate(venue, asset).index for asset in RATIOS[venue]}
        return {asset: index for asset, index in rates.items() if index is not None}

    @exactly
    def asset_rate(self, venue: str, asset: str) -> AssetRate:
        """Index, and on Binance bid and ask as multi-assets mode takes them."""
        return self._engine.rates.rate(self._venue(venue).code, asset)

    def collateral_ratios(self, venue: str) -> Mapping[str, Decimal]:
        """Share of each asset that counts; Binance's is bid over index."""
        return {asset: Decimal(ratio) for asset, ratio in RATIOS[venue].items()}

    @exactly
    def book(self, venue: str, symbol: str, levels: int = 5) -> tuple[Levels, Levels]:
        """Bids and asks, best first, as (price, size)."""
        contract = _contract(symbol)
        book = self._engine.desks[self._venue(venue).code].book
        bids, asks = (
            tuple(
                (ticks * contract.tick, steps * contract.step)
                for ticks, steps in book.levels(contract.number, direction)[:levels]
            )
            for direction in (-1, 1)
        )
        return bids, asks

    def ledger(
        self, name: str, start: int | None = None, end: int | None = None
    ) -> tuple[LedgerRow, ...]:
        """Bookings of an account, oldest first, from `start` to `end` inclusive."""
        return tuple(self._owner(name).ledger.within(start, end))

    def trades(
        self,
        name: str,
        symbol: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> tuple[Fill, ...]:
        """Fills of an account, oldest first, from `start` to `end` inclusive."""
        rows = self._owner(name).trades.within(start, end)
        return tuple(row for row in rows if symbol in (None, row.symbol))

    def funding_history(
        self, venue: str, symbol: str, start: int | None = None, end: int | None = None
    ) -> tuple[FundingRow, ...]:
        """Funding payments of an instrument, oldest first, from `start` to `end` inclusive."""
        paid = self._engine.paid[self._venue(venue).code, _contract(symbol).number]
        return tuple(paid.within(start, end))

    @exactly
    def candles(
        self,
        venue: str,
        symbol: str,
        step: int,
        *,
        since: int | None = None,
        until: int | None = None,
        most: int = 500,
        shift: int = 0,
    ) -> tuple[Candle, ...]:
        """Candles of the last price, oldest first; the newest may not be over yet.

        `step` minutes long, as a clock has them that shows world time plus `shift` milliseconds;
        their moments, `since` and `until` are that clock's. They begin 32 days before the world.
        At most `most`: the first from `since` on where `until` is not given, else the newest.
        """
        contract, code = _contract(symbol), VENUES.index(self._venue(venue).code)
        first, rows = self._engine.paths.candles.of(code, contract.number)
        moments, found = gathered(first, rows, (self.start + shift) // MINUTE_MS, step)
        moments = moments * MINUTE_MS
        chosen = np.flatnonzero(
            (moments >= (since or 0)) & (moments <= (self._now + shift if until is None else until))
        )
        chosen = chosen[:most] if since is not None and until is None else chosen[-most:]
        return tuple(
            Candle(int(moments[n]), *(ticks * contract.tick for ticks in found[n].tolist()))
            for n in chosen
        )

    @exactly
    def truth(self, name: str) -> Account:
        """The complete account document of now, as an omniscient observer would write it."""
        owner = self._owner(name)
        return self._engine.moments[owner.venue].document(owner)

    # -- what owners do ------------------------------------------------------------------------

    @exactly
    def place(self, name: str, request: OrderRequest) -> tuple[Event, ...]:
        """Place an order.

        Raises:
            Refused: the venue does not take it; nothing has changed.
        """
        owner = self._owner(name)
        self._desk(owner).place(owner, request)
        return self._done()

    @exactly
    def check(self, name: str, request: OrderRequest) -> None:
        """Whether an order would be taken; nothing changes.

        Raises:
            Refused: the venue would not take it.
        """
        owner = self._owner(name)
        self._desk(owner).check(owner, request)

    @exactly
    def cancel(self, name: str, which: int | str) -> tuple[Event, ...]:
        """Cancel an open order by its number or client id.

        Raises:
            Refused: there is no such order.
        """
        owner = self._owner(name)
        self._desk(owner).cancel(owner, which)
        return self._done()

    @exactly
    def set_leverage(self, name: str, symbol: str, leverage: Decimal) -> tuple[Event, ...]:
        """Set the leverage of a symbol.

        Raises:
            Refused: not a leverage that the tiers allow.
        """
        owner = self._owner(name)
        self._desk(owner).set_leverage(owner, _contract(symbol), leverage)
        return self._done()

    @exactly
    def set_margin_mode(self, name: str, symbol: str | None, mode: MarginMode) -> tuple[Event, ...]:
        """Cross or isolated: of a symbol on Binance, of the account (`symbol` None) on Bybit.

        Raises:
            Refused: something is open that it would change.
        """
        owner = self._owner(name)
        contract = None if symbol is None else _contract(symbol)
        self._desk(owner).set_margin_mode(owner, contract, mode)
        return self._done()

    @exactly
    def transfer(self, name: str, asset: str, amount: Decimal) -> tuple[Event, ...]:
        """Pay in (positive) or out.

        Raises:
            Refused: an asset the account cannot hold, or more than may leave.
        """
        owner = self._owner(name)
        self._desk(owner).transfer(owner, asset, amount)
        return self._done()

    # -- proof ---------------------------------------------------------------------------------

    def digest(self) -> str:
        """SHA-256 over everything that has happened and all that is; equal worlds, equal digest."""
        return hashlib.sha256(self._engine.fingerprint()).hexdigest()

    def _done(self) -> tuple[Event, ...]:
        self._engine.check()
        return self._engine.drain()

    def _desk(self, owner: Owner) -> Desk:
        desk = self._engine.desks[owner.venue]
        desk.venue.now = self._now
        return desk

    def _owner(self, name: str) -> Owner:
        for venue in self._engine.venues.values():
            if name in venue.owners:
                return venue.owners[name]
        names = ", ".join(name for v in self._engine.venues.values() for name in v.owners)
        raise Refused("unknown_account", f"no account {name!r}; there are {names}")

    def _venue(self, code: str) -> Venue:
        if code not in self._engine.venues:
            raise Refused("unknown_venue", f"no venue {code!r}; there are {', '.join(VENUES)}")
        return self._engine.venues[code]


def _contract(symbol: str) -> Contract:
    found = BY_SYMBOL.get(symbol)
    if found is None:
        raise Refused("unknown_symbol", f"no contract {symbol!r}")
    return found
