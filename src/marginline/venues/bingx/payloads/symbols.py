"""Contract terms from a BingX symbol: `BTC-USDT` is linear, `SOL-USD` inverse.

A linear size is in coins. How many USD an inverse contract is worth the symbol does not tell: it is
packaged where it is known, else `coin_contracts` tells it (`minTickSize`, the least contract value
in USD).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from marginline.core.account.account import Instrument
from marginline.core.findings import Code
from marginline.venues.bingx.payloads.kinds import PERPETUAL
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.kinds import Answers
from marginline.venues.resolve import packaged


def is_coin_margined(symbol: str) -> bool:
    """Whether a symbol is of the coin-M family."""
    return symbol.endswith("-USD")


def instrument_of(symbol: str) -> Instrument | None:
    """The contract that a symbol names; None where it does not tell."""
    known = packaged.instruments("bingx", PERPETUAL).get(symbol)
    if known is not None:
        return known
    base, _, quote = symbol.rpartition("-")
    if not base or quote not in ("USDT", "USDC"):
        return None
    return Instrument(symbol=symbol, payoff="linear", base=base, quote=quote, settle=quote)


def lay_contracts(draft: Draft, answers: Answers) -> None:
    """Coin-M contracts with what one is worth, of those the account has to do with."""
    for row in answers.rows("coin_contracts"):
        symbol, face = row.name("symbol"), row.number("minTickSize")
        if face is not None and is_coin_margined(symbol):
            base = symbol.removesuffix("-USD")
            terms = Instrument(symbol=symbol, payoff="inverse", base=base, quote="USD", settle=base)
            draft.instruments[symbol] = replace(terms, contract_size=face)


def known_contract(draft: Draft, symbol: str, where: str) -> Instrument | None:
    """The contract of a symbol, written into the account; noted where it is not known."""
    found = draft.instruments.get(symbol) or instrument_of(symbol)
    if found is None:
        text = (
            f"what a contract of {symbol} is worth is not known, so it is left out; give"
            f" coin_contracts, or an account that describes instruments.{symbol}"
        )
        draft.note(Code.MISSING_DATA, f"{where}: {symbol}", text)
        return None
    draft.instruments[symbol] = found
    return found


def drop_idle(draft: Draft, told: Iterable[str]) -> None:
    """Contracts that an answer listed and nothing in the account mentions."""
    used = {p.instrument for p in draft.positions.values()} | {o.instrument for o in draft.orders}
    for symbol in told:
        if symbol not in used | draft.settings.keys() | draft.tiers.keys():
            draft.instruments.pop(symbol, None)
