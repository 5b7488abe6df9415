// Margin balance against the requirement. The requirement is water, filled from below; its surface is
// the line. Right of now lies what chance may do: one and two σ of the joint move, and the present speed.

import {
  AreaSeries,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  LineSeries,
  LineStyle,
  type IChartApi,
  type IPrimitivePaneRenderer,
  type IPrimitivePaneView,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type ISeriesPrimitive,
  type LineData,
  type SeriesAttachedParameter,
  type Time,
  type UTCTimestamp,
  type WhitespaceData,
} from "lightweight-charts";
import { clock, seconds } from "../numbers/format";

export interface Point {
  at: number; // seconds
  balance: number | null;
  requirement: number | null;
}

export interface LineInput {
  points: Point[]; // one a slot, evenly apart
  step: number; // seconds between slots
  bands: { name: string; at: number }[];
  events: { at: number; label: string }[];
  sigmaDay: number | null; // σ of a day in money
  leftHours: number | null;
  narrow: boolean;
}

export interface Palette {
  ink: string;
  ink2: string;
  ink3: string;
  rule: string;
  edge: string;
  water: string;
  waterLine: string;
  status: string;
  sans: string;
}

const AHEAD = 0.2; // the share of the picture that lies ahead of now
type Slot = LineData<Time> | WhitespaceData<Time>;
const at = (seconds: number): UTCTimestamp => seconds as UTCTimestamp;

export class LinePicture {
  private readonly chart: IChartApi;
  private readonly water: ISeriesApi<"Area">;
  private readonly balance: ISeriesApi<"Line">;
  private bandLines: ISeriesApi<"Line">[] = [];
  private readonly marks: ISeriesMarkersPluginApi<Time>;
  private readonly ahead = new Ahead();
  private data: LineInput | null = null;

  constructor(host: HTMLElement, palette: Palette, onRead: (index: number | null) => void) {
    this.chart = createChart(host, {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: palette.sans, fontSize: 11, background: { color: "transparent" } },
      rightPriceScale: { visible: false },
      leftPriceScale: { visible: true, borderVisible: false, scaleMargins: { top: 0.05, bottom: 0 } },
      timeScale: {
        borderVisible: false,
        fixLeftEdge: true,
        lockVisibleTimeRangeOnResize: true,
        timeVisible: true,
        tickMarkFormatter: (time: Time) => this.tick(Number(time)),
      },
      handleScroll: false,
      handleScale: false,
      crosshair: { mode: CrosshairMode.Magnet, horzLine: { visible: false, labelVisible: false }, vertLine: { labelVisible: false } },
      localization: { priceFormatter: short },
    });
    host.firstElementChild?.setAttribute("aria-hidden", "true"); // laid out by a table that says nothing: the label does
    const plain = { lastValueVisible: false, priceLineVisible: false, priceScaleId: "left" } as const;
    this.water = this.chart.addSeries(AreaSeries, { ...plain, lineWidth: 2, crosshairMarkerRadius: 3 });
    this.balance = this.chart.addSeries(LineSeries, {
      ...plain,
      lineWidth: 2,
      crosshairMarkerRadius: 3.5,
      autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: this.highest() } }),
    });
    this.marks = createSeriesMarkers(this.water, []);
    this.balance.attachPrimitive(this.ahead);
    this.chart.subscribeCrosshairMove((param) => {
      const index = param.time === undefined ? -1 : this.indexOf(Number(param.time));
      onRead(index >= 0 ? index : null);
    });
    this.paint(palette);
  }

  /** Drawn at once at a size that a sheet has; or again as large as its place. */
  onPaper(printed: boolean): void {
    this.chart.applyOptions({ autoSize: !printed });
    if (printed) this.chart.resize(600, 280, true);
  }

  destroy(): void {
    this.chart.remove();
  }

  /** The colours of the theme; read again when it changes. */
  paint(p: Palette): void {
    this.chart.applyOptions({
      layout: { textColor: p.ink3 },
      grid: { vertLines: { visible: false }, horzLines: { color: p.rule } },
      crosshair: { vertLine: { color: p.edge, style: LineStyle.Solid } },
    });
    this.water.applyOptions({ lineColor: p.waterLine, topColor: p.water, bottomColor: p.water });
    this.balance.applyOptions({ color: p.ink });
    this.ahead.palette = p;
    for (const band of this.bandLines) band.applyOptions({ color: p.ink3 });
    if (this.data) this.show(this.data);
  }

  show(data: LineInput): void {
    this.data = data;
    const { points, step, bands } = data;
    const last = points[points.length - 1];
    const slots = Math.max(2, Math.ceil((points.length * AHEAD) / (1 - AHEAD)));
    const future: WhitespaceData<Time>[] = last
      ? Array.from({ length: slots }, (_, i) => ({ time: at(last.at + (i + 1) * step) }))
      : [];
    const line = (of: (p: Point) => number | null): Slot[] => withGaps(points, of);
    this.water.setData(line((p) => p.requirement));
    this.balance.setData([...line((p) => p.balance), ...future]);
    while (this.bandLines.length < bands.length) {
      this.bandLines.push(
        this.chart.addSeries(LineSeries, {
          lastValueVisible: false,
          priceLineVisible: false,
          priceScaleId: "left",
          lineWidth: 1,
          crosshairMarkerVisible: false,
          color: this.ahead.palette?.ink3 ?? "",
        }),
      );
    }
    this.bandLines.forEach((series, i) => {
      const band = bands[i];
      series.applyOptions({ lineStyle: i === bands.length - 1 ? LineStyle.Dashed : LineStyle.Dotted });
      series.setData(band ? line((p) => (p.requirement === null ? null : p.requirement / band.at)) : []);
    });
    this.marks.setMarkers(
      data.events.map((event) => ({
        time: at(this.nearestSlot(event.at)),
        position: "inBar" as const,
        shape: "circle" as const,
        size: 0.4,
        color: this.ahead.palette?.ink2 ?? "",
        text: event.label,
      })),
    );
    this.ahead.set(this.chart, this.balance, data, slots);
    this.chart.timeScale().fitContent();
  }

  /** Puts the hair at a slot, for reading by keys. */
  read(index: number): void {
    const point = this.data?.points[index];
    if (point) this.chart.setCrosshairPosition(point.balance ?? point.requirement ?? 0, at(point.at), this.balance);
  }

  unread(): void {
    this.chart.clearCrosshairPosition();
  }

  private indexOf(time: number): number {
    return this.data?.points.findIndex((p) => p.at === time) ?? -1;
  }

  private nearestSlot(time: number): number {
    const points = this.data?.points ?? [];
    return points.find((p) => p.at >= time)?.at ?? points[points.length - 1]?.at ?? time;
  }

  private highest(): number {
    let most = 0;
    for (const p of this.data?.points ?? []) most = Math.max(most, p.balance ?? 0, p.requirement ?? 0);
    return most > 0 ? most * 1.04 : 1;
  }

  private tick(time: number): string {
    const points = this.data?.points;
    const last = points?.[points.length - 1]?.at;
    if (last !== undefined && time > last) return "";
    const step = this.data?.step ?? 60;
    return step < 5 ? seconds(time * 1000) : clock(time * 1000);
  }
}

/** Unknown slots are holes: a line never runs over what was not known. */
function withGaps(points: readonly Point[], of: (p: Point) => number | null): Slot[] {
  let before = true;
  return points.map((p) => {
    const value = of(p);
    const known = value !== null;
    const slot: Slot = known ? { time: at(p.at), value, ...(before ? {} : { color: "transparent" }) } : { time: at(p.at) };
    before = known;
    return slot;
  });
}

export const short = (v: number): string =>
  Math.abs(v) >= 1e6
    ? (v / 1e6).toFixed(2) + " M"
    : Math.abs(v) >= 1e3
      ? (v / 1e3).toFixed(Math.abs(v) >= 1e4 ? 0 : 1) + " k"
      : Math.abs(v) >= 10 || v === 0
        ? v.toFixed(0)
        : String(Number(v.toPrecision(3)));

// ---- what lies ahead of now -------------------------------------------------------------------------

class Ahead implements ISeriesPrimitive<Time>, IPrimitivePaneView, IPrimitivePaneRenderer {
  palette: Palette | null = null;
  private chart: IChartApi | null = null;
  private series: ISeriesApi<"Line"> | null = null;
  private data: LineInput | null = null;
  private slots = 0;
  private refresh: (() => void) | null = null;

  attached(param: SeriesAttachedParameter<Time>): void {
    this.refresh = param.requestUpdate;
  }
  set(chart: IChartApi, series: ISeriesApi<"Line">, data: LineInput, slots: number): void {
    Object.assign(this, { chart, series, data, slots });
    this.refresh?.();
  }
  paneViews(): readonly IPrimitivePaneView[] {
    return [this];
  }
  renderer(): IPrimitivePaneRenderer {
    return this;
  }

  draw(target: Parameters<IPrimitivePaneRenderer["draw"]>[0]): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => this.paint(context, mediaSize.width, mediaSize.height));
  }

  private paint(c: CanvasRenderingContext2D, width: number, height: number): void {
    const { chart, series, data, palette: p, slots } = this;
    const last = data?.points[data.points.length - 1];
    if (!chart || !series || !data || !last || !p) return;
    const time = chart.timeScale();
    const x0 = time.timeToCoordinate(at(last.at));
    const end = time.timeToCoordinate(at(last.at + slots * data.step));
    if (x0 === null || end === null) return;
    const y = (v: number): number => series.priceToCoordinate(v) ?? height;
    const room = data.narrow ? 54 : 84; // for the names at the end
    const x1 = Math.max(x0 + 8, Math.min(end, width - room));
    const hours = ((x1 - x0) / Math.max(1, end - x0)) * ((slots * data.step) / 3600);
    c.save();
    dashed(c, [2, 3], () => stroke(c, p.edge, 1, [x0, 0], [x0, height]));
    const need = last.requirement;
    if (need !== null) {
      c.globalAlpha = 0.55;
      c.fillStyle = p.water;
      c.fillRect(x0, y(need), x1 - x0, height - y(need));
      c.globalAlpha = 1;
      dashed(c, [5, 3], () => stroke(c, p.waterLine, 2, [x0, y(need)], [x1, y(need)]));
    }
    if (last.balance !== null) this.chance(c, p, data, last.balance, need, x0, x1, hours, y);
    this.names(c, p, data, last, x1, y, height);
    c.restore();
  }

  private chance(
    c: CanvasRenderingContext2D, p: Palette, data: LineInput, balance: number, need: number | null,
    x0: number, x1: number, hours: number, y: (v: number) => number,
  ): void {
    if (data.sigmaDay !== null && data.sigmaDay > 0) {
      for (const [k, alpha] of [[2, 0.07], [1, 0.1]] as const) {
        c.beginPath();
        const spread = (t: number): number => k * data.sigmaDay! * Math.sqrt((hours * t) / 24);
        for (let i = 0; i <= 24; i += 1) c.lineTo(x0 + ((x1 - x0) * i) / 24, y(balance + spread(i / 24)));
        for (let i = 24; i >= 0; i -= 1) c.lineTo(x0 + ((x1 - x0) * i) / 24, y(Math.max(0, balance - spread(i / 24))));
        c.closePath();
        c.globalAlpha = alpha;
        c.fillStyle = p.ink;
        c.fill();
        c.globalAlpha = 1;
      }
    }
    if (data.leftHours !== null && need !== null && data.leftHours < hours) {
      const x = x0 + ((x1 - x0) * data.leftHours) / hours;
      dashed(c, [3, 3], () => stroke(c, p.status, 1.6, [x0, y(balance)], [x, y(need)]));
      dot(c, p.status, x, y(need));
    }
    dot(c, p.ink, x0, y(balance));
  }

  /** Names stand at the line's end, apart from each other; there is no legend. */
  private names(
    c: CanvasRenderingContext2D, p: Palette, data: LineInput, last: Point, x: number, y: (v: number) => number, height: number,
  ): void {
    const labels: { text: string; colour: string; weight: number; y: number }[] = [];
    const put = (text: string, value: number | null, colour: string, weight: number): void => {
      if (value !== null) labels.push({ text, colour, weight, y: y(value) });
    };
    put("balance", last.balance, p.ink, 700);
    if (!data.narrow) for (const b of data.bands) put(b.name, last.requirement === null ? null : last.requirement / b.at, p.ink2, 500);
    put(data.narrow ? "line" : "requirement", last.requirement, p.waterLine, 700);
    const shown = labels.filter((l) => l.y > -10);
    shown.sort((a, b) => a.y - b.y);
    for (let pass = 0; pass < 6; pass += 1) {
      for (let i = 1; i < shown.length; i += 1) {
        const [a, b] = [shown[i - 1]!, shown[i]!];
        const gap = 14 - (b.y - a.y);
        if (gap > 0) {
          a.y -= gap / 2;
          b.y += gap / 2;
        }
      }
    }
    c.textBaseline = "middle";
    for (const l of shown) {
      c.font = `${l.weight} 11px ${p.sans}`;
      c.fillStyle = l.colour;
      c.fillText(l.text, x + 6, Math.max(7, Math.min(height - 7, l.y)));
    }
  }
}

const dashed = (c: CanvasRenderingContext2D, pattern: number[], draw: () => void): void => {
  c.setLineDash(pattern);
  draw();
  c.setLineDash([]);
};
const stroke = (c: CanvasRenderingContext2D, colour: string, width: number, from: [number, number], to: [number, number]): void => {
  c.beginPath();
  c.moveTo(...from);
  c.lineTo(...to);
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.stroke();
};
const dot = (c: CanvasRenderingContext2D, colour: string, x: number, y: number): void => {
  c.beginPath();
  c.arc(x, y, 3.5, 0, 2 * Math.PI);
  c.fillStyle = colour;
  c.fill();
};

