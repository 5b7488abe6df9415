"""Bad days by name: what coins, stablecoins, haircuts, tiers and funding do in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.distance.standing import STANDING, moving_base
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.risk.what_if.orders import Change, funding, shock
from marginline.venues import folders
from marginline.venues.resolve.resolver import Resolver

D = Decimal
OURS = "our choice"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One bad day: `name` for programs, `title` for a heading ("" is the words), `words` in full.

    `coins`: relative moves by base coin; `rest`: that of every other coin; `dollars`: relative
    moves of stablecoins, which otherwise stand. `ratios` multiplies the ratio that every coin
    counts as collateral, `rates` every maintenance rate. `funding`: what the net position in each
    instrument pays, as a fraction of its notional. `source` says where the numbers come from.
    """

    name: str
    words: str
    source: str = OURS
    coins: Mapping[str, Decimal] = field(default_factory=dict)
    rest: Decimal = ZERO
    dollars: Mapping[str, Decimal] = field(default_factory=dict)
    ratios: Decimal = ONE
    rates: Decimal = ONE
    funding: Decimal = ZERO
    title: str = ""

    @property
    def heading(self) -> str:
        """What people call it."""
        return self.title or self.words

    def coin(self, name: str) -> Decimal:
        """Relative move of a coin."""
        return self.coins.get(name, self.rest)

    def changes(self, account: Account) -> Iterator[Change]:
        """The moves of prices, rates and cash as changes of a what-if."""
        look = Resolver(account, folders()[account.venue])
        for symbol in account.market.mark:
            instrument = look.known(symbol)
            base = None if instrument is None else moving_base(instrument)
            if base is not None and (move := self.coin(base)):
                yield shock(symbol, move, only="contract")
        for asset in account.market.asset_rate:
            stands = asset in STANDING
            if move := self.dollars.get(asset, ZERO) if stands else self.coin(asset):
                yield shock(asset, move, only="coin")
        if self.funding:
            yield from self._payments(account)

    def _payments(self, account: Account) -> Iterator[Change]:
        """Funding against the net size in each instrument."""
        net: dict[str, Decimal] = {}
        for row in account.positions or ():
            net[row.instrument] = net.get(row.instrument, ZERO) + row.size
        for symbol, size in net.items():
            if size and symbol in account.market.mark:
                yield funding(symbol, self.funding if size > 0 else -self.funding)


_SEEN = "published lows of the day, rounded; read second-hand, not recomputed"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("fall-10", "every coin falls by 10 %", rest=D("-0.1"), title="All coins −10 %"),
    Scenario("rise-10", "every coin rises by 10 %", rest=D("0.1"), title="All coins +10 %"),
    Scenario("fall-30", "every coin falls by 30 %", rest=D("-0.3"), title="All coins −30 %"),
    Scenario("rise-50", "every coin rises by 50 %", rest=D("0.5"), title="All coins +50 %"),
    Scenario(
        "alts-50",
        "bitcoin stands, every other coin rises by 50 %",
        coins={"BTC": ZERO},
        rest=D("0.5"),
        title="Altcoins +50 %",
    ),
    Scenario(
        "alts-lag",
        "bitcoin falls by 30 %, every other coin by 45 % (beta 1.5)",
        coins={"BTC": D("-0.3")},
        rest=D("-0.45"),
        title="Bitcoin −30 %, altcoins −45 %",
    ),
    Scenario(
        "depeg",
        "every stablecoin other than USDC falls by 5 % against the dollar",
        dollars=dict.fromkeys(("USDT", "FDUSD", "USDE", "DAI", "TUSD", "BFUSD"), D("-0.05")),
        title="Stablecoins lose their peg",
    ),
    Scenario(
        "haircuts",
        "every coin counts a fifth less as collateral",
        ratios=D("0.8"),
        title="Deeper haircuts",
    ),
    Scenario(
        "tiers", "every maintenance rate is doubled", rates=D(2), title="Maintenance rates doubled"
    ),
    Scenario(
        "funding-3d",
        "nine payments of 0.3 % against the net position in each instrument",
        funding=D("0.027"),
        title="Funding at 0.3 % for three days",
    ),
    Scenario(
        "march-2020",
        "12 and 13 March 2020: bitcoin 50 %, every other coin 55 % down",
        _SEEN,
        coins={"BTC": D("-0.5")},
        rest=D("-0.55"),
        title="March 2020",
    ),
    Scenario(
        "may-2021",
        "19 May 2021: bitcoin 30 %, ether 40 %, every other coin 45 % down",
        _SEEN,
        coins={"BTC": D("-0.3"), "ETH": D("-0.4")},
        rest=D("-0.45"),
        title="19 May 2021",
    ),
    Scenario(
        "ftx-2022",
        "6 to 9 November 2022: bitcoin 26 %, ether 32 %, every other coin 45 % down",
        _SEEN,
        coins={"BTC": D("-0.26"), "ETH": D("-0.32")},
        rest=D("-0.45"),
        title="FTX week, November 2022",
    ),
    Scenario(
        "october-2025",
        "10 October 2025: bitcoin 14.5 %, ether 21 %, every other coin 70 % down, USDe to 0.65",
        _SEEN,
        coins={"BTC": D("-0.145"), "ETH": D("-0.21")},
        rest=D("-0.7"),
        dollars={"USDE": D("-0.35")},
        title="10 October 2025",
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
