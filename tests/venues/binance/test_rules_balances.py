"""Pools and what stands in them: split, credit, locked, loans, the switch, what may be moved."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.venues.documents import (
    Doc,
    account,
    assessed,
    findings,
    flat,
    linear,
    market,
    position,
    usdm,
    wallet,
)


def book(wallets: list[Doc], *positions: Doc, mark: str = "20000", **parts: object) -> Doc:
    document = usdm(
        wallets=wallets,
        positions=list(positions),
        instruments={"BTCUSDT": linear(), "ETHUSDC": linear("ETH", "USDC")},
        market=market(BTCUSDT=mark, ETHUSDC="1000"),
        parameters={"tiers": {"BTCUSDT": flat("0.01"), "ETHUSDC": flat("0.02")}},
    )
    return document | parts


CROSS = position("BTCUSDT", "1", "20000", leverage="10")
APART = CROSS | {"margin_mode": "isolated", "isolated_margin": "3000"}


# -- pools ---------------------------------------------------------------------------------------


def test_each_settle_asset_and_each_isolated_position_is_a_pool() -> None:
    assessment = assessed(
        book(
            [wallet("USDT", "5000"), wallet("BNB", "1")],
            position("BTCUSDT", "1", "20000", side="long", **_isolated("3000")),
            position("BTCUSDT", "-1", "20000", side="short", **_isolated("2500")),
            position("ETHUSDC", "1", "1000", side="long"),
            position_mode="hedge",
        )
    )
    assert [(p.id, p.kind, p.asset) for p in assessment.pools] == [
        ("USDT", "cross", "USDT"),
        ("BNB", "cross", "BNB"),
        ("USDC", "cross", "USDC"),
        ("BTCUSDT/long isolated", "isolated", "USDT"),
        ("BTCUSDT/short isolated", "isolated", "USDT"),
    ]
    assert assessment.pool("USDT").wallet_balance == -500
    assert assessment.pool("BTCUSDT/long isolated").wallet_balance == 3000
    assert not any(pool.assets for pool in assessment.pools)


def _isolated(margin: str) -> Doc:
    return {"margin_mode": "isolated", "isolated_margin": margin, "leverage": "10"}


def test_isolated_margin_leaves_the_cross_pool_only_where_the_balance_includes_it() -> None:
    included = assessed(book([wallet("USDT", "5000")], APART))
    without = assessed(book([wallet("USDT", "5000", isolated_included=False)], APART))
    assert included.pool("USDT").wallet_balance == 2000
    assert without.pool("USDT").wallet_balance == 5000
    for assessment in (included, without):
        apart = assessment.pool("BTCUSDT/both isolated")
        assert (apart.wallet_balance, apart.margin_balance) == (D(3000), D(3000))
        assert apart.positions[0].margin_balance == 3000
        assert apart.positions[0].margin_ratio == apart.margin_ratio


def test_a_loss_in_one_pool_is_no_loss_of_another() -> None:
    assessment = assessed(book([wallet("USDT", "5000")], APART, mark="17000"))
    assert assessment.pool("BTCUSDT/both isolated").status == "liquidation"
    assert assessment.pool("USDT").status == "healthy"
    assert assessment.pool("USDT").unrealized_pnl == 0
    assert assessment.status == "liquidation"


def test_account_with_several_pools_holds_their_equity_alone() -> None:
    assessment = assessed(
        book(
            [wallet("USDT", "5000"), wallet("USDC", "700")],
            APART,
            market=market(BTCUSDT="21000", ETHUSDC="1000")
            | {"asset_rate": {"USDT": "0.5", "USDC": "2"}},
        )
    )
    assert {m.value: v for m, v in assessment.measures.items()} == {
        "equity": (2000 + 3000 + 1000) * D("0.5") + 700 * 2
    }
    assert assessment.asset == "USD"


def test_account_equity_without_a_rate_is_missing_data() -> None:
    assessment = assessed(book([wallet("USDT", "5000"), wallet("USDC", "700")]))
    assert [(m.value, v) for m, v in assessment.measures.items()] == [("equity", None)]
    (why,) = [f for f in assessment.findings if f.measure]
    assert (why.where, why.code.name) == ("account", "MISSING_DATA")
    assert "market.asset_rate.USDT" in why.message


def test_only_pool_is_the_account_in_its_own_asset() -> None:
    assessment = assessed(book([wallet("USDT", "5000")], CROSS))
    assert assessment.asset == "USDT"
    assert assessment.measures == assessment.pool("USDT").measures


def test_size_0_makes_no_exposure_but_carries_leverage() -> None:
    row = position("BTCUSDT", "0", "0", leverage="4")
    held = position("BTCUSDT", "1", "20000", id="b")
    assessment = assessed(book([wallet("USDT", "9000")], row | {"id": "a"}, held))
    (only,) = assessment.pool("USDT").positions
    assert (only.key, only.initial_margin) == ("BTCUSDT/both#b", D(5000))


# -- what is in a wallet -------------------------------------------------------------------------

PARTS = [
    pytest.param({}, {"equity": "10000", "margin_balance": "10000"}, id="a bare balance"),
    pytest.param(
        {"borrowed": "1000", "interest": "5"},
        {
            "wallet_balance": "10000",
            "equity": "8995",
            "collateral_value": "8995",
            "margin_balance": "8995",
            "withdrawable_balance": "8995",
        },
        id="a loan and its interest are owed",
    ),
    pytest.param(
        {"locked": "400"},
        {
            "wallet_balance": "10000",
            "equity": "10000",
            "collateral_value": "10000",
            "margin_balance": "9600",
            "available_balance": "9600",
            "withdrawable_balance": "9600",
        },
        id="locked money is worth something and supports nothing",
    ),
    pytest.param(
        {"credit": "400"},
        {
            "credit": "400",
            "margin_balance": "10000",
            "available_balance": "10000",
            "withdrawable_balance": "9600",
            "credit_share": "0.04",
        },
        id="credit supports and stays",
    ),
    pytest.param(
        {"options_value": "300"},
        {"equity": "10300", "margin_balance": "10000", "collateral_value": "10000"},
        id="options are equity alone",
    ),
    pytest.param(
        {"collateral": False},
        {"equity": "10000", "margin_balance": "0", "available_balance": "0"},
        id="switched off, it counts nothing",
    ),
]


@pytest.mark.parametrize(("more", "expected"), PARTS)
def test_wallet_of_an_idle_pool(more: Doc, expected: dict[str, str]) -> None:
    pool = assessed(book([wallet("USDT", "10000", **more)])).pool("USDT")
    found = {name: getattr(pool, name) for name in expected}
    assert found == {name: D(value) for name, value in expected.items()}
    assert pool.haircut == 0


def test_a_debt_counts_in_full_also_where_collateral_is_switched_off() -> None:
    pool = assessed(book([wallet("USDT", "-50", collateral=False)])).pool("USDT")
    assert pool.margin_balance == -50
    assert (pool.status, pool.margin_ratio) == ("watch", None)
    assert any(
        "-50 USDT" in text
        for text in findings(assessed(book([wallet("USDT", "-50")])), "NEGATIVE_BALANCE")
    )


# -- what may be moved ---------------------------------------------------------------------------

MOVES = [
    pytest.param("20000", "8000", "9800", "8000", "8000", id="at entry: IM 2,000, MM 200"),
    pytest.param("25000", "12500", "9750", "9750", "9750", id="profit may be used, not withdrawn"),
    pytest.param("15000", "3500", "9850", "3500", "3500", id="a loss binds through the margin"),
    pytest.param("10500", "0", "9895", "0", "0", id="never below 0"),
]


@pytest.mark.parametrize(("mark", "available", "_wallet_term", "withdrawable", "addable"), MOVES)
def test_available_withdrawable_addable(
    mark: str, available: str, _wallet_term: str, withdrawable: str, addable: str
) -> None:
    pool = assessed(book([wallet("USDT", "10000")], CROSS, mark=mark)).pool("USDT")
    assert pool.available_balance == D(available)
    assert pool.withdrawable_balance == D(withdrawable)
    assert pool.margin_addable == D(addable)


def test_locked_money_cannot_be_withdrawn_whatever_the_profit() -> None:
    """The wallet term holds it back too: profit makes the margin term larger, not this one."""
    pool = assessed(book([wallet("USDT", "10000", locked="4000")], CROSS, mark="30000"))
    assert pool.withdrawable_balance == 10_000 - 4_000 - 300


REMOVABLE = [
    pytest.param("20000", "1000", id="margin less IM 2,000"),
    pytest.param("22000", "2780", id="at most the margin less MM 220"),
    pytest.param("19000", "100", id="a loss binds: 3,000 - 1,000 - 1,900"),
    pytest.param("18000", "0", id="never below 0"),
]


@pytest.mark.parametrize(("mark", "removable"), REMOVABLE)
def test_margin_removable(mark: str, removable: str) -> None:
    pool = assessed(book([wallet("USDT", "5000")], APART, mark=mark)).pool("BTCUSDT/both isolated")
    assert pool.margin_removable == pool.withdrawable_balance == D(removable)


def test_withdrawable_says_that_a_term_is_not_public() -> None:
    assessment = assessed(book([wallet("USDT", "10000")]))
    assert any("fourth term" in text for text in findings(assessment, "APPROXIMATE"))


# -- multi-assets --------------------------------------------------------------------------------


def joint(usdt: str, mark: str, **parts: object) -> Doc:
    rates = {
        "USDT": {"index": "1", "bid": "0.9", "ask": "1.1"},
        "BTC": {"index": "20000", "bid": "19000", "ask": "21000"},
    }
    wallets = [wallet("USDT", usdt), wallet("BTC", "0.5")]
    priced = market(BTCUSDT=mark) | {"asset_rate": rates}
    return book(wallets, CROSS, mode="multi_assets", market=priced) | parts


def test_positive_amounts_count_at_bid_and_debts_at_ask() -> None:
    above, below = assessed(joint("1000", "20000")), assessed(joint("-1000", "20000"))
    assert above.margin_balance == 900 + 9500
    assert below.margin_balance == -1100 + 9500
    assert above.wallet_balance == 1000 + 10_000
    assert above.equity == 11_000
    assert above.haircut == 11_000 - 10_400
    assert below.haircut == 9_000 - 8_400
    assert above.collateral_value == above.margin_balance


def test_pnl_joins_its_asset_before_the_side_is_chosen() -> None:
    """1,000 USDT less a loss of 3,000 is a debt of 2,000, at the ask."""
    assessment = assessed(joint("1000", "17000"))
    assert assessment.margin_balance == -2200 + 9500
    assert assessment.unrealized_pnl == -3000
    assert assessment.maintenance_margin == D(170) * D("1.1")
    assert assessment.gross_notional == 17_000


def test_assets_of_the_joint_pool_stand_each_in_its_own() -> None:
    usdt, btc = assessed(joint("1000", "17000")).pool("USD").assets
    assert (usdt.asset, usdt.wallet_balance, usdt.unrealized_pnl) == ("USDT", D(1000), D(-3000))
    assert (usdt.equity, usdt.collateral_value, usdt.haircut) == (D(-2000), D(-2200), D(200))
    assert usdt.maintenance_margin == 170
    assert (btc.equity, btc.collateral_value, btc.haircut) == (D("0.5"), D("0.475"), D("0.025"))


def test_figure_of_an_asset_that_is_missing_is_named_and_the_others_stand() -> None:
    document = joint("1000", "17000")
    document["market"]["asset_rate"]["BTC"] = {"index": "20000"}
    pool = assessed(document).pool("USD")
    usdt, btc = pool.assets
    assert usdt.collateral_value == -2200
    assert (btc.wallet_balance, btc.collateral_value, btc.haircut) == (D("0.5"), None, None)
    told = {f.measure.value for f in pool.findings if f.measure and f.message.startswith("BTC:")}
    assert told == {"collateral_value", "haircut", "available_balance"}
    assert pool.status == "unknown"


def test_isolated_positions_are_refused_in_multi_assets_mode() -> None:
    from marginline.errors import DocumentError

    with pytest.raises(DocumentError, match="works only with cross") as caught:
        assessed(joint("1000", "20000", positions=[APART]))
    assert caught.value.problems[0].path == "positions[0].margin_mode"


def test_a_row_of_size_0_may_still_say_isolated() -> None:
    empty = APART | {"size": "0", "id": "old"}
    assert assessed(joint("1000", "20000", positions=[empty, CROSS | {"id": "new"}])).pools


def test_auto_exchange_is_told_from_the_wallet_not_the_loss() -> None:
    """B27: the threshold is on the wallet balance; -5,000 for USDT, -0.1 for BTC."""

    def told(usdt: str, btc: str = "0.5", terms: Doc | None = None) -> list[str]:
        parameters = {"tiers": {"BTCUSDT": flat("0.01")}, "venue": {"auto_exchange": terms or {}}}
        document = joint(usdt, "10000", parameters=parameters)
        document["wallets"][1]["balance"] = btc
        return findings(assessed(document), "AUTO_EXCHANGE")

    assert told("-4999") == []
    assert len(told("-5000")) == 1
    assert len(told("-5000", "-0.1")) == 2
    assert told("1000") == []
    credit = joint("1000", "10000")
    for balance, told_ in (("-4999", 0), ("-5000", 1)):
        credit["wallets"] = [wallet("USDT", "9000"), wallet("USDC", balance)]
        assert len(findings(assessed(credit), "AUTO_EXCHANGE")) == told_
    mine = {"USDT": {"threshold": "-10000"}}
    assert told("-9999", terms=mine) == []
    assert "selling" not in told("-10000", terms=mine)[0]


@pytest.mark.parametrize(
    "given", ["5", {"USDT": "5"}, {"USDT": {"threshold": "many", "bid_buffer": "1"}}, None]
)
def test_auto_exchange_terms_that_make_no_sense_are_left_aside(given: object) -> None:
    parameters = {"tiers": {"BTCUSDT": flat("0.01")}, "venue": {"auto_exchange": given}}
    assessment = assessed(joint("-6000", "20000", parameters=parameters))
    assert len(findings(assessment, "AUTO_EXCHANGE")) == 1


# -- position mode -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "side", "told"),
    [("one_way", "both", 0), ("one_way", "long", 1), ("hedge", "long", 0), ("hedge", "both", 1)],
)
def test_a_side_that_does_not_go_with_the_position_mode_is_pointed_out(
    mode: str, side: str, told: int
) -> None:
    document = book([wallet("USDT", "9000")], CROSS | {"side": side}, position_mode=mode)
    assert len(findings(assessed(document), "POSITION_MODE")) == told


def test_it_is_pointed_out_in_multi_assets_mode_too() -> None:
    document = joint("9000", "20000", position_mode="hedge")
    assert len(findings(assessed(document), "POSITION_MODE")) == 1


def test_packaged_tiers_serve_their_own_span_alone() -> None:
    document = book([wallet("USDT", "9000")], CROSS, parameters={})
    early = assessed(document | {"as_of": "2024-11-01T00:00:00Z"})
    assert early.maintenance_margin == 80
    assert any("October 2024" in text for text in findings(early, "PACKAGED_PARAMETER"))
    late = assessed(document | {"as_of": "2025-05-02T00:00:00Z"})
    assert late.maintenance_margin is None
    assert late.status == "unknown"


def test_coinm_takes_packaged_contracts() -> None:
    document = account(
        "binance_coinm",
        wallets=[wallet("ETH", "1")],
        positions=[position("ETHUSD_PERP", "100", "2000", leverage="5")],
        market=market(ETHUSD_PERP="2000"),
        parameters={"tiers": {"ETHUSD_PERP": flat("0.01")}},
    )
    assert assessed(document).pool("ETH").positions[0].notional == D("0.5")


def test_margin_in_another_asset_is_counted_one_for_one_and_said() -> None:
    """BNFCR credits: contracts in USDT whose margin and P&L stand in credits."""
    document = book([wallet("BNFCR", "5000")], CROSS | {"margin_asset": "BNFCR"}, mark="21000")
    assessment = assessed(document)
    assert [p.id for p in assessment.pools] == ["BNFCR"]
    assert assessment.margin_balance == 6000
    assert any("counted in BNFCR" in text for text in findings(assessment, "APPROXIMATE"))
    plain = assessed(book([wallet("USDT", "5000")], CROSS))
    assert not any("counted in" in text for text in findings(plain, "APPROXIMATE"))
