"""Margin of crypto-derivatives accounts, by each venue's own rules, to its last digit.

```python
import marginline as ml

account = ml.load("account.json")
assessment = ml.assess(account)
print(assessment.status, assessment.pools[0].margin_ratio)
```

Names are imported when first used: a command that prints its help need not load a rulebook.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marginline.core.account.account import Account
    from marginline.core.account.file import dump_json, dump_toml, from_dict, load, to_dict
    from marginline.core.assessment.assessment import Assessment, PoolAssessment, PositionAssessment
    from marginline.core.assessment.explanation import Explanation, explain
    from marginline.core.findings import Code, Finding, Severity, Status
    from marginline.core.measures import Measure
    from marginline.errors import (
        DocumentError,
        InputError,
        MarginlineError,
        PayloadError,
        RulebookError,
        VenueError,
    )
    from marginline.feeds.clients.candles import fetch_candles
    from marginline.feeds.clients.fetching import fetch
    from marginline.feeds.clients.unified import from_ccxt
    from marginline.ledger.attribution.attribution import Attribution
    from marginline.ledger.attribution.hedges import Hedge, estimated_ratio
    from marginline.ledger.booking import book_positions
    from marginline.ledger.entry import Entry
    from marginline.ledger.ledger import Ledger
    from marginline.ledger.read import read_ledger
    from marginline.risk.attribution import attribute
    from marginline.risk.hedging import HedgeEstimate, estimate_hedge
    from marginline.risk.live.group import LiveGroup
    from marginline.risk.live.live import Live, live
    from marginline.risk.moves.grid import TwoMoves, two_moves
    from marginline.risk.moves.liquidation import LiquidationPrices, liquidation_prices
    from marginline.risk.odds.answer import Headroom, Odds
    from marginline.risk.odds.draining import Drain, funding_drain
    from marginline.risk.odds.headroom import headroom
    from marginline.risk.odds.past import Past, past_of, read_candles
    from marginline.risk.reconcile.reconcile import Reconciliation, reconcile
    from marginline.risk.sizing.chances import ChanceSizing, size_by_chance
    from marginline.risk.sizing.kelly import Kelly, kelly
    from marginline.risk.sizing.modes import ModeOutcome, compare_modes
    from marginline.risk.sizing.reducing import reduce_to
    from marginline.risk.sizing.sizing import Sizing, size_for
    from marginline.risk.sizing.stops import check_stops
    from marginline.risk.stress.comfort import Comfort, comforts
    from marginline.risk.stress.contagion import Contagion, contagion
    from marginline.risk.stress.scenarios import SCENARIOS, Scenario
    from marginline.risk.stress.stress import Stress, stress
    from marginline.risk.study.rates import Terms
    from marginline.risk.study.study import Study, study
    from marginline.risk.what_if.marks import with_marks
    from marginline.risk.what_if.orders import (
        add_margin,
        cancel_orders,
        close,
        deposit,
        funding,
        order,
        set_leverage,
        set_margin_mode,
        shock,
        shock_all,
        withdraw,
    )
    from marginline.risk.what_if.pre_trade import PreTrade, check_order
    from marginline.risk.what_if.what_if import WhatIf, what_if
    from marginline.venues import all_rulebooks, at, rulebooks
    from marginline.venues.assessing import assess
    from marginline.venues.reader.files import read_files
    from marginline.venues.reader.reading import apply, kinds, read
    from marginline.venues.rulebook import Rulebook

_PLACES = {
    "core.account.account": ("Account",),
    "core.account.file": ("dump_json", "dump_toml", "from_dict", "load", "to_dict"),
    "core.assessment.assessment": ("Assessment", "PoolAssessment", "PositionAssessment"),
    "core.assessment.explanation": ("Explanation", "explain"),
    "core.findings": ("Code", "Finding", "Severity", "Status"),
    "core.measures": ("Measure",),
    "errors": (
        "DocumentError",
        "InputError",
        "MarginlineError",
        "PayloadError",
        "RulebookError",
        "VenueError",
    ),
    "feeds.clients.candles": ("fetch_candles",),
    "feeds.clients.fetching": ("fetch",),
    "feeds.clients.unified": ("from_ccxt",),
    "ledger.attribution.attribution": ("Attribution",),
    "ledger.attribution.hedges": ("Hedge", "estimated_ratio"),
    "ledger.booking": ("book_positions",),
    "ledger.entry": ("Entry",),
    "ledger.ledger": ("Ledger",),
    "ledger.read": ("read_ledger",),
    "risk.hedging": ("HedgeEstimate", "estimate_hedge"),
    "risk.attribution": ("attribute",),
    "risk.live.group": ("LiveGroup",),
    "risk.live.live": ("Live", "live"),
    "risk.moves.liquidation": ("LiquidationPrices", "liquidation_prices"),
    "risk.odds.answer": ("Headroom", "Odds"),
    "risk.odds.draining": ("Drain", "funding_drain"),
    "risk.odds.headroom": ("headroom",),
    "risk.odds.past": ("Past", "past_of", "read_candles"),
    "risk.stress.contagion": ("Contagion", "contagion"),
    "risk.stress.scenarios": ("SCENARIOS", "Scenario"),
    "risk.stress.stress": ("Stress", "stress"),
    "risk.moves.grid": ("TwoMoves", "two_moves"),
    "risk.study.rates": ("Terms",),
    "risk.study.study": ("Study", "study"),
    "risk.what_if.marks": ("with_marks",),
    "risk.what_if.orders": (
        "add_margin",
        "cancel_orders",
        "close",
        "deposit",
        "funding",
        "order",
        "set_leverage",
        "set_margin_mode",
        "shock",
        "shock_all",
        "withdraw",
    ),
    "risk.reconcile.reconcile": ("Reconciliation", "reconcile"),
    "risk.sizing.chances": ("ChanceSizing", "size_by_chance"),
    "risk.sizing.kelly": ("Kelly", "kelly"),
    "risk.sizing.modes": ("ModeOutcome", "compare_modes"),
    "risk.stress.comfort": ("Comfort", "comforts"),
    "risk.sizing.reducing": ("reduce_to",),
    "risk.sizing.sizing": ("Sizing", "size_for"),
    "risk.sizing.stops": ("check_stops",),
    "risk.what_if.pre_trade": ("PreTrade", "check_order"),
    "risk.what_if.what_if": ("WhatIf", "what_if"),
    "venues": ("all_rulebooks", "at", "rulebooks"),
    "venues.assessing": ("assess",),
    "venues.reader.files": ("read_files",),
    "venues.reader.reading": ("apply", "kinds", "read"),
    "venues.rulebook": ("Rulebook",),
}
_HOMES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "Account",
    "Assessment",
    "Attribution",
    "ChanceSizing",
    "Code",
    "Comfort",
    "Contagion",
    "DocumentError",
    "Drain",
    "Entry",
    "Explanation",
    "Finding",
    "Headroom",
    "Hedge",
    "HedgeEstimate",
    "InputError",
    "Kelly",
    "Ledger",
    "LiquidationPrices",
    "Live",
    "LiveGroup",
    "MarginlineError",
    "Measure",
    "ModeOutcome",
    "Odds",
    "Past",
    "PayloadError",
    "PoolAssessment",
    "PositionAssessment",
    "PreTrade",
    "Reconciliation",
    "Rulebook",
    "RulebookError",
    "SCENARIOS",
    "Scenario",
    "Severity",
    "Sizing",
    "Status",
    "Stress",
    "Study",
    "Terms",
    "TwoMoves",
    "VenueError",
    "WhatIf",
    "add_margin",
    "all_rulebooks",
    "apply",
    "assess",
    "at",
    "attribute",
    "book_positions",
    "cancel_orders",
    "check_order",
    "check_stops",
    "close",
    "comforts",
    "compare_modes",
    "contagion",
    "deposit",
    "dump_json",
    "dump_toml",
    "estimate_hedge",
    "estimated_ratio",
    "explain",
    "fetch",
    "fetch_candles",
    "from_ccxt",
    "from_dict",
    "funding",
    "funding_drain",
    "headroom",
    "kelly",
    "kinds",
    "liquidation_prices",
    "live",
    "load",
    "order",
    "past_of",
    "read",
    "read_candles",
    "read_files",
    "read_ledger",
    "reconcile",
    "reduce_to",
    "rulebooks",
    "set_leverage",
    "set_margin_mode",
    "shock",
    "shock_all",
    "size_by_chance",
    "size_for",
    "stress",
    "study",
    "to_dict",
    "two_moves",
    "what_if",
    "with_marks",
    "withdraw",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"marginline has no {name!r}; it has: {', '.join(__all__)}")
    found = getattr(importlib.import_module(f"marginline.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
