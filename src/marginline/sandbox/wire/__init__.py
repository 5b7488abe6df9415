"""What both venues speak with: calls, keys, signatures, limits, sockets, numbers as text."""
