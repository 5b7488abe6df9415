"""From an account at Bybit to its pools."""
