"""What the page tells of accounts in need: who owes, who is past the line, what stands apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from marginline.core.account.account import Account
from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk


def owing() -> Account:
    """After a liquidation that took more than there was."""
    return replace(account("owes", held={}), wallets=account("x", balance="-665.0176376").wallets)


def apart() -> Account:
    """Two isolated positions, one of them near its line."""
    made = account(
        "apart", balance="5000", held={"BTCUSDT": ("1", "60000"), "ETHUSDT": ("10", "3000")}
    )
    margins = {"BTCUSDT": Decimal(1500), "ETHUSDT": Decimal(2000)}
    positions = tuple(
        replace(each, margin_mode="isolated", isolated_margin=margins[each.instrument])
        for each in made.positions
    )
    return replace(made, positions=positions)


@pytest.fixture(scope="module")
def needy() -> Iterator[Desk]:
    with Desk([owing(), apart(), account("past", balance="200")]) as running:
        yield running


@pytest.mark.parametrize("width", [390, 1440])
def test_who_owes_with_nothing_open_is_told_and_nothing_of_it_is_drawn_as_safe(
    needy: Desk, look: Opener, width: int
) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy, width, 900).open("/")
    row = page.locator("[data-row='owes']")
    expect(row).to_have_attribute("data-status", "watch")
    expect(row).to_contain_text("No position open")
    expect(row).to_contain_text("no support")
    assert row.locator("svg.pic .hull").count() == 0
    expect(page.locator("p.say").first).to_contain_text("owes 665.02 USDT and has nothing open.")
    expect(page.locator("body")).to_contain_text("To owe nothing: pay in 665.02 USDT")
    page.locator("[data-row='owes'] a.name").click()
    expect(page.locator(".stand .say")).to_contain_text("Strained. It owes 665.02 USDT")
    expect(page.locator(".scales")).to_contain_text("No position open")
    expect(page.locator(".scales .gauge-figure")).to_contain_text("no support")
    assert page.locator(".scales svg.pic .hull").count() == 0


def test_the_way_back_of_an_isolated_position_is_its_own_margin_and_is_tried_as_that(
    needy: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy).open("/accounts/apart")
    plan = page.get_by_label("Planned action")
    expect(plan).to_contain_text("Add to the margin of BTCUSDT")
    expect(plan).not_to_contain_text("of each")
    plan.get_by_role("link", name="Try it").click()
    expect(page.locator(".turn")).to_contain_text(re.compile("Watch.*Healthy", re.DOTALL))
    expect(page.get_by_label("Paid into, or taken from")).to_have_value("BTCUSDT/both")
    page.get_by_label("Paid into, or taken from").select_option("")
    expect(page.locator(".turn")).to_contain_text(re.compile("Watch.*Watch", re.DOTALL))


def test_what_was_past_the_line_before_is_not_drawn_as_safe_beside_what_would_be(
    needy: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy).open("/what-if?account=past&pay=20000")
    expect(page.locator(".turn")).to_contain_text(re.compile("Liquidation.*Healthy", re.DOTALL))
    line = page.locator(".is-ladders tbody tr").first
    expect(line.locator("td").nth(1)).to_have_text("past it")
    expect(line.get_by_label("before, already past the line")).to_be_visible()


def test_an_isolated_margin_that_would_not_hold_is_told_as_past_its_line(
    needy: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy).open("/what-if?account=past&pay=20000&margin=100")
    compare = page.locator(".panel", has=page.get_by_role("heading", name="Cross against isolated"))
    expect(compare).to_contain_text("With this margin BTCUSDT would be past its line at once.")
    expect(compare.locator("tbody tr").first.locator("td").last).to_have_text("past it")


def test_what_cannot_be_judged_says_so_once(needy: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy).open("/accounts/past")
    expect(page.locator(".stand .say")).to_have_text("It is past the line: the venue acts.")
    needy.jump(60)
    expect(page.locator(".stand .say")).to_contain_text(re.compile("^It cannot be judged: "))
    needy.live()


@pytest.mark.parametrize(("width", "least"), [(390, 44), (1440, 24)])
def test_what_is_pressed_is_large_enough(needy: Desk, look: Opener, width: int, least: int) -> None:
    """24 px for a pointer, 44 for a finger; a field counts with its frame."""
    needy.live()
    here = look(needy, width, 900)
    for place, there in PLACES.items():
        page = here.open(place)
        page.locator(there).filter(visible=True).first.wait_for()
        assert page.evaluate(SMALLER, least) == [], place


PLACES = {
    "/": "[data-deed=acknowledge]",
    "/accounts/apart": "main .acts a.btn",
    "/alerts": "main .alert button",
    "/connections": "main [aria-label=Refusals] p:has-text('None.')",
}
"""What is there to press, or to read, once a place shows what it has."""
SMALLER = """(least) => [...document.querySelectorAll('a, button, select, summary')]
  .filter((el) => el.offsetParent && !el.closest('p, .feed, .five, .kv, footer, .unseen, .skip'))
  .filter((el) => (el.closest('.field') ?? el).getBoundingClientRect().height < least)
  .map((el) => el.className + ' ' + el.textContent.trim().slice(0, 30))"""


def test_what_is_isolated_already_is_compared_with_cross_and_not_with_itself(
    needy: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    needy.live()
    page = look(needy).open("/what-if?account=apart&all=0.01")
    compare = page.locator(".panel", has=page.get_by_role("heading", name="Cross against isolated"))
    expect(compare).to_contain_text("Margin posted: 1,500.00 USDT, BTCUSDT.")
    prices = compare.locator("tbody tr").first.locator("td.num")
    cross, isolated = (float(prices.nth(n).inner_text().replace(",", "")) for n in (0, 1))
    assert cross < isolated, "the wallet stands behind it where it is cross"
    expect(page.locator(".is-table caption").first).to_have_text("BTCUSDT isolated")
