"""What funding takes: payment by payment, at the cap, and the day on which the buffer is gone."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marginline as ml
from marginline.core.measures import Measure
from tests.risk.books import LINEAR, book

D = Decimal
DAY = timedelta(days=1)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
NEXT = "2026-09-01T04:00:00Z"
LONG = [{"instrument": "BTCUSDT", "size": "1", "entry_price": "60000", "leverage": "10"}]


def paying(rate: str, *, positions: Any = LONG, next_at: str | None = NEXT) -> ml.Account:
    told = {"rate": rate, "interval_hours": "8"} | ({"next_at": next_at} if next_at else {})
    return book(positions=positions, market=LINEAR["market"] | {"funding": {"BTCUSDT": told}})


def only(account: ml.Account, over: timedelta = DAY, **caps: str) -> ml.Drain:
    named = {"*" if name == "every" else name: cap for name, cap in caps.items()}
    (found,) = ml.funding_drain(account, over, named)
    return found


def test_payments_fall_when_the_venue_pays_and_not_before() -> None:
    account = paying("0.001")
    assert only(account, timedelta(hours=3)).expected == 0
    assert only(account, timedelta(hours=4)).expected == 60
    assert only(account).expected == 180
    assert only(paying("0.001", next_at=None)).expected == 180


def test_the_buffer_is_gone_with_the_payment_that_uses_it_up() -> None:
    account = paying("0.001")
    buffer = ml.assess(account).pools[0].measures[Measure.BUFFER]
    assert buffer is not None
    payments = math.ceil(buffer / 60)
    found = only(account)
    assert found.gone_at == NOW + timedelta(hours=4) + timedelta(hours=8) * (payments - 1)


def test_who_is_paid_is_never_gone_but_pays_the_cap_in_the_worst_case() -> None:
    found = only(paying("-0.001"), BTCUSDT="0.003")
    assert found.expected == -180
    assert found.gone_at is None
    assert found.at_cap == 3 * 60_000 * D("0.003")
    assert found.gone_at_cap is not None
    assert only(paying("-0.001"), every="0.003").at_cap == found.at_cap


def test_a_hedged_symbol_pays_on_its_net() -> None:
    both = [LONG[0] | {"side": "long"}, LONG[0] | {"side": "short", "size": "-0.75"}]
    found = only(book(position_mode="hedge", positions=both, market=paying_market("0.001")))
    assert found.expected == 45


def paying_market(rate: str) -> Any:
    return LINEAR["market"] | {"funding": {"BTCUSDT": {"rate": rate, "interval_hours": "8"}}}


def test_a_rate_that_is_not_told_is_not_zero_and_a_cap_not_given_is_not_guessed() -> None:
    found = only(book(positions=LONG), BTCUSDT="0.01")
    assert (found.expected, found.gone_at, found.not_told) == (None, None, ("BTCUSDT",))
    assert found.at_cap is None
    uncapped = only(paying("0.001"))
    assert (uncapped.at_cap, uncapped.no_cap) == (None, ("BTCUSDT",))


def test_a_cap_that_is_none_is_refused() -> None:
    with pytest.raises(ml.InputError, match="caps"):
        only(paying("0.001"), BTCUSDT="0")


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_longer_horizon_takes_as_much_or_more(days: int, more: int) -> None:
    account = paying("0.0005")
    short, long = (only(account, DAY * n, BTCUSDT="0.003") for n in (days, days + more))
    assert short.expected is not None
    assert long.expected is not None
    assert short.at_cap is not None
    assert short.expected < long.expected
    assert short.expected <= short.at_cap
