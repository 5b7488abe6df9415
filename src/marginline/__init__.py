"""Margin of crypto-derivatives accounts, by each venue's own rules, to its last digit."""

from marginline.core.account_file import load
from marginline.core.explanation import explain
from marginline.venues.assessing import assess

__all__ = ["assess", "explain", "load"]
