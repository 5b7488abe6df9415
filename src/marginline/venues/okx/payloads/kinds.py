"""OKX's answers, each once: where it comes from, how it is told, what it says field by field.

What does not apply is "" there. Fields that are only passed on are named too, so that what is noted
as unknown is really new.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from marginline.venues.reader.fields import read_rows, shape
from marginline.venues.reader.kinds import (
    AnswerKind,
    Kinds,
    Message,
    Opened,
    by_address,
    by_fields,
    head_of,
    rows_of,
)

OKX = "okx"

DETAIL = shape(
    text="ccy autoLendStatus autoLendMtAmt frpType",
    label="accAvgPx colRes colBorrAutoConversion twap",
    number="eq cashBal upl isoEq isoUpl stgyEq optVal interest availEq rewardBal mgnRatio imr mmr"
    " eqUsd coinUsdPrice",
    passed="availBal disEq frozenBal ordFrozen liab uplLiab crossLiab isoLiab notionalLever"
    " borrowFroz maxLoan spotInUseAmt clSpotInUseAmt maxSpotInUse maxSpotInUseAmt spotIsoBal"
    " smtSyncEq fixedBal openAvgPx spotBal spotCopyTradingEq spotUpl spotUplRatio totalPnl"
    " totalPnlRatio autoLendAmt autoStakingStatus",
    flag="collateralEnabled collateralRestrict",
    moment="uTime",
    needs="ccy",
)
BALANCE = shape(
    label="delta deltaLever deltaNeutralStatus",
    number="adjEq availEq isoEq imr mmr mgnRatio notionalUsd upl",
    passed="totalEq ordFroz borrowFroz notionalUsdForBorrow notionalUsdForSwap"
    " notionalUsdForFutures notionalUsdForOption",
    stamp="uTime",
    lists={"details": DETAIL},
)
_STOP = shape(text="algoId", open=True)
POSITION = shape(
    text="instId instType mgnMode posSide ccy posCcy liabCcy spotInUseCcy bizRefType",
    label="posId tradeId bizRefId adl nonSettleAvgPx settledPnl hedgedPos",
    number="pos upl uplRatio imr margin mgnRatio mmr notionalUsd pnl fee fundingFee interest"
    " optVal liqPx",
    passed="availPos uplLastPx uplRatioLastPx realizedPnl liqPenalty liab baseBal quoteBal"
    " baseBorrowed baseInterest quoteBorrowed quoteInterest spotInUseAmt clSpotInUseAmt"
    " maxSpotInUseAmt pendingCloseOrdLiabVal usdPx deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA"
    " vegaBS vegaPA bePx",
    positive="avgPx markPx idxPx last lever",
    moment="cTime",
    stamp="uTime pTime",
    lists={"closeOrderAlgo": _STOP},
    needs="instId pos",
)
CONFIG = shape(label="acctLv uid", text="posMode", flag="autoLoan", open=True)
LEVERAGE = shape(text="instId ccy mgnMode posSide", positive="lever", needs="instId")
ORDER = shape(
    text="instId instType side posSide ordType state tdMode",
    label="ordId",
    number="sz accFillSz",
    positive="px lever",
    flag="reduceOnly",
    stamp="uTime",
    needs="instId side sz",
    open=True,
)
INSTRUMENT = shape(
    text="instId instType uly instFamily ctType ctValCcy settleCcy baseCcy quoteCcy state",
    positive="ctVal ctMult tickSz lotSz",
    moment="expTime",
    needs="instId",
    open=True,
)
TIER = shape(
    text="instId uly instFamily",
    label="tier",
    number="minSz maxSz mmr imr",
    passed="optMgnFactor baseMaxLoan quoteMaxLoan",
    positive="maxLever",
    needs="minSz mmr",
)
MARK = shape(text="instId instType", positive="markPx", stamp="ts", needs="instId")
INDEX = shape(text="instId", positive="idxPx", stamp="ts", needs="instId", open=True)
FUNDING = shape(
    text="instId instType",
    number="fundingRate",
    moment="fundingTime nextFundingTime",
    stamp="ts",
    needs="instId",
    open=True,
)
_SLICE = shape(number="discountRate minAmt maxAmt", open=True)
DISCOUNT = shape(
    text="ccy",
    passed="minDiscountRate", lists={"details": _SLICE, "discountInfo": _SLICE},
    needs="ccy", open=True,
)  # fmt: skip
FEES = shape(
    text="instType",
    number="maker taker",
    passed="makerU takerU makerUSDC takerUSDC",
    stamp="ts",
    open=True,
)

# -- kept as they are: no figure of an account's moment in them ---------------------------------

CLOSED = shape(
    text="instId mgnMode",
    number="closeAvgPx",
    passed="openAvgPx",
    moment="uTime",
    needs="instId",
    open=True,
)
FUNDED = shape(
    text="instId", number="fundingRate realizedRate", moment="fundingTime", needs="instId",
    open=True,
)  # fmt: skip
BILL = shape(text="ccy", label="billId type", number="bal balChg", moment="ts", open=True)
RISK_STATE = shape(flag="atRisk", moment="ts", open=True)
RISK = shape(number="adjEq", moment="ts", open=True)
FUNDS = shape(text="ccy", number="bal", passed="frozenBal availBal", needs="ccy", open=True)
ESTIMATE = shape(number="estMgn estMaxWd", open=True)
WARNING = shape(text="instId mgnMode", number="pos mgnRatio", moment="uTime", open=True)
CHANGED = shape(text="eventType", moment="pTime", open=True)

_A, _P = "/api/v5/account/", "/api/v5/public/"
ANSWERS: Kinds = {
    "balance": AnswerKind(BALANCE, f"{_A}balance", "balances, and the account's own figures",
        "totalEq details", topic="account"),
    "position_history": AnswerKind(CLOSED, f"{_A}positions-history", "closed positions, kept",
        "instId closeAvgPx openAvgPx", kept=True),
    "positions": AnswerKind(POSITION, f"{_A}positions", "open positions",
        "instId mgnMode pos avgPx markPx", topic="positions"),
    "config": AnswerKind(CONFIG, f"{_A}config", "account level and position mode", "posMode",
        also=f"{_A}set-position-mode"),
    "warning": AnswerKind(WARNING, "liquidation-warning",
        "positions that the venue warns of, kept", "instId mgnMode pos lever mgnRatio",
        topic="liquidation-warning", kept=True),
    "orders": AnswerKind(ORDER, "/api/v5/trade/orders-pending", "resting orders",
        "ordId tdMode state sz", topic="orders"),
    "leverage": AnswerKind(LEVERAGE, f"{_A}leverage-info", "leverage of an instrument, by side",
        "instId mgnMode lever"),
    "instruments": AnswerKind(INSTRUMENT, f"{_P}instruments", "what a contract is worth",
        "instId ctVal ctType", topic="instruments", also=f"{_A}instruments"),
    "tiers": AnswerKind(TIER, f"{_P}position-tiers", "position tiers", "minSz maxSz mmr"),
    "mark_price": AnswerKind(MARK, f"{_P}mark-price", "mark prices", "instId markPx ts",
        topic="mark-price"),
    "index": AnswerKind(INDEX, "/api/v5/market/index-tickers", "index prices of pairs",
        "instId idxPx", topic="index-tickers"),
    "funding_history": AnswerKind(FUNDED, f"{_P}funding-rate-history", "past rates, kept",
        "instId fundingRate realizedRate", kept=True),
    "funding_rate": AnswerKind(FUNDING, f"{_P}funding-rate", "the next funding rate",
        "instId fundingRate fundingTime", topic="funding-rate"),
    "discount": AnswerKind(DISCOUNT, f"{_P}discount-rate-interest-free-quota",
        "discount tiers of collateral", "ccy minDiscountRate"),
    "fees": AnswerKind(FEES, f"{_A}trade-fee", "the user's own fees", "maker taker level"),
    "risk_state": AnswerKind(RISK_STATE, f"{_A}risk-state", "portfolio margin's alarm, kept",
        "atRisk atRiskIdx", kept=True),
    "position_risk": AnswerKind(RISK, f"{_A}account-position-risk",
        "balances and positions at one moment, kept", "adjEq balData posData", kept=True),
    "changes": AnswerKind(CHANGED, "balance_and_position",
        "what a trade changed, without margins, kept", "balData posData eventType",
        topic="balance_and_position", kept=True),
    "bills": AnswerKind(BILL, f"{_A}bills", "ledger, kept", "billId balChg",
        also=f"{_A}bills-archive /api/v5/asset/bills /api/v5/asset/bills-history", kept=True),
    "funding_account": AnswerKind(FUNDS, "/api/v5/asset/balances",
        "the funding account, which supports nothing, kept", "ccy bal availBal", kept=True),
    "estimate": AnswerKind(ESTIMATE, f"{_A}adjust-leverage-info",
        "what another leverage would ask, kept", "estMgn", kept=True),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType({OKX: ANSWERS})
"""Every kind of answer, by venue."""

# -- the envelope ------------------------------------------------------------------------------

_HEAD = shape(label="code msg", open=True)
_CHANNEL = shape(text="channel", open=True)
_OWN = frozenset(("instId", "ccy", "details", "posMode", "acctLv"))


def open_message(kind: str, message: Message, source: str) -> Opened | None:
    """`{code, msg, data}` of a request, `{arg: {channel}, data}` of a stream.

    Raises:
        PayloadError: OKX refused the request.
    """
    if "arg" in message and "data" in message:
        arg = read_rows(kind, _CHANNEL, message["arg"], many=False, source=source)
        return Opened(message["data"], topic=arg[0].text("channel") or "")
    if "code" not in message or not {"data", "msg"} & message.keys():
        return Opened(()) if "event" in message else None
    head_of(kind, _HEAD, message, source)
    return Opened(message.get("data"))


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The kind of an answer of OKX; empty where it is none."""
    if path is not None:
        kind = by_address(ANSWERS, path.partition("?")[0])
        return {} if kind is None else {OKX: kind}
    kinds = [_kind_of(each) for each in (value if isinstance(value, (list, tuple)) else [value])]
    found = next((kind for kind in kinds if kind), None)
    return {} if not kinds or None in kinds else {OKX: found or ""}


def _kind_of(message: object) -> str | None:
    """The kind of one message; "" where it lists nothing, None where it is not OKX's."""
    if not isinstance(message, Mapping):
        return None
    rows = list(rows_of(message.get("data")))
    if isinstance(arg := message.get("arg"), Mapping):
        told = {kind: spec for kind, spec in ANSWERS.items() if spec.topic == arg.get("channel")}
        return _first(told, rows)
    if message.get("code") == "0" and "data" in message:
        return _first(ANSWERS, rows) if rows else ""
    own = _OWN & message.keys() and "code" not in message
    return by_fields(ANSWERS, message, least=3) if own else None


def _first(kinds: Kinds, rows: list[Message]) -> str | None:
    return next((kind for row in rows if (kind := by_fields(kinds, row))), None)


CONTRACT = re.compile(r"(?P<base>[^-]+)-(?P<quote>[^-]+)-(?P<term>SWAP|[0-9]{6})")
"""A futures contract's name: `BTC-USDT-SWAP`, `ETH-USD-210430`."""
