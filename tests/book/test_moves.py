"""One meaning of all prices: a shock of the book is the what-if of the exact path."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import marginline as ml
from marginline.book.intake.packing import pack
from marginline.book.kernels.limits import BookMisuse
from marginline.book.scenarios.liquidation_map import liquidation_map
from marginline.book.scenarios.moves import Moves
from marginline.book.scenarios.stress import monte_carlo, shocks
from marginline.core.account.file import from_dict
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.errors import InputError
from tests.equality import drawn

JOINT: dict[str, Any] = {
    "schema": "marginline/account/1", "venue": "bybit_unified", "mode": "cross", "name": "a",
    "as_of": "2026-06-01T00:00:00Z",
    "wallets": [{"asset": "BTC", "balance": "1"}, {"asset": "USDC", "balance": "500"}],
    "positions": [{"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000",
                   "leverage": "10"}],
    "instruments": {"BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT",
                                "settle": "USDT"}},
    "market": {"mark": {"BTCUSDT": "60000"}, "index": {"BTCUSDT": "60000"},
               "asset_rate": {"BTC": "60000", "USDC": "1", "USDT": "1"}},
    "parameters": {
        "tiers": {"BTCUSDT": [{"floor": "0", "cap": None, "rate": "0.005"}]},
        "collateral": {"BTC": {"ratio": "0.95"}, "USDC": {"ratio": "1"}, "USDT": {"ratio": "1"}},
        "fees": {"taker": "0.0006"},
        "borrow": {"USDT": {"keyed_by": "quantity", "rows": [
            {"floor": "0", "cap": None, "initial_rate": "0.1", "maintenance_rate": "0.04"}]}},
    },
}  # fmt: skip


def prices(named: dict[str, float]) -> dict[str, float]:
    """The prices of the joint account after a shock."""
    book = pack([from_dict(JOINT)])
    _, vectors = shocks(book, {"shock": named})
    return dict(zip(book.labels[1:], vectors[0][1:].round(6).tolist(), strict=True))


@pytest.mark.parametrize(
    ("named", "mark", "coin"),
    [
        pytest.param({"*": -0.5}, 30_000, 30_000, id="all"),
        pytest.param({"all": -0.5}, 30_000, 30_000, id="all by its word"),
        pytest.param({"BTCUSDT": -0.5}, 30_000, 30_000, id="an instrument and its coin"),
        pytest.param({"contract=BTCUSDT": -0.5}, 30_000, 60_000, id="the contract alone"),
        pytest.param({"coin=BTC": -0.5}, 60_000, 30_000, id="the coin alone"),
        pytest.param({"BTC/USD": -0.5}, 60_000, 30_000, id="the coin by the label of its rate"),
        pytest.param({"*": -0.5, "BTCUSDT": 0.0}, 60_000, 60_000, id="one stands with its coin"),
        pytest.param({"BTCUSDT": -0.5, "coin=BTC": -0.1}, 30_000, 54_000, id="parted"),
    ],
)
def test_what_a_shock_moves(named: dict[str, float], mark: float, coin: float) -> None:
    found = prices(named)
    assert (found["BTCUSDT"], found["BTC/USD"]) == (mark, coin)
    assert found["USDC/USD"] == 1.0


def test_what_no_shock_can_mean_is_refused() -> None:
    with pytest.raises(BookMisuse, match=r"coin=DOGE.*there is: BTC"):
        prices({"coin=DOGE": -0.1})
    with pytest.raises(BookMisuse, match="100 %"):
        prices({"coin=BTC": -1.0})


def number(value: Decimal | None) -> float:
    return math.nan if value is None else float(value)


def held_against_what_if(group: str, named: dict[str, float], change: Any) -> int:
    """Drawn accounts under a shock in columns, beside the exact path's what-if; how many."""
    seen = 0
    for doc in drawn.accounts(group, 25, 31):
        account = from_dict(doc | {"orders": []})
        try:
            after = ml.what_if(account, change).after
            book = pack([account])
        except InputError:
            continue
        pools = {pool.id: pool for pool in after.pools if pool.status is not None}
        _, vectors = shocks(book, {"shock": named})
        sweep = book.sweep(vectors[0])
        for number_of, name in enumerate(book.names()):
            if (pool := pools.get(name)) is None:
                continue
            columns = {M.EQUITY: sweep.equity, M.MAINTENANCE_MARGIN: sweep.maintenance_margin}
            if group == "bybit_inverse":  # its closing fee follows the loss
                del columns[M.MAINTENANCE_MARGIN]
            for measure, column in columns.items():
                expected = number(pool.measures[measure])
                if math.isfinite(expected):
                    assert column[number_of] == pytest.approx(expected, rel=1e-9, abs=1e-9), doc
                    seen += 1
    return seen


@pytest.mark.parametrize("group", sorted(drawn.GROUPS))
def test_stress_of_all_prices_is_what_if_of_all_prices(group: str) -> None:
    assert held_against_what_if(group, {"*": -0.21}, ml.shock_all("-0.21")) >= 20


def test_a_path_moves_coins_with_their_instruments_and_leaves_stablecoins() -> None:
    book = pack([from_dict(JOINT)])
    at = {label: row for row, label in enumerate(book.labels)}
    paths = monte_carlo(book, 5, volatility=0.3)
    assert np.allclose(paths[:, at["BTC/USD"]], paths[:, at["BTCUSDT"]])
    assert (paths[:, at["USDC/USD"]] == 1.0).all()


def test_a_map_moves_the_collateral_with_the_market() -> None:
    row = {"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000", "leverage": "10"}
    held = [{"asset": "BTC", "balance": "0.3"}, {"asset": "USDT", "balance": "0"}]
    doc = JOINT | {"positions": [row], "wallets": held}
    account = from_dict(doc)
    for beta in (1.0, None):  # one instrument takes its own coin along
        found = liquidation_map(pack([account]), "BTCUSDT", reach=0.8, steps=160, beta=beta)
        reached = float(found.price[found.pools > 0].max()) / found.mark - 1.0
        for move, fallen in ((reached, True), (reached + 0.01, False)):
            after = ml.what_if(account, ml.shock_all(f"{move:.6f}")).after
            assert (after.status is Status.LIQUIDATION) is fallen


def test_two_instruments_that_move_one_coin_otherwise_are_asked() -> None:
    other = {"BTCUSDC": JOINT["instruments"]["BTCUSDT"] | {"quote": "USDC", "settle": "USDC"}}
    row = {"instrument": "BTCUSDC", "size": "0.1", "entry_price": "60000", "leverage": "10"}
    tiers = JOINT["parameters"]["tiers"]
    doc = JOINT | {
        "instruments": JOINT["instruments"] | other,
        "positions": [*JOINT["positions"], row],
        "market": JOINT["market"] | {"mark": {"BTCUSDT": "60000", "BTCUSDC": "60000"}},
        "parameters": JOINT["parameters"] | {"tiers": tiers | {"BTCUSDC": tiers["BTCUSDT"]}},
    }
    moves = Moves(pack([from_dict(doc)]))
    with pytest.raises(BookMisuse, match=r"moves BTC otherwise.*coin=BTC"):
        moves.prices({"BTCUSDT": -0.1, "BTCUSDC": -0.2})
    parted = moves.prices({"BTCUSDT": -0.1, "contract=BTCUSDC": -0.2})
    assert parted[1:].min() > 0
