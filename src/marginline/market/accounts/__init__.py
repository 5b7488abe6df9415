"""Accounts of the world: integer state, bookings, and the account as others see it."""
