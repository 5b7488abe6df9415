"""From an account at BingX to its pools."""
