// Made by `python -m marginline.api.typescript` from the structs that the server encodes.
// Change those, not this file.

/** What an alert is about. `stale`: data are too old to judge by; `unknown`: it cannot be judged for another reason; `vanished`: a position is gone without an own order; `tiers`: terms of what is held changed; `adl`: next in the deleveraging queue; `funding`: payments that will take it over a band; `queue`: of no account, marginline itself takes in less than the venues send. */
export type AlertKind = "status" | "band" | "stale" | "unknown" | "contradiction" | "liquidated" | "vanished" | "tiers" | "adl" | "funding" | "queue";

/** `warn`, `act`: the bands; `call`: called; `line`: the venue acts; `unknown`: it cannot be judged. */
export type AlertLevel = "warn" | "act" | "call" | "line" | "unknown";

/** `held`: seen, not yet told, because it may heal within the hold time, or because its band was told within the cooldown. */
export type AlertState = "held" | "firing" | "acknowledged" | "muted" | "over";

/** An exact decimal number as text. */
export type Digits = string;

/** What happened to an account. */
export type HistoryKind = "fill" | "funding" | "transfer" | "order" | "config" | "liquidation" | "status" | "gap" | "alert" | "ledger";

/** RFC 3339 in UTC, with milliseconds, Z. */
export type Moment = string;

/** How near forced action is; worst last. */
export type StatusName = "healthy" | "watch" | "unknown" | "margin_call" | "liquidation";

/** State of a stream by the age of its data. */
export type StreamStateName = "connecting" | "live" | "silent" | "gap" | "healed" | "refused" | "closed";

/** What moves: one instrument, all prices, or with its orders. */
export type Way = "alone" | "together" | "with_orders";

/**
 * A piece of a sentence: `text` as it stands, or a `value` that the reader formats.
 *
 * `amount` and `price` carry `asset` (of a price: its instrument, whose tick it is cut to);
 * `enough` is an amount, and `share` a fraction, that must suffice: round up. `move` is a signed
 * fraction, round towards zero; `ratio` a fraction that never rounds onto a line. `time` is a
 * `Moment`, `span` seconds.
 */
export interface SentencePart {
  kind: "text" | "account" | "amount" | "enough" | "share" | "price" | "size" | "ratio" | "move" | "time" | "span" | "status" | "instrument";
  text: string | null;
  value: string | null;
  asset: string | null;
}

/**
 * Why something is as it is: a finding, in the assessment's own words.
 *
 * `where` is a pool id, a position key, a path, a stream or "account"; `measure` what it explains.
 */
export interface Reason {
  code: string;
  severity: "info" | "warning" | "error";
  where: string;
  measure: string | null;
  message: string;
}

/**
 * One end of a safe range: the signed move to it, or why there is none.
 *
 * `move` null with `open` true: no move that way leads to the line. Null with `open` false: it is
 * not known.
 */
export interface End {
  move: Digits | null;
  open: boolean;
  reason: string;
}

/** How far prices may move, down (`below`, negative) and up (`above`). */
export interface Range {
  below: End;
  above: End;
}

/**
 * The smallest move that leads to the line, and what moves.
 *
 * `instrument` and `price` where one instrument moves alone. `move` 0: it is past the line.
 */
export interface Nearest {
  move: Digits;
  instrument: string | null;
  price: Digits | null;
  way: Way;
}

/** The smallest moves to the line of one pool, by what moves; null where none leads there. */
export interface Distance {
  alone: Nearest | null;
  together: Nearest | null;
  with_orders: Nearest | null;
  nearest: Nearest | null;
  reasons: Record<string, string>;
}

/** One standard deviation of a day's joint move, with its source and days of data behind it. */
export interface Sigma {
  value: Digits;
  source: string;
  days: Digits;
}

/**
 * Chance that the line is touched within 1, 8, 24 hours and 7 days; fractions.
 *
 * `s1`, `s2`, `s3`: hours after which a move of 1, 2, 3 σ reaches the nearer end of the joint
 * move; null where there is no end.
 */
export interface Odds {
  h1: Digits;
  h8: Digits;
  h24: Digits;
  d7: Digits;
  s1: Digits | null;
  s2: Digits | null;
  s3: Digits | null;
  method: string;
  source: string;
}

/**
 * How fast the buffer and the balance move, in the pool's asset an hour.
 *
 * Over the last `over_s` seconds (at most an hour). `usual_low` and `usual_high`: the middle 90 %
 * of this run's hourly speeds, null until there is an hour of them. `left_hours`: until the buffer
 * is gone at that speed, null where it does not fall.
 */
export interface Speed {
  per_hour: Digits;
  balance_per_hour: Digits | null;
  over_s: Digits;
  usual_low: Digits | null;
  usual_high: Digits | null;
  left_hours: Digits | null;
}

/**
 * What the worst pool's balance is made of; fractions that sum to 1.
 *
 * Own money, coins whose price moves, what haircuts take off, unrealized profit, credit.
 */
export interface Shares {
  own: Digits;
  coins: Digits;
  haircut: Digits;
  unrealized: Digits;
  credit: Digits;
}

/** An amount to pay in. */
export interface Payment {
  amount: Digits;
  asset: string;
}

/** An order that closes part of one position, at the mark. */
export interface Cut {
  instrument: string;
  position: string;
  side: "buy" | "sell";
  size: Digits;
}

/**
 * The ways back to `target_ratio`; each does it alone, each is the least that does.
 *
 * `target_move`: where the line is near in price and the ratio is well, a fraction that prices may
 * then move without reaching it; null: the ratio alone counts.
 *
 * `close_share`: the fraction of every position of the pool; `closes` the orders that do it; `cut`
 * the cheapest single cut. Null ways have their reason under the way's name.
 */
export interface Plan {
  pool: string;
  target_ratio: Digits;
  pay_in: Payment | null;
  close_share: Digits | null;
  closes: Cut[];
  cut: Cut | null;
  reasons: Record<string, string>;
  at: Moment;
  target_move: Digits | null;
}

/**
 * How old the newest data are, in seconds, and how old they may be.
 *
 * Null: never seen, or not needed. `oldest` is of those that the judgement needs; `stale` names
 * the inputs beyond their limit.
 */
export interface Ages {
  marks: Digits | null;
  account: Digits | null;
  tiers: Digits | null;
  oldest: Digits | null;
  stale: string[];
}

/** The last figures that were known, of an account that cannot be judged now. */
export interface Last {
  at: Moment;
  status: StatusName;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  nearest: Nearest | null;
}

/**
 * Where alerts fire, as fractions of the support in use, and how they keep quiet.
 *
 * `target`: where plans lead back to. `rearm`: how far below a band the ratio must fall before it
 * can fire again. `dwell_s`: how long it must last. `cooldown_s`: at most one of a band in that
 * time. `remind_s`: an unacknowledged act band speaks again after it.
 */
export interface Bands {
  target: Digits;
  warn: Digits;
  act: Digits;
  rearm: Digits;
  dwell_s: number;
  cooldown_s: number;
  remind_s: number;
}

/** The gravest alert of an account. */
export interface AlertRef {
  id: string;
  state: AlertState;
}

/** Which rules made the figures. */
export interface Rulebook {
  code: string;
  digest: string;
}

/**
 * One open position. `share_of_requirement` of its pool; `alone`: this price moving alone.
 *
 * `adl_rank`: place in the deleveraging queue, 1 to 5, 5 is next, 0 outside it; `measures` as in
 * the assessment.
 */
export interface PositionRow {
  key: string;
  instrument: string;
  side: string;
  size: Digits;
  entry_price: Digits | null;
  mark: Digits | null;
  leverage: Digits | null;
  margin_mode: string;
  tick_size: Digits | null;
  measures: Record<string, Digits | null>;
  alone: Range;
  share_of_requirement: Digits | null;
  adl_rank: number | null;
}

/** What is liquidated together. `status` null: a risk unit, which has none. */
export interface PoolRow {
  id: string;
  kind: string;
  asset: string;
  status: StatusName | null;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  measures: Record<string, Digits | null>;
  positions: PositionRow[];
  joint: Range;
  distance: Distance | null;
}

/**
 * One account as judged now; its figures are those of its worst pool (`worst`).
 *
 * `as_of` is the moment judged, `source` where the account comes from (a file, a connection).
 * `judged_by` is `venue` where the venue's own reported figures are worse than ours and count
 * until it is known why. `whole_at` is null where the row is of one moment; where many accounts
 * move at once, status, ratio, support, requirement and buffer are of now, all else of `whole_at`,
 * seconds before. `sequence` is of the newest event in it; `equity_usd` at index; `net_usd` is the
 * signed value of all positions together, null where a part of it is not known.
 *
 * `margin_mode` is the one that every position has, where it is the account's: no position can be
 * in another; null: each position has its own, or it is not known.
 *
 * `pools`: the worst first. Null: left out because there are many accounts (over 30) and this
 * reader does not watch this one: send a `WatchAccounts`, or ask `GET /api/v1/accounts/{name}`.
 */
export interface AccountRow {
  name: string;
  venue: string;
  mode: string | null;
  position_mode: string;
  margin_mode: "cross" | "isolated" | null;
  status: StatusName;
  status_since: Moment;
  judged_by: "rules" | "venue";
  source: string;
  as_of: Moment | null;
  asset: string | null;
  worst: string | null;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  venue_ratio: Digits | null;
  joint: Range | null;
  nearest: Nearest | null;
  sigma: Sigma | null;
  odds: Odds | null;
  speed: Speed | null;
  shares: Shares | null;
  plan: Plan | null;
  ages: Ages;
  whole_at: Moment | null;
  last: Last | null;
  alert: AlertRef | null;
  liquidated_at: Moment | null;
  bands: Bands;
  reasons: Reason[];
  sentence: SentencePart[];
  pools: PoolRow[] | null;
  sequence: number;
  rulebook: Rulebook | null;
  equity_usd: Digits | null;
  requirement_usd: Digits | null;
  unrealized_usd: Digits | null;
  net_usd: Digits | null;
  net_by_coin: Record<string, Digits> | null;
}

/**
 * New figures of an account of whose row nothing else is new; fields as in `AccountRow`.
 *
 * `sentence` null: it is not sent of an account that this reader does not watch while there are
 * over 30; what it has stands until the next whole row.
 */
export interface AccountMoved {
  name: string;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  ages: Ages;
  whole_at: Moment | null;
  sentence: SentencePart[] | null;
  sequence: number;
}

/**
 * What became of an alert on one channel; `page` is this page.
 *
 * `unsure`: an attempt was made that may have arrived. `dropped`: over before quiet hours ended.
 */
export interface Delivery {
  channel: string;
  state: "sent" | "waiting" | "unsure" | "failed" | "dropped";
  at: Moment;
  detail: string;
}

/**
 * A channel beside the page: its service, its group (1 is asked first), how it stands.
 *
 * `set`: nothing was sent yet. `at`: its newest attempt. `waiting`: messages on their way.
 */
export interface ChannelRow {
  name: string;
  service: string;
  group: number;
  state: "set" | "works" | "failing";
  at: Moment | null;
  detail: string;
  waiting: number;
}

/** The sign of life to a dead-man's switch; `trouble` is why the newest one was not taken. */
export interface HeartbeatRow {
  every_s: Digits;
  at: Moment | null;
  trouble: string | null;
}

/**
 * How alerting itself stands.
 *
 * `page`: no channel is set beside the page. `partly`: a channel or the heartbeat fails, others
 * work. `broken`: an alert reached nobody, no channel works, or alerts cannot be kept.
 */
export interface Delivering {
  state: "page" | "works" | "partly" | "broken";
  reason: string;
  since: Moment | null;
  channels: ChannelRow[];
  heartbeat: HeartbeatRow | null;
}

/** What became of a test message on one channel. */
export interface Tested {
  channel: string;
  service: string;
  group: number;
  state: "sent" | "unsure" | "failed";
  detail: string;
}

/**
 * One alert. `since` when it began, `told` when it was told (null: held), `until` when over.
 *
 * `muted_until` null in state `muted`: until it is re-armed. `account` null: of no one account.
 */
export interface AlertRow {
  id: string;
  account: string | null;
  pool: string | null;
  kind: AlertKind;
  level: AlertLevel;
  state: AlertState;
  since: Moment;
  told: Moment | null;
  until: Moment | null;
  muted_until: Moment | null;
  acknowledged_at: Moment | null;
  status: StatusName;
  sentence: SentencePart[];
  plan: Plan | null;
  deliveries: Delivery[];
}

/** One stream of data, by the age of its data; `age` and `limit` in seconds. */
export interface StreamRow {
  name: string;
  venue: string;
  account: string | null;
  state: StreamStateName;
  age: Digits | null;
  limit: Digits;
  since: Moment;
  reason: string;
  retries: number;
  gaps: number;
}

/** A sentence of the demo's story, at world time. */
export interface StoryLine {
  at: Moment;
  text: string;
}

/**
 * The simulated world behind a demo, or a recorded run lived again (`replayed`).
 *
 * `speed`: its seconds a second.
 */
export interface World {
  scenario: string;
  title: string;
  speed: Digits;
  now: Moment;
  replayed: boolean;
}

/**
 * Ages in seconds beyond which an input is stale, and the hold time of an alert that may heal.
 *
 * In a sped-up world these are world seconds.
 */
export interface Limits {
  marks: Digits;
  account: Digits;
  tiers: Digits;
  hold: Digits;
}

/** What the page must know of this installation. */
export interface Settings {
  version: string;
  limits: Limits;
  bands: Bands;
  channels: string[];
}

/**
 * Everything, once, at the start of a connection.
 *
 * `boot` names this run of the server: when it changes, sequence numbers start again.
 */
export interface Snapshot {
  type: "snapshot";
  seq: number;
  now: Moment;
  boot: string;
  accounts: AccountRow[];
  alerts: AlertRow[];
  streams: StreamRow[];
  story: StoryLine[] | null;
  world: World | null;
  settings: Settings;
  delivering: Delivering;
}

/**
 * What changed after `since`: whole rows, names of accounts that are gone, new story lines.
 *
 * `moved`: accounts of which only the figures are new, as they mostly are when a price comes; none
 * of them is in `accounts`. `since` is the `seq` of the message before on this connection; a slow
 * reader's changes are merged, the newest row wins. An empty change is a sign of life, one a
 * second at least.
 */
export interface Change {
  type: "change";
  seq: number;
  since: number;
  now: Moment;
  accounts: AccountRow[];
  moved: AccountMoved[];
  gone: string[];
  alerts: AlertRow[];
  streams: StreamRow[];
  story: StoryLine[];
  world: World | null;
  delivering: Delivering;
}

/** From the reader: of these accounts send the pools with every row, from now on. */
export interface WatchAccounts {
  type: "watch";
  accounts: string[];
}

/** The worst pool of one account at one moment; null where it was not known. */
export interface HistoryPoint {
  at: Moment;
  status: StatusName;
  pool: string | null;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  nearest: Digits | null;
}

/** Something that happened to the account: for the axis of the picture. */
export interface HistoryEvent {
  at: Moment;
  kind: HistoryKind;
  amount: Digits | null;
  asset: string | null;
  sentence: SentencePart[];
}

/**
 * What was recorded of one account, in this run and in those before that kept a history.
 *
 * At most 600 points, oldest first. `start`: the first moment recorded. `thinned`:
 * points were left out (of each slice the first, the last, and the highest and lowest ratio stay).
 */
export interface History {
  account: string;
  asset: string | null;
  start: Moment | null;
  span_s: number;
  points: HistoryPoint[];
  events: HistoryEvent[];
  thinned: boolean;
}

/** A pool's figures at one moment, in its asset; null where one is not known. */
export interface ThreeFigures {
  margin_balance: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
}

/**
 * What one cause did to a pool's figures within a span, in its asset; plus raises the figure.
 *
 * `where`: of a price, the key of its position; else empty.
 */
export interface CausePart {
  cause: string;
  title: string;
  where: string;
  margin_balance: Digits;
  requirement: Digits;
  buffer: Digits;
}

/** What each cause has done to the margin balance from the beginning of the span to `at`. */
export interface CausesAt {
  at: Moment;
  margin_balance: Record<string, Digits>;
}

/** From `start` to `end` nothing was recorded, or not all. */
export interface CausesGap {
  start: Moment;
  end: Moment;
  reason: string;
}

/**
 * Why a pool's figures moved within a span of the record, in its asset.
 *
 * `parts` sum to `after` less `before`, of each figure, to the last digit; the last is what is
 * not explained, also where it is 0. `sentences` by figure. `start`: where the span begins in the
 * record, with a history that of earlier runs, too; `gaps`: when nothing was recorded in it.
 * Without parts `reasons` say why.
 */
export interface Causes {
  account: string;
  pool: string | null;
  asset: string | null;
  span_s: number;
  start: Moment | null;
  end: Moment | null;
  before: ThreeFigures | null;
  after: ThreeFigures | null;
  parts: CausePart[];
  over_time: CausesAt[];
  sentences: Record<string, SentencePart[]>;
  unexplained: Digits | null;
  gaps: CausesGap[];
  notes: string[];
  reasons: Reason[];
}

/** A moment at which a band would have fired. */
export interface Fired {
  at: Moment;
  level: AlertLevel;
  ratio: Digits;
}

/** What bands would have told on this run's record, beside what those in force would have. */
export interface BandsTried {
  account: string;
  bands: Bands;
  start: Moment | null;
  end: Moment | null;
  fired: Fired[];
  fired_now: Fired[];
}

/**
 * One judgement, with all that is needed to make it again.
 *
 * `sequence` counts the records of this run; `rules_digest` is that of the rulebook with its
 * parameters, null while nothing is judged; `age_marks`, `age_account`, `age_tiers` those of the
 * oldest inputs in seconds; `events` how often the account was told. The document itself is in
 * the recording of the run: there any figure is made again (`marginline replay`).
 * `nearest` is null also where it was not looked for: where many accounts move at once, a record
 * of cause `whole` tells it a moment later.
 */
export interface Judged {
  type: "record";
  sequence: number;
  at: Moment;
  account: string;
  status: StatusName;
  judged_by: "rules" | "venue";
  rulebook: string | null;
  rules_digest: string | null;
  worst: string | null;
  ratio: Digits | null;
  support: Digits | null;
  requirement: Digits | null;
  buffer: Digits | null;
  nearest: Digits | null;
  age_marks: Digits | null;
  age_account: Digits | null;
  age_tiers: Digits | null;
  stale: string[];
  events: number;
  cause: string;
}

/**
 * An alert that began, changed its state, or ended.
 *
 * `judgement`: the sequence of the newest judgement of its account, whose record has the rulebook
 * and the ages; null where it is of no account, or of one that was never judged.
 */
export interface AlertChanged {
  type: "alert";
  sequence: number;
  at: Moment;
  judgement: number | null;
  id: string;
  account: string | null;
  kind: AlertKind;
  level: AlertLevel;
  state: string;
  sentence: SentencePart[];
}

/** A stream that changed its state, a gap found or healed, a refusal. */
export interface StreamChanged {
  type: "stream";
  sequence: number;
  at: Moment;
  name: string;
  venue: string;
  account: string | null;
  state: string;
  reason: string;
}

/**
 * What went wrong, after RFC 9457: which field, its value, the unit, and what to do instead.
 *
 * `field`, `value`, `unit` and `remedy` are null where the fault is not in a field.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field: string | null;
  value: string | null;
  unit: string | null;
  remedy: string | null;
}

/** Every account, nearest to the line first. */
export interface Accounts {
  seq: number;
  now: Moment;
  accounts: AccountRow[];
}

/** Every alert of this run that is not over, and those over for less than a day. */
export interface Alerts {
  seq: number;
  now: Moment;
  alerts: AlertRow[];
  channels: string[];
  silences: SilenceRow[];
  delivering: Delivering;
}

/** What is muted: an account (null: every), a kind (null: every), until (null: for ever). */
export interface SilenceRow {
  account: string | null;
  kind: AlertKind | null;
  until: Moment | null;
}

/** What became of a test message on every channel beside the page. */
export interface TestedAll {
  channels: Tested[];
}

/**
 * A key that is kept, by the last four characters of it; nothing else of it is ever told.
 *
 * `trading`, `withdrawal`: what it may do beyond reading, in the venue's words. `bound`: it works
 * from certain addresses alone (null: the venue does not say). `url` replaces the venue's address.
 * `accounts`: those that this run watches with it.
 */
export interface KeyRow {
  name: string;
  venue: string;
  ends_in: string;
  trading: string[];
  withdrawal: string[];
  bound: boolean | null;
  probed_at: Moment | null;
  url: string | null;
  accounts: string[];
}

/** A venue whose keys can be kept; `passphrase`: its keys have one. */
export interface KeyVenue {
  venue: string;
  title: string;
  passphrase: boolean;
}

/**
 * The keys that are kept and where; without a place `reason` says why none can be.
 *
 * `watches`: whether this run can watch more accounts.
 */
export interface KeyList {
  place: string | null;
  reason: string | null;
  watches: boolean;
  keys: KeyRow[];
  venues: KeyVenue[];
}

/** What a venue says of a key: what it `may` do, in words; `accepted`: no more than was. */
export interface KeyTested {
  key: KeyRow;
  may: string;
  beyond: string[];
  accepted: boolean;
}

/**
 * Where history is kept, and whether it is.
 *
 * `since` null: it is written; else since when it is not, why, and what to do. `written` counts
 * rows of this run, `lost` booked rows that could not wait any longer.
 */
export interface HistoryState {
  where: string;
  since: Moment | null;
  reason: string;
  remedy: string;
  written: number;
  lost: number;
}

/**
 * Every stream by age, oldest first; refusals of keys and answers, newest last.
 *
 * `behind_s`: how far marginline itself is behind its feeds, not the venues; 0 below a second.
 * `history` null: this run keeps none.
 */
export interface Connections {
  seq: number;
  now: Moment;
  streams: StreamRow[];
  clocks: ClockRow[];
  limits: RateLimitRow[];
  refusals: Refusal[];
  behind_s: Digits;
  world: World | null;
  history: HistoryState | null;
}

/** How far a venue's clock is from ours, in milliseconds; plus is ahead. */
export interface ClockRow {
  venue: string;
  offset_ms: number;
  round_trip_ms: number;
  at: Moment;
}

/**
 * How much of a venue's rate limit is used.
 *
 * `of` null: the venue does not say; `until` where it has told us to wait.
 */
export interface RateLimitRow {
  venue: string;
  used: number;
  of: number | null;
  until: Moment | null;
  at: Moment;
}

/** A key, a field or an answer that was refused, and why; secrets are never in it. */
export interface Refusal {
  venue: string;
  account: string | null;
  field: string;
  value: string;
  reason: string;
  remedy: string;
  at: Moment;
}

/** The bands of each account, and those of accounts that have none of their own. */
export interface BandsOf {
  default: Bands;
  accounts: Record<string, Bands>;
}

/** One axis of the two-move map: what moves, and the moves, signed fractions. */
export interface GridAxis {
  of: string;
  moves: Digits[];
}

/** An instrument of which hourly marks are recorded, and how many days of them. */
export interface Studied {
  venue: string;
  symbol: string;
  days: Digits;
}

/** What a margin-rate study may be asked of, and by which terms. */
export interface Studies {
  instruments: Studied[];
  methods: string[];
  sides: string[];
  brakes: string[];
  jurisdictions: string[];
}

/**
 * Two moves at once: the requirement over the support at each, and the nearest to the line.
 *
 * `ratio[row][column]`: rows follow `y`, columns `x`. Null: there the support is gone. Floats, for
 * a picture; the line itself is exact in the joint moves. `at_line` is 1.
 */
export interface Grid {
  account: string;
  pool: string;
  x: GridAxis;
  y: GridAxis;
  ratio: (number | null)[][];
  steps: number;
  reasons: Reason[];
}

/** A rulebook: whose, from which day until which, digest of rules and parameters. */
export interface RuleRow {
  code: string;
  venue: string;
  mode: string | null;
  effective_from: string;
  effective_until: string | null;
  digest: string;
}

/** Every rulebook there is; `in_force`: those that judge an account now. */
export interface Rules {
  rulebooks: RuleRow[];
  in_force: string[];
}

/** Whether the process answers. */
export interface Health {
  status: string;
  version: string;
}

/**
 * Whether accounts are being judged; `waiting` names what is not there yet.
 *
 * `troubles`: what is wrong beside judging, which goes on: history that is not written.
 */
export interface Ready {
  ready: boolean;
  accounts: number;
  unknown: number;
  waiting: string[];
  troubles: string[];
}

export type Message = Snapshot | Change;

export type MonitorRecord = Judged | AlertChanged | StreamChanged;
