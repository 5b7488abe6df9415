"""Measurements, printed as ratios against a yardstick taken in the same run. See `make bench`."""
