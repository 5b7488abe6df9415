"""What to ask Binance for: USDS-M, COIN-M, and portfolio margin over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from marginline.feeds.binance import calls
from marginline.feeds.binance.answers import OWN, WHOLE_LIST, judge, texts_of
from marginline.feeds.binance.rows import selected, symbols_of
from marginline.feeds.plans.asking import Ask, Gathered, Steps, ask, several
from marginline.feeds.wire.door import Manners
from marginline.feeds.wire.rest import Answer, Endpoint

FEES_LOST = "the fee is not known from the venue"
_FEES_MOST = 20
_EXCHANGE_INFO = "exchange_info"


def _listed(answer: Answer) -> object:
    return answer.listed()


def _symbols(answer: Answer) -> object:
    return answer.keyed("symbols")


# -- USDS-M ------------------------------------------------------------------------------------


def usdm(wanted: frozenset[str]) -> Steps:
    """A USDS-M account: its own answers, then the market's of the contracts in use."""
    gathered = Gathered("binance_usdm")
    asks = [Ask(kind, endpoint) for kind, endpoint in OWN.items()]
    lists = {"open_algo_orders": calls.OPEN_ALGO_ORDERS, "brackets": calls.BRACKETS}
    asks += [Ask(kind, endpoint, check=_listed) for kind, endpoint in lists.items()]
    found = yield from ask(gathered, asks)
    own = {kind: answers[0] for kind, answers in found.items()}
    judge({kind: own[kind] for kind in OWN})
    brackets = own.pop("brackets")
    symbols = wanted | symbols_of(own)
    every = symbols_of({"brackets": brackets})
    public = yield from ask(
        gathered,
        [
            Ask("premium_index", calls.PREMIUM_INDEX, check=_listed),
            Ask("asset_index", calls.ASSET_INDEX, check=_listed),
            Ask(_EXCHANGE_INFO, calls.EXCHANGE_INFO, check=_symbols),
            Ask("funding_info", calls.FUNDING_INFO, lost="hours between payments of funding",
                check=_listed),
        ],
    )  # fmt: skip
    yield from _fees(gathered, calls.COMMISSION, symbols_of(own) | wanted)
    market = {kind: answers[0] for kind, answers in public.items() if answers}
    shown = symbols | (every if len(every) <= WHOLE_LIST else frozenset())
    gathered.texts |= texts_of(own, market, brackets, shown)
    return gathered


def _fees(gathered: Gathered, endpoint: Endpoint, symbols: frozenset[str]) -> Steps:
    """Fees of the symbols in use, one by one, as far as there are not too many."""
    asks = [
        Ask("commission_rate", endpoint, {"symbol": symbol}, lost=FEES_LOST)
        for symbol in sorted(symbols)[:_FEES_MOST]
    ]
    found = yield from ask(gathered, asks)
    if fees := found.get("commission_rate"):
        gathered.texts["commission_rate"] = f"[{','.join(each.text for each in fees)}]"
    return gathered


# -- COIN-M ------------------------------------------------------------------------------------

COINM: Mapping[str, Endpoint] = {
    "account": Endpoint("dapiPrivate", "account", weight=5),
    "position_risk": Endpoint("dapiPrivate", "positionRisk"),
    "position_mode": Endpoint("dapiPrivate", "positionSide/dual", weight=30),
    "open_orders": Endpoint("dapiPrivate", "openOrders", weight=40),
    "brackets": Endpoint("dapiPrivateV2", "leverageBracket"),
}
_COINM_ALGO = Endpoint("dapiPrivate", "openAlgoOrders", weight=40)
_COINM_FEES = Endpoint("dapiPrivate", "commissionRate", weight=20)
COINM_MARKET: Mapping[str, Endpoint] = {
    "premium_index": Endpoint("dapiPublic", "premiumIndex", weight=10, signed=False),
    _EXCHANGE_INFO: Endpoint("dapiPublic", "exchangeInfo", signed=False),
}
COINM_TIME = Endpoint("dapiPublic", "time", signed=False)
_ALGO_LOST = "conditional orders are not looked at"


def coinm(wanted: frozenset[str]) -> Steps:
    """A COIN-M account: its own answers, then the market's of the contracts in use."""
    gathered = Gathered("binance_coinm")
    asks = [Ask(kind, endpoint) for kind, endpoint in COINM.items()]
    asks.append(Ask("open_algo_orders", _COINM_ALGO, lost=_ALGO_LOST, check=_listed))
    found = yield from ask(gathered, asks)
    own = {kind: answers[0] for kind, answers in found.items() if answers}
    own["account"].keyed("assets", "positions")
    own["position_mode"].keyed(flags=("dualSidePosition",))
    for kind in ("position_risk", "open_orders", "brackets"):
        own[kind].listed()
    brackets = own.pop("brackets")
    symbols = wanted | symbols_of(own)
    market = yield from ask(gathered, _market(COINM_MARKET))
    yield from _fees(gathered, _COINM_FEES, symbols)
    gathered.texts |= {kind: answer.text for kind, answer in own.items()}
    gathered.texts["brackets"] = selected(brackets.text, symbols)
    _lay_market(gathered, symbols, market["premium_index"], market[_EXCHANGE_INFO])
    return gathered


def _market(endpoints: Mapping[str, Endpoint]) -> list[Ask]:
    checks = {_EXCHANGE_INFO: _symbols}
    return [Ask(kind, each, check=checks.get(kind, _listed)) for kind, each in endpoints.items()]


def _lay_market(
    gathered: Gathered, symbols: frozenset[str], marks: Sequence[Answer], infos: Sequence[Answer]
) -> None:
    """Marks and terms of the contracts in use; those of two books as one list."""
    rows = [selected(answer.text, symbols)[1:-1] for answer in marks]
    gathered.texts["premium_index"] = f"[{','.join(row for row in rows if row)}]"
    terms = [
        selected(answer.text, symbols, inside="symbols").removeprefix('{"symbols":[')[:-2]
        for answer in infos
    ]
    listed = ",".join(each for each in terms if each)
    gathered.texts[_EXCHANGE_INFO] = f'{{"symbols":[{listed}]}}'


# -- portfolio margin --------------------------------------------------------------------------

PORTFOLIO: Mapping[str, Endpoint] = {
    "account": Endpoint("papi", "account", weight=20),
    "balance": Endpoint("papi", "balance", weight=20),
    "um_position_risk": Endpoint("papi", "um/positionRisk", weight=5),
    "cm_position_risk": Endpoint("papi", "cm/positionRisk"),
    "um_open_orders": Endpoint("papi", "um/openOrders", weight=40),
    "cm_open_orders": Endpoint("papi", "cm/openOrders", weight=40),
    "um_position_mode": Endpoint("papi", "um/positionSide/dual", weight=30),
    "um_brackets": Endpoint("papi", "um/leverageBracket"),
    "cm_brackets": Endpoint("papi", "cm/leverageBracket"),
}
_PORTFOLIO_MORE: Mapping[str, tuple[Endpoint, str]] = {
    "um_symbol_config": (Endpoint("papi", "um/symbolConfig", weight=5), "leverage of UM symbols"),
    "cm_symbol_config": (Endpoint("papi", "cm/symbolConfig", weight=5), "leverage of CM symbols"),
}
_COLLATERAL: Mapping[str, Endpoint] = {
    "index_price": Endpoint("sapi", "portfolio/asset-index-price"),
    "collateral_rate": Endpoint("sapi", "portfolio/collateralRate", weight=50),
}
_BOTH = (
    Ask("premium_index", calls.PREMIUM_INDEX, check=_listed),
    Ask("premium_index", COINM_MARKET["premium_index"], check=_listed),
    Ask(_EXCHANGE_INFO, calls.EXCHANGE_INFO, check=_symbols),
    Ask(_EXCHANGE_INFO, COINM_MARKET[_EXCHANGE_INFO], check=_symbols),
    Ask("asset_index", calls.ASSET_INDEX, check=_listed),
)
_PRO = ("PM_1", "PM_3")


def portfolio(wanted: frozenset[str]) -> Steps:
    """A portfolio margin account: one pool over UM, CM and the cross-margin wallets."""
    gathered = Gathered("binance_pm")
    asks = [Ask(kind, endpoint) for kind, endpoint in PORTFOLIO.items()]
    asks += [Ask(k, endpoint, lost=lost) for k, (endpoint, lost) in _PORTFOLIO_MORE.items()]
    asks += [Ask(kind, endpoint) for kind, endpoint in _COLLATERAL.items()]
    found = yield from ask(gathered, asks)
    own = {kind: answers[0] for kind, answers in found.items() if answers}
    kind = own["account"].keyed().get("accountType")
    gathered.venue = "binance_pm_pro" if kind in _PRO else "binance_pm"
    own["um_position_mode"].keyed(flags=("dualSidePosition",))
    for name in PORTFOLIO.keys() - {"account", "um_position_mode"}:
        own[name].listed()
    symbols = wanted | _portfolio_symbols(own)
    market = yield from ask(gathered, _BOTH)
    for name, answer in own.items():
        rows = name.endswith(("_brackets", "_symbol_config"))
        gathered.texts[name] = selected(answer.text, symbols) if rows else answer.text
    gathered.texts["asset_index"] = several(market["asset_index"])
    _lay_market(gathered, symbols, market["premium_index"], market[_EXCHANGE_INFO])
    return gathered


def _portfolio_symbols(own: Mapping[str, Answer]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for book in ("um", "cm"):
        names = ("position_risk", "open_orders")
        found |= symbols_of({name: own[f"{book}_{name}"] for name in names})
    return found


# -- manners -----------------------------------------------------------------------------------

COINM_MANNERS: Manners = replace(
    calls.MANNERS, name="binancecoinm", socket="wss://dstream.binance.com", time=COINM_TIME
)
PORTFOLIO_MANNERS: Manners = replace(calls.MANNERS, name="binance", weight=6_000)
