"""Portfolio Margin and PM Pro: from the typed rows of Binance's answers to the parts of an account.

One wallet per asset holds cross margin, UM and CM together (`totalWalletBalance`, gross of loans).
All positions are cross. Orders and loans of the cross-margin book are not told by these answers
beyond what is borrowed.
"""

from __future__ import annotations

from dataclasses import replace

from marginline.core.account.account import Wallet
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import CollateralTable
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO, to_text
from marginline.venues.binance.page.portfolio import NO_REQUIREMENT, PM
from marginline.venues.binance.payloads.market import follows, is_coinm, lay_market
from marginline.venues.binance.payloads.positions import (
    lay_orders,
    lay_positions,
    position_rows,
    report_legs,
    shows_legs,
    switch,
    tells_positions,
)
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import ORDERS, POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row, given_by
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import slices
from marginline.venues.reader.reading import Request
from marginline.venues.resolve.schedules import haircut_schedule

USD = "USD"
BOOKS = ("um_", "cm_")
_PARTS = ("crossMarginAsset", "umWalletBalance", "cmWalletBalance")
_VENUES = {"PM_1": "binance_pm_pro", "PM_2": "binance_pm", "PM_3": "binance_pm_pro"}


def lay(request: Request, draft: Draft, answers: Answers) -> None:
    """Fill the draft from the answers of a portfolio margin account."""
    request.refuse_mode()
    account = answers.first("account")
    if account is not None:
        _judge_type(draft, account)
        _report_account(draft, account)
    _lay_positions(draft, answers)
    draft.hedge = _hedge(draft, answers)
    _lay_wallets(draft, answers)
    _lay_orders(draft, answers)
    for row in answers.rows("index_price"):
        asset = row.name("asset")
        old = draft.asset_rate.get(asset, AssetRate())
        draft.asset_rate[asset] = replace(old, index=row.number("assetIndexPrice"))
    lay_market(draft, answers)
    for row in answers.rows("collateral_rate"):
        _lay_collateral(draft, row)


def _judge_type(draft: Draft, account: Row) -> None:
    told = account.text("accountType")
    venue = _VENUES.get(told or "", draft.venue)
    if venue != draft.venue:
        raise account.wrong(
            "accountType", f"is not an account of {draft.venue}", f"read it as {venue}"
        )
    if told == "PM_3" or account.has("riskUnitMMList"):
        text = "PM Pro SPAN: Binance does not publish its model's parameters"
        draft.note(Code.UNSUPPORTED, "account: accountType", text)


def _report_account(draft: Draft, account: Row) -> None:
    told = draft.reported
    told.account = reported(account, PM, Of.JOINT)
    if account.number("uniMMR") == NO_REQUIREMENT:
        del told.account[M.VENUE_RATIO.value]
    told.pools = {USD: dict(told.account)}
    told.raw["account"] = dict(account.given) | account.texts("accountStatus", "accountType")
    loss = account.number("totalMarginOpenLoss")
    if loss is not None and draft.venue == "binance_pm":
        draft.venue_parameters["open_loss"] = to_text(loss)
    elif loss:
        text = "Binance does not say how the loss of resting orders counts in PM Pro"
        draft.note(Code.UNSUPPORTED, "account: totalMarginOpenLoss", text)


# -- positions and orders ----------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers) -> None:
    """Both books. A book that is not told leaves the positions unknown, unless they were known."""
    known = set(draft.known)
    told = [book for book in BOOKS if tells_positions(answers, book)]
    draft.positions = {
        key: p
        for key, p in draft.positions.items()
        if ("cm_" if is_coinm(p.instrument) else "um_") not in told
    }
    for book in told:
        lay_positions(draft, answers, book, cross_only=True)
        for kind, rows in position_rows(answers, book).items():
            draft.reported.raw[kind] = report_legs(draft, rows)
    draft.reported.positions = {
        key: told for key, told in draft.reported.positions.items() if key in draft.positions
    }
    draft.reported.raw = {kind: said for kind, said in draft.reported.raw.items() if said}
    if len(told) < len(BOOKS) and POSITIONS not in known:
        draft.known.discard(POSITIONS)


def _hedge(draft: Draft, answers: Answers) -> bool | None:
    told = switch(answers, "dualSidePosition", *(f"{book}position_mode" for book in BOOKS))
    shown = shows_legs(answers, *BOOKS) if told is None else told
    return draft.hedge if shown is None else shown


def _lay_orders(draft: Draft, answers: Answers) -> None:
    given = [kind for book in BOOKS if answers.given(kind := f"{book}open_orders")]
    lay_orders(draft, answers.rows(*given), (), given=bool(given))
    if len(given) < len(BOOKS):
        draft.known.discard(ORDERS)


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers) -> None:
    if not answers.given("balance"):
        return
    old, draft.wallets = draft.wallets, {}
    for row in answers.rows("balance"):
        wallet = _wallet(draft, old, row)
        draft.wallets[wallet.asset] = wallet
    draft.known.add(WALLETS)
    draft.reported.raw["balance"] = given_by(answers.rows("balance"), "asset")


def _wallet(draft: Draft, old: dict[str, Wallet], row: Row) -> Wallet:
    """All of an asset, gross of loans. A debt that is not told is unknown, not nil."""
    asset = row.name("asset")
    borrowed, interest = row.number("crossMarginBorrowed"), row.number("crossMarginInterest")
    parts = [row.number(name) for name in _PARTS]
    balance = row.number("totalWalletBalance")
    if balance is None and all(part is not None for part in parts):
        balance = sum((part for part in parts if part is not None), ZERO)
    if borrowed is None or interest is None:
        text = f"what is owed of {asset} is not told (crossMarginBorrowed, crossMarginInterest)"
        draft.note(Code.MISSING_DATA, f"balance: {asset}", text)
        balance = None
    if row.number("optionWalletBalance") or row.number("optionEquity"):
        draft.note(Code.UNSUPPORTED, f"balance: {asset}", f"options in {asset} are not counted")
    return replace(
        old.get(asset, Wallet(asset=asset)),
        balance=balance,
        borrowed=borrowed or ZERO,
        interest=interest or ZERO,
    )


# -- collateral --------------------------------------------------------------------------------


def _lay_collateral(draft: Draft, row: Row) -> None:
    """A flat rate (v1) or tiers (v2) of an asset."""
    asset = row.name("asset")
    tiers = sorted(row.rows("collateralInfo"), key=lambda tier: tier.amount("tierFloor"))
    if not tiers:
        ratio = row.number("collateralRate")
        if ratio is not None:
            draft.collateral[asset] = CollateralTable(ratio=ratio)
        return
    rows = slices(tiers, "tierFloor", "tierCap", "collateralRate")
    draft.collateral[asset] = CollateralTable(rows=rows)
    derived = haircut_schedule(draft.collateral[asset], "value").cumulatives
    if not follows([tier.number("cum") for tier in tiers], derived):
        text = f"cum of {asset} does not follow from its tiers; the tiers are used"
        draft.note(Code.DEDUCTION_DIFFERS, f"collateral_rate: {asset}", text)
