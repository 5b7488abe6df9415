"""What if equals the API to the last digit, and the address holds the question."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from marginline.monitor.settings import MonitorSettings
from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

QUESTIONS = {
    "all=-1": [{"change": "shock_all", "relative": "-0.01"}],
    "all=-0.3&move.BTCUSDT=2.5": [
        {"change": "shock_all", "relative": "-0.003"},
        {"change": "shock", "instrument": "BTCUSDT", "relative": "0.025"},
    ],
    "pay=1234.5": [{"change": "transfer", "asset": "USDT", "amount": "1234.5"}],
    "order=BTCUSDT/both&size=-0.25&price=59000": [
        {"change": "order", "instrument": "BTCUSDT", "size": "-0.25", "price": "59000"}
    ],
    "order=BTCUSDT/both&mode=isolated&margin=9000": [
        {
            "change": "set_margin_mode",
            "instrument": "BTCUSDT",
            "mode": "isolated",
            "isolated_margin": "9000",
        }
    ],
    "all=-1&betas=1&beta.ETHUSDT=1.2": [
        {"change": "shock", "instrument": "BTCUSDT", "relative": "-0.01"},
        {"change": "shock", "instrument": "ETHUSDT", "relative": "-0.012"},
    ],
}


@pytest.fixture(scope="module")
def still() -> Iterator[Desk]:
    held = {"BTCUSDT": ("1", "60000"), "ETHUSDT": ("-5", "3000")}
    made = account("still one", balance="20000", held=held)
    settings = MonitorSettings(account_ms=3_600_000)  # as long as the tests of it may take
    with Desk([made], frozenset({"still one"}), settings) as running:
        yield running


def asked(desk: Desk, changes: list[dict[str, Any]]) -> dict[str, Any]:
    request = urllib.request.Request(
        desk.url + "/api/v1/accounts/still%20one/what-if",
        json.dumps({"changes": changes}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        found: dict[str, Any] = json.load(response)
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_page_shows_what_the_api_says_to_the_last_digit(
    still: Desk, look: Opener, question: str
) -> None:
    from playwright.sync_api import expect

    page = look(still).open(f"/what-if?account=still%20one&{question}")
    truth = asked(still, QUESTIONS[question])
    for pool in truth["after"]["pools"]:
        table = page.locator(f".ba[data-pool='{pool['id']}']")
        for measure in ("wallet_balance", "margin_balance", "maintenance_margin", "buffer"):
            cells = table.locator(f"tr[data-measure={measure}] td")
            expect(cells.nth(2)).to_have_attribute("data-exact", pool["measures"][measure])
    expect(page.locator(".turn .st").nth(1)).to_have_class(re.compile(truth["after"]["status"]))


def test_typing_makes_the_address_and_the_address_makes_the_question(
    still: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(still).open("/what-if?account=still%20one")
    page.get_by_label("All move in per cent").fill("-2.5")
    expect(page).to_have_url(re.compile(r"all=-2\.5"))
    buffer = page.locator("tr[data-measure=buffer] td").nth(2)
    truth = asked(still, [{"change": "shock_all", "relative": "-0.025"}])
    expect(buffer).to_have_attribute("data-exact", truth["after"]["pools"][0]["measures"]["buffer"])
    page.reload()
    expect(page.get_by_label("All move in per cent")).to_have_value("-2.5")
    expect(buffer).to_have_attribute("data-exact", truth["after"]["pools"][0]["measures"]["buffer"])
    page.get_by_role("button", name="Copy as command").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "marginline whatif 'still one.json' --shock all:-2.5%"


def test_wrong_input_is_kept_named_and_changes_no_figure(still: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    page = look(still).open("/what-if?account=still%20one&pay=100")
    buffer = page.locator("tr[data-measure=buffer] td").nth(2)
    truth = asked(still, [{"change": "transfer", "asset": "USDT", "amount": "100"}])
    exact = truth["after"]["pools"][0]["measures"]["buffer"]
    expect(buffer).to_have_attribute("data-exact", exact)
    size = page.get_by_label("Size, a sale is negative")
    size.fill("0,5x")
    expect(page.locator(".ctl")).to_contain_text("“0,5x” is not a size")
    expect(size).to_have_value("0,5x")
    expect(size).to_have_attribute("aria-invalid", "true")
    page.wait_for_timeout(400)
    expect(buffer).to_have_attribute("data-exact", exact)


def test_what_no_position_of_the_account_can_be_is_not_asked(look: Opener) -> None:
    """Cross against isolated was asked where the mode is the account's, and refused (422)."""
    from playwright.sync_api import expect

    made = [
        replace(account("all cross", balance="20000"), mode="multi_assets"),
        account("each its own", balance="20000"),
    ]
    with Desk(made, frozenset({"all cross", "each its own"})) as running:
        seen = look(running)
        asked: list[str] = []
        seen.page.on("request", lambda each: asked.append(each.post_data or ""))
        page = seen.open("/what-if?account=all%20cross")
        panel = page.locator("section", has=page.get_by_text("Cross against isolated"))
        expect(panel).to_contain_text("all of them are cross, and none can be isolated")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        assert [each for each in asked if "set_margin_mode" in each] == []
        assert page.get_by_role("group", name="Margin mode").count() == 0
        page = seen.open("/what-if?account=each%20its%20own")
        expect(panel.locator("table")).to_contain_text("is liquidated at")
        assert [each for each in asked if "set_margin_mode" in each]


def test_what_the_venue_or_the_rules_refuse_is_told_in_their_words(
    still: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    seen = look(still)
    seen.expected = ("status of 422",)  # the browser names every refused request
    page = seen.open("/what-if?account=still%20one&order=DOGEUSDT/both&size=1")
    expect(page.locator(".is-verdict")).to_contain_text("DOGEUSDT")


def test_an_account_that_falls_unknown_is_still_asked_and_nothing_reads_as_safe(
    look: Opener,
) -> None:
    from playwright.sync_api import expect

    held = {"BTCUSDT": ("1", "60000"), "ETHUSDT": ("-5", "3000")}
    with Desk([account("late one", balance="20000", held=held)], frozenset({"late one"})) as desk:
        page = look(desk).open("/what-if?account=late%20one&all=-1&betas=1&beta.ETHUSDT=1.2")
        margin = page.locator("tr[data-measure=margin_balance] td").nth(2)
        expect(margin).to_have_attribute("data-exact", "19580")
        desk.jump(60)
        expect(page.locator(".turn .st").nth(1)).to_have_class(re.compile("unknown"))
        expect(margin).to_have_attribute("data-exact", "19580")
        page.reload()
        expect(page.locator(".ctl")).to_contain_text("No position is known")


def test_how_large_an_order_may_be_is_the_apis_answer_and_says_what_it_cannot(
    still: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(still).open("/what-if?account=still%20one&order=BTCUSDT/both&edge=0.2")
    panel = page.get_by_label("How large an order may be")
    for rule, keeps in (("margin allows", ""), ("Uses at most 60", "&keep_ratio=0.6")):
        cells = panel.get_by_role("row", name=re.compile(rule)).locator("td")
        for place, side in enumerate(("buy", "sell"), 1):
            path = f"/api/v1/accounts/still%20one/size?instrument=BTCUSDT&side={side}{keeps}"
            with urllib.request.urlopen(still.url + path, timeout=20) as response:
                expect(cells.nth(place)).to_have_attribute(
                    "data-exact", json.load(response)["size"]
                )
    for rule in ("Touches the line in 24 h by at most 1", "Half of Kelly’s, with 0.2"):
        unknown = panel.get_by_role("row", name=re.compile(rule)).locator("td")
        expect(unknown.nth(1)).to_have_text("?")
    expect(panel).to_contain_text("needs 7 days of hourly marks")
    panel.get_by_label("Chance of the line in 24 h").fill("101")
    expect(panel).to_contain_text("“101” is not a share")


def test_a_size_of_the_question_before_stays_dimmed_until_the_next_is_there(
    still: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(still).open("/what-if?account=still%20one&order=BTCUSDT/both")
    panel = page.get_by_label("How large an order may be")
    cell = panel.get_by_role("row", name=re.compile("margin allows")).locator("td").nth(1)
    expect(cell).to_have_attribute("data-exact", re.compile(r"\d"))
    size = cell.text_content()
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/size?**", hold)
    panel.get_by_label("Chance of the line in 24 h").fill("2")
    expect(cell).to_have_class(re.compile("asking"))
    expect(cell).to_have_text(size or "")
    assert held
    page.unroute("**/size?**")  # which lets those that were held go on
    expect(cell).not_to_have_class(re.compile("asking"))


def test_with_nothing_open_an_order_is_tried_in_any_instrument_that_has_a_mark(
    look: Opener,
) -> None:
    from playwright.sync_api import expect

    flat = account("flat", held={"BTCUSDT": ("0", "60000"), "ETHUSDT": ("0", "3000")})
    with Desk([replace(flat, positions=())], frozenset({"flat"})) as desk:
        page = look(desk).open("/what-if?account=flat")
        verdict = page.locator(".verdict")
        expect(verdict).to_contain_text("Nothing is open that could be liquidated.")
        page.get_by_label("Instrument").select_option("ETHUSDT/both")
        page.get_by_label("Size, a sale is negative").fill("2")
        used = page.locator("tr[data-measure=maintenance_margin] td").nth(2)
        expect(used).to_have_attribute("data-exact", "24")
        expect(page.locator(".turn .st").nth(1)).to_have_class(re.compile("healthy"))
