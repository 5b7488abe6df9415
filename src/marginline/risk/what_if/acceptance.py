"""What the venue would say to a change: enough margin, enough to withdraw, a size it trades in.

An estimate, never a promise: what is refused here is computed all the same, with a finding.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Order, Position
from marginline.core.assessment.figures import PoolFigures
from marginline.core.findings import AbsentError, Code, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, Direction, to_step, to_text
from marginline.core.pool.exposure import Figure, figured, known, need
from marginline.risk.what_if.trial import Trial


@figured
def free_margin(figures: PoolFigures) -> Figure:
    """The available balance, with the shortfall that a venue prints as 0."""
    available = figures.figure(Measure.AVAILABLE_BALANCE)
    if isinstance(available, Gap) or available != 0:
        return available
    free = figures[Measure.SUPPORT] - figures[Measure.INITIAL_MARGIN]
    return formulas.smaller(available, free)


def free_margin_of(trial: Trial, asset: str) -> Decimal | None:
    """Free margin of the pool that pays in an asset; None where nobody can say."""
    figures = trial.paying_pool(asset)
    if figures is None:
        return None
    return known(free_margin(figures))


def check_free_margin(
    trial: Trial, asset: str, before: Decimal | None, where: str, what: str
) -> bool:
    """Whether the margin that something took was free; nobody knowing counts as yes."""
    after = free_margin_of(trial, asset)
    if after is None or after >= 0 or (before is not None and after >= before):
        return True
    text = f"available balance after {what} is {to_text(after)}"
    if before is not None:
        text += f"; before it was {to_text(before)}"
    trial.refused(where, text)
    return False


def form_cost(trial: Trial, row: Position, opening: Decimal, price: Decimal) -> Decimal | None:
    """What the venue's order form asks, in the asset of the pool that pays; None: not known."""
    if trial.book.order_cost is None:
        return None
    side = "buy" if opening > 0 else "sell"
    form = Order(instrument=row.instrument, side=side, size=abs(opening), price=price)
    cost = trial.book.order_cost(trial.account, form)
    asset = trial.asset_of(row)
    figures = trial.paying_pool(asset)
    rate = None if figures is None else figures.pool.leg(asset).rate_negative
    return cost * rate if isinstance(cost, Decimal) and isinstance(rate, Decimal) else None


def check_withdrawal(trial: Trial, asset: str, amount: Decimal) -> None:
    """What is taken out must be withdrawable, and in the wallet."""
    where, wallet = f"wallets.{asset}", trial.wallet(asset)
    if wallet is not None and wallet.balance is not None and amount > wallet.balance:
        trial.refused(where, f"the wallet holds {to_text(wallet.balance)} {asset}")
        return
    figures = trial.paying_pool(asset)
    if figures is None:
        return
    most = figures.figure(Measure.WITHDRAWABLE_BALANCE)
    if isinstance(most, Gap):
        trial.note(most.code, where, f"whether it may be taken out is not known: {most.message}")
        return
    try:
        value = amount * need(figures.pool.leg(asset).index)
    except AbsentError as absent:
        trial.note(absent.gap.code, where, absent.gap.message)
        return
    if value > most:
        trial.refused(where, f"withdrawable is {to_text(most)} {figures.pool.asset}")


def check_margin_move(trial: Trial, row: Position, amount: Decimal) -> None:
    """Margin added must be free; margin taken back must not be needed."""
    if amount > 0:
        figures = trial.paying_pool(trial.asset_of(row))
        measures = (Measure.MARGIN_ADDABLE, Measure.AVAILABLE_BALANCE)
    else:
        position = trial.position(row.key)
        figures = None if position is None else position.pool
        measures = (Measure.MARGIN_REMOVABLE, Measure.WITHDRAWABLE_BALANCE)
    most = _first(figures, measures)
    if most is not None and abs(amount) > most:
        verb = "added" if amount > 0 else "taken back"
        trial.refused(row.key, f"at most {to_text(most)} can be {verb}")


def _first(figures: PoolFigures | None, measures: tuple[Measure, ...]) -> Decimal | None:
    for measure in measures if figures is not None else ():
        assert figures is not None
        if (figure := known(figures.figure(measure))) is not None:
            return max(figure, ZERO)
    return None


def check_steps(trial: Trial, symbol: str, size: Decimal, price: Decimal | None) -> None:
    """The size, and the price of an order that rests, must be multiples of the venue's steps.

    A step that the account leaves out is the packaged one of its day, and is said to be.
    """
    _check_size(trial, symbol, size)
    steps = trial.steps(symbol)
    if price is not None and steps.tick is not None and price % steps.tick:
        _no_multiple(trial, symbol, "price", price, steps.tick)


def _check_size(trial: Trial, symbol: str, size: Decimal) -> None:
    steps = trial.steps(symbol)
    if steps.size is None:
        trial.note(*unknown_step(symbol, "whether this size can be sent is not known"))
    elif to_step(size, steps.size, Direction.DOWN) != size:
        _no_multiple(trial, symbol, "size", size, steps.size)


def _no_multiple(trial: Trial, symbol: str, what: str, found: Decimal, step: Decimal) -> None:
    name = "size_step" if what == "size" else "tick_size"
    where = f"instruments.{symbol}.{name}"
    text = f"{what} {to_text(found)} is no multiple of {to_text(step)}"
    if getattr(trial.instrument(symbol), name) is None:
        text += f", the packaged step: {trial.steps(symbol).source}; {where} beats it"
    trial.refused(where, text)


def unknown_step(symbol: str, so: str) -> tuple[Code, str, str]:
    """Code, place and words of the finding that nobody tells an instrument's size step."""
    text = f"the venue's size step is not told, so {so}; give instruments.{symbol}.size_step"
    return Code.APPROXIMATE, symbol, text
