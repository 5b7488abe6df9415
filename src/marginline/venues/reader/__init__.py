"""What the readers of raw answers share."""
