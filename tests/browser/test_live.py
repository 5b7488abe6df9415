"""What the page does while accounts live: turn, move, fall silent, come back."""

from __future__ import annotations

import re

from tests.browser.accounts import account
from tests.browser.conftest import Opener
from tests.browser.desk import Desk

ROW = "tr[data-row='{}']"


def names(page: object) -> list[str]:
    found: list[str] = page.evaluate(  # type: ignore[attr-defined]
        "[...document.querySelectorAll('tr[data-row]')].map((row) => row.dataset.row)"
    )
    return found


def test_a_crash_turns_an_account_and_moves_it_up(desk: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/")
    expect(page.locator(ROW.format("middle"))).to_have_attribute("data-status", "healthy")
    assert names(page)[0] == "near"
    desk.put(desk.mark("BTCUSDT", "40000"))
    expect(page.locator(ROW.format("middle"))).to_have_attribute("data-status", "liquidation")
    expect(page.locator(ROW.format("middle"))).to_contain_text("past it")
    expect(page.locator(".over")).to_contain_text("The venue acts on")
    expect(page.locator(".bar .count")).not_to_have_text("0")
    expect(page).to_have_title(re.compile("need"))
    assert names(page)[-1] == "far"


def test_the_order_freezes_under_the_pointer_and_says_that_another_waits(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/")
    page.locator(ROW.format("far")).hover()
    # What was being drawn when the pointer came is drawn; from the next frame on the rows stand.
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    before = names(page)
    desk.put(desk.mark("ETHUSDT", "300"), desk.mark("BTCUSDT", "60000"))
    far = account("far", balance="100", held={"ETHUSDT": ("10", "3000")})
    desk.put(desk.snapshot("far", far))
    expect(page.locator(ROW.format("far"))).to_have_attribute("data-status", "liquidation")
    page.wait_for_timeout(600)
    assert names(page) == before
    expect(page.get_by_role("button", name="Order changed")).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator("tr[data-row]").first).to_have_attribute("data-row", "far")


def test_an_explanation_opens_by_keyboard_and_gives_the_focus_back(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/accounts/middle")
    figure = page.locator("[data-explain='middle USDT maintenance_margin']").first
    figure.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("dialog.drawer")
    expect(drawer).to_contain_text("How it came about")
    expect(drawer.locator("h2")).to_be_focused()
    expect(drawer).to_contain_text("BNUM-MM-001")
    for price in ("59000", "58000", "57000"):  # the figure is drawn anew behind it
        desk.put(desk.mark("BTCUSDT", price))
        page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(figure).to_be_focused()
    page.keyboard.press("e")
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Copy exact").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"\d+(\.\d+)?", copied), copied


def test_a_silent_stream_makes_unknown_with_what_was_and_never_healthy(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/")
    row = page.locator(ROW.format("middle"))
    expect(row).to_have_attribute("data-status", "healthy")
    desk.jump(20)
    expect(row).to_have_attribute("data-status", "unknown")
    expect(row).to_contain_text("was ")
    expect(row.locator("td").nth(2)).to_contain_text("?")
    expect(page.locator(".st.healthy")).to_have_count(0)
    expect(page.locator(".live")).to_have_class(re.compile("stale"))
    desk.live()
    expect(row).to_have_attribute("data-status", "healthy")
    expect(row).not_to_contain_text("was ")


def test_markup_in_a_name_or_a_symbol_stays_text(look: Opener) -> None:
    from playwright.sync_api import expect

    symbol, name = "X<img src=x onerror=alert(1)>USDT", "<img src=y onerror=alert(2)> & “co”"
    with Desk([account(name, held={symbol: ("1", "60000")})]) as evil:
        page = look(evil).open("/")
        expect(page.locator("tr[data-row] a.name")).to_have_text(name)
        page.locator("tr[data-row] a.name").click()
        expect(page.locator("h1")).to_have_text(name)
        expect(page.locator(".pos td b")).to_have_text(symbol)
        page.get_by_role("link", name="What if w").click()
        expect(page.locator("h1")).to_have_text("What if")
        expect(page.get_by_role("slider", name=symbol)).to_have_count(1)
        assert page.locator("img").count() == 0
        assert page.evaluate("document.scripts.length") == 1
        page.goto("about:blank")  # before its server goes


def test_without_marginline_the_page_goes_dim_and_every_figure_has_its_time(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    seen = look(desk)
    page = seen.open("/")
    expect(page.locator(ROW.format("middle"))).to_have_attribute("data-status", "healthy")
    desk.close()
    expect(page).to_have_title("? marginline")
    expect(page.locator(".banner")).to_contain_text("No word from marginline")
    expect(page.locator(".sheet")).to_have_class(re.compile("lost"))
    expect(page.locator(ROW.format("middle")).locator("td").nth(2)).to_contain_text("at ")
    seen.complaints.clear()  # that it could not connect is the test's own doing


def test_keys_walk_the_rows_open_them_and_go_to_places(desk: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/")
    page.keyboard.press("j")
    expect(page.locator(ROW.format("near") + " a.name")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("middle")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile(r"/what-if\?account=middle"))
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text("Alerts")
    page.keyboard.press("/")
    page.keyboard.type("far")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("far")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("copy the planned action")


def test_a_key_without_a_row_in_focus_acknowledges_nothing_and_e_explains_the_row(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/")
    near = page.locator("[data-account=near]")
    expect(page.get_by_role("button", name="Acknowledge the alert of near")).to_be_visible()
    posted: list[str] = []
    page.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    page.keyboard.press("a")
    page.keyboard.press("c")
    page.keyboard.press("j")
    expect(near.locator("a.name")).to_be_focused()
    assert posted == []
    page.keyboard.press("e")
    expect(page.locator("dialog.drawer")).to_contain_text("How it came about")
    page.keyboard.press("Escape")
    expect(near.locator("a.name")).to_be_focused()


def test_on_paper_an_account_is_light_and_its_five_balances_are_explained(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/accounts/middle")
    explained = page.locator(".five .for-print")
    expect(explained).to_contain_text("sum(balance * index)")
    expect(explained).to_be_hidden()
    page.emulate_media(media="print")
    expect(explained).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("header nav")).to_be_hidden()
    expect(page.locator("footer .for-print")).to_contain_text("BNUM-SINGLE-2020-08")
    page.emulate_media(media="screen")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_alert_is_acknowledged_and_muted_from_the_page(desk: Desk, look: Opener) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/alerts")
    alert = page.locator(".alert[data-account='near'][data-state='firing']").first
    expect(alert).to_be_visible()
    key = alert.get_attribute("data-row")
    alert.get_by_role("button", name="Acknowledge").click()
    same = page.locator(f".alert[data-row='{key}']")
    expect(same).to_have_attribute("data-state", "acknowledged")


def test_bands_are_tried_before_they_are_saved_and_keep_what_was_typed_wrong(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/alerts?account=middle")
    warn = page.get_by_label("Warn in %")
    warn.fill("abc")
    expect(page.get_by_role("alert").filter(has_text="abc")).to_be_visible()
    expect(page.get_by_role("button", name="Save bands")).to_be_disabled()
    expect(warn).to_have_value("abc")
    warn.fill("55")  # below the target, which is at 60
    expect(page.get_by_label("Target in %")).to_have_attribute("aria-describedby", "fault-target")
    expect(page.locator("#fault-target")).to_contain_text("must not lie above warn")
    warn.fill("65")
    expect(page.locator("section[aria-label=Bands]")).to_contain_text("would have spoken")
    page.get_by_role("button", name="Save bands").click()
    expect(page.locator(".unseen[role=status]")).to_have_text("Saved")
    expect(page.get_by_label("Warn in %")).to_have_value("65")
    assert desk.monitor.row("middle").bands.warn == "0.65"


def test_every_kind_of_alert_says_when_it_speaks_and_is_quieted_by_account(
    desk: Desk, look: Opener
) -> None:
    from playwright.sync_api import expect

    page = look(desk).open("/alerts?account=middle")
    queue = page.locator("tr[data-kind=adl]")
    expect(queue).to_contain_text("speaks")
    queue.get_by_role("button", name="Quiet 8 h").click()
    expect(queue).to_contain_text("quiet until")
    (silence,) = desk.monitor.state.silences
    assert (silence.account, silence.kind) == ("middle", "adl")
    queue.get_by_role("button", name="Let it speak").click()
    expect(queue).to_contain_text("speaks")
    assert not desk.monitor.state.silences


def test_the_first_drawing_has_the_accounts_and_never_says_that_there_is_none(
    desk: Desk, look: Opener
) -> None:
    seen = look(desk)
    seen.page.add_init_script(
        "globalThis.denied = 0; new MutationObserver(() => {"
        " if (document.body?.textContent.includes('No account is like that')) denied += 1;"
        "}).observe(document, { subtree: true, childList: true });"
    )
    page = seen.open("/")
    page.locator("tr[data-row]").nth(2).wait_for()
    assert page.evaluate("globalThis.denied") == 0
