"""BitMEX's own figures set beside ours, and the sums that its figures obey among themselves.

Its amounts are whole XBt and USDt: one unit is the tolerance of an amount, one tick of a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.numbers import ONE, ZERO
from marginline.venues.bitmex.page.lines import NAME, TABLES, WORDS
from marginline.venues.bitmex.payloads.kinds import unit_of
from marginline.venues.bitmex.pools.contracts import COMMISSION, FOLDER, entry_value, signed_value
from marginline.venues.compare.claiming import Beside, Pools, Printed
from marginline.venues.compare.comparing import (
    Claim,
    Identity,
    Said,
    part,
    price_slack,
    printed,
    rows,
    said_of,
    sum_of_parts,
)
from marginline.venues.compare.lines import AnyLine, Of, Unit
from marginline.venues.resolve import packaged

_FOUR_DIGITS = Decimal("0.0001")
_CENT = Decimal("0.01")  # how far BitMEX's average entry price is cut

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BitMEX printed, with ours."""
    raw = said_of(account)
    beside = _Beside(account, assessment, WORDS, lambda _: ZERO, _FOUR_DIGITS, "", with_orders=())
    yield from beside.positions(part(raw, "positions"))
    for kind in ("margin", "wallet"):
        yield from beside.assets(part(raw, kind), ZERO)


class _Beside(Beside):
    """BitMEX counts in units of its own and cuts nothing but the average entry price."""

    def read(self, word: AnyLine, theirs: Decimal, said: Said) -> Decimal | None:
        """An amount in whole coins."""
        found = word.read(theirs)
        counted = word.unit in (Unit.AMOUNT, Unit.VALUE)
        return found * _unit(said) if counted and found is not None else found

    def room(self, it: Printed) -> Decimal:
        """A unit and what the cut entry price moves; a tick of a price."""
        if it.word.unit is Unit.PRICE:
            return it.position.exposure.instrument.tick_size or ZERO
        return self.ratio_step if it.word.unit is Unit.RETURN else self.slack(it.position, it.said)

    def slack(self, position: PositionFigures, said: Said) -> Decimal:
        """A unit, and what a cut entry price moves the value of an inverse contract by."""
        exposure = position.exposure
        return _unit(said) + price_slack(exposure, _CENT if exposure.inverse else ZERO)

    def slack_of_pools(self, pools: Pools, _step: Decimal, said: Said, /) -> Decimal:
        """A unit of the sum and one of each position."""
        return _unit(said) * (1 + sum(len(pool.positions) for pool in pools))

    def place(self, asset: str, word: AnyLine, pools: Pools, /) -> str:
        """Figures of the cross pool stand at the asset."""
        return asset if word.of is Of.CROSS or len(pools) == 1 else f"assets.{asset}"

    def _position(
        self, pool: PoolAssessment, position: PositionFigures, said: Said
    ) -> Iterator[Claim]:
        """Entry value and reserved fees, which are no measures, beside the rest."""
        own = {
            "posCost": entry_value(position.exposure),
            "posComm": position.exposure.own[COMMISSION],
        }
        for label, ours in own.items():
            if (theirs := printed(said, label)) is not None:
                room = self.slack(position, said)
                yield Claim(position.name, label, None, abs(theirs) * _unit(said), ours, room)
        yield from super()._position(pool, position, said)


def _unit(said: Said) -> Decimal:
    """How much one unit of a row's amounts is."""
    currency = said.get("currency")
    found = unit_of(currency) if isinstance(currency, str) else None
    return ONE if found is None else found[1]


# -- the venue's own sums ----------------------------------------------------------------------


def identities(account: Account) -> Iterator[Identity]:
    """The sums that BitMEX's figures should obey, in its own units."""
    held, by_key = part(said_of(account), "positions"), {p.key: p for p in account.positions}
    for key, said in rows(held):
        yield from _of_values(account, key, said, _unit(part(held, key)))
        yield from sum_of_parts(
            key, said, "unrealisedPnl", ("markValue",), ("posCost",), tolerance=ONE
        )
        row = by_key.get(key)
        if row is not None and row.margin_mode == "isolated":
            yield from _of_isolated(row, said)
    for asset, said in rows(part(said_of(account), "margin")):
        yield from _of_margin(asset, said)


def _of_values(
    account: Account, key: str, said: dict[str, Decimal], unit: Decimal
) -> Iterator[Identity]:
    """Values are size times multiplier at their price."""
    symbol, size = key.partition("/")[0], said.get("currentQty")
    known = packaged.instruments(FOLDER, "bitmex")
    instrument = account.instruments.get(symbol) or known.get(symbol)
    if instrument is None or not size:
        return
    pairs = (("markValue", "markPrice"), ("posCost", "avgEntryPrice"))
    for label, price_label in pairs:
        value, price = said.get(label), said.get(price_label)
        if value is None or not price:
            continue
        right = signed_value(instrument, size, price) / unit
        slack = ONE + (abs(right) / price * _CENT if label == "posCost" else ZERO)
        text = f"{label} is the value of currentQty at {price_label}"
        yield Identity(key, text, value, right, (label,), slack)


def _of_isolated(row: Position, said: dict[str, Decimal]) -> Iterator[Identity]:
    """The parts of an isolated position's margin."""
    key, parts = row.key, ("posInit", "posComm", "posCross")
    yield from sum_of_parts(
        f"{key} isolated", said, "posMargin", parts, ("posLoss",), tolerance=ONE
    )
    yield from sum_of_parts(key, said, "maintMargin", ("posMargin", "unrealisedPnl"), tolerance=ONE)
    cost, initial = said.get("posCost"), said.get("posInit")
    pnl, share = said.get("unrealisedPnl"), said.get("unrealisedRoePcnt")
    if pnl is not None and share is not None and initial:
        text, labels = "unrealisedRoePcnt is unrealisedPnl / posInit", ("unrealisedRoePcnt",)
        yield Identity(key, text, share, pnl / initial, labels, _FOUR_DIGITS)
    if cost is not None and initial is not None and row.leverage is not None:
        text = "posInit is |posCost| / leverage"
        yield Identity(key, text, initial, abs(cost) / row.leverage, ("posInit",), ONE)


def _of_margin(asset: str, said: dict[str, Decimal]) -> Iterator[Identity]:
    balance, locked = ("walletBalance", "unrealisedPnl"), ("initMargin", "maintMargin")
    yield from sum_of_parts(asset, said, "marginBalance", balance, tolerance=ONE)
    yield from sum_of_parts(asset, said, "excessMargin", ("marginBalance",), locked, tolerance=ONE)
    wallet, free = said.get("walletBalance"), said.get("withdrawableMargin")
    if wallet is not None and free is not None:
        text = "withdrawableMargin <= walletBalance: profit is not withdrawable"
        yield Identity(asset, text, free, wallet, ("withdrawableMargin",), ONE, at_most=True)
