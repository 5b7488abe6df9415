"""The fault script, and what it makes of answers and frames."""
