"""BingX's raw answers in, an account out: USDT-M and coin-M perpetual futures.

What each kind of answer may say is declared in `kinds`. What the venue says of its own
figures goes to `reported`: under our measures as the lines of `page` have them, and under `raw` in
its own words, by kind of answer. Answers of standard futures are read by `standard`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from marginline.core.account.account import Account, Wallet
from marginline.core.findings import Code
from marginline.core.numbers import ZERO
from marginline.errors import PayloadError, Problem
from marginline.venues.bingx.page.perpetual import WORDS
from marginline.venues.bingx.payloads.answers import STABLE, open_message, sniff
from marginline.venues.bingx.payloads.kinds import KINDS as TABLES
from marginline.venues.bingx.payloads.kinds import PERPETUAL, STANDARD
from marginline.venues.bingx.payloads.market import lay_market
from marginline.venues.bingx.payloads.positions import (
    lay_orders,
    lay_position_mode,
    lay_positions,
)
from marginline.venues.bingx.payloads.standard import read_standard
from marginline.venues.bingx.payloads.symbols import drop_idle, lay_contracts
from marginline.venues.compare.comparing import printed
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import ORDERS, WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers, abouts
from marginline.venues.reader.reading import Request

KINDS = {venue: abouts(kinds) for venue, kinds in TABLES.items()}
"""Kinds of answer by venue, each with a line about it."""

_REMEDIES = {
    "wallets": "balance or coin_balance",
    "positions": "positions or coin_positions",
    "orders": "orders or coin_orders",
}
_MODES = {"singleAssetMode": "single_asset", "multiAssetsMode": "multi_assets"}
__all__ = ["KINDS", "read", "sniff"]


def read(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or the answers contradict each other or the call.
    """
    if request.venue == STANDARD:
        return read_standard(request)
    answers = Answers(request, TABLES[PERPETUAL], open_message)
    draft = Draft(PERPETUAL, _REMEDIES, request.onto)
    draft.name = request.name or draft.name
    draft.as_of = request.moment(answers.newest(), draft.as_of)
    draft.forget_notes(request.answers)
    draft.note_void(answers.void)
    draft.mode = _mode(draft, answers, request.mode)
    told = {row.name("symbol") for row in answers.rows("coin_contracts")} - draft.instruments.keys()
    lay_contracts(draft, answers)
    lay_position_mode(draft, answers)
    lay_positions(draft, answers)
    lay_orders(draft, answers)
    _lay_wallets(draft, answers)
    lay_market(draft, answers)
    drop_idle(draft, told)
    draft.keep_unknown(answers.unknown())
    return draft.account(request.sources)


def _mode(draft: Draft, answers: Answers, mode: str | None) -> str:
    """As `asset_mode` says, as the caller says, as it was; else BingX's default, noted."""
    row, found = answers.last("asset_mode"), None
    if row is not None and (word := row.text("assetMode")) is not None:
        found = _MODES.get(word)
        if found is None:
            raise row.wrong("assetMode", "is no asset mode", f"known are {', '.join(_MODES)}")
    if mode is not None and found is not None and mode != found:
        remedy = "leave the mode out, or fetch the answers afresh"
        raise PayloadError([Problem("mode", mode, f"the answers say {found}", remedy)])
    chosen = mode or found or draft.mode
    if chosen is None:
        text = "no answer tells the asset mode: single_asset is taken; give asset_mode, or the mode"
        draft.note(Code.APPROXIMATE, "asset_mode", text)
    return chosen or "single_asset"


# -- wallets -----------------------------------------------------------------------------------


def _lay_wallets(draft: Draft, answers: Answers) -> None:
    """Balances of the families that are told; a row without figures is no wallet."""
    raw, old = draft.reported.raw.setdefault("balance", {}), dict(draft.wallets)
    for kind in ("balance", "coin_balance"):
        if not answers.given(kind):
            continue
        for asset in list(raw):
            if (asset in STABLE) is (kind == "balance"):
                draft.wallets.pop(asset, None)
                draft.reported.pools.pop(asset, None)
                del raw[asset]
        for row in answers.rows(kind):
            _lay_wallet(draft, row, kind, old.get(row.name("asset")))
            raw[row.name("asset")] = dict(row.given)
        draft.known.add(WALLETS)
    if not raw:
        del draft.reported.raw["balance"]
    elif ORDERS not in draft.known and draft.wallets and _nothing_frozen(draft, raw):
        draft.orders = []
        draft.known.add(ORDERS)


def _nothing_frozen(draft: Draft, raw: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether every wallet says that no order freezes margin: then none rests that matters."""
    return all(printed(raw.get(asset, {}), "freezedMargin") == 0 for asset in draft.wallets)


def _lay_wallet(draft: Draft, row: Row, kind: str, old: Wallet | None) -> None:
    asset = row.name("asset")
    figures = (row.number(name) for name in ("balance", "equity", "usedMargin"))
    if all(figure is None for figure in figures):
        text = f"the row of {asset} has no figures: it is taken for an account that is not opened"
        draft.note(Code.NOT_APPLICABLE, f"{kind}: {asset}", text)
        return
    balance = row.number("balance")
    if balance == 0 and draft.mode == "multi_assets" and not _settles(draft, asset):
        return  # an empty asset tells a joint pool nothing
    draft.wallets[asset] = Wallet(asset=asset, balance=balance, credit=old.credit if old else ZERO)
    draft.reported.pools[asset] = _measures(draft, row, asset)


def _settles(draft: Draft, asset: str) -> bool:
    symbols = [p.instrument for p in draft.positions.values()]
    symbols += [o.instrument for o in draft.orders]
    return any(draft.instruments[s].settle == asset for s in symbols if s in draft.instruments)


def _measures(draft: Draft, row: Row, asset: str) -> dict[str, Decimal | None]:
    """What a row says of the asset's cross pool: BingX's figures hold isolated positions, too."""
    isolated = any(
        p.margin_mode == "isolated"
        and (p.margin_asset or draft.instruments[p.instrument].settle) == asset
        for p in draft.positions.values()
    )
    if isolated or draft.mode == "multi_assets":
        return {}
    return reported(row, WORDS, Of.ALL, Of.CROSS)
