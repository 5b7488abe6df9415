"""Any transfer out voids the bonus, which can itself lead to liquidation."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.file import from_dict
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.risk.what_if.orders import deposit, withdraw
from marginline.risk.what_if.what_if import what_if
from tests.venues.bitget.accounts import basic, document

D = Decimal
BONUS = [{"asset": "USDT", "balance": "1000", "credit": "900"}]


def test_a_withdrawal_voids_the_bonus() -> None:
    answer = what_if(from_dict(document(wallets=BONUS)), [withdraw("USDT", "10")])
    assert answer.before.pools[0].status is Status.HEALTHY
    assert answer.after.pools[0].status is Status.LIQUIDATION
    assert answer.after.pools[0].measures[M.WALLET_BALANCE] == D(90)
    assert answer.after.pools[0].measures[M.CREDIT] == 0
    lost = [f for f in answer.findings if f.code is Code.CREDIT_LOST]
    assert [f.where for f in lost] == ["wallets.USDT"]
    assert "900 USDT" in lost[0].message


def test_a_deposit_does_not() -> None:
    answer = what_if(from_dict(document(wallets=BONUS)), [deposit("USDT", "10")])
    assert answer.after.pools[0].measures[M.CREDIT] == 900


def test_nothing_is_lost_where_there_is_no_bonus() -> None:
    answer = what_if(from_dict(document()), [withdraw("USDT", "10")])
    assert not [f for f in answer.findings if f.code is Code.CREDIT_LOST]


def test_the_unified_account_says_nothing_of_it() -> None:
    answer = what_if(from_dict(basic(wallets=BONUS)), [withdraw("USDT", "10")])
    assert answer.after.pools[0].measures[M.CREDIT] == 900
