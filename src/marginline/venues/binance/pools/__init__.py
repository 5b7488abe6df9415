"""From an account at Binance to its pools."""
