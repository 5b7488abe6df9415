"""What Binance's frames and replies are taken for, and what they are not."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.feeds import Cause
from marginline.feeds.binance.calls import judge
from marginline.feeds.binance.market import BinanceMarket
from marginline.feeds.binance.rows import AccountLook, Income, selected
from marginline.feeds.binance.sorting import sorted_message
from marginline.feeds.marks import Faulty, NewTiers, Quote, Rate
from marginline.feeds.messages import Unreadable, typed
from marginline.feeds.wire.rest import Failure, Reply

MARK = {"e": "markPriceUpdate", "E": 1795000000000, "s": "BTCUSDT", "p": "104000.10",
        "i": "104001.5", "P": "104000", "r": "0.00010000", "T": 1795003600000}  # fmt: skip


def said(frame: object) -> Any:
    market = BinanceMarket(cast(Any, None))
    return market.said(frame if isinstance(frame, str) else json.dumps(frame))


def test_a_mark_comes_with_its_index_and_funding_exactly() -> None:
    assert said([MARK]) == [
        Quote("BTCUSDT", 1795000000000, Decimal("104000.10"), Decimal("104001.5"),
              Decimal("0.00010000"), 1795003600000)
    ]  # fmt: skip


def test_a_dated_contract_has_no_funding_and_an_index_of_zero_is_unknown() -> None:
    (quote,) = said([MARK | {"r": "", "T": 0, "i": "0"}])
    assert (quote.rate, quote.next_at, quote.index_price) == (None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"p": "NaN"}, id="NaN"),
        pytest.param({"p": "\u0663"}, id="digits of another script"),
        pytest.param({"p": "1_0"}, id="digits with a line between"),
        pytest.param({"E": "\u0663"}, id="a moment of another script"),
        pytest.param({"p": "Infinity"}, id="infinite"),
        pytest.param({"p": "0"}, id="zero"),
        pytest.param({"p": "-1"}, id="negative"),
        pytest.param({"p": ""}, id="empty"),
        pytest.param({"p": None}, id="null"),
        pytest.param({"p": 104000.1}, id="a number, which is no longer exact"),
        pytest.param({"p": ["1"]}, id="a list"),
        pytest.param({"p": "1" * 100}, id="endless digits"),
        pytest.param({"p": "abc"}, id="words"),
        pytest.param({"E": "soon"}, id="no moment"),
        pytest.param({"E": True}, id="a flag for a moment"),
        pytest.param({"s": 7}, id="no symbol"),
        pytest.param({"s": "A\nB"}, id="a symbol that does not print"),
        pytest.param({"r": "NaN"}, id="funding that is NaN"),
    ],
)
def test_a_row_that_cannot_be_true_is_named_and_does_not_spoil_its_neighbour(
    change: dict[str, object],
) -> None:
    found = said([MARK | change, MARK | {"s": "ETHUSDT"}])
    assert isinstance(found[0], Faulty)
    assert isinstance(found[1], Quote)


@pytest.mark.parametrize(
    "text",
    ["<html>502</html>", "", "[1,2,3]", '{"e":NaN}', '[{"e":"markPriceUpdate","p":', "null", "7"],
)
def test_a_frame_that_is_no_message_is_refused_whole(text: str) -> None:
    with pytest.raises(Unreadable):
        said(text)


def test_asset_rates_and_new_tiers_are_told_and_acknowledgements_are_not() -> None:
    rate = {"e": "assetIndexUpdate", "E": 5, "s": "ADAUSD", "i": "0.27", "B": "0.26", "A": "0.28"}
    assert said([rate]) == [Rate("ADA", 5, Decimal("0.27"), Decimal("0.26"), Decimal("0.28"))]
    contract = {"e": "contractInfo", "E": 5, "s": "IOTAUSDT", "bks": [{"bs": 1}]}
    assert said(contract) == [NewTiers("IOTAUSDT")]
    assert said(contract | {"bks": []}) == []
    assert said({"result": None, "id": 1}) == ()


# -- the private stream ------------------------------------------------------------------------


def order(**change: object) -> str:
    body = {"s": "BTCUSDT", "c": "mine", "o": "LIMIT", "x": "TRADE", "X": "FILLED"} | change
    return json.dumps({"e": "ORDER_TRADE_UPDATE", "E": 10, "T": 9, "o": body})


def test_an_update_of_the_account_is_sorted_by_the_venues_reason() -> None:
    for reason, cause in (("ORDER", Cause.FILL), ("FUNDING_FEE", Cause.FUNDING),
                          ("DEPOSIT", Cause.TRANSFER), ("MARGIN_TYPE_CHANGE", Cause.CONFIG),
                          ("SOMETHING_NEW", Cause.UNKNOWN)):  # fmt: skip
        text = json.dumps({"e": "ACCOUNT_UPDATE", "E": 10, "a": {"m": reason, "B": [], "P": []}})
        message = sorted_message(text)
        assert message is not None
        assert (message.cause, message.applies, message.booked) == (cause, True, True)


@pytest.mark.parametrize(
    ("change", "forced"),
    [
        pytest.param({}, False, id="an order of one's own"),
        pytest.param({"c": "autoclose-1"}, True, id="a liquidation by name"),
        pytest.param({"c": "adl_autoclose-9"}, True, id="deleveraging by name"),
        pytest.param({"o": "LIQUIDATION"}, True, id="a liquidation by type"),
        pytest.param({"X": "NEW_ADL"}, True, id="deleveraging by state"),
        pytest.param({"x": "CALCULATED"}, True, id="a liquidation by execution"),
    ],
)
def test_fills_of_the_venues_own_orders_are_told_apart(
    change: dict[str, object], forced: bool
) -> None:
    message = sorted_message(order(**change))
    assert message is not None
    assert bool(message.forced) is forced
    assert bool(message.filled) is not forced


def test_an_expired_key_ends_the_line_though_its_moment_is_text() -> None:
    message = sorted_message('{"e":"listenKeyExpired","E":"1736996475556","listenKey":"abc"}')
    assert message is not None
    assert message.ends
    assert message.at == 1736996475556


def test_a_change_of_conditional_orders_asks_for_a_look() -> None:
    for kind in ("ALGO_UPDATE", "ALGO_ORDER_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT"):
        message = sorted_message(json.dumps({"e": kind, "E": 1}))
        assert message is not None
        assert message.look


@pytest.mark.parametrize(
    "text",
    [
        "<html></html>", "{", "[]", '"text"', '{"e":"ACCOUNT_UPDATE","E":1}',
        '{"e":"ACCOUNT_UPDATE","E":1,"a":null}', '{"e":"ORDER_TRADE_UPDATE","E":1,"o":[]}',
        '{"e":"ACCOUNT_UPDATE","E":NaN,"a":{}}', '{"e":"ACCOUNT_UPDATE","E":-5,"a":{}}',
        '{"e":"SOMETHING_NEW","E":1}', '{"e":7}', "{}",
    ],
)  # fmt: skip
def test_what_is_no_message_of_the_stream_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        sorted_message(text)


@given(st.text(max_size=60) | st.from_regex(r'\{"e":"ACCOUNT_UPDATE".*', fullmatch=True))
def test_no_text_at_all_does_worse_than_being_refused(text: str) -> None:
    refused: list[Unreadable] = []
    for read in (sorted_message, said):
        try:
            read(text)
        except Unreadable as fault:
            refused.append(fault)
    assert all(fault.field and fault.reason for fault in refused)


# -- replies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "text", "failure"),
    [
        (200, "[]", None),
        (200, '{"code":200,"msg":"success"}', None),
        (200, "<html></html>", Failure.MALFORMED),
        (200, "", Failure.MALFORMED),
        (200, '{"assets":[{"asset":', Failure.MALFORMED),
        (200, '{"totalWalletBalance":NaN}', Failure.MALFORMED),
        (200, '{"code":-1000,"msg":"x"}', Failure.VENUE),
        (400, '{"code":-1021,"msg":"x"}', Failure.CLOCK),
        (401, '{"code":-2015,"msg":"x"}', Failure.KEY),
        (401, '{"code":-2014,"msg":"x"}', Failure.KEY),
        (400, '{"code":-1022,"msg":"x"}', Failure.KEY),
        (401, "<html>proxy</html>", Failure.VENUE),
        (403, "<html>firewall</html>", Failure.VENUE),
        (404, '{"code":-5000,"msg":"x"}', Failure.REQUEST),
        (418, '{"code":-1003,"msg":"x"}', Failure.BUSY),
        (429, "<html></html>", Failure.BUSY),
        (503, '{"code":-1001,"msg":"x"}', Failure.VENUE),
        (502, "<html></html>", Failure.VENUE),
        (400, '{"code":-1125,"msg":"x"}', Failure.REQUEST),
    ],
)
def test_a_reply_is_an_answer_only_where_it_proves_to_be(
    status: int, text: str, failure: Failure | None
) -> None:
    found = judge("account", Reply(status, {}, text))
    assert (None if found is None else found.failure) == failure


def test_the_wait_that_a_reply_asks_for_is_kept() -> None:
    found = judge("account", Reply(429, {"retry-after": "17"}, ""))
    assert found is not None
    assert found.wait_ms == 17_000


def test_a_look_counts_no_nan_and_leaves_zero_out() -> None:
    text = json.dumps({
        "assets": [{"asset": "USDT", "walletBalance": "5"}, {"asset": "BTC", "walletBalance": "0"}],
        "positions": [{"symbol": "A", "positionAmt": "-1", "positionSide": "SHORT"}],
    })  # fmt: skip
    seen = typed("account", text, AccountLook).seen()
    assert seen == ({"USDT": Decimal(5)}, {"A/short": Decimal(-1)})
    with pytest.raises(Unreadable):
        typed("account", text.replace('"5"', '"NaN"'), AccountLook).seen()
    with pytest.raises(Unreadable):
        typed("account", text.replace('"5"', '"\u0665"'), AccountLook).seen()
    with pytest.raises(Unreadable):
        typed("account", text.replace("walletBalance", "balanceNow"), AccountLook)


def test_rows_are_chosen_as_the_venue_wrote_them() -> None:
    text = '[{"symbol":"A","x":0.0040},{"symbol":"B","x":1e-9}]'
    assert selected(text, frozenset({"A"})) == '[{"symbol":"A","x":0.0040}]'
    assert selected(f'{{"symbols":{text}}}', frozenset(), inside="symbols") == '{"symbols":[]}'


def test_a_ledger_row_is_named_by_what_is_unique() -> None:
    text = (
        '[{"incomeType":"FUNDING_FEE","income":"-1.5","asset":"USDT","time":7,"tranId":99,'
        '"symbol":"BTCUSDT","info":"x"}]'
    )
    (row,) = typed("income", text, list[Income])
    name = "FUNDING_FEE:99:USDT"
    assert row.row()[:6] == (7, name, "FUNDING_FEE", "USDT", Decimal("-1.5"), "BTCUSDT x")
