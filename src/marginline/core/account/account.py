"""The account as reported: wallets, positions, orders, and what is needed to judge them.

Immutable nouns, in the words and with the defaults of the account file (`marginline/account/1`).
A field that is `None` is unknown, never 0. Each field is described once, in its metadata; the
reader, the writer and the published JSON Schema all follow that description. Constructing a noun
does not judge it: `from_dict(to_dict(account))` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Context, Decimal
from types import MappingProxyType

from marginline.core.account.market import Market
from marginline.core.account.tables import Parameters
from marginline.core.document.record import (
    Record,
    Sound,
    choice,
    decimal,
    flag,
    free_map,
    list_of,
    map_of,
    moment,
    none_yet,
    one,
    text,
)
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.errors import Problem

ACCOUNT_SCHEMA = "marginline/account/1"

VENUES = (
    "textbook",
    "binance_usdm",
    "binance_coinm",
    "binance_pm",
    "binance_pm_pro",
    "bybit_unified",
    "bybit_inverse",
    "bitget_futures",
    "bitget_unified",
    "bingx_perpetual",
    "bingx_standard",
    "bitmex",
    "cme",
    "okx",
    "deribit",
    "hyperliquid",
    "dydx",
    "kraken_futures",
)

MODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "binance_usdm": ("single_asset", "multi_assets"),
        "bybit_unified": ("isolated", "cross", "portfolio"),
        "bitget_futures": ("single", "union"),
        "bitget_unified": ("basic", "advanced"),
        "bingx_perpetual": ("single_asset", "multi_assets"),
        "bitmex": ("single_asset", "multi_asset"),
        "cme": ("speculator", "hedger"),
        "okx": ("futures", "multi_currency", "portfolio"),
        "deribit": ("segregated_sm", "cross_sm", "segregated_pm", "cross_pm"),
        "hyperliquid": ("cross", "portfolio"),
        "kraken_futures": ("single_collateral", "multi_collateral"),
    }
)
"""The modes of each venue that has more than one."""

DEFAULT_MODES: Mapping[str, str] = MappingProxyType(
    {"bingx_perpetual": "single_asset", "hyperliquid": "cross"}
)
"""The mode of an account that names none, where the venue has a default."""

MARGIN_MODES = ("cross", "isolated")
SIDES = ("both", "long", "short")
_SUM = Context(prec=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletParts(Record):
    """Where a balance came from: cash flows (paid out is negative); those given sum to it."""

    deposits: Decimal | None = field(default=None, metadata=decimal("paid in"))
    withdrawals: Decimal | None = field(default=None, metadata=decimal("paid out, negative"))
    realized_pnl: Decimal | None = field(default=None, metadata=decimal("P&L of closed size"))
    funding: Decimal | None = field(default=None, metadata=decimal("funding, paid is negative"))
    fees: Decimal | None = field(default=None, metadata=decimal("fees, paid is negative"))
    other: Decimal | None = field(default=None, metadata=decimal("any other cash flow"))

    def total(self) -> Decimal:
        """Sum of the parts given, exact, in the wallet's asset."""
        total = ZERO
        flows = (self.deposits, self.withdrawals, self.realized_pnl)
        for part in (*flows, self.funding, self.fees, self.other):
            total = _SUM.add(total, ZERO if part is None else part)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet(Record):
    """What the account holds of one asset; every amount in that asset."""

    asset: str = field(metadata=text("asset code"))
    balance: Decimal | None = field(
        default=None,
        metadata=decimal("everything booked, gross of loans, without unrealized P&L"),
    )
    isolated_included: bool = field(
        default=True, metadata=flag("the balance includes what is posted to isolated positions")
    )
    credit: Decimal = field(
        default=ZERO,
        metadata=decimal("bonus inside the balance that cannot be withdrawn", minimum=0),
    )
    borrowed: Decimal = field(default=ZERO, metadata=decimal("principal owed", minimum=0))
    interest: Decimal = field(default=ZERO, metadata=decimal("interest owed", minimum=0))
    locked: Decimal = field(
        default=ZERO,
        metadata=decimal("held by spot orders, bots, reserves: in equity, no support", minimum=0),
    )
    collateral: bool = field(
        default=True, metadata=flag("off: a positive amount counts 0, a debt in full")
    )
    unsettled: Decimal = field(
        default=ZERO, metadata=decimal("booked but not settled, inside the balance")
    )
    options_value: Decimal | None = field(
        default=None,
        metadata=decimal("market value of options not itemised: in equity, not in margin balance"),
    )
    parts: WalletParts | None = field(
        default=None, metadata=one(WalletParts, "cash flows that sum to the balance")
    )

    def check(self, sound: Sound) -> Iterator[Problem]:
        """Parts that contradict the balance."""
        if not sound("balance", "parts") or self.parts is None or self.balance is None:
            return
        total = self.parts.total()
        if total != self.balance:
            yield Problem(
                "parts",
                to_text(total),
                f"the parts must sum to the balance {to_text(self.balance)}",
                "put the rest in `other`, or mend the balance",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Record):
    """One open position, or a size-0 row that carries leverage and mode."""

    id: str | None = field(
        default=None, metadata=text("tells apart rows with equal instrument and side")
    )
    instrument: str = field(metadata=text("symbol"))
    side: str = field(default="both", metadata=choice(SIDES, "leg; `both` in one-way mode"))
    size: Decimal = field(
        metadata=decimal("signed, long > 0, in the venue's unit (coins, contracts or USD)")
    )
    entry_price: Decimal | None = field(
        default=None,
        metadata=decimal("price from which the venue counts the P&L not yet in the balance"),
    )
    margin_mode: str = field(default="cross", metadata=choice(MARGIN_MODES, "margin mode"))
    leverage: Decimal | None = field(
        default=None, metadata=decimal("leverage set; 0, on BitMEX alone: none", minimum=0)
    )
    isolated_margin: Decimal | None = field(
        default=None,
        metadata=decimal("the position's margin as the venue shows it, without unrealized P&L"),
    )
    extra_margin: Decimal | None = field(
        default=None, metadata=decimal("the part of isolated_margin added by hand")
    )
    margin_asset: str | None = field(
        default=None, metadata=text("asset of the margin; default the instrument's settle")
    )
    opened_at: datetime | None = field(default=None, metadata=moment("when it was opened"))
    realized_pnl: Decimal | None = field(
        default=None, metadata=decimal("realized P&L of the open position, a cash flow")
    )
    funding: Decimal | None = field(
        default=None, metadata=decimal("funding of the open position, paid is negative")
    )
    fees: Decimal | None = field(
        default=None, metadata=decimal("fees of the open position, paid is negative")
    )

    @property
    def key(self) -> str:
        """`INSTRUMENT/side`, with `#id` appended where an id is given."""
        return f"{self.instrument}/{self.side}" + ("" if self.id is None else f"#{self.id}")

    def check(self, sound: Sound) -> Iterator[Problem]:
        """A side that contradicts the size; an entry price that is none."""
        if sound("side", "size"):
            if self.side == "long" and self.size < 0:
                yield Problem(
                    "size",
                    to_text(self.size),
                    "a long row must not be negative",
                    "size is signed, also in hedge mode: write side short, or size > 0",
                )
            if self.side == "short" and self.size > 0:
                yield Problem(
                    "size",
                    to_text(self.size),
                    "a short row must not be positive",
                    "size is signed, also in hedge mode: write side long, or size < 0",
                )
        if sound("entry_price", "size") and self.entry_price is not None:
            if self.entry_price < 0 or (self.size and not self.entry_price):
                yield Problem(
                    "entry_price",
                    to_text(self.entry_price),
                    "must be greater than 0 (0 only where size is 0)",
                    "leave it out if it is unknown",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    """One resting order."""

    instrument: str = field(metadata=text("symbol"))
    side: str = field(metadata=choice(("buy", "sell"), "side of the order"))
    position_side: str = field(default="both", metadata=choice(SIDES, "leg it belongs to"))
    size: Decimal = field(metadata=decimal("unsigned, in the venue's unit", above=0))
    price: Decimal | None = field(default=None, metadata=decimal("order price", above=0))
    kind: str = field(
        default="limit",
        metadata=choice(("limit", "market", "stop", "take_profit"), "kind of order"),
    )
    reduce_only: bool = field(default=False, metadata=flag("may only reduce the position"))
    margin_mode: str | None = field(default=None, metadata=choice(MARGIN_MODES, "margin mode"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Record):
    """What is set for a symbol without a position row, or for borrowing an asset."""

    leverage: Decimal | None = field(default=None, metadata=decimal("of a symbol", above=0))
    margin_mode: str | None = field(default=None, metadata=choice(MARGIN_MODES, "of a symbol"))
    spot_leverage: Decimal | None = field(default=None, metadata=decimal("of an asset", above=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Record):
    """A contract's terms. Given in the file it replaces the packaged entry as a whole."""

    symbol: str
    payoff: str = field(metadata=choice(("linear", "inverse", "quanto"), "shape of the P&L"))
    base: str | None = field(default=None, metadata=text("base asset"))
    quote: str | None = field(default=None, metadata=text("quote asset"))
    settle: str | None = field(default=None, metadata=text("asset in which it settles"))
    contract_size: Decimal = field(
        default=ONE,
        metadata=decimal("base per unit of size; inverse: face in quote", above=0),
    )
    multiplier: Decimal | None = field(
        default=None,
        metadata=decimal("quanto: value = size * multiplier * price, no contract_size", above=0),
    )
    underlying: str | None = field(
        default=None, metadata=text("netting group and risk unit; default base")
    )
    expires_at: datetime | None = field(default=None, metadata=moment("absent: perpetual"))
    tick_size: Decimal | None = field(default=None, metadata=decimal("price step", above=0))
    size_step: Decimal | None = field(default=None, metadata=decimal("size step", above=0))
    settle_step: Decimal | None = field(
        default=None, metadata=decimal("smallest amount of the settle asset", above=0)
    )

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        if self.underlying is None:
            object.__setattr__(self, "underlying", self.base)

    def check(self, sound: Sound) -> Iterator[Problem]:
        """A quanto that also states a contract size."""
        if sound("payoff", "contract_size") and self.payoff == "quanto" and self.contract_size != 1:
            yield Problem(
                "contract_size",
                to_text(self.contract_size),
                "a quanto has no contract_size",
                "write `multiplier` instead",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Record):
    """What the venue itself said, to be reconciled with."""

    account: Mapping[str, Decimal | None] = field(
        default_factory=none_yet, metadata=map_of(decimal(), "measures of the account", null=True)
    )
    pools: Mapping[str, Mapping[str, Decimal | None]] = field(
        default_factory=none_yet,
        metadata=map_of(map_of(decimal(), null=True), "measures by pool id"),
    )
    positions: Mapping[str, Mapping[str, Decimal | None]] = field(
        default_factory=none_yet,
        metadata=map_of(map_of(decimal(), null=True), "measures by position key"),
    )
    raw: Mapping[str, object] = field(
        default_factory=none_yet, metadata=free_map("the venue's labels with their values")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """Everything an assessment needs, as of one moment."""

    schema: str = field(
        default=ACCOUNT_SCHEMA, metadata=choice((ACCOUNT_SCHEMA,), "this format", required=True)
    )
    venue: str = field(metadata=choice(VENUES, "whose rulebook applies"))
    mode: str | None = field(default=None, metadata=text("the venue's account mode"))
    as_of: datetime = field(metadata=moment("the moment described; selects the rules in force"))
    name: str | None = field(default=None, metadata=text("label"))
    position_mode: str = field(
        default="one_way", metadata=choice(("one_way", "hedge"), "one-way or hedge mode")
    )
    wallets: tuple[Wallet, ...] = field(
        default=(),
        metadata=list_of(Wallet, "one per asset; left out, nothing is known of them", always=True),
    )
    positions: tuple[Position, ...] = field(
        default=(),
        metadata=list_of(
            Position, "open positions; left out, nothing is known of them", always=True
        ),
    )
    orders: tuple[Order, ...] = field(default=(), metadata=list_of(Order, "resting orders"))
    settings: Mapping[str, Settings] = field(
        default_factory=none_yet, metadata=map_of(one(Settings), "by symbol or asset")
    )
    instruments: Mapping[str, Instrument] = field(
        default_factory=none_yet, metadata=map_of(one(Instrument, key="symbol"), "by symbol")
    )
    market: Market = field(
        default_factory=Market, metadata=one(Market, "prices, funding and rates of the moment")
    )
    parameters: Parameters = field(
        default_factory=Parameters, metadata=one(Parameters, "tables that replace packaged ones")
    )
    reported: Reported | None = field(
        default=None, metadata=one(Reported, "what the venue itself said")
    )

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        if self.mode is None:
            object.__setattr__(self, "mode", DEFAULT_MODES.get(self.venue))

    def check(self, sound: Sound) -> Iterator[Problem]:
        """A mode the venue does not have, rows given twice, two legs in one-way mode."""
        if sound("venue", "mode"):
            yield from _mode_problems(self.venue, self.mode)
        yield from _no_leverage(self.venue, self.positions)
        yield from _equal_wallets(self.wallets)
        yield from _equal_positions(self.positions)
        if sound("position_mode") and self.position_mode == "one_way":
            yield from _two_legs(self.positions)


def _mode_problems(venue: str, mode: str | None) -> Iterator[Problem]:
    modes = MODES.get(venue, ())
    choices = ", ".join(modes)
    if mode is None and modes:
        yield Problem("mode", "", f"{venue} has several modes", f"give one of: {choices}")
    elif mode is not None and not modes:
        yield Problem("mode", mode, f"{venue} has no modes", "leave it out")
    elif mode is not None and mode not in modes:
        yield Problem("mode", mode, f"not a mode of {venue}", f"give one of: {choices}")


def _no_leverage(venue: str, positions: tuple[Position, ...]) -> Iterator[Problem]:
    """A leverage of 0: BitMEX says so of a cross position, where it stands for none set."""
    for index, row in enumerate(positions):
        if row.leverage == 0 and (venue != "bitmex" or row.margin_mode == "isolated"):
            where = f"positions[{index}].leverage"
            yield Problem(where, "0", "must be greater than 0", "leave it out where none is set")


def _equal_wallets(wallets: tuple[Wallet, ...]) -> Iterator[Problem]:
    first = {"": -1}
    for index, wallet in enumerate(wallets):
        other = first.setdefault(wallet.asset, index)
        if other not in (index, -1):
            yield Problem(
                f"wallets[{index}].asset",
                wallet.asset,
                f"wallets[{other}] is of the same asset",
                "give one wallet per asset",
            )


def _equal_positions(positions: tuple[Position, ...]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], dict[str | None, int]] = {}
    for index, row in enumerate(positions):
        if not row.instrument or not row.side:  # a row that could not be read
            continue
        ids = seen.setdefault((row.instrument, row.side), {})
        clash = row.id in ids or (ids and (row.id is None or None in ids))
        if clash:
            other = ids.get(row.id, next(iter(ids.values())))
            yield Problem(
                f"positions[{index}]",
                row.key,
                f"positions[{other}] has the same instrument and side",
                "tell the rows apart by an `id` on each, or merge them",
            )
        ids.setdefault(row.id, index)


def _two_legs(positions: tuple[Position, ...]) -> Iterator[Problem]:
    legs: dict[str, dict[str, int]] = {}
    for index, row in enumerate(positions):
        if row.instrument and row.size and row.side in ("long", "short"):
            legs.setdefault(row.instrument, {}).setdefault(row.side, index)
    for instrument, found in legs.items():
        if len(found) == 2:
            first, second = sorted(found.values())
            yield Problem(
                f"positions[{second}].side",
                instrument,
                f"positions[{first}] holds the other leg, but position_mode is one_way",
                "write `position_mode: hedge`",
            )
