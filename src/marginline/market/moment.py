"""A venue at this moment: its quotes, its tiers in force, what its accounts are worth."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.tables import TierTable
from marginline.market.accounts.booking import Venue
from marginline.market.accounts.document import account_document
from marginline.market.accounts.state import Owner
from marginline.market.contracts import CONTRACTS, FINE, VENUES, Contract
from marginline.market.prices.funding import HOURS
from marginline.market.prices.paths import Paths
from marginline.market.rates import ASSETS, AssetRates
from marginline.market.tiers import Rows, first_tiers, integer_rows
from marginline.market.views import Quote


class Moment:
    """What a venue shows of itself; `venue` holds its books."""

    def __init__(self, venue: Venue, paths: Paths, rates: AssetRates, start: int) -> None:
        self.venue, self.paths, self.rates = venue, paths, rates
        self.number = VENUES.index(venue.code)
        self.start = start
        self.tiers: dict[int, TierTable] = {
            contract.number: first_tiers(venue.code, contract.symbol) for contract in CONTRACTS
        }
        self.rows: dict[int, Rows] = {n: integer_rows(table) for n, table in self.tiers.items()}
        self.version = 0

    def set_tiers(self, number: int, table: TierTable) -> None:
        """Other tiers are in force from now on."""
        self.tiers[number], self.rows[number] = table, integer_rows(table)
        self.version += 1

    @property
    def second_ms(self) -> int:
        """The moment that the prices are of."""
        return self.start + self.paths.second * 1000

    def mark(self, contract: Contract) -> int:
        """Mark price in ticks."""
        return self.paths.mark(self.number, contract.number)

    def quote(self, contract: Contract) -> Quote:
        """One instrument as it stands."""
        number, paths, tick = contract.number, self.paths, contract.tick
        bid, ask = paths.touch(self.number, number)
        interval = int(HOURS[number]) * 3_600_000
        return Quote(
            symbol=contract.symbol,
            mark=paths.mark(self.number, number) * tick,
            index=paths.index(number) * tick / FINE,
            last=paths.last(self.number, number) * tick,
            bid=bid * tick,
            ask=ask * tick,
            funding_rate=Decimal(paths.rate(self.number, number)).scaleb(-9),
            next_funding_at=self.second_ms - self.second_ms % interval + interval,
            interval_hours=contract.hours,
            at=self.second_ms,
            open_interest=self.open_interest(number) * contract.step,
        )

    def open_interest(self, number: int) -> int:
        """Sum of the long positions, in steps."""
        longs = self.venue.crowd.longs(number)
        for owner in self.venue.everyone():
            for (held, _), holding in owner.positions.items():
                longs += max(0, holding.size) if held == number else 0
        return longs

    def document(self, owner: Owner) -> Account:
        """The whole account document of this moment."""
        numbers = {leg[0] for leg in owner.positions}
        numbers |= {order.contract.number for order in owner.orders.values()}
        assets = set(owner.wallets) if owner.mode != "single_asset" else {"USDT"}
        return account_document(
            owner,
            self.second_ms,
            {number: self.quote(CONTRACTS[number]) for number in numbers},
            self.tiers,
            {a: self.rates.rate(self.venue.code, a) for a in ASSETS if a in assets},
        )
