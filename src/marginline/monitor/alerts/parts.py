"""The parts that sentences are made of: what is exact, with what it is; readers format it."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.moments import wire_moment
from marginline.core.numbers import to_text
from marginline.monitor.wire import SentencePart

Parts = tuple[SentencePart, ...]


def text(words: str) -> SentencePart:
    """Words as they stand."""
    return SentencePart(kind="text", text=words)


def ratio(value: Decimal) -> SentencePart:
    """A share of the support."""
    return SentencePart(kind="ratio", value=to_text(value))


def amount(value: Decimal, asset: str) -> SentencePart:
    """An amount of an asset."""
    return SentencePart(kind="amount", value=to_text(value), asset=asset)


def enough(value: str, asset: str) -> SentencePart:
    """An amount that must suffice."""
    return SentencePart(kind="enough", value=value, asset=asset)


def share(value: str) -> SentencePart:
    """A fraction that must suffice."""
    return SentencePart(kind="share", value=value)


def move(value: Decimal) -> SentencePart:
    """A signed relative move."""
    return SentencePart(kind="move", value=to_text(value))


def account_part(name: str) -> SentencePart:
    """The name of an account."""
    return SentencePart(kind="account", text=name)


def instrument(symbol: str) -> SentencePart:
    """The name of an instrument."""
    return SentencePart(kind="instrument", text=symbol)


def size(value: Decimal, symbol: str) -> SentencePart:
    """A size in the unit of an instrument."""
    return SentencePart(kind="size", value=to_text(value), asset=symbol)


def moment(at: int) -> SentencePart:
    """A moment, milliseconds since the epoch."""
    return SentencePart(kind="time", value=wire_moment(at))
