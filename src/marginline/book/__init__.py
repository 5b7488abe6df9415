"""A million accounts in columns: pack, sweep, watch, change, stress, map.

The same pools, the same formula functions as the exact path, compiled. The book finds, the exact
path decides: `Book.assess` and `Book.explain` work on any account of it.

Needs the extra `book` (numpy, numba); importing this room does, too.
"""

from marginline.book.accounts import Memory
from marginline.book.book import Book
from marginline.book.changes import (
    Changes,
    add_accounts,
    add_instrument,
    add_pools,
    apply,
    pay_funding,
    set_haircut,
    set_tiers,
)
from marginline.book.events import Event, Events
from marginline.book.frames import to_arrow
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.intake.packing import Packer, pack
from marginline.book.intake.positions_table import (
    COLLATERAL_SCHEMA,
    SCHEMA,
    from_arrow,
    from_parquet,
)
from marginline.book.intake.tables import TableTerms, terms_of
from marginline.book.kernels.changes import Batch
from marginline.book.kernels.limits import BookMisuse, BookTooLarge
from marginline.book.scenarios.falls import Falls, falls
from marginline.book.scenarios.liquidation_map import LiquidationMap, liquidation_map
from marginline.book.scenarios.stress import Grid, monte_carlo, shocks, stress
from marginline.book.sweep import Sweep
from marginline.book.watch import Watch

__all__ = [
    "COLLATERAL_SCHEMA",
    "SCHEMA",
    "Batch",
    "Book",
    "BookMisuse",
    "BookTooLarge",
    "Changes",
    "Crowd",
    "Event",
    "Events",
    "Falls",
    "Grid",
    "LiquidationMap",
    "Memory",
    "Packer",
    "Sweep",
    "TableTerms",
    "Watch",
    "add_accounts",
    "add_instrument",
    "add_pools",
    "apply",
    "falls",
    "from_arrow",
    "from_parquet",
    "generate",
    "liquidation_map",
    "monte_carlo",
    "pack",
    "pay_funding",
    "set_haircut",
    "set_tiers",
    "shocks",
    "stress",
    "terms_of",
    "to_arrow",
]
