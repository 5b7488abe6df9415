"""Binance: USDS-M and COIN-M futures, Portfolio Margin and PM Pro."""

VENUES = ("binance_usdm", "binance_coinm", "binance_pm", "binance_pm_pro")
