"""From an account at Bitget to its pools."""
