"""What a position costs in nautilus_trader: its P&L and its maintenance margin at a new mark.

Run by another Python, which has nautilus_trader: prints seconds a position. Its margin is one rate
per instrument, without tiers, and its money is fixed-point: not the same sums, only the same job.
"""

from __future__ import annotations

import sys
import time

COUNT, REPEATS = 1_000, 15


def main() -> None:
    """Time `COUNT` positions, and print the median."""
    from nautilus_trader.model.enums import OrderSide
    from nautilus_trader.model.identifiers import PositionId
    from nautilus_trader.model.objects import Price, Quantity
    from nautilus_trader.model.position import Position
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.test_kit.stubs.events import TestEventStubs
    from nautilus_trader.test_kit.stubs.execution import TestExecStubs

    instrument = TestInstrumentProvider.btcusdt_perp_binance()
    account = TestExecStubs.margin_account()
    positions = []
    for number in range(COUNT):
        order = TestExecStubs.limit_order(
            instrument=instrument,
            order_side=OrderSide.BUY if number % 2 else OrderSide.SELL,
            price=Price.from_str("60000.0"),
            quantity=Quantity.from_str("0.500"),
        )
        fill = TestEventStubs.order_filled(
            order,
            instrument,
            position_id=PositionId(f"P-{number}"),
            last_px=Price.from_str("60000.0"),
        )
        positions.append(Position(instrument, fill))
    times = []
    for repeat in range(REPEATS):
        mark = Price.from_str(f"{60_000 + repeat}.0")
        start = time.perf_counter()
        for position in positions:
            position.unrealized_pnl(mark)
            account.calculate_margin_maint(instrument, position.side, position.quantity, mark)
        times.append(time.perf_counter() - start)
    print(sorted(times)[REPEATS // 2] / COUNT, file=sys.stdout)


if __name__ == "__main__":
    main()
