"""What public frames of polled venues are taken for, and what they are not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marginline.feeds.bybit.market import BybitMarket
from marginline.feeds.marks import Faulty, Quote, Said
from marginline.feeds.messages import Unreadable
from marginline.feeds.prices import binance, bingx, bitget
from marginline.feeds.prices.okx import OKX, OkxReader
from marginline.feeds.prices.speaking import Read
from marginline.feeds.wire.lines import LineClosed
from tests.feeds.prices.frames import HOUR, PUBLIC, okx

READERS: Mapping[str, Callable[[], Read]] = {
    "binance_coinm": binance.COINM.reader,
    "binance_pm": binance.USDM.reader,
    "bybit_inverse": lambda: BybitMarket(cast(Any, None), "inverse").said,
    "bitget_futures": bitget.CLASSIC.reader,
    "bitget_unified": bitget.UNIFIED.reader,
    "bingx_perpetual": bingx.LINEAR.reader,
    "okx": OKX.reader,
}


def reader(venue: str) -> Read:
    """What reads the frames of one line."""
    return READERS[venue]()


def told(venue: str, at: int, mark: str) -> list[Said]:
    read = reader(venue)
    return [said for text in PUBLIC[venue].told(at, mark) for said in read(text)]


@pytest.mark.parametrize("venue", PUBLIC)
def test_a_frame_is_a_quote_with_what_the_venue_tells_exactly(venue: str) -> None:
    public = PUBLIC[venue]
    quote = told(venue, public.at + 5, "25000.120")[-1]
    assert isinstance(quote, Quote)
    assert (quote.instrument, quote.at, str(quote.mark)) == (
        public.symbol, public.at + 5, "25000.120",
    )  # fmt: skip
    assert quote.index_price == (None if public.index is None else Decimal(public.index))
    assert quote.rate == (None if public.rate is None else Decimal(public.rate))
    assert quote.next_at == public.due


@pytest.mark.parametrize("venue", PUBLIC)
@pytest.mark.parametrize("mark", ["NaN", "Infinity", "0", "-1", "", "abc", "1" * 100])
def test_a_mark_that_cannot_be_true_is_told_and_is_no_quote(venue: str, mark: str) -> None:
    last = told(venue, PUBLIC[venue].at, mark)[-1]
    assert isinstance(last, Faulty)


@pytest.mark.parametrize("venue", PUBLIC)
def test_a_moment_that_is_none_is_told_and_is_no_quote(venue: str) -> None:
    read = reader(venue)
    text = PUBLIC[venue].told(5, "25000")[-1]
    for moment in ('"soon"', "true", "0", "null", '"' + "9" * 30 + '"'):
        for key in ('"ts": ', '"E": '):
            text_of = text.replace(f'{key}"5"', key + moment).replace(f"{key}5", key + moment)
            said = list(read(text_of)) if text_of != text else []
            quotes = [each for each in said if isinstance(each, Quote)]
            # Bitget's classic frame tells its moment twice: of the row and of the frame.
            assert not quotes or venue == "bitget_futures"


@pytest.mark.parametrize("venue", PUBLIC)
@pytest.mark.parametrize("text", ["<html>", "[1]", "{}", '{"x":1}', "NaN", ""])
def test_what_is_no_frame_is_unreadable(venue: str, text: str) -> None:
    if venue == "bybit_inverse" and text.startswith("{"):
        return  # a frame without a topic is an acknowledgement there
    with pytest.raises(Unreadable):
        reader(venue)(text)


@settings(max_examples=60)
@given(st.text(max_size=60) | st.builds(json.dumps, st.dictionaries(
    st.sampled_from(["arg", "data", "event", "code", "dataType", "e", "id", "error", "topic"]),
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["channel", "instId", "s"]), st.text(max_size=5)),
)))  # fmt: skip
def test_no_frame_of_any_form_is_an_error_of_ours(text: str) -> None:
    for venue in PUBLIC:
        try:
            said = reader(venue)(text)
        except (Unreadable, LineClosed):
            continue
        assert not [each for each in said if isinstance(each, Quote)]


def test_acknowledgements_and_pongs_say_nothing_and_refusals_are_told() -> None:
    arg = {"instType": "USDT-FUTURES", "channel": "ticker", "instId": "BTCUSDT"}
    for read in (reader("okx"), reader("bitget_futures")):
        assert not read("pong")
        assert not read(json.dumps({"event": "subscribe", "arg": arg, "connId": "a4"}))
        (told_,) = read(json.dumps({"event": "error", "code": "60018", "msg": "doesn't exist"}))
        assert told_ == Faulty("subscription", "doesn't exist", "the venue refuses it (60018)")
    with pytest.raises(LineClosed):
        reader("okx")('{"event":"notice","code":"64008","msg":"upgrade"}')
    assert not reader("bingx_perpetual")('{"id":"1","code":0,"msg":"SUCCESS"}')
    (refused,) = reader("bingx_perpetual")('{"id":"1","code":80015,"msg":"dataType"}')
    assert isinstance(refused, Faulty)
    assert not reader("binance_coinm")('{"result":null,"id":1}')
    (refused,) = reader("binance_coinm")('{"error":{"code":2,"msg":"invalid"},"id":1}')
    assert refused == Faulty("subscription", "invalid", "the venue refuses it (2)")


def test_a_rate_or_an_index_that_cannot_be_true_leaves_the_mark() -> None:
    text = PUBLIC["bitget_futures"].told(9, "25000")[0]
    quote, faulty = reader("bitget_futures")(text.replace("0.00021", "NaN"))
    assert isinstance(quote, Quote)
    assert (quote.rate, quote.next_at) == (None, None)
    assert isinstance(faulty, Faulty)
    (quote,) = reader("bitget_futures")(text.replace('"25103.5"', '"-3"'))
    assert isinstance(quote, Quote)
    assert quote.index_price is None


def test_rows_of_another_contract_than_the_topic_are_refused() -> None:
    text = PUBLIC["bitget_futures"].told(9, "25000")[0]
    other = text.replace('[{"instId": "BTCUSDT"', '[{"instId": "ETHUSDT"')
    (said,) = reader("bitget_futures")(other)
    assert isinstance(said, Faulty)
    text = PUBLIC["bingx_perpetual"].told(9, "25000")[0]
    (said,) = reader("bingx_perpetual")(text.replace('"s": "BTC-USDT"', '"s": "ETH-USDT"'))
    assert isinstance(said, Faulty)


def test_okx_tells_no_index_and_no_rate_that_have_grown_old_or_were_paid() -> None:
    def quote(read: OkxReader, at: int) -> Quote:
        (said,) = read(okx("mark-price", "BTC-USDT-SWAP", at, markPx="9"))
        assert isinstance(said, Quote)
        return said

    read = OkxReader()
    read(okx("index-tickers", "BTC-USDT", 1_000, idxPx="8"))
    read(okx("index-tickers", "BTC-USDT", 900, idxPx="7"))  # late
    read(okx("funding-rate", "BTC-USDT-SWAP", 1_000, fundingRate="0.1", fundingTime="50000"))
    assert quote(read, 2_000).index_price == Decimal(8)
    assert quote(read, 2_000).rate == Decimal("0.1")
    assert quote(read, 50_000).rate is None
    assert quote(read, 1_000 + HOUR).index_price is None
    assert quote(OkxReader(), 2_000) == Quote("BTC-USDT-SWAP", 2_000, Decimal(9))


def test_bingx_is_answered_to_a_word_and_to_an_object() -> None:
    assert bingx.pong("Ping") == "Pong"
    ping = '{"ping":"5963","time":"2026-06-01T00:00:00.089+0800"}'
    assert json.loads(bingx.pong(ping) or "") == {
        "pong": "5963", "time": "2026-06-01T00:00:00.089+0800",
    }  # fmt: skip
    assert bingx.pong('{"ping"') is None
    assert bingx.pong(PUBLIC["bingx_perpetual"].told(9, "1")[0]) is None


def test_contracts_are_asked_of_the_socket_that_tells_of_them() -> None:
    assert binance.is_coin_margined("BTCUSD_PERP")
    assert binance.is_coin_margined("BTCUSD_260626")
    assert not binance.is_coin_margined("BTCUSDT_260626")
    assert bingx.is_coin_margined("BTC-USD")
    assert not bingx.is_coin_margined("BTC-USDT")
    (coin,) = bitget.CLASSIC.topics("BTCUSD", "BTC")
    assert coin == {"instType": "COIN-FUTURES", "channel": "ticker", "instId": "BTCUSD"}
    (usdc,) = bitget.UNIFIED.topics("BTCPERP", "USDC")
    assert usdc == {"instType": "usdc-futures", "topic": "ticker", "symbol": "BTCPERP"}
    assert not bitget.CLASSIC.topics("WHAT", "")
    assert len(OKX.topics("BTC-USD-260626", "BTC")) == 2, "a dated contract has no funding"
