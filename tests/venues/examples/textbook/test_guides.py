"""Every figure of the two guides, reproduced: lines G1, G2, M1, M2, M3, M5, M6, M7."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from marginline.venues.textbook.rulebooks import RULEBOOKS
from tests.venues.documents import (
    Doc,
    account,
    assessed,
    by_ratio,
    linear,
    market,
    position,
    wallet,
)

TIERS = {"rows": [{"floor": "0", "rate": "0.005", "initial_rate": "0.01"}]}


def guide_1(balance: str, mark: str, **parts: str) -> Doc:
    """10,000 posted, one coin bought at 50,000."""
    return account(
        "textbook",
        wallets=[wallet("USD", balance) | ({"parts": parts} if parts else {})],
        positions=[position("BTC", "1", "50000")],
        instruments={"BTC": linear("BTC", "USD")},
        market=market(BTC=mark),
        parameters={"tiers": {"BTC": TIERS}},
    )


def guide_2(mark: str, **more: str) -> Doc:
    """One contract of one BTC at 60,000, on exactly its initial margin of 1 %."""
    return account(
        "textbook",
        wallets=[wallet("USD", "600")],
        positions=[position("BTC", "1", "60000", **more)],
        instruments={"BTC": linear("BTC", "USD", contract_size="1")},
        market=market(BTC=mark),
        parameters={"tiers": {"BTC": TIERS}},
    )


POSTED = {"deposits": "10000", "fees": "-100"}
FIGURES = [
    pytest.param(guide_1("10000", "51200"), "unrealized_pnl", "1200", id="G2: unrealized gain"),
    pytest.param(guide_1("10000", "51200"), "margin_balance", "11200", id="G2: 10,000 + 1,200"),
    pytest.param(
        guide_1("9900", "48500", **POSTED), "unrealized_pnl", "-1500", id="G2: unrealized loss"
    ),
    pytest.param(
        guide_1("9900", "48500", **POSTED), "wallet_balance", "9900", id="G1: posted less fees"
    ),
    pytest.param(
        guide_1("9900", "48500", **POSTED), "margin_balance", "8400", id="G2: less 1,500 and 100"
    ),
    pytest.param(guide_2("60000"), "initial_margin", "600", id="M6: IM 1 % of 60,000"),
    pytest.param(guide_2("60000"), "maintenance_margin", "300", id="M6: MM 0.5 % of 60,000"),
    pytest.param(guide_2("62000"), "unrealized_pnl", "2000", id="M6: at 62,000 P&L 2,000"),
    pytest.param(guide_2("62000"), "equity", "2600", id="M5, M6: at 62,000 equity 2,600"),
    pytest.param(guide_2("62000"), "available_balance", "2000", id="M5, M6: available 2,000"),
    pytest.param(guide_2("62000"), "initial_margin", "600", id="M6: IM stays as it was at entry"),
    pytest.param(guide_2("58000"), "unrealized_pnl", "-2000", id="M6: at 58,000 P&L -2,000"),
    pytest.param(guide_2("58000"), "equity", "-1400", id="M6: at 58,000 equity -1,400"),
    pytest.param(guide_2("58000"), "maintenance_margin", "300", id="M6: MM stays"),
    pytest.param(guide_2("58000"), "call_amount", "2000", id="M3: back to initial margin"),
    pytest.param(guide_2("58000"), "available_balance", "-2000", id="M5: a shortfall shows"),
    pytest.param(guide_2("62000"), "call_amount", "0", id="M3: no call at 62,000"),
    pytest.param(guide_2("62000"), "call_price", "59700", id="M3: equity meets 300 at 59,700"),
    pytest.param(
        guide_2("60000", leverage="10"), "initial_margin", "6000", id="M7: 10x of 60,000 is 6,000"
    ),
]


@pytest.mark.parametrize(("document", "measure", "figure"), FIGURES)
def test_figure_of_the_guides(document: Doc, measure: str, figure: str) -> None:
    assert getattr(assessed(document), measure) == D(figure)


@pytest.mark.parametrize(
    ("mark", "status"),
    [
        pytest.param("62000", "healthy", id="M6: at 62,000"),
        pytest.param("60000", "healthy", id="M6: at entry, ratio 0.5"),
        pytest.param("59701", "watch", id="M3: one above the call price"),
        pytest.param("59700", "margin_call", id="M3: equity equals maintenance"),
        pytest.param("58000", "margin_call", id="M6: at 58,000, margin call"),
    ],
)
def test_margin_call_comes_when_equity_meets_maintenance(mark: str, status: str) -> None:
    assessment = by_ratio(guide_2(mark))
    assert assessment.status == status
    assert assessment.pools[0].positions[0].call_price == 59_700


def test_textbook_never_liquidates() -> None:
    position_ = assessed(guide_2("30000")).pools[0].positions[0]
    assert position_.liquidation_price is None
    assert assessed(guide_2("30000")).status == "margin_call"


def test_slip_of_the_second_guide_is_documented() -> None:
    """M7: the guide divides a margin that is already 100x by ten again."""
    (book,) = RULEBOOKS
    assert any("IM 60, MM 30" in note for note in book.notes)


def test_initial_margin_follows_the_tier_of_the_entry_not_of_the_mark() -> None:
    rows = [
        {"floor": "0", "cap": "61000", "rate": "0.005", "initial_rate": "0.01"},
        {"floor": "61000", "rate": "0.005", "initial_rate": "0.02"},
    ]
    document = guide_2("62000") | {"parameters": {"tiers": {"BTC": {"rows": rows}}}}
    assert assessed(document).initial_margin == 600
