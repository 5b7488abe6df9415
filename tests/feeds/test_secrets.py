"""Nothing of a key comes out: not in a text, a repr, an exception, a log or an event."""

from __future__ import annotations

import pytest

from marginline.errors import InputError
from marginline.feeds import EventQueue, Refused
from marginline.feeds.opening import BinanceFeed, open_feeds
from marginline.feeds.telling import Asked, Came, Desk
from marginline.feeds.wire.connection import Connection, Redactor
from tests.feeds.clock import HandClock, desk_of

KEY, SECRET, LISTEN = "canary-key-0001", "canary-secret-0002", "canarylisten0003"
LEAKS = (
    f"GET https://x/fapi/v3/account?timestamp=1&signature=abcdef0123456789&recvWindow=5 {KEY}",
    f"wss://x/private/ws?listenKey={LISTEN}&events=A",
    f'{{"e":"listenKeyExpired","listenKey":"{LISTEN}"}}',
    f"X-MBX-APIKEY: {KEY}",
    f"{{'X-BAPI-SIGN': 'abcdef0123456789', 'X-BAPI-API-KEY': '{KEY}'}}",
    f"secret={SECRET}",
    f'{{"op":"auth","args":["{KEY}",1,"{SECRET}"]}}',
)


@pytest.mark.parametrize("text", LEAKS)
def test_secrets_are_taken_out_of_any_text(text: str) -> None:
    shown = Redactor([KEY, SECRET, LISTEN]).text(text)
    for canary in (KEY, SECRET, LISTEN, "abcdef0123456789"):
        assert canary not in shown


def test_a_listen_key_and_a_signature_are_hidden_before_anyone_was_told_of_them() -> None:
    for text in LEAKS[1:3]:
        assert LISTEN not in Redactor().text(text)
    assert "abcdef0123456789" not in Redactor().text(LEAKS[0])


def test_a_connection_does_not_show_its_key() -> None:
    connection = Connection(
        account="one", venue="binance_usdm", key=KEY, secret=SECRET, passphrase=LISTEN
    )
    for canary in (KEY, SECRET, LISTEN):
        assert canary not in repr(connection)
    assert KEY not in repr(Redactor([KEY]))


def test_what_is_refused_is_told_without_secrets_and_once_a_minute() -> None:
    clock = HandClock()
    desk, queue = desk_of(clock)
    desk.redact.hide(KEY)
    for _ in range(3):
        desk.refuse("one", "login", f"key {KEY}", f"not taken: signature=deadbeef {KEY}")
    clock.skip(61_000)
    desk.refuse("one", "login", f"key {KEY}", f"not taken: signature=deadbeef {KEY}")
    events = queue.take()
    assert len(events) == 2
    for event in events:
        assert isinstance(event, Refused)
        assert KEY not in repr(event)
        assert "deadbeef" not in repr(event)


def test_what_was_asked_is_kept_without_secrets_by_value_and_by_name() -> None:
    kept: list[Came] = []
    hidden = Redactor([KEY, SECRET])
    desk = Desk("bingx_perpetual", EventQueue(), HandClock(), hidden, kept.append)
    params = {"symbol": "BTC-USDT", "listenKey": LISTEN, "signature": "deadbeef", "cursor": SECRET}
    desk.keep("answer swap/x", "one", 1, f"{{{KEY}}}", Asked(1, params))
    shown = kept[0].asked
    assert shown is not None
    assert shown.params == {
        "symbol": "BTC-USDT", "listenKey": "[hidden]", "signature": "[hidden]",
        "cursor": "[hidden]",
    }  # fmt: skip
    for canary in (KEY, SECRET, LISTEN, "deadbeef"):
        assert canary not in repr(kept)


def test_a_connection_without_a_key_a_venue_without_a_feed_and_a_double_name_are_wrong_use() -> (
    None
):
    queue = EventQueue()
    with pytest.raises(InputError, match="key"):
        BinanceFeed(Connection(account="one", venue="binance_usdm"), queue)
    with pytest.raises(InputError, match="venue"):
        BinanceFeed(Connection(account="one", venue="okx", key="k", secret="s"), queue)
    with pytest.raises(InputError, match="no feed is built"):
        open_feeds([Connection(account="one", venue="deribit", key="k", secret="s")], queue)
    twice = [Connection(account="one", venue="binance_usdm", key="k", secret="s")] * 2
    with pytest.raises(InputError, match="twice"):
        open_feeds(twice, queue)
