"""Accounts that are judged at every tick: resolved once, exact after each."""
