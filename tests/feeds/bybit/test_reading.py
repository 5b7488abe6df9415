"""What Bybit's frames and replies are taken for, and what they are not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.feeds import Cause
from marginline.feeds.bybit.calls import cursor_of, judge
from marginline.feeds.bybit.market import UNLAID_MOST, BybitMarket
from marginline.feeds.bybit.rows import booked, coins_of, joined, rates_of, seen_of
from marginline.feeds.bybit.sorting import sorted_message
from marginline.feeds.marks import Faulty, Quote, Said
from marginline.feeds.messages import Unreadable
from marginline.feeds.wire.lines import LineClosed
from marginline.feeds.wire.rest import Answer, CallFailed, Failure, Reply

ROW = {
    "symbol": "BTCUSDT",
    "markPrice": "104000.1",
    "indexPrice": "104001",
    "lastPrice": "1",
    "fundingRate": "0.0001",
    "nextFundingTime": "1795003600000",
    "fundingIntervalHour": "8",
}


def market() -> BybitMarket:
    return BybitMarket(cast(Any, None))


def frame(kind: str = "snapshot", at: int = 1000, **change: Any) -> str:
    row = ROW | change if kind == "snapshot" else {"symbol": "BTCUSDT"} | change
    return json.dumps({"topic": "tickers.BTCUSDT", "type": kind, "data": row, "ts": at})


def marks(said: Sequence[Said]) -> list[tuple[int, Decimal]]:
    assert all(isinstance(each, Quote) for each in said)
    return [(each.at, each.mark) for each in said if isinstance(each, Quote)]


def test_a_snapshot_is_a_whole_quote_and_a_change_is_laid_on_it() -> None:
    feed = market()
    assert feed.said(frame()) == (
        Quote("BTCUSDT", 1000, Decimal("104000.1"), Decimal(104001), Decimal("0.0001"),
              1795003600000, Decimal(8)),
    )  # fmt: skip
    (quote,) = feed.said(frame("delta", 2000, markPrice="99"))
    assert isinstance(quote, Quote)
    assert (quote.mark, quote.index_price, quote.at) == (Decimal(99), Decimal(104001), 2000)


def test_a_change_before_the_snapshot_says_nothing() -> None:
    assert market().said(frame("delta", 2000, markPrice="99")) == ()


def test_changes_whose_snapshot_never_came_end_the_line() -> None:
    """A line brings a snapshot once: without it a ticker would never be known again."""
    feed = market()
    for at in range(1, UNLAID_MOST):
        assert feed.said(frame("delta", at, markPrice="99")) == ()
    with pytest.raises(LineClosed, match="snapshot never came"):
        feed.said(frame("delta", 2000, markPrice="99"))


def test_a_late_change_moves_only_what_nothing_newer_has_moved() -> None:
    feed = market()
    feed.said(frame())
    feed.said(frame("delta", 3000, markPrice="300"))
    (quote,) = feed.said(frame("delta", 2000, markPrice="200", indexPrice="222"))
    assert isinstance(quote, Quote)
    assert (quote.mark, quote.index_price) == (Decimal(300), Decimal(222))


def test_the_same_change_twice_is_the_same_quote() -> None:
    feed = market()
    feed.said(frame())
    text = frame("delta", 2000, markPrice="99")
    assert feed.said(text) == feed.said(text)


@given(st.permutations(range(6)))
def test_in_whatever_order_changes_come_the_last_state_is_the_same(order: list[int]) -> None:
    feed = market()
    feed.said(frame(at=1))
    changes = [frame("delta", 10 + n, markPrice=str(100 + n), **({"fundingRate": str(n)} if n % 2
                     else {})) for n in range(6)]  # fmt: skip
    found = [feed.said(changes[n])[0] for n in order]
    last = max(found, key=lambda quote: quote.at if isinstance(quote, Quote) else 0)
    again = feed.said(frame("delta", 20))[0]
    assert isinstance(last, Quote)
    assert isinstance(again, Quote)
    assert (again.mark, again.rate) == (Decimal(105), Decimal(5))


@pytest.mark.parametrize(
    "change",
    [{"markPrice": "NaN"}, {"markPrice": "0"}, {"markPrice": ""}, {"markPrice": None},
     {"markPrice": 104000.1}, {"markPrice": "-5"}, {"fundingRate": "x"}, {"symbol": "ETHUSDT"}],
)  # fmt: skip
def test_a_ticker_that_cannot_be_true_is_named(change: dict[str, Any]) -> None:
    (said,) = market().said(frame(**change))
    assert isinstance(said, Faulty)


@pytest.mark.parametrize("text", ["<html></html>", "", "[1]", "{", '{"topic":NaN}', "7"])
def test_a_frame_that_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        market().said(text)
    with pytest.raises(Unreadable):
        sorted_message(text)


# -- the private stream ------------------------------------------------------------------------


def event(topic: str, *rows: object, at: object = 1795000000000) -> str:
    return json.dumps({"id": "x", "topic": topic, "creationTime": at, "data": list(rows)})


def test_wallets_positions_and_orders_are_laid_on_and_executions_explain() -> None:
    for topic, cause in (("wallet", Cause.UNKNOWN), ("position", Cause.POSITION),
                         ("order", Cause.ORDER)):  # fmt: skip
        message = sorted_message(event(topic, {}))
        assert message is not None
        assert (message.kind, message.cause, message.applies) == (topic, cause, True)
    fill = sorted_message(event("execution", {"symbol": "A", "execType": "Trade"}))
    bust = sorted_message(event("execution", {"symbol": "A", "execType": "BustTrade"}))
    assert fill is not None
    assert bust is not None
    assert (fill.filled, fill.applies, fill.booked) == (frozenset({"A"}), False, True)
    assert (bust.filled, bust.forced) == (frozenset(), frozenset({"A"}))


def test_pongs_and_acknowledgements_are_no_data() -> None:
    for text in ('{"op":"pong","args":["1"]}', '{"success":true,"op":"subscribe"}'):
        assert sorted_message(text) is None


@pytest.mark.parametrize(
    "text",
    [event("greeks"), event("wallet", at="soon"), event("wallet", at=None), event("wallet", 7),
     '{"topic":"wallet","creationTime":1,"data":{}}', '{"topic":7}', "{}"],
)  # fmt: skip
def test_what_is_no_message_of_the_stream_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        sorted_message(text)


# -- replies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "text", "failure"),
    [
        (200, '{"retCode":0,"result":{}}', None),
        (200, '{"retCode":0}', Failure.MALFORMED),
        (200, "{}", Failure.MALFORMED),
        (200, "null", Failure.MALFORMED),
        (200, "[]", Failure.MALFORMED),
        (200, "<html></html>", Failure.MALFORMED),
        (200, '{"retCode":0,"result":{"list":[', Failure.MALFORMED),
        (200, '{"retCode":10002,"retMsg":"x","result":{}}', Failure.CLOCK),
        (200, '{"retCode":10003,"retMsg":"x","result":{}}', Failure.KEY),
        (200, '{"retCode":10005,"retMsg":"x","result":{}}', Failure.KEY),
        (200, '{"retCode":10006,"retMsg":"x","result":{}}', Failure.BUSY),
        (200, '{"retCode":10016,"retMsg":"x","result":{}}', Failure.VENUE),
        (200, '{"retCode":110043,"retMsg":"x","result":{}}', Failure.REQUEST),
        (403, "<html></html>", Failure.BUSY),
        (502, "<html></html>", Failure.VENUE),
        (401, "<html></html>", Failure.VENUE),
    ],
)
def test_a_reply_is_an_answer_only_where_it_proves_to_be(
    status: int, text: str, failure: Failure | None
) -> None:
    found = judge("wallet", Reply(status, {}, text))
    assert (None if found is None else found.failure) == failure


def answer(rows: str, cursor: str | None = '""') -> Answer:
    named = "" if cursor is None else f',"nextPageCursor":{cursor}'
    text = f'{{"retCode":0,"result":{{"category":"linear","list":[{rows}]{named}}},"time":5}}'
    return Answer("list", text, 0, 0)


@pytest.mark.parametrize("cursor", [None, "null", "7"])
def test_an_answer_that_does_not_say_whether_it_is_whole_is_none(cursor: str | None) -> None:
    with pytest.raises(CallFailed, match="next page"):
        cursor_of(answer("", cursor))


def test_pages_become_one_answer_with_the_rows_as_the_venue_wrote_them() -> None:
    text = joined([answer('{"symbol":"A","x":1.10}', '"p2"'), answer('{"symbol":"B"}')])
    assert '"list":[{"symbol":"A","x":1.10},{"symbol":"B"}],"nextPageCursor":""' in text
    assert json.loads(text)["time"] == 5
    only = joined([answer('{"symbol":"A"},{"symbol":"B"}')], lambda symbol, _: symbol == "B")
    assert json.loads(only)["result"]["list"] == [{"symbol": "B"}]


def test_a_look_signs_sizes_and_takes_no_side_for_granted() -> None:
    wallet = Answer("wallet", json.dumps({"retCode": 0, "time": 5, "result": {"list": [{"coin": [
        {"coin": "BTC", "walletBalance": "2", "equity": "2", "usdValue": "200"},
        {"coin": "USDT", "walletBalance": "0", "equity": "", "usdValue": "x"},
    ]}]}}), 0, 0)  # fmt: skip
    at, coins = coins_of(wallet)
    position = '{"symbol":"A","size":"3","side":"Sell","positionIdx":2}'
    seen = seen_of(coins, [answer(position)])
    assert (at, seen) == (5, ({"BTC": Decimal(2)}, {"A/short": Decimal(-3)}))
    assert rates_of(coins) == {"BTC": Decimal(100)}
    with pytest.raises(Unreadable, match="side"):
        seen_of(coins, [answer(position.replace("Sell", ""))])
    with pytest.raises(Unreadable):
        seen_of(coins, [answer(position.replace('"3"', '"NaN"'))])
    with pytest.raises(Unreadable):
        seen_of(coins, [answer(position.replace('"3"', '"\u0663"'))])


def test_a_wallet_answer_without_an_account_is_no_empty_account() -> None:
    with pytest.raises(CallFailed, match="lists no account"):
        coins_of(answer(""))


def test_a_ledger_row_whose_change_is_blank_has_an_unknown_amount() -> None:
    row = ('{"id":"9","type":"TRADE","currency":"USDT","transactionTime":"7","change":"",'
           '"symbol":"A","tradeId":"3"}')  # fmt: skip
    (read,) = booked(answer(row))
    assert read[:6] == (7, "9", "TRADE", "USDT", None, "A 3")
    with pytest.raises(Unreadable):
        booked(answer(row.replace('"change":""', '"change":"NaN"')))
