"""The two judges give the same: from nothing each time, and kept and ticked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.errors import InputError
from marginline.monitor.judging.judge import Assessing, Ticking
from marginline.monitor.state import Price, Rate, VenueMarket
from tests.api.served import samples
from tests.monitor.worlds import account, moved

SAMPLES = samples()


def laid(state: Account, factor: Decimal, rate: Decimal) -> VenueMarket:
    prices = {
        symbol: Price(mark * factor, mark * factor, None, 0)
        for symbol, mark in state.market.mark.items()
    }
    rates = {
        asset: Rate(old.index * rate, None, None, None, 0)
        for asset, old in state.market.asset_rate.items()
        if old.index is not None
    }
    return VenueMarket(prices, rates)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(range(len(SAMPLES))),
        st.decimals("0.7", "1.4", places=3),
        st.decimals("0.9", "1.1", places=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(STEPS)
def test_both_judges_give_the_same_document_at_every_step(
    steps: list[tuple[int, Decimal, Decimal, bool]],
) -> None:
    fresh, ticking = Assessing(), Ticking()
    told = {number: SAMPLES[number] for number in range(len(SAMPLES))}
    for number, factor, rate, changes in steps:
        if changes:
            told[number] = moved(told[number], "123456.5")
        state = told[number]
        over = laid(state, factor, rate)
        one = fresh(str(number), state, over)
        two = ticking(str(number), state, over)
        assert one[1].to_dict() == two[1].to_dict()
        assert one[0].market == two[0].market
        assert fresh.figures(str(number), state, over) == ticking.figures(str(number), state, over)


def test_what_cannot_be_judged_does_not_stay_in_the_way() -> None:
    ticking, nothing = Ticking(), VenueMarket()
    ticking("one", account(), nothing)
    with pytest.raises(InputError):
        ticking("one", replace(account(), venue="nowhere"), nothing)
    assert (
        ticking("one", account(), nothing)[1].to_dict()
        == Assessing()("one", account(), nothing)[1].to_dict()
    )
