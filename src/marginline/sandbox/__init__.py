"""A simulated venue on loopback: Binance USDS-M and Bybit v5, to test bots and monitors on.

`Sandbox(world)` serves; `venue.redirect(client)` points an unmodified ccxt client at it; a
`FaultScript` says what goes wrong on the wire.
"""

from marginline.sandbox.faults.script import FaultScript
from marginline.sandbox.sandbox import Sandbox
from marginline.sandbox.wire.keys import Credentials

__all__ = ["Credentials", "FaultScript", "Sandbox"]
