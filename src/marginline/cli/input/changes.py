"""The changes of a what-if, from the words on the command line: "BTCUSDT:0.5@60000"."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from marginline.cli.exits import UsageProblem, with_unit
from marginline.cli.input.moves import is_everything, named_value, relative
from marginline.cli.page.numbers import grouped
from marginline.core.numbers import to_text
from marginline.core.unified import is_unified
from marginline.errors import InputError
from marginline.risk.what_if import orders
from marginline.risk.what_if.orders import Change

FORMS = {
    "order": "SYMBOL:SIZE[@PRICE], a sale is negative: BTCUSDT:-0.5@60000",
    "rest": "SYMBOL:SIZE@PRICE: BTCUSDT:0.5@55000",
    "close": "SYMBOL[:SHARE%][@PRICE]: BTCUSDT or BTCUSDT:50%",
    "deposit": "ASSET:AMOUNT: USDT:500",
    "withdraw": "ASSET:AMOUNT: USDT:500",
    "shock": "SYMBOL:MOVE or all:MOVE (coin=BTC, contract=BTCUSDT part them): BTCUSDT:-10%",
    "leverage": "SYMBOL:LEVERAGE: BTCUSDT:10",
    "margin_mode": "SYMBOL:cross or SYMBOL:isolated[@AMOUNT]",
    "add_margin": "POSITION:AMOUNT, negative takes it out: BTCUSDT/both:100",
    "funding": "SYMBOL:RATE: BTCUSDT:0.01%",
}
"""How each change is written."""


def parsed(name: str, text: str) -> Change:
    """The change that one option states.

    Raises:
        UsageProblem: it is not written as it must be, or cannot be (a size of 0, a fall of 100 %).
    """
    try:
        return _READERS[name](text)
    except InputError as wrong:
        said = "; ".join(str(with_unit(problem)) for problem in wrong.problems)
        raise UsageProblem(f"{_option(name)} {text}: {said}; write {FORMS[name]}") from None


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _wrong(name: str, text: str, why: str = "") -> UsageProblem:
    option = _option(name)
    reason = f" ({why})" if why else ""
    return UsageProblem(f"{option} {text}: write {FORMS[name]}{reason}")


def _pair(name: str, text: str) -> tuple[str, str]:
    """What stands before and after the last colon or equals sign."""
    found = named_value(text)
    if found is None:
        raise _wrong(name, text)
    return found


def _order(text: str) -> Change:
    symbol, rest = _pair("order", text)
    size, _, price = rest.partition("@")
    return orders.order(symbol, size, price=price or None)


def _rest(text: str) -> Change:
    symbol, rest = _pair("rest", text)
    size, _, price = rest.partition("@")
    return orders.order(symbol, size, price=price or None, resting=True)


def _close(text: str) -> Change:
    what, _, price = text.partition("@")
    found = None if is_unified(what) else named_value(what)
    if found is None:
        return orders.close(what, price=price or None)
    symbol, share = found
    if not share.endswith("%"):
        why = f"a size is closed by an order against it: --order {symbol}:-SIZE"
        raise _wrong("close", text, why)
    return orders.close(symbol, relative("--close", share, text), price=price or None)


def _deposit(text: str) -> Change:
    return orders.deposit(*_pair("deposit", text))


def _withdraw(text: str) -> Change:
    return orders.withdraw(*_pair("withdraw", text))


def _shock(text: str) -> Change:
    what, move = _pair("shock", text)
    moved = relative("--shock", move, text)
    if is_everything(what):
        return orders.shock_all(moved)
    only, parted, name = what.replace(":", "=", 1).partition("=")
    if parted and only in ("coin", "contract"):
        return orders.shock(name, moved, only=only)
    return orders.shock(what, moved)


def _leverage(text: str) -> Change:
    symbol, leverage = _pair("leverage", text)
    return orders.set_leverage(symbol, leverage.removesuffix("x") or leverage)


def _margin_mode(text: str) -> Change:
    symbol, rest = _pair("margin_mode", text)
    mode, _, amount = rest.partition("@")
    return orders.set_margin_mode(symbol, mode, amount or None)


def _add_margin(text: str) -> Change:
    return orders.add_margin(*_pair("add_margin", text))


def _funding(text: str) -> Change:
    symbol, rate = _pair("funding", text)
    return orders.funding(symbol, relative("--funding", rate, text))


_READERS: dict[str, Callable[[str], Change]] = {
    "order": _order,
    "rest": _rest,
    "close": _close,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "shock": _shock,
    "leverage": _leverage,
    "margin_mode": _margin_mode,
    "add_margin": _add_margin,
    "funding": _funding,
}


def described(change: Change) -> str:
    """A change in words: buy 0.5 BTCUSDT at 60,000."""
    match change:
        case orders.Trade():
            return _trade(change)
        case orders.Close():
            share = "" if change.fraction == 1 else f"{_percentage(change.fraction)} of "
            return f"close {share}{change.instrument}{_at(change.price)}"
        case orders.Cancel():
            of = f" of {change.instrument}" if change.instrument else ""
            return f"cancel the resting orders{of}"
        case orders.Transfer():
            verb = "deposit" if change.amount > 0 else "withdraw"
            return f"{verb} {_digits(abs(change.amount))} {change.asset}"
        case orders.Shock():
            return f"{change.moved} moves by {_percentage(change.relative)}"
        case orders.ShockAll():
            return f"every price moves by {_percentage(change.relative)}"
        case _:
            return _setting(change)


def _trade(change: orders.Trade) -> str:
    verb = "buy" if change.size > 0 else "sell"
    resting = ", resting" if change.resting else ""
    return f"{verb} {_digits(abs(change.size))} {change.instrument}{_at(change.price)}{resting}"


def _setting(change: Change) -> str:
    match change:
        case orders.LeverageChange():
            return f"leverage of {change.instrument} to {to_text(change.leverage)}x"
        case orders.MarginModeChange():
            return f"{change.instrument} to {change.mode} margin"
        case orders.MarginChange():
            verb = "add" if change.amount > 0 else "take out"
            return f"{verb} {_digits(abs(change.amount))} margin, {change.position}"
        case orders.FundingPayment():
            return f"funding of {change.instrument} at {_percentage(change.rate)}"
        case _:
            return change.what


def _at(price: Decimal | None) -> str:
    return " at the mark" if price is None else f" at {_digits(price)}"


def _percentage(fraction: Decimal) -> str:
    return f"{to_text(fraction * 100)} %"


def _digits(value: Decimal) -> str:
    return grouped(Decimal(to_text(value)))
