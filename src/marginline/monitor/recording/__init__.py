"""A monitor's day kept and lived again: every round with what went in, beside the raw messages."""
