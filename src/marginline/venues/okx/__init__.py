"""OKX: futures, multi-currency and portfolio margin."""

VENUES = ("okx",)
