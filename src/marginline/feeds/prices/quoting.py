"""A row of a public frame as a quote: what cannot be read is said, and takes nothing else along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.core.numbers import is_digits
from marginline.feeds.marks import Faulty, Quote, Said, price
from marginline.feeds.messages import Unreadable
from marginline.feeds.wire.lines import LineClosed
from marginline.feeds.wire.rest import decoded

Row = Mapping[str, object]
_PONG = "pong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """How a venue calls what a row tells; "" where it does not tell it."""

    mark: str
    index: str = ""
    rate: str = ""
    due: str = ""


def moment(value: object) -> int | None:
    """A moment of the venue's clock in ms, as number or text; None where it is none."""
    if isinstance(value, str) and is_digits(value) and len(value) < 16:
        value = int(value)
    return value if type(value) is int and value > 0 else None


def named(value: object) -> str | None:
    """A symbol; None where it can be none."""
    good = isinstance(value, str) and 0 < len(value) <= 40 and value.isprintable()
    return value if isinstance(value, str) and good else None


def quoted(name: object, at: object, row: Row, fields: Fields) -> Sequence[Said]:
    """The quote of a row, and what in it cannot be true; an index that cannot is unknown."""
    symbol, then = named(name), moment(at)
    if symbol is None:
        return (Faulty("symbol", name, "names no instrument"),)
    if then is None:
        return (Faulty(f"{symbol}.ts", at, "tells no moment"),)
    try:
        mark = price(row.get(fields.mark))
    except ValueError as wrong:
        return (Faulty(f"{symbol}.{fields.mark}", row.get(fields.mark), str(wrong)),)
    if mark is None:
        return (Faulty(f"{symbol}.{fields.mark}", None, "there is no mark price"),)
    rate, faulty = number_or_faulty(symbol, fields.rate, row, least=None)
    index, _ = number_or_faulty(symbol, fields.index, row)
    due = moment(row.get(fields.due)) if rate is not None else None
    quote = Quote(symbol, then, mark, index, rate, due)
    return (quote,) if faulty is None else (quote, faulty)


def number_or_faulty(
    symbol: str, field: str, row: Row, *, least: Decimal | None = Decimal(0)
) -> tuple[Decimal | None, Faulty | None]:
    """A number of a row, None where it is not told; or why what stands there is none."""
    if not field:
        return None, None
    try:
        return price(row.get(field), least=least), None
    except ValueError as wrong:
        return None, Faulty(f"{symbol}.{field}", row.get(field), str(wrong))


Pushed = Callable[[Row, Row, Row], Sequence[Said]]
"""Reads a row of a frame: the frame's `arg`, the row, the frame itself."""


def pushed(text: str, read: Pushed) -> Sequence[Said]:
    """The rows of a frame of OKX or Bitget; a refusal is told, an end ends the line.

    Raises:
        Unreadable: it is no frame of theirs.
        LineClosed: the venue is going to end the stream.
    """
    if text == _PONG:
        return ()
    value = decoded(text)
    if not isinstance(value, dict):
        raise Unreadable("frame", text, "is no message of prices")
    event = value.get("event")
    if event == "error":
        return (refusal(value.get("msg"), value.get("code")),)
    if event == "notice":
        raise LineClosed("the venue is going to end the stream")
    if event is not None:
        return ()
    arg, rows = value.get("arg"), value.get("data")
    if not isinstance(arg, dict) or not isinstance(rows, list):
        raise Unreadable("frame", text, "names no topic")
    found: list[Said] = []
    for row in rows:
        if isinstance(row, dict):
            found += read(arg, row, value)
        else:
            found.append(Faulty("data", row, "is no row"))
    return found


def refusal(message: object, code: object) -> Faulty:
    """A subscription that the venue refuses; its prices come by REST."""
    return Faulty("subscription", message, f"the venue refuses it ({code})")
