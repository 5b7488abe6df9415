"""Where Bybit's rules were read; codes as in the rulebook's README."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"
_HELP = "https://www.bybit.com/en/help-center/article/"
_DOCS = "https://github.com/bybit-exchange/docs"


def _help(title: str, page: str, of: str) -> Citation:
    return Citation(f"Bybit help centre: {title}", _HELP + page, f"text of {of}, {_READ}")


def _docs(title: str, page: str) -> Citation:
    return Citation(
        f"Bybit API documentation: {title}",
        f"{_DOCS}/{page}",
        f"@072c197d0c11 of 2026-07-24, {_READ}",
    )


GLOSSARY = _help(
    "Glossary (Unified Trading Account)", "Glossary-Unified-Trading-Account", "2026-03-13"
)
WALLET = _docs("Get Wallet Balance", "docs/v5/account/wallet-balance.mdx")
ACCOUNT_INFO = _docs("Get Account Info", "docs/v5/account/account-info.mdx")
POSITIONS = _docs("Get Position Info", "docs/v5/position/position.mdx")
COLLATERAL = _help(
    "Assets & Collateral Value Ratio List (UTA)",
    "Assets-Collateral-Value-Ratio-List-UTA",
    "2025-09-18",
)
BORROWING = _help("Borrowing and Repayment (UTA)", "Borrowing-Repayment-UTA", "2025-10-22")
NEW_MARGIN = _help(
    "Understanding the Adjustment and Impact of the New Margin Calculation",
    "Understanding-the-Adjustment-and-Impact-of-the-New-Margin-Calculation",
    "2025-07-14 to 2025-09-18",
)
RISK_LIMIT = Citation(
    "Bybit: margin parameters, risk limits of BTCUSDT",
    "https://www.bybit.com/zh-TW/announcement-info/margin-parameters",
    _READ,
)
LIQUIDATION_ISOLATED = _help(
    "Liquidation Price Calculation under Isolated Mode (Unified Trading Account)",
    "Liquidation-Price-Calculation-under-Isolated-Mode-Unified-Trading-Account",
    "2026-05-27",
)
LIQUIDATION = Citation(
    "Bybit: liquidation process of the unified trading account",
    "https://www.bybit.eu/en/announcement-info/liquidation-summarize",
    _READ,
)
LIQUIDATION_INVERSE = Citation(
    "Bybit help centre: liquidation price of the classic inverse account, cross margin",
    "https://www.bybit.com/en/help-center",
    _READ,
)
ORDER_COST = _help("Order Cost (USDT Contract)", "Order-Cost-USDT-Contract", "2024-10-30")
CONTRACT_RULES = Citation(
    "Bybit: contract rules, margin of opposite orders",
    "https://www.bybit.com/en/help-center",
    _READ,
)
ADL = _help("Auto-Deleveraging (ADL)", "Auto-Deleveraging-ADL", "2025-11-05")
BREAK_EVEN = _docs("Get Position Info, breakEvenPrice", "docs/v5/position/position.mdx")
FUNDING = _docs("Transaction Log, funding", "docs/v5/account/transaction-log.mdx")
BONUS = Citation(
    "Bybit: bonus terms and conditions of 2023-02-28", "https://www.bybit.com/en/help-center", _READ
)
PORTFOLIO = _help(
    "Introduction to Portfolio Margin", "Introduction-to-Portfolio-Margin", "2024-12-02"
)
READING = Citation("marginline's reading of an open point", "docs/venues/bybit", "2026-11-21")
