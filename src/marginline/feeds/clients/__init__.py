"""Ccxt's clients of a user's own: what they fetched, and what they are asked to fetch."""
