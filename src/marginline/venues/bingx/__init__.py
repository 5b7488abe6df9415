"""BingX: perpetual futures (USDT-M and coin-M), standard futures, copy trading."""

VENUES = ("bingx_perpetual", "bingx_standard")
