"""The normal form: what is liquidated together."""
