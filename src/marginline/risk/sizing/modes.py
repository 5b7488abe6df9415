"""The same trade in cross and in isolated margin: where it ends and what is at stake."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypedDict

from marginline.core.account.account import Account
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Finding, Status
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import exactly, text_or_none
from marginline.errors import InputError
from marginline.risk.inputs import Number
from marginline.risk.sizing.stops import liquidation_end
from marginline.risk.what_if.orders import Trade, order
from marginline.risk.what_if.what_if import WhatIf, what_if

Mode = Literal["cross", "isolated"]
_MODES: tuple[Mode, ...] = ("cross", "isolated")


class ModeDocument(TypedDict):
    """The trade in one mode; numbers as decimal strings or null."""

    mode: str
    status: str | None
    stake: str | None
    buffer: str | None
    liquidation_price: str | None
    move_to_it: str | None
    beside: list[str]
    refused: str


@dataclass(frozen=True, slots=True)
class ModeOutcome:
    """The trade in one mode.

    `stake`: what the pool that holds it may lose at most, its support; `ends_at` its liquidation
    price, `away` how far that is from the mark, a signed fraction; `beside`: the other positions
    that fall with it. None: there is none, or `refused` says why.
    """

    mode: Mode
    status: Status | None
    pool: str | None
    asset: str
    stake: Decimal | None
    buffer: Decimal | None
    ends_at: Decimal | None
    away: Decimal | None
    beside: tuple[str, ...]
    what_if: WhatIf | None
    refused: str = ""

    def to_dict(self) -> ModeDocument:
        """The trade in this mode as JSON-able data."""
        return {
            "mode": self.mode,
            "status": None if self.status is None else self.status.value,
            "stake": text_or_none(self.stake),
            "buffer": text_or_none(self.buffer),
            "liquidation_price": text_or_none(self.ends_at),
            "move_to_it": text_or_none(self.away),
            "beside": list(self.beside),
            "refused": self.refused,
        }

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the trade brings in this mode."""
        return () if self.what_if is None else self.what_if.findings


@exactly
def compare_modes(
    account: Account,
    instrument: str,
    size: Number,
    *,
    leverage: Number | None = None,
    position_side: str = "both",
) -> tuple[ModeOutcome, ModeOutcome]:
    """A fill at the mark of a signed size, once in cross and once in isolated margin.

    A mode that the venue or the account refuses is told with its reason, not left out.

    Raises:
        InputError: a size or a leverage that is no number.
    """
    given = {"leverage": leverage, "position_side": position_side}
    trades = [order(instrument, size, margin_mode=mode, **given) for mode in _MODES]  # type: ignore[arg-type]
    cross, isolated = (
        _outcome(account, mode, trade) for mode, trade in zip(_MODES, trades, strict=True)
    )
    return cross, isolated


def _outcome(account: Account, mode: Mode, trade: Trade) -> ModeOutcome:
    try:
        found = what_if(account, trade)
    except InputError as refused:
        return ModeOutcome(mode, None, None, "", None, None, None, None, (), None, str(refused))
    for pool in found.after.pools:
        for position in pool.figures.positions:
            if _is_it(position, trade, found, mode):
                keys = [p.exposure.key for p in pool.figures.positions]
                end, mark = liquidation_end(position), position.exposure.mark
                away = None
                if end is not None and isinstance(mark, Decimal):
                    away = (end - mark) / mark
                stake = pool.measures.get(Measure.SUPPORT)
                return ModeOutcome(
                    mode,
                    pool.status,
                    pool.id,
                    pool.asset,
                    pool.measures.get(Measure.MARGIN_BALANCE) if stake is None else stake,
                    pool.measures.get(Measure.BUFFER),
                    end,
                    away,
                    tuple(key for key in keys if key != position.exposure.key),
                    found,
                )
    text = "the trade leaves no position of it open in this mode"
    return ModeOutcome(mode, found.after.status, None, "", None, None, None, None, (), found, text)


def _is_it(position: PositionFigures, trade: Trade, found: WhatIf, mode: Mode) -> bool:
    """Whether it is the row that the trade fell into."""
    exposure, side = position.exposure, trade.position_side
    if trade.instrument not in {exposure.instrument.symbol, exposure.key}:
        return False
    row = next((r for r in found.account_after.positions if r.key == exposure.key), None)
    right = side in {"both", exposure.side}
    return right and row is not None and row.margin_mode == mode and bool(row.size)
