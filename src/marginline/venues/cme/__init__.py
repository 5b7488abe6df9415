"""CME bitcoin futures: performance bond by contract, daily settlement, a call with a deadline."""

VENUES = ("cme",)
