"""A simulated venue on loopback: Binance USDS-M and Bybit v5, for bots and monitors to be tested on.

`Sandbox(world)` serves; `venue.redirect(client)` points an unmodified ccxt client at it; a
`FaultScript` says what goes wrong on the wire.
"""

from marginline.sandbox.faults import FaultScript
from marginline.sandbox.keys import Credentials
from marginline.sandbox.sandbox import Sandbox

__all__ = ["Credentials", "FaultScript", "Sandbox"]
