"""The twelve accounts of the world: who they are, what they hold, why they exist.

All start at the same prices in every seed, so wallets are constants; each follows from the line
asked for, the move of all prices at which the account is liquidated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from marginline.market.accounts.booking import Deal, Venue
from marginline.market.accounts.state import Order, Owner, Setting, of_money
from marginline.market.contracts import (
    BINANCE,
    BYBIT,
    CONTRACTS,
    MONEY,
    Contract,
)
from marginline.market.scenarios import Scenario
from marginline.market.views import MarginMode, PositionSide

_NUMBERS = {contract.base: contract.number for contract in CONTRACTS}


@dataclass(frozen=True, slots=True)
class Open:
    """A position at the start: signed size in coins, entry as share of the start price."""

    base: str
    size: int
    entry: str = "1"
    leverage: int = 10


@dataclass(frozen=True, slots=True)
class Role:
    """An account of the cast. `line`: move of all prices, in 1e-4, at which it is called."""

    name: str
    venue: str
    mode: str
    positions: tuple[Open, ...]
    wallet: int
    line: int | None = None
    coins: Mapping[str, int] = field(default_factory=dict)
    hedge: bool = False
    margin_mode: MarginMode = "cross"


CAST = (
    Role(
        "carry desk", BINANCE, "single_asset",
        (Open("BTC", -8), Open("ETH", -160, "1.004"), Open("LTC", -60_000, "1.003")),
        1_752_700, 2400,
    ),
    Role(
        "grid bot", BINANCE, "single_asset",
        (Open("XRP", 300_000), Open("DOGE", 2_000_000)),
        258_300, -2600,
    ),
    Role("gambler", BINANCE, "single_asset", (Open("BTC", 4, "0.9995", 125),), 9_400, -230),
    Role(
        "hedged fund", BINANCE, "single_asset",
        (
            Open("SOL", 8_000), Open("LINK", 60_000), Open("AVAX", 50_000), Open("SUI", 400_000),
            Open("BTC", -20), Open("ETH", -510),
        ),
        330_000, hedge=True,
    ),
    Role(
        "coin holder", BINANCE, "multi_assets",
        (Open("BTC", 39, "0.996"), Open("ETH", 700, "0.994")),
        -1_100, -1080, coins={"BTC": 6, "ETH": 60},
    ),
    Role(
        "rich on paper", BINANCE, "single_asset",
        (Open("SOL", 20_000, "0.836"), Open("XRP", 600_000, "0.82")),
        77_900, -1750,
    ),
    Role(
        "isolated basket", BINANCE, "single_asset",
        (
            Open("LINK", 9_000, leverage=6), Open("SUI", 60_000, leverage=8),
            Open("AVAX", 6_000, leverage=4), Open("ADA", -150_000, leverage=8),
        ),
        75_000, margin_mode="isolated",
    ),
    Role(
        "funding payer", BINANCE, "single_asset", (Open("1000PEPE", 100_000_000),),
        113_100, -2400,
    ),
    Role(
        "unified desk", BYBIT, "cross", (Open("BTC", 10), Open("ETH", 150)),
        197_100, -2400, coins={"BTC": 2},
    ),
    Role("swing trader", BYBIT, "cross", (Open("SOL", 12_000, "1.003"),), 273_200, -1475),
    Role(
        "two isolated", BYBIT, "isolated",
        (Open("BTC", 3, leverage=8), Open("XRP", -90_000, leverage=6)),
        120_000, margin_mode="isolated",
    ),
    Role("empty", BYBIT, "cross", (), 2_500),
)  # fmt: skip

IDS = 1_000_000_000
"""So far apart do the accounts of a venue begin to count."""
GRID_STEPS, GRID_SHARE = 16, 6
"""Orders a side, and how far apart in 1e-3 of the start price."""
GRID_SIZES = {"XRP": 3_000, "DOGE": 25_000}


def role(name: str) -> Role:
    """The role of a name."""
    return next(each for each in CAST if each.name == name)


def people(venues: Mapping[str, Venue], scenario: Scenario) -> None:
    """Let the cast enter: money is paid in, positions are booked against the maker."""
    for each in CAST:
        enter(venues[each.venue], each, scenario)


def enter(venue: Venue, role: Role, scenario: Scenario) -> Owner:
    """One account as it begins."""
    owner = Owner(role.name, role.venue, role.mode, role.hedge, margin_mode=role.margin_mode)
    owner.last_id = (len(venue.owners) + 1) * IDS
    venue.owners[role.name] = owner
    leverages = scenario.leverages.get(role.name, {})
    wallet = scenario.wallets.get(role.name, role.wallet)
    venue.pay_in(owner, "USDT", of_money(Decimal(wallet)))
    for asset, coins in role.coins.items():
        venue.pay_in(owner, asset, coins * MONEY)
    for each in role.positions:
        contract = CONTRACTS[_NUMBERS[each.base]]
        leverage = leverages.get(each.base, each.leverage)
        owner.settings[contract.number] = Setting(leverage, role.margin_mode)
        side: PositionSide = ("long" if each.size > 0 else "short") if role.hedge else "both"
        entry = Decimal(scenario.entries.get(role.name, {}).get(each.base, each.entry))
        ticks = int((contract.start * entry / contract.tick).to_integral_value())
        steps = int(each.size / contract.step)
        venue.open_quietly(owner, Deal(contract, steps, ticks, side))
    venue.events.clear()
    owner.ledger.clear()
    return owner


def grid_price(contract: Contract, level: int) -> int:
    """Price in ticks of a level of the grid; level 0 is the start."""
    start = contract.start_fine // 100
    return start + start * level * GRID_SHARE // 1000


def grid(venue: Venue, owner: Owner) -> None:
    """The grid bot's orders: bids below the start, asks above."""
    for base in GRID_SIZES:
        contract = CONTRACTS[_NUMBERS[base]]
        for level in (*range(-GRID_STEPS, 0), *range(1, GRID_STEPS + 1)):
            rest_grid(venue, owner, contract, level, -1 if level > 0 else 1)


def rest_grid(venue: Venue, owner: Owner, contract: Contract, level: int, direction: int) -> Order:
    """One order of the grid, resting at its level."""
    number, coins = venue.next_id(owner), GRID_SIZES[contract.base]
    order = Order(
        id=number,
        client_id=f"grid-{contract.base}-{level}-{number}",
        contract=contract,
        direction=direction,
        position_side="both",
        kind="limit",
        price=grid_price(contract, level),
        size=int(coins / contract.step),
        reduce_only=False,
        time_in_force="GTC",
        created_at=venue.now,
        updated_at=venue.now,
        grid=level,
    )
    owner.orders[number] = order
    owner.version += 1
    return order
