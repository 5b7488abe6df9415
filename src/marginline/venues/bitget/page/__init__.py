"""Bitget's own words and rules, section by section."""
