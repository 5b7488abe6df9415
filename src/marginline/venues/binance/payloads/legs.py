"""Positions from Binance's answers: rows of `account` and `positionRisk`, leg by leg."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal

from marginline.core.account.account import Position, Settings
from marginline.core.findings import Code
from marginline.core.nouns import dataclass
from marginline.core.numbers import to_text
from marginline.venues.binance.page.futures import USDM_POSITION
from marginline.venues.compare.lines import reported_of_position
from marginline.venues.reader.account_draft import POSITIONS, Draft
from marginline.venues.reader.fields import Row

SIDES = {"BOTH": "both", "LONG": "long", "SHORT": "short"}


@dataclass(frozen=True, slots=True)
class ToldLeg:
    """One leg as one answer tells it; None where the answer does not say.

    `stated` is the margin mode in the venue's words, `isolated` is what the amounts imply.
    """

    symbol: str
    side: str
    size: Decimal
    entry: Decimal | None = None
    mark: Decimal | None = None
    leverage: Decimal | None = None
    stated: bool | None = None
    isolated: bool | None = None
    wallet: Decimal | None = None
    margin_asset: str | None = None

    @property
    def key(self) -> str:
        """The key of its position."""
        return f"{self.symbol}/{self.side}"

    def over(self, other: ToldLeg) -> ToldLeg:
        """This leg, with what it does not say filled in from another answer."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return ToldLeg(**{n: getattr(other, n) if v is None else v for n, v in mine.items()})


def leg_of(row: Row) -> ToldLeg:
    """The leg that a row of `account` or `positionRisk` tells."""
    wallet, margin, pnl = row.number("isolatedWallet"), row.number("isolatedMargin"), _pnl(row)
    posted = wallet
    if wallet is None and margin is not None and pnl is not None:
        posted = margin - pnl  # isolatedMargin holds the unrealized P&L already
    return ToldLeg(
        symbol=row.name("symbol"),
        side=side_of(row, "positionSide"),
        size=row.amount("positionAmt"),
        entry=row.number("entryPrice"),
        mark=row.number("markPrice"),
        leverage=row.number("leverage"),
        stated=margin_type(row, "marginType") if row.has("marginType") else row.flag("isolated"),
        isolated=_implied(wallet, margin),
        wallet=posted,
        margin_asset=row.text("marginAsset"),
    )


def side_of(row: Row, field: str) -> str:
    """The side of a leg; `both` where the answer names none."""
    said = row.text(field) or "BOTH"
    if said not in SIDES:
        raise row.wrong(field, "is no side of a position", "known are BOTH, LONG, SHORT")
    return SIDES[said]


def margin_type(row: Row, field: str) -> bool:
    """Whether a margin type says isolated."""
    said = (row.text(field) or "").lower()
    if said not in ("isolated", "cross", "crossed"):
        raise row.wrong(field, "is no margin type", "known are isolated, cross, crossed")
    return said == "isolated"


def _pnl(row: Row) -> Decimal | None:
    found = row.number("unRealizedProfit")
    return row.number("unrealizedProfit") if found is None else found


def _implied(wallet: Decimal | None, margin: Decimal | None) -> bool | None:
    """Isolated where something is posted; cross where both amounts given are 0."""
    if wallet is None and margin is None:
        return None
    return bool(wallet or margin)


# -- from legs to the account ------------------------------------------------------------------


def lay_positions(
    draft: Draft,
    answers: Mapping[str, Iterable[Row]],
    configs: Mapping[str, Row],
    *,
    cross_only: bool = False,
) -> None:
    """Positions, settings and marks from rows by kind of answer; the first kind that says it wins.

    A row of size 0 makes no position; its leverage and margin mode go to `settings`.
    """
    legs: dict[str, ToldLeg] = {}
    for kind, rows in answers.items():
        for row in rows:
            leg = leg_of(row)
            known = legs.get(leg.key)
            if known is not None and known.size != leg.size:
                _disagree(draft, kind, known, leg)
            legs[leg.key] = leg if known is None else known.over(leg)
    for leg in legs.values():
        _lay(draft, _configured(leg, configs.get(leg.symbol)), cross_only=cross_only)
    for symbol, config in configs.items():
        isolated = margin_type(config, "marginType") if config.has("marginType") else None
        _set(draft, symbol, config.number("leverage"), isolated=isolated)
    draft.known.add(POSITIONS)


def _disagree(draft: Draft, kind: str, known: ToldLeg, other: ToldLeg) -> None:
    text = (
        f"the answers disagree about the size of {known.key}: {to_text(known.size)} and"
        f" {to_text(other.size)} ({kind}); fetch them together"
    )
    draft.note(Code.CONTRADICTION, f"{kind}: {known.key}", text)


def _configured(leg: ToldLeg, config: Row | None) -> ToldLeg:
    if config is None:
        return leg
    stated = margin_type(config, "marginType") if config.has("marginType") else None
    leverage = config.number("leverage")
    return leg.over(ToldLeg(leg.symbol, leg.side, leg.size, leverage=leverage, stated=stated))


def _lay(draft: Draft, leg: ToldLeg, *, cross_only: bool) -> None:
    if leg.mark is not None:
        draft.mark[leg.symbol] = leg.mark
    isolated = False if cross_only else leg.isolated if leg.stated is None else leg.stated
    if not leg.size:
        _set(draft, leg.symbol, leg.leverage, isolated=leg.stated)
        return
    if cross_only and leg.isolated:
        text = f"{leg.key} holds isolated margin, but this account has cross positions alone"
        draft.note(Code.CONTRADICTION, f"position_risk: {leg.key}", text)
    if isolated is None:
        text = f"no answer tells whether {leg.key} is cross or isolated; give symbol_config"
        draft.note(Code.MISSING_DATA, f"position_risk: {leg.key}", text)
    draft.positions[leg.key] = Position(
        instrument=leg.symbol,
        side=leg.side,
        size=leg.size,
        entry_price=leg.entry,
        margin_mode="isolated" if isolated else "cross",
        leverage=leg.leverage,
        isolated_margin=leg.wallet if isolated else None,
    )


def _set(draft: Draft, symbol: str, leverage: Decimal | None, *, isolated: bool | None) -> None:
    """What is set for a symbol; what was set before stays where nothing is said."""
    old = draft.settings.get(symbol, Settings())
    mode = old.margin_mode if isolated is None else "isolated" if isolated else "cross"
    leverage = old.leverage if leverage is None else leverage
    if leverage is not None or mode is not None:
        draft.settings[symbol] = Settings(leverage=leverage, margin_mode=mode)


# -- what the venue says of its own figures ----------------------------------------------------


def says_something(row: Row) -> bool:
    """Whether a row is worth reconciling: a position, or orders that take margin."""
    fields = ("positionAmt", "initialMargin", "openOrderInitialMargin")
    return any(row.number(field) for field in fields)


def report_legs(draft: Draft, rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """File what rows of positions say; returns it in the venue's words, by key."""
    raw: dict[str, dict[str, str]] = {}
    for row in rows:
        key = f"{row.name('symbol')}/{side_of(row, 'positionSide')}"
        if says_something(row):
            raw[key] = dict(row.given)
        if key in draft.positions:
            isolated = draft.positions[key].margin_mode == "isolated"
            told = draft.reported.positions.get(key, {})
            found = reported_of_position(row, USDM_POSITION, isolated=isolated)
            draft.reported.positions[key] = found | told  # positionRisk is filed first
    return raw
