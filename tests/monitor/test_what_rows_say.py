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


def test_pools_stand_worst_first_and_within_a_status_the_nearest_to_its_line() -> None:
    """One order for the page, the API and the terminal."""
    held = {"A": "20000", "B": "900", "C": "5000"}
    state = replace(
        account(),
        positions=tuple(
            replace(
                account().positions[0],
                instrument=f"{name}USDT",
                margin_mode="isolated",
                isolated_margin=Decimal(margin),
            )
            for name, margin in held.items()
        ),
        instruments={f"{n}USDT": account().instruments["BTCUSDT"] for n in held},
        market=replace(
            account().market, mark=dict.fromkeys([f"{n}USDT" for n in held], Decimal(60000))
        ),
        parameters=replace(
            account().parameters,
            tiers={f"{n}USDT": account().parameters.tiers["BTCUSDT"] for n in held},
        ),
    )
    pools = asyncio.run(watching([state], Clock())).row(state.name or "").pools or []
    assert [pool.id[0] for pool in pools if pool.positions] == ["B", "C", "A"]
    statuses = [ml.Status(pool.status).rank for pool in pools if pool.status is not None]
    assert statuses == sorted(statuses, reverse=True)


def test_a_margin_mode_of_the_whole_account_is_told() -> None:
    """From its rulebook; a position of an account in single-asset mode has its own."""
    rows = {
        mode: asyncio.run(watching([replace(account(), mode=mode)], Clock())).row(
            account().name or ""
        )
        for mode in ("single_asset", "multi_assets")
    }
    assert rows["single_asset"].margin_mode is None
    assert rows["multi_assets"].margin_mode == "cross"


def test_the_drain_is_silent_where_it_cannot_be_told() -> None:
    strained = SAMPLES["strained"]
    unentered = [replace(each, entry_price=None) for each in strained.positions]
    assert "drain" not in sentence_of(replace(strained, positions=tuple(unentered)))
    assert "drain" not in sentence_of(account(balance="300"))  # one position: it is named
    assert "drain" not in sentence_of(account())  # well


def test_who_owes_with_nothing_open_is_not_told_as_out_of_danger() -> None:
    """After a liquidation that took more than there was."""
    told = sentence_of(replace(account(balance="-665.0176376"), positions=()))
    assert told == "owes 665.02 USDT and has nothing open: no move of prices pays that."
    well = sentence_of(replace(account(), positions=()))
    assert well == "has nothing open that could be liquidated."


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
