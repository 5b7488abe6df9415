"""A simulated market: seeded prices, accounts on two venues, and what happens to them.

`World(scenario("tour"), seed=5)` is the whole of it: no clock, no thread, no input or output. All
arithmetic that decides anything is on integers, and the same seed gives the same world to the byte.
"""
