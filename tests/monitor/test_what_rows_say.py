"""What a row says beside its figures: the drain by name, and the net of what is open."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

import marginline as ml
from marginline.cli.live.sentences import said
from marginline.core.account.account import Account
from marginline.risk.many.exposure import net_usd
from tests.api.served import Clock, samples, watching
from tests.monitor.worlds import account

SAMPLES = {each.name: each for each in samples()}


def sentence_of(state: Account) -> str:
    monitor = asyncio.run(watching([state], Clock()))
    return said(monitor.row(state.name or "").sentence)


def test_the_sentence_of_an_account_in_need_names_the_position_that_eats_its_support() -> None:
    told = sentence_of(SAMPLES["strained"])
    assert "The drain is long 1,500,000 XRPUSDT: 72,150.00 USDT lost and 83.5 %" in told
    assert told.endswith("of the requirement.")


def test_the_drain_is_silent_where_it_cannot_be_told() -> None:
    strained = SAMPLES["strained"]
    unentered = [replace(each, entry_price=None) for each in strained.positions]
    assert "drain" not in sentence_of(replace(strained, positions=tuple(unentered)))
    assert "drain" not in sentence_of(account(balance="300"))  # one position: it is named
    assert "drain" not in sentence_of(account())  # well


@pytest.mark.parametrize(
    ("size", "usd"), [("1", Decimal(60000)), ("-2", Decimal(-120000)), ("0.5", Decimal(30000))]
)
def test_the_net_of_positions_is_signed_and_in_usd(size: str, usd: Decimal) -> None:
    state = account(size=size)
    assert net_usd(state, ml.assess(state)) == usd


def test_the_net_is_nothing_with_nothing_open_and_not_known_where_a_part_is_not() -> None:
    state = account()
    empty = replace(state, positions=())
    assert net_usd(empty, ml.assess(empty)) == 0
    for market in (
        replace(state.market, mark={}),
        replace(state.market, asset_rate={}),
    ):
        lacking = replace(state, market=market)
        assert net_usd(lacking, ml.assess(lacking)) is None
