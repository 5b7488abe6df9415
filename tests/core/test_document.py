"""One description per field reads, writes and describes; shown on a small noun of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.document._kinds import Members, join
from marginline.core.document._scalars import NumberText, preview
from marginline.core.document.record import (
    Record,
    Sound,
    choice,
    decimal,
    flag,
    free_map,
    list_of,
    map_of,
    moment,
    none_yet,
    number_map,
    one,
    read_document,
    schema_of,
    text,
    write_record,
)
from marginline.core.nouns import dataclass
from marginline.errors import DocumentError, Problem

D = Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg(Record):
    """One leg."""

    name: str = ""
    size: Decimal = field(metadata=decimal("how much", above=0))
    share: Decimal = field(default=D("0.5"), metadata=decimal(minimum=0, maximum=1))

    def check(self, sound: Sound) -> Iterator[Problem]:
        if sound("size", "share") and self.size == self.share:
            yield Problem("size", "", "equals the share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder(Record):
    """Rows that must come in pairs."""

    rows: tuple[Leg, ...] = field(metadata=list_of(Leg, minimum=1))

    def check(self, sound: Sound) -> Iterator[Problem]:
        if sound("rows") and len(self.rows) % 2:
            yield Problem("rows[0].size", "", "odd number of rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Record):
    """A trade."""

    label: str | None = field(default=None, metadata=text("what to call it"))
    kind: str = field(default="swap", metadata=choice(("swap", "loan"), "kind of trade"))
    done: bool = field(default=False, metadata=flag("is it done"))
    at: datetime | None = field(default=None, metadata=moment("when"))
    legs: tuple[Leg, ...] = field(default=(), metadata=list_of(Leg, "the legs"))
    named: Mapping[str, Leg] = field(
        default_factory=none_yet, metadata=map_of(one(Leg, key="name"), "legs by name")
    )
    ladders: Mapping[str, Ladder] = field(
        default_factory=none_yet, metadata=map_of(one(Ladder, short="rows"))
    )
    prices: Mapping[str, Decimal | None] = field(
        default_factory=none_yet, metadata=map_of(decimal(), null=True)
    )
    notes: Mapping[str, object] = field(default_factory=none_yet, metadata=free_map())
    knobs: Mapping[str, object] = field(default_factory=none_yet, metadata=number_map())


def read(**members: object) -> Trade:
    return read_document(Trade, members)


def problems(**members: object) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read(**members)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


# --- reading -------------------------------------------------------------------------------


def test_an_empty_document_has_the_defaults() -> None:
    assert read() == Trade()


def test_null_means_unknown_where_the_default_is_unknown_and_is_an_error_elsewhere() -> None:
    assert read(label=None, at=None).label is None
    assert problems(kind=None, done=None, legs=None, named=None, extra=None) == [
        f"{name}: must not be null" for name in ("kind", "done", "legs", "named", "extra")
    ]


def test_a_record_in_a_map_may_hold_its_key() -> None:
    assert read(named={"near": {"size": "1"}}).named == {"near": Leg(name="near", size=D(1))}


def test_a_map_may_hold_nulls_if_it_says_so() -> None:
    assert read(prices={"a": None, "b": 1}).prices == {"a": None, "b": D(1)}
    assert problems(named={"a": None}) == ["named.a: must be an object"]


def test_a_value_that_is_no_object_is_read_as_the_field_it_is_short_for() -> None:
    rows = [{"size": 1}, {"size": 2}]
    assert read(ladders={"a": rows}) == read(ladders={"a": {"rows": rows}})


def test_a_problem_of_a_short_form_is_named_where_it_stands() -> None:
    rows = [{"size": 1}]
    assert problems(ladders={"a": rows}) == ["ladders.a[0].size: odd number of rows"]
    assert problems(ladders={"a": {"rows": rows}}) == ["ladders.a.rows[0].size: odd number of rows"]


def test_a_check_is_not_asked_about_fields_that_could_not_be_read() -> None:
    assert problems(legs=[{"size": "0.5"}]) == ["legs[0].size: equals the share"]
    assert problems(legs=[{"size": "0.5", "share": 2}]) == [
        "legs[0].share: must lie within 0 and 1"
    ]
    assert problems(ladders={"a": [{"size": 0}]}) == ["ladders.a[0].size: must be greater than 0"]


def test_free_maps_keep_text_and_number_maps_make_numbers() -> None:
    given = {"a": "01", "b": NumberText("1.50"), "c": [1, {"d": True}], "e": None}
    trade = read(notes=given, knobs=given)
    assert trade.notes == {"a": "01", "b": "1.50", "c": ("1", {"d": True}), "e": None}
    assert trade.knobs == {"a": D(1), "b": D("1.5"), "c": (D(1), {"d": True}), "e": None}


def test_a_moment_under_a_free_map_is_kept_as_text() -> None:
    day = datetime(2026, 9, 1, tzinfo=UTC)
    assert read(notes={"a": day, "b": day.date()}).notes == {
        "a": "2026-09-01T00:00:00Z",
        "b": "2026-09-01",
    }


def test_keys_given_twice_are_named() -> None:
    twice = Members({"size": "1"})
    twice.twice = ("size",)
    message = "the key stands here more than once"
    assert problems(legs=[twice]) == [f"legs[0].size: {message}"]
    assert problems(notes={"a": twice}) == [f"notes.a.size: {message}"]


def test_problems_come_in_the_order_of_the_fields() -> None:
    assert problems(zzz=1, legs=[{}], kind="x", aaa=1) == [
        "kind: is none of the choices",
        "legs[0].size: is missing",
        "zzz: unknown field",
        "aaa: unknown field",
    ]


# --- paths and values in messages ----------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "step", "expected"),
    [
        pytest.param("", "wallets", "wallets", id="root"),
        pytest.param("wallets", 0, "wallets[0]", id="index"),
        pytest.param("mark", "BTC-PERPETUAL", "mark.BTC-PERPETUAL", id="plain symbol"),
        pytest.param("mark", "BTC/USDT:USDT", 'mark["BTC/USDT:USDT"]', id="symbol"),
        pytest.param("mark", "a\nb", 'mark["a\\nb"]', id="control character"),
        pytest.param("", "", '[""]', id="empty"),
    ],
)
def test_paths(path: str, step: str | int, expected: str) -> None:
    assert join(path, step) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param("", '""', id="empty text"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="terminal escape"),
        pytest.param("x" * 1000, "x" * 80 + "…", id="long text"),
        pytest.param(10**5000, "a very long integer", id="long integer"),
        pytest.param(NumberText("1e9"), "1e9", id="literal"),
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param([[]], "a list", id="list"),
        pytest.param({}, "an object", id="object"),
        pytest.param({1}, "a Python set", id="set"),
    ],
)
def test_values_are_shown_short_and_printable(value: object, expected: str) -> None:
    assert preview(value) == expected


# --- writing -------------------------------------------------------------------------------


def test_only_what_differs_from_its_default_is_written() -> None:
    trade = Trade(
        done=True,
        at=datetime(2026, 9, 1, 8, 0, 0, 500, tzinfo=UTC),
        legs=(Leg(size=D("1E+3")), Leg(size=D(1), share=D("0.50"))),
        prices={"a": None, "b": D("-0.10")},
        knobs={"a": D("1.50"), "b": (D(1), False)},
    )
    assert write_record(trade) == {
        "done": True,
        "at": "2026-09-01T08:00:00.000500Z",
        "legs": [{"size": "1000"}, {"size": "1"}],
        "prices": {"a": None, "b": "-0.1"},
        "knobs": {"a": "1.5", "b": ["1", False]},
    }


def test_what_is_written_reads_back() -> None:
    trade = Trade(named={"a": Leg(name="a", size=D(2))}, extra={"x": ("1", {"y": "z"})})
    assert read_document(Trade, write_record(trade)) == trade


# --- schema --------------------------------------------------------------------------------


def test_the_schema_says_what_the_descriptions_say() -> None:
    schema: Any = schema_of(Trade, "urn:trade", "trade")
    assert schema["additionalProperties"] is False
    assert "required" not in schema
    assert schema["$defs"]["Leg"]["required"] == ["size"]
    assert schema["properties"]["kind"] == {
        "enum": ["swap", "loan"],
        "description": "kind of trade",
        "default": "swap",
    }
    assert schema["$defs"]["Leg"]["properties"]["share"] == {
        "$ref": "#/$defs/number_from_0_to_1",
        "default": "0.5",
    }
    assert "name" not in schema["$defs"]["Leg"]["properties"]


def test_a_record_used_in_several_places_is_defined_once() -> None:
    schema: Any = schema_of(Trade, "urn:trade", "trade")
    assert schema["properties"]["legs"]["items"] == {"$ref": "#/$defs/Leg"}
    assert schema["properties"]["named"]["additionalProperties"] == {"$ref": "#/$defs/Leg"}
