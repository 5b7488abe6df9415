"""Causes of a pool's change over a span, as the API and the page tell them: parts that sum."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.moments import wire_moment
from marginline.core.distance.standing import STANDING
from marginline.core.numbers import ZERO, exactly, text_or_none, to_text
from marginline.errors import InputError, StoreError
from marginline.ledger.attribution.attribution import MEASURES, Attribution, Levels, Part
from marginline.ledger.attribution.causes import WORDS, Cause
from marginline.ledger.attribution.cumulated import cumulated
from marginline.ledger.attribution.hedges import Hedge, hedge_of, with_hedges
from marginline.ledger.attribution.sentence import PRICES, place, sentence
from marginline.ledger.exactly import SUMS
from marginline.monitor.answers import CausePart, Causes, CausesAt, CausesGap, ThreeFigures
from marginline.monitor.judging.hourly import Hourly
from marginline.monitor.why.kept import Kept
from marginline.monitor.why.odds import recorded
from marginline.monitor.why.recorded import Moment
from marginline.monitor.wire import Reason, SentencePart
from marginline.risk.hedging import declared

_MARK = "\x1f"


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of covered positions and hedges as they were asked for, and marks to estimate from."""

    texts: Sequence[str] = ()
    hourly: Mapping[str, Sequence[Hourly]] = field(default_factory=dict)

    def told(self, account: Account) -> tuple[list[Hedge], list[str]]:
        """The groups of the account at the span's beginning, and what is said of them."""
        if not self.texts:
            return [], []
        symbols = sorted({row.instrument for row in account.positions if row.size})
        try:
            past = recorded(self.hourly, symbols)
        except InputError:
            past = None
        return declared(self.texts, account, past)


NO_GROUPS = Groups()


@exactly
def causes_of(
    account: str,
    kept: Kept,
    pool: str | None,
    span_ms: int | None,
    now: int,
    *,
    groups: Groups = NO_GROUPS,
) -> Causes:
    """Why a pool's balance, requirement and buffer moved within the last `span_ms`.

    `pool` None: the first there is. `span_ms` None: since the first document there is; where the
    record began later than a span, it begins there.

    Raises:
        InputError: a group that is none, or of positions that there are not.
    """
    for text in groups.texts:
        hedge_of(text)
    try:
        start = (kept.first() or now) if span_ms is None else now - span_ms
        moments = kept.moments(start)
        breaks = kept.breaks(moments)
    except StoreError as problem:
        start, breaks = now if span_ms is None else now - span_ms, ()
        kept = replace(kept, older=None)
        moments, unread = kept.moments(start), f"the history cannot be read: {problem.reason}"
    else:
        unread = ""
    span_ms = max(now - start, 1_000) if span_ms is None else span_ms
    empty = Causes(
        account=account,
        pool=pool,
        asset=None,
        span_s=span_ms // 1000,
        start=None,
        end=None,
        before=None,
        after=None,
        parts=[],
        over_time=[],
        sentences={},
        unexplained=None,
        gaps=[
            CausesGap(start=wire_moment(each.start), end=wire_moment(each.end), reason=each.reason)
            for each in breaks
        ],
        notes=[unread] if unread else [],
        reasons=[_reason("nothing of this account was judged whole yet")],
    )
    if len(moments) < 2:
        return empty
    made = [kept.between(a, b) for a, b in itertools.pairwise(moments)]
    hedges, words = groups.told(moments[0].account)
    spans = [_of_pool(each, pool) for each in with_hedges(made, hedges)]
    found = [span for span in spans if span is not None]
    if len(found) < len(spans):
        text = f"the account has no pool {pool} all through this span"
        return _with(empty, reasons=[_reason(text if pool else "the account has no pool")])
    return _answer(_with(empty, notes=[*empty.notes, *words]), kept, moments, found)


def _answer(
    empty: Causes, kept: Kept, moments: Sequence[Moment], spans: Sequence[Attribution]
) -> Causes:
    whole = summed(spans)
    pool = whole.pools[0]
    asset = pool.asset
    known = all(span.pools[0].change(m) is not None for span in spans for m in MEASURES)
    reasons = [] if known else [_reason(_why(spans))]
    return _with(
        empty,
        pool=pool.pool,
        asset=asset,
        start=wire_moment(moments[0].at),
        end=wire_moment(moments[-1].at),
        before=_figures(pool.before),
        after=_figures(pool.after),
        parts=list(_parts(whole)) if known else [],
        over_time=list(_over_time(moments, spans)) if known else [],
        sentences={m: _sentence(whole, asset, m) for m in MEASURES} if known else {},
        unexplained=to_text(whole.unexplained(asset)) if known else None,
        notes=[*empty.notes, *whole.notes, *kept.notes()],
        reasons=reasons,
    )


def _with(answer: Causes, **more: object) -> Causes:
    fields = {name: getattr(answer, name) for name in answer.__struct_fields__}
    return Causes(**{**fields, **more})


def _of_pool(found: Attribution, pool: str | None) -> Attribution | None:
    """One pool's part of an attribution; None where neither moment has it."""
    known = next((p for p in found.pools if pool in (None, p.pool)), None)
    if known is None:
        return None
    return replace(found, pools=(known,), parts=found.of(known.asset, pool=known.pool))


def summed(spans: Sequence[Attribution]) -> Attribution:
    """Spans on end as one."""
    whole = spans[0]
    for span in spans[1:]:
        whole = whole + span
    return whole


def _why(spans: Iterable[Attribution]) -> str:
    text = next((p.before.why or p.after.why for s in spans for p in s.unknown), "")
    return f"a figure of this span is not known: {text or 'no finding says why'}"


def _parts(whole: Attribution) -> Iterator[CausePart]:
    """Prices by position, everything else by its cause; what is unexplained always, also as 0."""
    sums: dict[tuple[Cause, str], Part] = {}
    for part in whole.parts:
        key = (Cause.PRICE if part.cause in PRICES else part.cause, part.where)
        key = key if part.cause in PRICES else (part.cause, "")
        known = sums.get(key)
        amounts = [part.amount(m) for m in MEASURES]
        if known is not None:
            amounts = [SUMS.add(known.amount(m), part.amount(m)) for m in MEASURES]
        sums[key] = part.of(amounts, where=key[1])
    unexplained = (Cause.UNEXPLAINED, "")
    rest = sums.pop(unexplained, None)
    ordered = sorted(sums.items(), key=lambda each: -abs(each[1].margin_balance))
    for (cause, where), part in ordered:
        if any(part.amount(m) for m in MEASURES):
            title = place(whole, where) if cause is Cause.PRICE else WORDS[cause]
            yield _part(cause, title.removeprefix("the "), where, part)
    yield _part(Cause.UNEXPLAINED, WORDS[Cause.UNEXPLAINED], "", rest)


def _part(cause: Cause, title: str, where: str, part: Part | None) -> CausePart:
    figures = [ZERO if part is None else part.amount(m) for m in MEASURES]
    texts = [to_text(each) for each in figures]
    return CausePart(
        cause=cause.value,
        title=title,
        where=where,
        margin_balance=texts[0],
        requirement=texts[1],
        buffer=texts[2],
    )


def _over_time(moments: Sequence[Moment], spans: Sequence[Attribution]) -> Iterator[CausesAt]:
    """What each cause has done to the margin balance since the first moment."""
    told = cumulated(spans, spans[0].pools[0].asset)
    yield CausesAt(at=wire_moment(moments[0].at), margin_balance={})
    for number, moment in enumerate(moments[1:]):
        so_far = {name: to_text(amounts[number]) for name, amounts in told.items()}
        yield CausesAt(at=wire_moment(moment.at), margin_balance=so_far)


def _figures(levels: Levels) -> ThreeFigures:
    balance, requirement, buffer = (text_or_none(each) for each in levels.figures())
    return ThreeFigures(margin_balance=balance, requirement=requirement, buffer=buffer)


def _sentence(whole: Attribution, asset: str, measure: str) -> list[SentencePart]:
    """The sentence, its amounts apart: who reads it writes them his way."""
    unit = None if asset in STANDING else asset

    def write(amount: Decimal, _: str) -> str:
        return f"{_MARK}{to_text(amount)}{_MARK}"

    text = sentence(whole, asset, measure, write=write)
    found: list[SentencePart] = []
    for number, piece in enumerate(text.split(_MARK)):
        if number % 2:
            found.append(SentencePart(kind="amount", value=piece, asset=unit))
        elif piece:
            plain = piece if unit is None else piece.removeprefix(f" {unit}")
            found.append(SentencePart(kind="text", text=plain))
    return found


def _reason(text: str) -> Reason:
    return Reason(code="MISSING_DATA", severity="info", where="account", measure=None, message=text)
