"""The front of the readers: what may be handed in, and how it is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marginline.core.account.file import MAX_BYTES, from_dict, to_dict
from marginline.errors import PayloadError, RulebookError
from marginline.venues.reader.files import read_files
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import apply, kinds, read, readable_venues
from tests.venues.binance import answers

USDM = "binance_usdm"
BALANCE = [
    {
        "asset": "USDT",
        "balance": "10.5",
        "crossWalletBalance": "10.5",
        "updateTime": answers.AS_OF,
    }
]


def text_of(value: object) -> str:
    return json.dumps(value)


# -- what may be handed in ---------------------------------------------------------------------


def test_an_answer_may_be_parsed_text_bytes_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "balance.json"
    path.write_text(text_of(BALANCE))
    forms: list[Any] = [BALANCE, text_of(BALANCE), text_of(BALANCE).encode(), path, str(path)]
    accounts = [read(USDM, mode="single_asset", balance=form) for form in forms]
    assert all(account == accounts[0] for account in accounts)
    assert accounts[0].wallets[0].balance == Decimal("10.5")


@pytest.mark.parametrize("body", ["Not Found", "retCode=0", "balance.json", "null\0", "a,b"])
def test_a_text_that_is_no_file_is_never_opened(
    body: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PayloadError, match="neither JSON nor the path of a file that is there"):
        read(USDM, mode="single_asset", balance=body)


@pytest.mark.parametrize("body", ["null", "true", '"Not Found"', "12", " 1e5 ", "[]x"])
def test_a_line_of_json_is_a_body_whatever_files_are_called(
    body: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / body).write_text(text_of(BALANCE))
    with pytest.raises(PayloadError):
        read(USDM, mode="single_asset", balance=body)


def test_a_table_of_one_line_is_a_body_and_a_missing_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(PayloadError, match="neither JSON nor the path"):
        read("cme", rates=str(tmp_path / "rates.csv"))
    with pytest.raises(PayloadError) as refused:
        read("cme", rates="Exchange,Asset Class,Product")
    assert "path" not in str(refused.value)


def test_a_name_without_end_is_refused() -> None:
    with pytest.raises(PayloadError, match="a name has at most 200"):
        read(USDM, mode="single_asset", balance=BALANCE, name="x" * 201)
    with pytest.raises(PayloadError, match=r"balance\[0\]\.asset: .*a name has at most 200"):
        read(USDM, mode="single_asset", balance=[BALANCE[0] | {"asset": "X" * 100_000}])


def test_numbers_are_read_from_their_text() -> None:
    text = text_of(BALANCE).replace('"10.5"', "0.1000000000000000000000001")
    account = read(USDM, mode="single_asset", balance=text)
    assert account.wallets[0].balance == Decimal("0.1000000000000000000000001")


def test_an_answer_of_none_was_not_fetched() -> None:
    assert read(USDM, mode="single_asset", balance=BALANCE, account=None).wallets


def test_the_account_stands_by_itself() -> None:
    account = read(USDM, **answers.usdm())
    assert from_dict(to_dict(account)) == account


def test_the_newest_moment_told_is_that_of_the_account() -> None:
    account = read(USDM, mode="single_asset", balance=BALANCE)
    assert account.as_of == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


def test_a_moment_given_wins() -> None:
    account = read(USDM, mode="single_asset", as_of="2025-07-01T00:00:00Z", balance=BALANCE)
    assert account.as_of == datetime(2025, 7, 1, tzinfo=UTC)


def test_without_any_moment_one_must_be_given() -> None:
    row = {"asset": "USDT", "balance": "1", "updateTime": 0}
    with pytest.raises(PayloadError, match=r"no answer tells the moment.*give as_of"):
        read(USDM, mode="single_asset", balance=[row])


def test_the_name_is_kept() -> None:
    assert read(USDM, mode="single_asset", name="desk 1", balance=BALANCE).name == "desk 1"


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('[{"asset": "USDT", "asset": "BTC"}]', r"balance\[0\]\.asset: the key stands here more"),
        ('[{"asset": "USDT", "balance": NaN}]', r"balance\[0\]\.balance: must be finite"),
        ('[{"asset": "USDT", "balance": "x"}]', r"balance\[0\]\.balance: must be a number"),
        ('[{"asset": "USDT", "balance": true}]', r"balance\[0\]\.balance: must be a number"),
        ('[{"asset": "USDT", "balance": {}}]', r"balance\[0\]\.balance: must be a number"),
        ('[{"asset": "USDT", "updateTime": -1}]', "whole milliseconds since 1970"),
        ('[{"asset": "USDT", "updateTime": 99999999999999999}]', "whole milliseconds"),
        ('[{"asset": "USDT", "marginAvailable": "yes"}]', "must be true or false"),
        ('[{"balance": "1"}]', r"balance\[0\]\.asset: is missing"),
        ("[1]", r"balance\[0\]: must be an object"),
        ('["USDT"]', r"balance\[0\]: must be an object"),
        ('{"code": -2015, "msg": "Invalid API-key"}', "the venue refused the request: Invalid"),
        ("[" * 200 + "]" * 200, "nested more than 64 levels"),
        ("[" * 20000, "nested too deep|is not JSON"),
        ('{"a": 1', "is not JSON"),
        (b"\xff\xfe[", "is not UTF-8"),
        (b"<html>502 Bad Gateway</html>", "is not JSON"),
        (b"  ", "is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_answer_is_refused(value: str | bytes, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        read(USDM, mode="single_asset", as_of="2025-07-01T00:00:00Z", balance=value)


def test_a_float_is_read_by_its_shortest_text_with_a_note() -> None:
    at = "2026-01-01T00:00:00Z"
    row = {"asset": "USDT", "balance": 0.1, "crossWalletBalance": 0.1}
    account = read(USDM, mode="single_asset", as_of=at, balance=[row])
    assert str(account.wallets[0].balance) == "0.1"
    assert any(note.where == "answers" for note in notes_of(account))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_float_that_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(PayloadError, match="balance"):
        read(USDM, as_of="2026-01-01T00:00:00Z", balance=[{"asset": "USDT", "balance": number}])


def test_too_much_text_is_refused() -> None:
    with pytest.raises(PayloadError, match=r"too large.*64 MiB"):
        read(USDM, mode="single_asset", balance=b"[" + b" " * MAX_BYTES + b"]")


def test_a_number_of_thousands_of_digits_is_refused_shortly() -> None:
    with pytest.raises(PayloadError) as refused:
        read(
            USDM, mode="single_asset", balance='[{"asset": "USDT", "balance": ' + "9" * 5000 + "}]"
        )
    assert len(str(refused.value)) < 400


def test_every_problem_is_listed_at_once() -> None:
    rows = [{"asset": "USDT", "balance": "x"}, {"balance": "1"}]
    with pytest.raises(PayloadError) as refused:
        read(USDM, mode="single_asset", balance=rows)
    assert [p.path for p in refused.value.problems] == ["balance[0].balance", "balance[1].asset"]


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('[{"asset": "USDT", "balance": "x"}]')
    with pytest.raises(PayloadError, match=r"bad\.json: balance\[0\]\.balance"):
        read(USDM, mode="single_asset", balance=path)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(PayloadError, match=r"nor the path of a file that is there .*nowhere\.json"):
        read(USDM, mode="single_asset", balance="nowhere.json")


@pytest.mark.parametrize("value", [1, 2.5, object(), True])
def test_what_is_no_answer_at_all_is_refused(value: object) -> None:
    with pytest.raises(PayloadError, match="is no answer"):
        read(USDM, mode="single_asset", balance=value)


def test_an_unknown_kind_is_refused_with_a_guess() -> None:
    with pytest.raises(PayloadError, match="did you mean position_risk"):
        read(USDM, positionrisk=[])


def test_an_unknown_venue_is_refused() -> None:
    with pytest.raises(RulebookError, match="no rulebook is built"):
        read("nowhere", account={})


def test_a_venue_without_a_reader_is_refused() -> None:
    with pytest.raises(PayloadError, match="no reader of raw answers"):
        read("textbook", account={})


def test_a_mode_that_the_venue_does_not_have_is_refused() -> None:
    with pytest.raises(PayloadError, match="not a mode of binance_usdm"):
        read(USDM, mode="cross", balance=BALANCE)


@pytest.mark.parametrize("as_of", ["yesterday", "2025-07-01", datetime(2025, 7, 1)])  # noqa: DTZ001
def test_a_moment_without_its_offset_is_refused(as_of: str | datetime) -> None:
    with pytest.raises(PayloadError, match="as_of"):
        read(USDM, mode="single_asset", as_of=as_of, balance=BALANCE)


def test_an_account_of_another_venue_is_no_base() -> None:
    base = read("binance_coinm", **answers.coinm())
    with pytest.raises(PayloadError, match="is not an account of binance_usdm"):
        read(USDM, account_onto=base, balance=BALANCE)


def test_events_of_a_venue_without_a_stream_reader_are_refused() -> None:
    document = {
        "schema": "marginline/account/1",
        "venue": "textbook",
        "as_of": "2025-01-01T00:00:00Z",
    }
    with pytest.raises(PayloadError, match="no reader of stream events"):
        apply(from_dict(document), {"e": "ACCOUNT_UPDATE"})


# -- files -------------------------------------------------------------------------------------


def test_files_are_recognised_by_their_shape(tmp_path: Path) -> None:
    paths = []
    for name, answer in answers.usdm().items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(text_of(answer))
    assert read_files(paths) == read(USDM, **answers.usdm())


def test_files_of_coinm_are_told_from_those_of_usdm(tmp_path: Path) -> None:
    for name, answer in answers.coinm().items():
        path = tmp_path / f"{name}.json"
        path.write_text(text_of(answer))
        assert read_files([path], as_of="2025-07-01T00:00:00Z").venue == "binance_coinm", name


def test_files_of_portfolio_margin_are_told_from_the_rest(tmp_path: Path) -> None:
    paths = []
    given = {name: value for name, value in answers.portfolio().items() if value}
    del given["um_brackets"], given["cm_brackets"]  # these look the same in every API
    for name, answer in given.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(text_of(answer))
    assert read_files(paths).venue == "binance_pm"


def test_the_recorded_address_of_a_file_decides(tmp_path: Path) -> None:
    path = tmp_path / "recorded.txt"
    path.write_text("GET\n/papi/v1/um/positionRisk\ntrue\n[]")
    assert read_files([path], as_of="2025-07-01T00:00:00Z").venue == "binance_pm"
    path.write_text("GET\r\n/dapi/v1/positionRisk?symbol=X\r\ntrue\r\n[]")
    assert read_files([path], as_of="2025-07-01T00:00:00Z").venue == "binance_coinm"


def test_recorded_stream_messages_are_read(tmp_path: Path) -> None:
    path = tmp_path / "stream.txt"
    message = {"stream": "1", "data": {"e": "MARGIN_CALL", "E": answers.AS_OF, "p": []}}
    path.write_text(
        f'> {{"id": |1|}}\n< {{"id": |1|}}\n=\n{text_of(message)}\n= {text_of(message)}'
    )
    account = read_files([path], mode="single_asset")
    assert "events" in account.extra


def test_two_files_of_one_kind_are_read_together(tmp_path: Path) -> None:
    first, second = answers.usdm()["brackets"]
    (tmp_path / "a.json").write_text(text_of(first))
    (tmp_path / "b.json").write_text(text_of([second]))
    account = read_files(
        [tmp_path / "a.json", tmp_path / "b.json"],
        mode="single_asset",
        as_of="2025-07-01T00:00:00Z",
    )
    assert set(account.parameters.tiers) == {"BTCUSDT", "ETHUSDT"}


def test_two_files_of_an_answer_there_is_one_of_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text_of(answers.usdm()["account"]))
    with pytest.raises(PayloadError, match="account: must be an object"):
        read_files([path, path])


def test_files_of_two_venues_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text_of(answers.usdm()["account_config"]))
    (tmp_path / "b.json").write_text(text_of([{**BALANCE[0], "withdrawAvailable": "1"}]))
    with pytest.raises(PayloadError, match="the files are not of one venue"):
        read_files([tmp_path / "a.json", tmp_path / "b.json"])


def test_a_file_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"hello": "world"}')
    with pytest.raises(PayloadError, match=r"odd\.json: file: is not recognised"):
        read_files([path])


def test_a_file_of_another_venue_than_named_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text_of(answers.usdm()["account"]))
    with pytest.raises(PayloadError, match="is not recognised as an answer of binance_coinm"):
        read_files([path], "binance_coinm")


def test_no_file_is_no_account() -> None:
    with pytest.raises(PayloadError, match="no file is named"):
        read_files([])


# -- what there is -----------------------------------------------------------------------------


def test_every_readable_venue_lists_its_kinds() -> None:
    assert {"binance_usdm", "binance_coinm", "binance_pm"} <= set(readable_venues())
    for venue in readable_venues():
        assert all(about for about in kinds(venue).values())


def test_every_kind_is_refused_as_what_it_is_not() -> None:
    """No kind takes a number, and none gives anything but a PayloadError for one."""
    for kind in kinds(USDM):
        call: Any = {"mode": "single_asset", "as_of": "2025-07-01T00:00:00Z", kind: [[1]]}
        with pytest.raises(PayloadError):
            read(USDM, **call)


@pytest.mark.parametrize(
    ("venue", "answers", "where"),
    [
        ("binance_usdm", {"position_risk": [{}] * 100_000}, "position_risk"),
        ("binance_usdm", {"account": {"assets": [{}] * 100_000}}, "account.assets"),
        ("bybit_unified", {"positions": {"list": [{}] * 100_000}}, "positions"),
    ],
)
def test_a_hundred_thousand_rows_of_an_answer_are_refused_by_a_named_limit(
    venue: str, answers: dict[str, Any], where: str
) -> None:
    with pytest.raises(PayloadError, match="at most 20,000 are read") as refused:
        read(venue, as_of="2026-01-01T00:00:00Z", **answers)
    assert [problem.path for problem in refused.value.problems] == [where]
