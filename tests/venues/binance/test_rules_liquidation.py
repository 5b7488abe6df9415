"""Which price is the liquidation price: every clause of the account format, worked by hand."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from marginline.core.numbers import exact
from tests.venues.documents import (
    Doc,
    account,
    assessed,
    by_ratio,
    flat,
    inverse,
    ladder,
    linear,
    market,
    position,
    usdm,
    wallet,
)

Ends = tuple[str | None, str | None, str | None]


def book(balance: str, *positions: Doc, mark: str = "100", tiers: Doc | None = None) -> Doc:
    """One symbol at 100, maintenance 10 % unless said: numbers for mental arithmetic."""
    return usdm(
        wallets=[wallet("USDT", balance)],
        position_mode="hedge" if len(positions) > 1 else "one_way",
        positions=list(positions),
        instruments={"X": linear("X"), "Y": linear("Y")},
        market=market(X=mark, Y="50"),
        parameters={"tiers": {"X": tiers or flat("0.1"), "Y": flat("0.2")}},
    )


def ends(document: Doc, key: str | None = None) -> Ends:
    """Below, above and the price of a position, to seven places."""
    pool = assessed(document).pools[-1]
    place = pool.positions[0] if key is None else pool.position(key)
    below, above = place.liquidation_price_below, place.liquidation_price_above
    return seven(below), seven(above), seven(place.liquidation_price)


def seven(price: D | str | None) -> str | None:
    return None if price is None else f"{D(price):.7f}"


def long(size: str, entry: str = "100", **more: str) -> Doc:
    return position("X", size, entry, **more)


WHOLE = ladder(("0", "0.1"), ("600", "0.5"), kind="whole")
CASES = [
    pytest.param(book("55", long("1")), ("50", None, "50"), id="a long falls"),
    pytest.param(book("10", long("-1")), (None, "100", "100"), id="a short, already at the line"),
    pytest.param(book("32", long("-1")), (None, "120", "120"), id="a short rises"),
    pytest.param(book("100", long("1")), (None, None, None), id="prices <= 0 do not exist"),
    pytest.param(book("99.99", long("1")), ("0.0111111", None, "0.0111111"), id="just above 0"),
    pytest.param(
        book("20", long("1", side="long"), long("-1", side="short")),
        (None, "100", "100"),
        id="hedge flat, at the line: the price that would save is where it stands",
    ),
    pytest.param(
        book("40", long("1", side="long"), long("-1", side="short")),
        (None, "200", "200"),
        id="hedge flat: both requirements rise with the price",
    ),
    pytest.param(
        book("30", long("2", side="long"), long("-1", side="short")),
        ("100", None, "100"),
        id="net long, falls: 30 + (P - 100) = 0.3 P",
    ),
    pytest.param(
        book("70", long("2"), mark="100", tiers=ladder(("0", "0.1"), ("150", "0.3"))),
        ("72.2222222", None, "72.2222222"),
        id="the tier at the price counts, not the one at the mark",
    ),
    pytest.param(
        book("5", long("1")), ("105.5555556", None, "105.5555556"), id="under: what saves"
    ),
    pytest.param(book("5", long("-1")), (None, "95.4545455", "95.4545455"), id="a short under"),
    pytest.param(
        book("-200", long("1", "100")), ("333.3333333", None, "333.3333333"), id="far under"
    ),
    pytest.param(
        book("-200", long("-1", "100")), (None, None, None), id="no price above 0 saves it"
    ),
    pytest.param(
        book("101", long("-5"), mark="100", tiers=WHOLE),
        (None, "109.2727273", "109.2727273"),
        id="whole tiers: inside the first row",
    ),
    pytest.param(
        book("200", long("-5"), mark="100", tiers=WHOLE),
        (None, "120", "120"),
        id="whole tiers: the jump at 600 ends the range",
    ),
]


@pytest.mark.parametrize(("document", "expected"), CASES)
def test_price_of_one_symbol(document: Doc, expected: Ends) -> None:
    assert ends(document) == tuple(map(seven, expected))


# A long of 10 under whole tiers, 10 % to a notional of 600, then 50 %: health is
# balance + 10 (P - 100) - 1 P up to P = 60, and - 5 P above it. With 500 behind it that is
# 9 P - 500 (above 0 from 55.56) and 5 P - 500 (above 0 from 100): two safe ranges.
TWO_RANGES = [
    pytest.param("57", ("55.5555556", "60", "55.5555556"), id="the lower range holds the mark"),
    pytest.param("120", ("100", None, "100"), id="the upper range holds the mark"),
    pytest.param("62", ("55.5555556", "60", "60"), id="between: the lower one is nearer"),
    pytest.param("99", ("100", None, "100"), id="between: the upper one is nearer"),
    pytest.param("50", ("55.5555556", "60", "55.5555556"), id="below both"),
]


@pytest.mark.parametrize(("mark", "expected"), TWO_RANGES)
def test_of_several_safe_ranges_the_one_that_holds_the_mark_else_the_nearest(
    mark: str, expected: Ends
) -> None:
    assert ends(book("500", long("10"), mark=mark, tiers=WHOLE)) == tuple(map(seven, expected))


def test_legs_of_one_pool_share_one_price() -> None:
    document = book("30", long("2", side="long"), long("-1", side="short"))
    assert ends(document, "X/long") == ends(document, "X/short")


def test_isolated_legs_have_a_price_each() -> None:
    apart = {"margin_mode": "isolated", "isolated_margin": "28"}
    document = book("500", long("1", side="long", **apart), long("-1", side="short", **apart))
    prices = [p.positions[0].liquidation_price for p in assessed(document).pools[1:]]
    with exact():
        assert prices == [80, D(128) / D("1.1")]


def test_other_instruments_stand_still() -> None:
    """Y loses 20 and needs 10 of its own while X moves."""
    document = book("85", long("1"))
    document["positions"].append(position("Y", "1", "70"))
    document["position_mode"] = "one_way"
    found = assessed(document).pool("USDT")
    with exact():
        assert found.position("X/both").liquidation_price == D(45) / D("0.9")
    assert found.position("Y/both").liquidation_price is None


def inverse_book(balance: str, size: str, mark: str = "10000", rate: str = "0.1") -> Doc:
    return account(
        "binance_coinm",
        wallets=[wallet("BTC", balance)],
        positions=[position("BTCUSD_PERP", size, "10000")],
        instruments={"BTCUSD_PERP": inverse()},
        market=market(BTCUSD_PERP=mark),
        parameters={"tiers": {"BTCUSD_PERP": flat(rate)}},
    )


INVERSE = [
    pytest.param(inverse_book("0.2", "100"), "9166.6667", id="long: 1.1 / 1.2 of the entry"),
    pytest.param(inverse_book("1", "100"), "5500", id="a 1x long falls to near half"),
    pytest.param(inverse_book("0.2", "-100"), "11250", id="short: 0.9 / 0.8"),
    pytest.param(inverse_book("1", "-100"), None, id="a 1x short has none"),
    pytest.param(inverse_book("2", "-100"), None, id="a short with more than its face has none"),
    pytest.param(inverse_book("0.05", "100"), "10476.1905", id="a long already under"),
]


@pytest.mark.parametrize(("document", "expected"), INVERSE)
def test_inverse_price(document: Doc, expected: str | None) -> None:
    place = assessed(document).pool("BTC").positions[0]
    price = place.liquidation_price
    assert (None if price is None else f"{price:.4f}") == (
        None if expected is None else f"{D(expected):.4f}"
    )
    if expected is None:
        (why,) = [
            f
            for f in assessed(document).pool("BTC").findings
            if f.measure and f.measure.value == "liquidation_price"
        ]
        assert "its loss is bounded" in why.message


def test_each_open_end_says_on_which_side_nothing_liquidates() -> None:
    def reasons(document: Doc) -> dict[str, str]:
        found = assessed(document).pools[0].findings
        return {f.measure.value: f.message for f in found if f.measure}

    bounded = reasons(inverse_book("2", "-100"))
    assert "BTCUSD_PERP alone below liquidates" in bounded["liquidation_price_below"]
    assert "BTCUSD_PERP alone above liquidates" in bounded["liquidation_price_above"]
    falling = reasons(inverse_book("0.2", "100"))
    assert "alone above" in falling["liquidation_price_above"]
    rich = reasons(book("100", long("1")))
    assert "alone on either side" in rich["liquidation_price"]
    under = reasons(book("-200", long("-1")))
    assert "no price of X alone would save" in under["liquidation_price"]


BANKRUPTCY = [
    pytest.param(book("55", long("1")), "45", id="long: the balance is gone 55 lower"),
    pytest.param(book("55", long("-1")), "155", id="short: 55 higher"),
    pytest.param(book("150", long("1")), None, id="more than the price behind it"),
    pytest.param(book("-20", long("1")), "120", id="already bankrupt: what brings it back to 0"),
    pytest.param(
        book("55", long("2", side="long"), long("-1", side="short")), "45", id="legs together"
    ),
    pytest.param(book("55", long("1", side="long"), long("-1", side="short")), None, id="flat"),
    pytest.param(inverse_book("0.25", "100"), "8000", id="inverse long: q CM / (WB + q CM / EP)"),
    pytest.param(inverse_book("0.2", "-100"), "12500", id="inverse short"),
    pytest.param(inverse_book("1", "-100"), None, id="inverse short, its face covered"),
]


@pytest.mark.parametrize(("document", "expected"), BANKRUPTCY)
def test_bankruptcy_price(document: Doc, expected: str | None) -> None:
    price = assessed(document).pools[0].positions[0].bankruptcy_price
    assert price == (None if expected is None else D(expected))


def test_bankruptcy_price_of_an_isolated_position_uses_its_margin_alone() -> None:
    document = book("500", long("2", margin_mode="isolated", isolated_margin="30"))
    assert assessed(document).pools[1].positions[0].bankruptcy_price == 85


def test_kink_of_the_multi_assets_rates_is_met_exactly() -> None:
    """USDT -80 + (P - 100) = P - 180 is a debt at the mark, at the ask of 2; BTC counts 190.

    2 (P - 180) + 190 = 0.2 P at P = 94.44; above 180 the bid of 0.5 would count instead.
    """
    document = book("-80", long("1"))
    document |= {
        "mode": "multi_assets",
        "wallets": [wallet("USDT", "-80"), wallet("BTC", "1")],
        "market": market(X="100")
        | {
            "asset_rate": {
                "USDT": {"index": "1", "bid": "0.5", "ask": "2"},
                "BTC": {"index": "190", "bid": "190", "ask": "190"},
            }
        },
    }
    price = assessed(document).pool("USD").positions[0].liquidation_price
    assert price is not None
    assert abs(price - D(170) / D("1.8")) < D("1e-24")


def test_statuses_stand_at_the_line_inclusive() -> None:
    """Support equals the requirement: liquidation, not watch."""
    assert by_ratio(book("10", long("1"))).status == "liquidation"
    assert by_ratio(book("10.0000000001", long("1"))).status == "watch"
    assert by_ratio(book("12.5", long("1"))).status == "watch"
    assert by_ratio(book("12.5000001", long("1"))).status == "healthy"
