"""A sentence of the monitor as one line of text, in the numbers of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from marginline.cli.page.numbers import UP, Style
from marginline.cli.page.words import counted
from marginline.monitor.alerts.sentences import owes, way_back
from marginline.monitor.messages import AccountRow
from marginline.monitor.wire import SentencePart

_STYLE = Style(exact=False)


def said(parts: Iterable[SentencePart]) -> str:
    """The whole sentence."""
    return "".join(_part(part) for part in parts)


def way_back_of(row: AccountRow) -> str:
    """The planned action of a row as an imperative; nothing where no way leads back."""
    if row.plan is None:
        return ""
    requirement, buffer = (
        None if each is None else Decimal(each) for each in (row.requirement, row.buffer)
    )
    return said(way_back(row.plan, owes=owes(requirement, buffer)))


def _part(part: SentencePart) -> str:
    if part.value is None:
        return part.text or ""
    return _VALUE.get(part.kind, _plain)(part)


def _plain(part: SentencePart) -> str:
    return (part.text or part.value or "").replace("_", " ")


def _amount(part: SentencePart) -> str:
    return f"{_STYLE.amount(Decimal(part.value or 0), part.asset or '')} {part.asset or ''}".strip()


def _enough(part: SentencePart) -> str:
    """What must suffice is rounded up."""
    amount = _STYLE.amount(Decimal(part.value or 0), part.asset or "", UP)
    return f"{amount} {part.asset or ''}".strip()


def _share(part: SentencePart) -> str:
    """What must suffice is rounded up."""
    return _STYLE.percent_up(Decimal(part.value or 0))


def _ratio(part: SentencePart) -> str:
    return _STYLE.percent(Decimal(part.value or 0), (Decimal(1),))


def _move(part: SentencePart) -> str:
    return _STYLE.distance(Decimal(part.value or 0))


def _size(part: SentencePart) -> str:
    return _STYLE.size(Decimal(part.value or 0))


def _time(part: SentencePart) -> str:
    return datetime.fromisoformat(part.value or "").strftime("%H:%M:%S")


def _span(part: SentencePart) -> str:
    return counted(int(Decimal(part.value or 0)), "second")


_VALUE = {
    "amount": _amount,
    "enough": _enough,
    "share": _share,
    "ratio": _ratio,
    "move": _move,
    "size": _size,
    "time": _time,
    "span": _span,
}
