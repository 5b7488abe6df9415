"""`marginline rules`: rulebooks, their differences, tier tables."""
