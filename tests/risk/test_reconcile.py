"""Ours beside theirs: what agrees, what differs, and the reason that the evidence bears out."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, to_dict
from marginline.core.measures import Measure as M
from marginline.risk.reconcile.readings import Cause
from marginline.risk.reconcile.reconcile import Line, Outcome, Reconciliation, reconcile
from marginline.venues.reader.reading import read
from tests.risk.books import Document
from tests.venues.binance import answers


def usdm(change: Callable[[Document], object] = lambda _: None) -> Reconciliation:
    """The hand-worked USDS-M account, with a change to its answers."""
    given = answers.usdm()
    change(given)
    return reconcile(read("binance_usdm", **given))


def line_of(found: Reconciliation, where: str, label: str) -> Line:
    return next(line for line in found.lines if (line.where, line.label) == (where, label))


# -- what agrees -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("venue", "given", "labels"),
    [
        (
            "binance_usdm",
            answers.usdm,
            "totalMaintMargin availableBalance liquidationPrice isolatedMargin",
        ),
        ("binance_usdm", answers.multi, "totalMarginBalance totalMaintMargin availableBalance"),
        ("binance_coinm", answers.coinm, "maintMargin liquidationPrice maxWithdrawAmount maxQty"),
    ],
)
def test_every_figure_worked_out_by_hand_agrees(
    venue: str, given: Callable[[], Document], labels: str
) -> None:
    found = reconcile(read(venue, **given()))
    assert found.agrees
    assert not found.contradictions
    agreed = {line.label for line in found.lines if line.outcome is Outcome.AGREES}
    assert set(labels.split()) <= agreed


def test_published_positions_agree() -> None:
    """Binance's sample of version 3: 30 ADA at 0.41047590 and -1 COMP at 49.72023376, both 20x.

    12.314277 * 0.65 % = 0.0800428005 printed as 0.08004280; 49.72023376 / 20 = 2.486011688 printed
    as 2.48601168: cut, not rounded.
    """
    rows = [
        {"symbol": "ADAUSDT", "positionSide": "LONG", "positionAmt": "30", "entryPrice": "0.385",
         "breakEvenPrice": "0.385077", "markPrice": "0.41047590", "unRealizedProfit": "0.76427700",
         "liquidationPrice": "0", "isolatedMargin": "0", "notional": "12.31427700",
         "marginAsset": "USDT", "isolatedWallet": "0", "initialMargin": "0.61571385",
         "maintMargin": "0.08004280", "positionInitialMargin": "0.61571385",
         "openOrderInitialMargin": "0", "leverage": "20", "updateTime": 1720736417660},
        {"symbol": "COMPUSDT", "positionSide": "SHORT", "positionAmt": "-1.000",
         "entryPrice": "70.92841", "breakEvenPrice": "70.900038636", "markPrice": "49.72023376",
         "unRealizedProfit": "21.20817624", "liquidationPrice": "2260.56757210",
         "isolatedMargin": "0", "notional": "-49.72023376", "marginAsset": "USDT",
         "isolatedWallet": "0", "initialMargin": "2.48601168", "maintMargin": "0.49720233",
         "positionInitialMargin": "2.48601168", "openOrderInitialMargin": "0", "leverage": "20",
         "updateTime": 1708943511656},
    ]  # fmt: skip
    brackets = [
        {"symbol": "ADAUSDT", "brackets": [answers.bracket("0", "5000", "0.0065", "0", 75)]},
        {"symbol": "COMPUSDT", "brackets": [answers.bracket("0", "5000", "0.01", "0", 50)]},
    ]
    account = read(
        "binance_usdm", mode="single_asset", position_risk=rows, brackets=brackets, open_orders=[]
    )
    found = reconcile(account)
    assert found.first_difference is None
    agreed = {(line.where, line.label) for line in found.lines if line.outcome is Outcome.AGREES}
    for label in (
        "notional",
        "unRealizedProfit",
        "maintMargin",
        "initialMargin",
        "positionInitialMargin",
    ):
        assert {("ADAUSDT/long", label), ("COMPUSDT/short", label)} <= agreed
    assert (
        "COMPUSDT/short: breakEvenPrice implies fees of 0.0004 of the entry value"
        in found.information
    )


def test_a_cut_mark_times_a_large_size_is_within_the_tolerance() -> None:
    def change(given: Document) -> None:
        row = given["position_risk"][0]
        row |= {
            "positionAmt": "500000",
            "markPrice": "62000.00000000",
            "notional": "31000000000.00499999",
        }

    line = line_of(usdm(change), "BTCUSDT/both", "notional")
    assert line.difference == D("-0.00499999")
    assert line.outcome is Outcome.AGREES
    assert line.tolerance < D("0.02")


def test_no_price_of_liquidation_on_both_sides_agrees() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0] |= {"walletBalance": "100000", "crossWalletBalance": "98500"}
        given["position_risk"][0] |= {"liquidationPrice": "0"}

    line = line_of(usdm(change), "BTCUSDT/both", "liquidationPrice")
    assert (line.ours, line.theirs, line.outcome) == (None, None, Outcome.AGREES)


# -- what differs, and why ---------------------------------------------------------------------


def test_tiers_of_another_row_are_stale() -> None:
    """31,000 at the second row's 0.5 % less 50 is 105."""

    def change(given: Document) -> None:
        given["position_risk"][0]["maintMargin"] = "105.00000000"

    line = line_of(usdm(change), "BTCUSDT/both", "maintMargin")
    assert line.outcome is Outcome.DIFFERS
    assert line.reason == "it is that of tier 2 (0.005), not of tier 1: the tiers are stale"


def test_a_rate_that_no_row_has_is_named() -> None:
    def change(given: Document) -> None:
        given["position_risk"][0]["maintMargin"] = "155.00000000"

    line = line_of(usdm(change), "BTCUSDT/both", "maintMargin")
    assert "is 0.005 of the notional, the tier's rate is 0.004" in line.reason


def test_a_pool_s_difference_follows_from_its_position_s() -> None:
    def change(given: Document) -> None:
        given["position_risk"][0]["maintMargin"] = "155.00000000"
        given["account"]["positions"][0]["maintMargin"] = "155.00000000"
        given["account"]["assets"][0]["maintMargin"] = "186.00000000"
        given["account"]["totalMaintMargin"] = "186.00000000"

    found = usdm(change)
    assert found.first_difference is not None
    assert found.first_difference.where == "BTCUSDT/both"
    for where, label in (("assets.USDT", "maintMargin"), ("account", "totalMaintMargin")):
        assert line_of(found, where, label).reason == "follows from maintMargin of BTCUSDT/both"


def test_a_mark_of_another_moment() -> None:
    """The figures were made at 61,000, the mark was read later: P&L 500 of 1,000."""

    def change(given: Document) -> None:
        given["account"]["positions"][0] |= {"unrealizedProfit": "500", "notional": "30500"}

    found = usdm(change)
    for where, label in (("BTCUSDT/both", "notional"), ("BTCUSDT/both", "unrealizedProfit")):
        differing = (line for line in found.lines if line.outcome is Outcome.DIFFERS)
        line = next(each for each in differing if (each.where, each.label) == (where, label))
        assert "was made at a mark of 61000, the answers give 62000" in line.reason


def test_a_mark_that_moved_between_two_answers_is_not_a_contradiction() -> None:
    """The account answer was made at 62,050, the positions at 62,000: 0.08 % apart."""

    def change(given: Document) -> None:
        given["account"]["positions"][0] |= {"unrealizedProfit": "1025", "notional": "31025"}

    found = usdm(change)
    lines = [line for line in found.lines if line.where == "BTCUSDT/both"]
    moved = [line for line in lines if line.outcome is Outcome.DIFFERS]
    assert {line.cause for line in moved} == {Cause.ANOTHER_MOMENT}
    assert all("at a mark of 62050, the answers give 62000" in line.reason for line in moved)


def test_fields_of_one_answer_of_slightly_different_moments_are_said_to_be_so() -> None:
    """marginBalance is 5 above wallet + P&L: 0.015 % of the 33,000 that are open."""

    def change(given: Document) -> None:
        given["account"]["assets"][0]["marginBalance"] = "10805.00000000"
        given["account"]["totalMarginBalance"] = "10805.00000000"

    found = usdm(change)
    assert found.contradictions == ()
    assert any("fields are of slightly different moments" in text for text in found.information)
    line = line_of(found, "assets.USDT", "marginBalance")
    assert line.cause is Cause.ANOTHER_MOMENT
    assert "a move of 0.0" in line.reason


def test_a_balance_does_not_move_with_prices_and_contradicts_itself_at_once() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0]["crossWalletBalance"] = "9995.00000000"

    assert usdm(change).contradictions


def test_a_price_within_one_tick_agrees_and_says_so() -> None:
    found = textbook({"positions": {"X/both": {"liquidation_price": None}}})
    assert found.lines == ()
    document = to_dict(read("binance_usdm", **answers.usdm()))
    given: Any = document
    rows = given["reported"]["raw"]["position_risk"]["BTCUSDT/both"]
    rows["liquidationPrice"] = str(D(rows["liquidationPrice"]) + D("0.08"))
    given["instruments"]["BTCUSDT"]["tick_size"] = "0.1"
    line = line_of(reconcile(from_dict(given)), "BTCUSDT/both", "liquidationPrice")
    assert (line.outcome, line.cause) == (Outcome.AGREES, Cause.PRICE_ROUNDING)
    assert line.reason == "within one tick"


def test_every_line_that_differs_names_its_kind_of_cause() -> None:
    def change(given: Document) -> None:
        given["position_risk"][0]["maintMargin"] = "105.00000000"
        given["position_risk"][1]["liquidationPrice"] = "3700"

    found = usdm(change)
    causes = {line.label: line.cause for line in found.lines if line.outcome is Outcome.DIFFERS}
    assert causes["maintMargin"] is Cause.OTHER_TIERS
    assert Cause.UNEXPLAINED in causes.values()
    assert None not in causes.values()


def test_another_leverage() -> None:
    def change(given: Document) -> None:
        given["position_risk"][0]["positionInitialMargin"] = "1550.00000000"
        given["position_risk"][0]["initialMargin"] = "2160.00000000"

    line = line_of(usdm(change), "BTCUSDT/both", "positionInitialMargin")
    assert line.reason == "it is the margin at leverage 20, not at 10"


def test_orders_that_the_answers_do_not_tell() -> None:
    def change(given: Document) -> None:
        given["open_orders"] = []

    line = line_of(usdm(change), "USDT", "openOrderInitialMargin")
    assert line.reason == "the venue counts resting orders that the answers do not tell"


def test_without_the_orders_their_figures_are_not_computable() -> None:
    def change(given: Document) -> None:
        del given["open_orders"]

    found = usdm(change)
    for label in ("availableBalance", "openOrderInitialMargin", "maxWithdrawAmount"):
        line = line_of(found, "USDT", label)
        assert line.outcome is Outcome.NOT_COMPUTABLE
        assert "give open_orders" in line.reason


def test_a_bonus_inside_the_balance() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0]["maxWithdrawAmount"] = "5690.00000000"
        given["account"]["maxWithdrawAmount"] = "5690.00000000"

    found = usdm(change)
    assert found.first_difference is not None
    assert found.first_difference.reason.startswith("100 cannot be withdrawn: a bonus")


def test_a_payload_that_contradicts_itself() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0]["marginBalance"] = "12345.00000000"

    found = usdm(change)
    text = "marginBalance = walletBalance + unrealizedProfit, but 12345 != 10800"
    assert found.contradictions == (
        f"USDT: {text}",
        "account: totalMarginBalance counts USDT alone in single-asset mode, but 10800 != 12345",
    )
    assert line_of(found, "assets.USDT", "marginBalance").reason.endswith(text)


def test_a_wallet_that_is_not_its_parts() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0]["crossWalletBalance"] = "9000.00000000"

    found = usdm(change)
    assert any(
        "what is posted to isolated positions, but 10000 != 10500" in c
        for c in found.contradictions
    )


def test_a_price_of_liquidation_where_we_find_none() -> None:
    def change(given: Document) -> None:
        given["account"]["assets"][0] |= {"walletBalance": "100000", "crossWalletBalance": "98500"}

    line = line_of(usdm(change), "BTCUSDT/both", "liquidationPrice")
    assert line.outcome is Outcome.DIFFERS
    assert line.reason.startswith("the venue prints one, we find none")


def test_a_price_of_liquidation_that_the_venue_does_not_print() -> None:
    def change(given: Document) -> None:
        given["position_risk"][0]["liquidationPrice"] = "0"

    line = line_of(usdm(change), "BTCUSDT/both", "liquidationPrice")
    assert (line.outcome, line.reason) == (Outcome.DIFFERS, "the venue prints none, we find one")


def test_what_nothing_explains_is_said_to_be_so() -> None:
    def change(given: Document) -> None:
        given["position_risk"][1]["liquidationPrice"] = "3700"

    line = line_of(usdm(change), "ETHUSDT/both", "liquidationPrice")
    assert line.reason == "unexplained by the answers given"


# -- what cannot be computed -------------------------------------------------------------------


def test_without_tiers_maintenance_is_not_computable_and_the_implied_rate_is_no_proof() -> None:
    def change(given: Document) -> None:
        del given["brackets"]

    found = usdm(change)
    line = line_of(found, "BTCUSDT/both", "maintMargin")
    assert (line.outcome, line.ours) == (Outcome.NOT_COMPUTABLE, None)
    assert "maintenance tiers of BTCUSDT are not given" in line.reason
    assert "BTCUSDT/both: maintMargin implies a maintenance rate of 0.004" in found.information


def test_without_a_mark_the_pnl_implies_one() -> None:
    def change(given: Document) -> None:
        del given["position_risk"][0]["markPrice"]

    found = usdm(change)
    assert "BTCUSDT/both: unRealizedProfit implies a mark of 62000" in found.information


def test_the_mark_that_an_inverse_pnl_implies() -> None:
    given = answers.coinm()
    del given["position_risk"][0]["markPrice"]
    found = reconcile(read("binance_coinm", **given))
    assert "BTCUSD_PERP/both: unRealizedProfit implies a mark of 25000" in found.information


# -- any account, any venue --------------------------------------------------------------------


TEXTBOOK: Document = {
    "schema": "marginline/account/1",
    "venue": "textbook",
    "as_of": "2025-01-01T00:00:00Z",
    "wallets": [{"asset": "USDT", "balance": "1000"}],
    "positions": [{"instrument": "X", "size": "1", "entry_price": "100", "leverage": "10"}],
    "instruments": {"X": {"payoff": "linear", "base": "X", "quote": "USDT"}},
    "market": {"mark": {"X": "110"}},
    "parameters": {"tiers": {"X": [{"floor": "0", "rate": "0.05"}]}},
}


def textbook(reported: Document) -> Reconciliation:
    return reconcile(from_dict(TEXTBOOK | {"reported": reported}))


def test_reported_measures_are_compared_for_any_venue() -> None:
    found = textbook(
        {
            "pools": {"USDT": {"margin_balance": "1010", "maintenance_margin": "6"}},
            "positions": {"X/both": {"unrealized_pnl": "10"}},
        }
    )
    outcomes = {(line.where, line.measure): line.outcome for line in found.lines}
    assert outcomes == {
        ("X/both", M.UNREALIZED_PNL): Outcome.AGREES,
        ("USDT", M.MARGIN_BALANCE): Outcome.AGREES,
        ("USDT", M.MAINTENANCE_MARGIN): Outcome.DIFFERS,
    }
    assert not found.agrees


def test_a_null_and_an_unknown_name_are_not_compared() -> None:
    found = textbook(
        {"account": {"equity": None, "no_such_measure": "1"}, "pools": {"EUR": {"equity": "1"}}}
    )
    assert [(line.where, line.outcome) for line in found.lines] == [("EUR", Outcome.NOT_COMPUTABLE)]
    assert not found.agrees


def test_an_account_without_figures_of_the_venue_has_no_lines() -> None:
    found = reconcile(from_dict(TEXTBOOK))
    assert (found.lines, found.agrees, found.first_difference) == ((), False, None)


def test_a_converted_account_reconciles_like_the_answers() -> None:
    account = read("binance_usdm", **answers.usdm())
    again: Account = from_dict(to_dict(account))
    assert reconcile(again).lines == reconcile(account).lines


@pytest.mark.parametrize("value", ["x", "1e999999", "NaN", {"a": "1"}, ["1"], "1" * 90])
def test_whatever_stands_under_raw_is_survived(value: object) -> None:
    document = to_dict(read("binance_usdm", **answers.usdm()))
    raw: Any = document["reported"]
    raw["raw"]["position_risk"]["BTCUSDT/both"]["maintMargin"] = value
    raw["raw"]["account"]["totals"] = value
    raw["raw"]["balance"] = value
    found = reconcile(from_dict(document))
    agreeing = [line for line in found.lines if line.outcome is Outcome.AGREES]
    assert agreeing
    for line in agreeing:
        assert line.difference is not None, "what is no number agrees with nothing"
        assert abs(line.difference) <= line.tolerance


UNREAD = {"abc": "abc is no number", "NaN": "NaN is no number", "\u0663": "\u0663 is no number"}


@pytest.mark.parametrize("value", UNREAD)
@pytest.mark.parametrize(
    ("path", "where", "label", "measure"),
    [
        ("position_risk BTCUSDT/both", "BTCUSDT/both", "maintMargin", M.MAINTENANCE_MARGIN),
        ("position_risk BTCUSDT/both", "BTCUSDT/both", "breakEvenPrice", M.BREAK_EVEN_PRICE),
        ("account totals", "account", "totalMarginBalance", M.MARGIN_BALANCE),
        ("account assets USDT", "USDT", "walletBalance", M.WALLET_BALANCE),
    ],
)
def test_a_figure_that_is_no_number_is_told_with_its_field(
    path: str, where: str, label: str, measure: M, value: str
) -> None:
    """It was left out without a line, or read as the venue's word that there is none."""
    document = to_dict(read("binance_usdm", **answers.usdm()))
    said: Any = document["reported"]
    said = said["raw"]
    for step in path.split():
        said = said[step]
    said[label] = value
    found = reconcile(from_dict(document))
    (line,) = (line for line in found.lines if "cannot be read" in line.reason)
    assert (line.where, line.label, line.measure) == (where, label, measure)
    assert (line.theirs, line.outcome) == (None, Outcome.NOT_COMPUTABLE)
    assert line.reason == f"the venue's figure cannot be read: {UNREAD[value]}"
    assert not [each for each in found.lines if each.outcome is Outcome.DIFFERS]


def test_a_blank_figure_and_one_of_a_closed_position_are_not_unread() -> None:
    document = to_dict(read("binance_usdm", **answers.usdm()))
    said: Any = document["reported"]
    said["raw"]["position_risk"]["BTCUSDT/both"]["breakEvenPrice"] = ""
    said["raw"]["position_risk"]["NONEUSDT/both"] = {"maintMargin": "abc"}
    told = [line.reason for line in reconcile(from_dict(document)).lines]
    assert not [reason for reason in told if "cannot be read" in reason]


# -- as a document -----------------------------------------------------------------------------


def test_the_document_is_json_and_counts() -> None:
    document = usdm().to_dict()
    assert json.loads(json.dumps(document)) == document
    assert document["agrees"] is True
    assert sum(document["counts"].values()) == len(document["lines"])
    line = next(line for line in document["lines"] if line["label"] == "maintMargin")
    names = "where label measure ours theirs difference tolerance outcome cause reason"
    assert list(line) == names.split()


def test_text_of_the_venue_cannot_break_the_table() -> None:
    def change(given: Document) -> None:
        for answer in (given["position_risk"], given["account"]["positions"]):
            answer[0]["symbol"] = "A|B<b>USDT"
        given["symbol_config"] = given["open_orders"] = []

    text = usdm(change).markdown()
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {9}
    assert "<b>" not in text


def test_the_difference_is_exact_whatever_the_caller_s_context() -> None:
    from decimal import localcontext

    with localcontext(prec=3):
        line = line_of(usdm(), "BTCUSDT/both", "liquidationPrice")
        assert line.ours is not None
        assert line.difference is not None
        assert D(0) < line.difference < D("1E-8")
