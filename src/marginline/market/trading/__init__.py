"""Trading: the order book of a moment, and what becomes of orders."""
