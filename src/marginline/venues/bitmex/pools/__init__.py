"""From an account at BitMEX to its pools."""
