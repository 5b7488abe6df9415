"""What to ask Bybit for: the unified account, and the classic one of inverse contracts."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from marginline.feeds.bybit import calls
from marginline.feeds.bybit.answers import BOOKS, SPOT, WALLET, array_of, texts_of
from marginline.feeds.bybit.calls import cursor_of, listing, result_of
from marginline.feeds.bybit.rows import coins_of, joined, names_of
from marginline.feeds.plans.asking import Ask, Gathered, Reply, Steps, ask, pages
from marginline.feeds.wire.rest import Answer, Endpoint

Pages = Generator[Sequence[Ask], Sequence[Reply], list[Answer]]


def _next(answer: Answer) -> Mapping[str, object]:
    cursor = cursor_of(answer)
    return {"cursor": cursor} if cursor else {}


def _pages(gathered: Gathered, endpoint: Endpoint, **params: object) -> Pages:
    return pages(gathered, Ask("", endpoint, params), _next)


def _books(
    gathered: Gathered, endpoint: Endpoint, books: Sequence[Mapping[str, object]], limit: int
) -> Generator[Sequence[Ask], Sequence[Reply], list[list[Answer]]]:
    found: list[list[Answer]] = []
    for book in books:
        own = yield from _pages(gathered, endpoint, **book, limit=limit)
        found.append(own)
    return found


def _tiers(
    gathered: Gathered, category: str, symbols: frozenset[str]
) -> Generator[Sequence[Ask], Sequence[Reply], str]:
    """Tiers of the contracts in use, each list whole."""
    texts = []
    for symbol in sorted(symbols):
        found = yield from _pages(gathered, calls.RISK_LIMIT, category=category, symbol=symbol)
        texts.append(joined(found))
    return array_of(texts)


def unified(wanted: frozenset[str]) -> Steps:
    """A unified account: its own answers, then the market's of the contracts in use."""
    gathered = Gathered(calls.VENUE)
    single = {
        "info": Ask("info", calls.ACCOUNT_INFO),
        "wallet": Ask("wallet", calls.WALLET, WALLET),
        "collateral": Ask("collateral", calls.COLLATERAL, check=listing),
        "fees": Ask("fees", calls.FEES, {"category": "linear"}, check=listing),
        "collateral_tiers": Ask("collateral_tiers", calls.COLLATERAL_TIERS, check=listing),
        "borrow_tiers": Ask("borrow_tiers", calls.BORROW_TIERS, check=listing),
    }
    found = yield from ask(gathered, single.values())
    told: dict[str, object] = {kind: answers[0] for kind, answers in found.items()}
    if "marginMode" not in result_of(found["info"][0]):
        raise found["info"][0].malformed("tells no margin mode")
    _, coins = coins_of(found["wallet"][0])
    positions = yield from _books(gathered, calls.POSITIONS, BOOKS, 200)
    orders = yield from _books(gathered, calls.ORDERS, (*BOOKS, SPOT), 50)
    contracts = yield from _pages(gathered, calls.INSTRUMENTS, category="linear", limit=1000)
    used = names_of(page for books in (positions, orders) for book in books for page in book)
    tickers = Ask("tickers", calls.TICKERS, {"category": "linear"}, check=listing)
    told["tickers"] = (yield from ask(gathered, [tickers]))["tickers"][0]
    told |= {"positions": positions, "orders": orders, "contracts": contracts}
    symbols = wanted | used
    gathered.texts |= texts_of(told, symbols, frozenset(coin.coin for coin in coins))
    listed = symbols & names_of(contracts)
    gathered.texts["risk_limit"] = yield from _tiers(gathered, "linear", listed)
    return gathered


_INVERSE: Mapping[str, object] = {"category": "inverse"}


def inverse(wanted: frozenset[str]) -> Steps:
    """A classic account of inverse contracts; each coin is a wallet by itself."""
    gathered = Gathered("bybit_inverse")
    found = yield from ask(
        gathered,
        [
            Ask("wallet", calls.WALLET, {"accountType": "CONTRACT"}),
            Ask("fees", calls.FEES, _INVERSE, check=listing),
            Ask("tickers", calls.TICKERS, _INVERSE, check=listing),
        ],
    )
    coins_of(found["wallet"][0])
    positions = yield from _pages(gathered, calls.POSITIONS, **_INVERSE, limit=200)
    orders = yield from _pages(gathered, calls.ORDERS, **_INVERSE, limit=50)
    contracts = yield from _pages(gathered, calls.INSTRUMENTS, **_INVERSE, limit=1000)
    symbols = wanted | names_of([*positions, *orders])

    def chosen(symbol: str, _: str) -> bool:
        return symbol in symbols

    gathered.texts |= {
        "wallet_balance": found["wallet"][0].text,
        "positions": joined(positions),
        "open_orders": joined(orders),
        "fee_rate": joined(found["fees"], chosen),
        "tickers": joined(found["tickers"], chosen),
        "instruments_info": joined(contracts, chosen),
    }
    listed = symbols & names_of(contracts)
    gathered.texts["risk_limit"] = yield from _tiers(gathered, "inverse", listed)
    return gathered
