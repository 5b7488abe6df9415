"""Prices of the world: random streams, volatility, paths, marks, premium and funding."""
