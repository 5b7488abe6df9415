"""USDS-M and COIN-M: from the typed rows of Binance's answers to the parts of an account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Wallet
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import to_text
from marginline.venues.binance.page import futures as page
from marginline.venues.binance.payloads.market import lay_market
from marginline.venues.binance.payloads.positions import (
    lay_orders,
    lay_positions,
    report_legs,
    shows_legs,
    switch,
    tells_positions,
)
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import ORDERS, WALLETS, Draft
from marginline.venues.reader.fields import Row, given_by
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request

USD = "USD"
_WHOLE = tuple(
    line for line in page.USDM if line.measure not in (M.WALLET_BALANCE, M.UNREALIZED_PNL)
)
"""What an asset's row says of all its pools, but for what it says of the cross one by itself."""


def lay(request: Request, draft: Draft, answers: Answers) -> None:
    """Fill the draft from the answers of a futures account."""
    account = answers.first("account")
    if draft.venue == "binance_usdm":
        draft.mode = _asset_mode(request, draft, answers)
    else:
        request.refuse_mode()
    _lay_positions(draft, answers)
    draft.hedge = _hedge(draft, answers)
    _lay_wallets(draft, answers, account)
    lay_orders(draft, answers.rows("open_orders"), answers.rows("open_algo_orders"),
               given=answers.given("open_orders"))  # fmt: skip
    _judge_orders(draft, answers, account)
    lay_market(draft, answers)
    if account is not None:
        _judge_assets(draft, account)
        _report_account(draft, account)
    if answers.given("balance"):
        draft.reported.raw["balance"] = given_by(answers.rows("balance"), "asset")


# -- modes -------------------------------------------------------------------------------------


def _asset_mode(request: Request, draft: Draft, answers: Answers) -> str:
    told = switch(answers, "multiAssetsMargin", "account_config", "account")
    found = None if told is None else "multi_assets" if told else "single_asset"
    chosen = request.agreed_mode(found) or draft.mode
    if chosen is None:
        # Read all the same, so that the figures can be seen; the note keeps the status UNKNOWN.
        text = (
            "no answer tells the asset mode and single_asset is assumed; give account_config, or"
            " mode: single_asset or multi_assets"
        )
        draft.note(Code.MISSING_DATA, "mode", text)
        return "single_asset"
    return chosen


def _hedge(draft: Draft, answers: Answers) -> bool | None:
    """One-way or hedge: as the venue says, else as the sides of the rows show."""
    told = switch(answers, "dualSidePosition", "account_config", "position_mode", "account")
    open_legs = any(p.side != "both" for p in draft.positions.values())
    if told is False and open_legs:
        text = (
            "dualSidePosition is false, but LONG or SHORT positions are open; fetch them together"
        )
        draft.note(Code.CONTRADICTION, "position_risk: positionSide", text)
        return True
    shown = shows_legs(answers, "") if told is None else told
    return draft.hedge if shown is None else shown


# -- positions ---------------------------------------------------------------------------------


def _lay_positions(draft: Draft, answers: Answers) -> None:
    if tells_positions(answers):
        draft.positions, draft.reported.positions = {}, {}
    lay_positions(draft, answers, cross_only=draft.mode == "multi_assets")
    if answers.given("position_risk"):
        draft.reported.raw["position_risk"] = report_legs(draft, answers.rows("position_risk"))


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers, account: Row | None) -> None:
    assets = account.rows("assets") if account is not None else ()
    balances = answers.rows("balance")
    if not answers.given("balance") and (account is None or not account.has("assets")):
        return
    old, draft.wallets = draft.wallets, {}
    told = [(row, "walletBalance") for row in assets] + [(row, "balance") for row in balances]
    for row, whole in told:
        asset = row.name("asset")
        if whole == "walletBalance" or asset not in draft.wallets:
            wallet, cross = old.get(asset, Wallet(asset=asset)), row.number("crossWalletBalance")
            draft.wallets[asset] = wallet_of(draft, wallet, row.number(whole), cross)
    draft.known.add(WALLETS)


def wallet_of(draft: Draft, wallet: Wallet, whole: Decimal | None, cross: Decimal | None) -> Wallet:
    """The whole balance; where only the cross part is told, that part, which is said."""
    if whole is not None:
        return replace(wallet, balance=whole, isolated_included=True)
    if cross is not None:
        text = (
            f"no row tells the whole balance of {wallet.asset}: its cross part is taken, without"
            " what is posted to isolated positions"
        )
        draft.note(Code.APPROXIMATE, f"wallets: {wallet.asset}", text)
    return replace(wallet, balance=cross, isolated_included=False)


def _judge_assets(draft: Draft, account: Row) -> None:
    """An asset that shows P&L or maintenance margin has a position, which must be told."""
    held = {draft.instruments[p.instrument].settle for p in draft.positions.values()
            if p.instrument in draft.instruments}  # fmt: skip
    for row in account.rows("assets"):
        asset = row.name("asset")
        shown = [n for n in ("maintMargin", "unrealizedProfit", "crossUnPnl") if row.number(n)]
        if shown and asset not in held:
            text = f"{asset} shows {shown[0]}, but no position in it is told; give position_risk"
            draft.note(Code.CONTRADICTION, f"account: {asset}", text)


# -- orders ------------------------------------------------------------------------------------


def _judge_orders(draft: Draft, answers: Answers, account: Row | None) -> None:
    """Without `open_orders`: known to be none where the venue says that orders take no margin."""
    if answers.given("open_orders") or account is None or not account.has("assets"):
        return
    held = {
        row.name("asset"): row.number("openOrderInitialMargin") for row in account.rows("assets")
    }
    if all(amount == 0 for amount in held.values()):
        draft.known.add(ORDERS)
        draft.orders = []
        return
    draft.known.discard(ORDERS)
    for asset, amount in held.items():
        if amount:
            text = f"orders not told hold {to_text(amount)} {asset}; give open_orders"
            draft.note(Code.APPROXIMATE, f"account: {asset}", text)


# -- what the venue says of its own figures ----------------------------------------------------


def _report_account(draft: Draft, account: Row) -> None:
    told = draft.reported
    raw: dict[str, dict[str, object]] = {
        "totals": dict(account.given),
        "assets": {row.name("asset"): dict(row.given) for row in account.rows("assets")},
        "positions": dict(report_legs(draft, account.rows("positions"))),
    }
    told.raw["account"] = {name: part for name, part in raw.items() if part}
    told.account, told.pools = {}, {}
    if draft.mode == "multi_assets":
        told.account = reported(account, page.MULTI, Of.JOINT)
        told.pools[USD] = dict(told.account)
        return
    for row in account.rows("assets"):
        told.pools[row.name("asset")] = _pool_measures(draft, row)


def _pool_measures(draft: Draft, row: Row) -> dict[str, Decimal | None]:
    """What an asset's row says of its cross pool; of the whole asset where none is isolated."""
    isolated = any(p.margin_mode == "isolated" for p in draft.positions.values())
    whole = {} if isolated else reported(row, _WHOLE, Of.ALL)
    return reported(row, page.USDM, Of.CROSS) | whole
