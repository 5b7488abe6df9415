"""What is dumped loads as the same account, in JSON, in TOML and as a dict."""

from __future__ import annotations

import copy
import io
import json
import pickle

import pytest
from hypothesis import given, settings

from marginline.core.account.account import Account
from marginline.core.account.file import dump_json, dump_toml, from_dict, load, to_dict
from marginline.errors import DocumentError
from tests.core.account_samples import accounts, full, minimal, patiently


@patiently
@given(accounts())
def test_json_toml_and_dict_give_the_account_back(account: Account) -> None:
    assert load(io.StringIO(dump_json(account))) == account
    assert load(io.StringIO(dump_toml(account)), form="toml") == account
    assert load(json.loads(json.dumps(to_dict(account)))) == account


@settings(patiently, max_examples=20)
@given(accounts())
def test_an_account_can_be_pickled_and_copied(account: Account) -> None:
    assert pickle.loads(pickle.dumps(account)) == account
    assert copy.deepcopy(account) == account


def test_the_full_document_comes_back_in_json() -> None:
    account = from_dict(full())
    assert load(io.StringIO(dump_json(account))) == account


def test_what_equals_its_default_is_not_written() -> None:
    assert to_dict(from_dict(minimal())) == minimal()


def test_json_keeps_a_reported_null_and_toml_leaves_it_out() -> None:
    account = from_dict(minimal(reported={"account": {"equity": "1", "venue_ratio": None}}))
    from_json = load(io.StringIO(dump_json(account))).reported
    from_toml = load(io.StringIO(dump_toml(account)), form="toml").reported
    assert from_json is not None
    assert from_toml is not None
    assert from_json.account["venue_ratio"] is None
    assert "venue_ratio" not in from_toml.account


def test_toml_cannot_hold_a_null_in_a_list_and_says_where() -> None:
    account = from_dict(minimal(extra={"a b": [{"c": ["x", None]}]}))
    with pytest.raises(DocumentError) as caught:
        dump_toml(account)
    assert str(caught.value).startswith('extra["a b"][0].c[1]: TOML has no null (found null)')
