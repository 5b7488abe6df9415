"""How far prices may move: alone, together, along a path."""
