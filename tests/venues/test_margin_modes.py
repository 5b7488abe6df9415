"""A rulebook whose margin mode is the account's says so, and refuses or passes over the other."""

from __future__ import annotations

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.errors import InputError
from marginline.venues import folders, rulebooks
from marginline.venues.assessing import assess
from marginline.venues.rulebook import Rulebook
from tests.venues.documents import account, flat, linear, market, position, wallet

BOOKS = [book for venue in folders() for book in rulebooks(venue)]


def held(book: Rulebook, mode: str) -> Account:
    """One position that says that it is in this margin mode."""
    return ml.load(
        account(
            book.venue,
            mode=book.mode,
            as_of=f"{book.effective_from}T12:00:00Z",
            wallets=[wallet("USDT", "10000")],
            instruments={"BTCUSDT": linear()},
            positions=[
                position("BTCUSDT", "0.1", "60000", margin_mode=mode, isolated_margin="1000")
                if mode == "isolated"
                else position("BTCUSDT", "0.1", "60000", margin_mode=mode)
            ],
            market=market(BTCUSDT="60000"),
            parameters={"tiers": {"BTCUSDT": flat("0.01")}},
        )
    )


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: f"{book.code} {book.effective_from}")
def test_the_margin_mode_of_an_account_is_told_by_its_rulebook(book: Rulebook) -> None:
    """What a what-if would be refused for every position need not be asked: see the page."""
    refused = ""
    try:
        assess(held(book, "isolated"))
    except InputError as error:
        refused = str(error)
    assert ("margin_mode" in refused) is (book.margin_mode == "cross"), refused
    if book.margin_mode == "isolated":
        found = assess(held(book, "cross"))
        assert {pool.kind for pool in found.pools if pool.positions} == {"isolated"}


def test_there_are_books_of_both_kinds() -> None:
    assert {book.margin_mode for book in BOOKS} == {None, "cross", "isolated"}
