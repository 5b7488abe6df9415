"""Alerts on their way to people: kept first, then sent, once to each target."""
