"""Binance USDS-M as the sandbox speaks it: REST under /fapi, streams under /market and /private."""
