"""Margin-rate studies: which rates an instrument's past and depth call for, and how they held."""
