"""How far prices may move until a pool is liquidated: one alone, all together, orders filled."""
