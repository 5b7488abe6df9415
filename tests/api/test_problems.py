"""What is said where a question cannot be read: field, value, unit and remedy, each of its own."""

from __future__ import annotations

import pytest

from tests.api.served import Served

STRAINED = "/api/v1/accounts/strained"
SIZE = f"{STRAINED}/size?instrument=XRPUSDT&side=buy"
WHAT_IF = f"{STRAINED}/what-if"
SCHEMA = "/api/v1/openapi.json says what there may be"

ASKED = [
    (f"{STRAINED}/grid", "x", None, None, "give it"),
    (f"{STRAINED}/grid?x=all&steps=0", "steps", "0", None, "give 3 or more"),
    (f"{STRAINED}/grid?x=all&steps=\uff13\uff13", "steps", "\uff13\uff13", None,
     "write a whole number"),
    (f"{STRAINED}/odds?within_s=\u0663\u0663\u0663", "within_s", "\u0663\u0663\u0663", "seconds",
     'plain ASCII digits such as "-0.004": no spaces, no separators'),
    (f"{STRAINED}/grid?x=all&steps=1.5", "steps", "1.5", None, "write a whole number"),
    (f"{STRAINED}/grid?x=all&span=9", "span", "9", "fraction, 0.1 is ±10 %", "0.1 is ±10 %"),
    (f"{STRAINED}/reduce?pool=zz", "pool", "zz", None, "one of: USDT"),
    (f"{STRAINED}/odds?within_s=0", "within_s", "0", "seconds", None),
    (f"{STRAINED}/odds?garch=maybe", "garch", "maybe", None, "write true or false"),
    (f"{SIZE}&touch=0.1&kelly=0.5", "kelly", "0.5", "fraction, 0.5 is half of it",
     "give edge too, what a day is expected to bring, 0.001 is 0.1 %"),
    (f"{SIZE}&touch=2", "touch", "2", "fraction, 0.01 is 1 %", "0.01 is 1 %"),
    (f"{SIZE}&edge=0.1&maintenance_rate=5", "maintenance_rate", "5", "fraction, 0.005 is 0.5 %",
     "a fraction: 0.05 is 5 %"),
    ("/api/v1/rules/binance_usdm?mode=zz", "mode", "zz", None,
     "one of: single_asset, multi_assets"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "field", "value", "unit", "remedy"), ASKED, ids=[row[0][-30:] for row in ASKED]
)
def test_a_question_that_cannot_be_asked_names_what_to_mend(
    served: Served, path: str, field: str, value: str | None, unit: str | None, remedy: str | None
) -> None:
    answer = served.get(path)
    assert answer.status_code == 422
    told = answer.json()
    assert [told[each] for each in ("field", "value", "unit", "remedy")] == [
        field, value, unit, remedy,
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["edge=x", "kelly=nan", "touch=x"])
def test_numbers_of_a_size_are_read_though_too_little_is_recorded(
    served: Served, asked: str
) -> None:
    """They were not, and nonsense passed for a number that was taken into account."""
    answer = served.get(f"{SIZE}&{asked}")
    assert (answer.status_code, answer.json()["field"]) == (422, asked.partition("=")[0])


@pytest.mark.parametrize(
    ("content", "field", "value", "detail", "remedy"),
    [
        (b"", "body", None, "body: is empty", "send JSON"),
        (b"[]", "body", "a list", "body: must be an object", None),
        (b"{}", "changes", None, "changes: is missing", "give it"),
        (b'{"changes":[],"x":1}', "x", None, "x: is not known here", SCHEMA),
        (
            b'{"changes":[{"change":"nope"}]}',
            "changes[0].change",
            "nope",
            "changes[0].change: is none of the choices",
            SCHEMA,
        ),
        (
            b'{"changes":[{"change":"set_leverage","instrument":"X","leverage":5}]}',
            "changes[0].leverage",
            "a whole number",
            "changes[0].leverage: must be text",
            'numbers are written as text, such as "1.5"',
        ),
    ],
)
def test_a_body_that_does_not_fit_names_the_field_and_what_belongs_there(
    served: Served, content: bytes, field: str, value: str | None, detail: str, remedy: str | None
) -> None:
    answer = served.post(WHAT_IF, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    told = answer.json()
    assert (told["field"], told["value"], told["detail"]) == (field, value, detail)
    assert told["remedy"] == remedy or field == "body"


@pytest.mark.parametrize(
    ("content", "field", "remedy"),
    [
        (b'{"dwell_s":"3"}', "dwell_s", "without quotes"),
        (b'{"dwell_s":1.5}', "dwell_s", "without a point"),
        (b'{"warn":0.7}', "warn", "as text"),
        (b"[]", "body", "{...}"),
    ],
)
def test_what_is_of_another_kind_is_told_how_that_kind_is_written(
    served: Served, content: bytes, field: str, remedy: str
) -> None:
    told = served.post("/api/v1/bands", content=content).json()
    assert told["field"] == field
    assert remedy in told["remedy"]


def test_a_probe_may_ask_for_the_head_alone(served: Served) -> None:
    for path in ("/api/v1/health", "/api/v1/ready", "/api/v1/accounts", "/metrics"):
        assert served.ask("HEAD", path).status_code == served.get(path).status_code == 200
