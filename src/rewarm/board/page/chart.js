// One chart: lines over updates by uPlot, with stages, blocks and incidents marked.

import { el } from "./elements.js";
import { plain, short } from "./figures.js";
import { attach } from "./gestures.js";
import { paint } from "./marks.js";
import { t } from "./words.js";

const DASHES = [[], [9, 4], [2, 4], [10, 4, 2, 4], [16, 5]];
const COLOURS = 6;

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Colour and dash of line `at`, as in the report. */
function stroke(at) {
  return { colour: variable(`--colour-${at % COLOURS}`), dash: DASHES[(at + Math.floor(at / COLOURS)) % DASHES.length] };
}

/** A piece of line `at`, for tables. */
export function swatch(at) {
  const dash = (at + Math.floor(at / COLOURS)) % DASHES.length;
  return el("span", { class: `swatch c${at % COLOURS} dashed-${dash}`, "aria-hidden": "true" });
}

/**
 * A chart in a new element. actions: range(from, to) when the reader zooms, null for all updates;
 * incident(number); cursor(values, update) at the cursor, null when there is none.
 */
export class Chart {
  constructor(title, actions, height = 320) {
    this.title = title;
    this.actions = actions;
    this.height = height;
    this.readout = el("p", { class: "readout", role: "status" });
    this.host = el("div", { class: "chart", tabindex: 0, role: "group", "aria-label": `${title}. ${t("chartHelp")}` });
    this.element = el("div", {}, this.host, this.readout);
    this.data = null;
    this.plot = null;
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.host);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this.rebuild();
    this.scheme.addEventListener("change", this.repaint);
  }

  /** data: x, series [{label, y}], first and last update of the log, stages, blocks, incidents, findings, hidden. */
  draw(data) {
    const same = this.plot && this.data && this.data.series.length === data.series.length
      && this.data.series.every((one, at) => one.label === data.series[at].label);
    this.data = data;
    if (!data.x.length) return;
    if (!same) { this.rebuild(); return; }
    this.plot.setData([data.x, ...data.series.map((one) => one.y)]);
    this.show();
  }

  rebuild() {
    if (!this.data?.x.length) return;
    this.plot?.destroy();
    const axis = { stroke: variable("--text"), grid: { stroke: variable("--rule"), width: 1 }, ticks: { stroke: variable("--rule") } };
    this.plot = new uPlot({
      width: this.host.clientWidth || 600,
      height: this.height,
      legend: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? tick.toLocaleString("en") : "")) },
        { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))) },
      ],
      cursor: { drag: { x: true, y: false, setScale: false }, focus: { prox: 16 }, bind: { dblclick: () => () => this.actions.range?.(null, null) } },
      series: [{}, ...this.data.series.map((one, at) => {
        const { colour, dash } = stroke(at);
        return { label: one.label, stroke: colour, dash, width: 2, spanGaps: true, points: { show: this.data.x.length < 40 } };
      })],
      hooks: {
        draw: [(plot) => paint(plot, this.data, variable)],
        setCursor: [(plot) => this.read(plot.cursor.idx)],
        setSelect: [(plot) => this.selected(plot)],
        setSize: [() => this.buttons()],
        setScale: [() => this.buttons()],
      },
    }, [this.data.x, ...this.data.series.map((one) => one.y)], this.host);
    attach(this.plot, this);
    this.show();
  }

  /** Hidden lines, and the buttons of incidents. */
  show() {
    const hidden = this.data.hidden ?? new Set();
    this.data.series.forEach((one, at) => {
      if (this.plot.series[at + 1].show === hidden.has(one.label)) this.plot.setSeries(at + 1, { show: !hidden.has(one.label) });
    });
    this.buttons();
    this.read(this.plot.cursor.idx);
  }

  /** A button on each incident in the range; the table below offers the same to the keyboard. */
  buttons() {
    if (!this.plot || !this.actions.incident) return;
    for (const old of this.plot.over.querySelectorAll(".mark")) old.remove();
    const { min, max } = this.plot.scales.x;
    const seen = (this.data.incidents ?? []).filter((one) => one.update >= min && one.update <= max).slice(0, 100);
    for (const one of seen) {
      const button = el("button", { class: "mark", type: "button", tabindex: -1, title: one.says,
        "aria-label": `${t("incident")}, ${t("update")} ${one.update}`, onclick: () => this.actions.incident(one.number) }, "▲");
      button.style.left = `${this.plot.valToPos(one.update, "x")}px`;
      button.addEventListener("mousedown", (event) => event.stopPropagation());
      this.plot.over.append(button);
    }
  }

  fit() {
    const width = this.host.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: this.height });
  }

  read(at) {
    if (at === null || at === undefined || !this.data) {
      this.readout.textContent = "";
      this.actions.cursor?.(null, null);
      return;
    }
    const update = this.data.x[at];
    const values = this.data.series.map((one) => one.y[at]);
    const shown = this.data.series.flatMap((one, row) => this.data.hidden?.has(one.label) ? [] : [`${one.label} ${plain(values[row])}`]);
    this.readout.textContent = `${t("update")} ${update}: ${shown.slice(0, 8).join(" · ")}${shown.length > 8 ? " …" : ""}`;
    this.actions.cursor?.(values, update);
  }

  selected(plot) {
    const { left, width } = plot.select;
    if (width < 6) return;
    const ends = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.zoom(...ends);
  }

  /** The updates that are shown. */
  range() {
    return [this.plot.scales.x.min, this.plot.scales.x.max];
  }

  /** Show a range, inside the log; all of it when it covers that. */
  zoom(from, to) {
    const { first, last } = this.data;
    const low = Math.max(first, Math.round(from));
    const high = Math.min(last, Math.max(Math.round(to), low + 1));
    if (low <= first && high >= last) this.actions.range?.(null, null);
    else this.actions.range?.(low, high);
  }

  /** Zoom around the middle (factor < 1 shows fewer updates), or move by a share of the width. */
  change(factor, share = 0) {
    if (!this.plot) return;
    const [min, max] = this.range();
    const half = ((max - min) * factor) / 2;
    let middle = (min + max) / 2 + share * (max - min);
    middle = Math.min(Math.max(middle, this.data.first + half), this.data.last - half);
    this.zoom(middle - half, middle + half);
  }

  key(event) {
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step !== undefined) {
      const at = Math.min(Math.max((this.plot.cursor.idx ?? (step > 0 ? -1 : this.data.x.length)) + step, 0), this.data.x.length - 1);
      this.plot.setCursor({ left: this.plot.valToPos(this.data.x[at], "x"), top: 10 });
    } else if (event.key === "+" || event.key === "=") this.change(0.5);
    else if (event.key === "-") this.change(2);
    else if (event.key === "0") this.actions.range?.(null, null);
    else return;
    event.preventDefault();
  }

  close() {
    this.resized.disconnect();
    this.scheme.removeEventListener("change", this.repaint);
    this.plot?.destroy();
    this.plot = null;
  }
}

/** Buttons for zooming by click, touch or keyboard. */
export function zoomButtons(chart) {
  const button = (key, sign, act) => el("button", { type: "button", "aria-label": t(key), title: t(key), onclick: act }, sign);
  return el("div", { class: "zoom", role: "group", "aria-label": t("zoomIn") },
    button("left", "←", () => chart.change(1, -0.5)), button("right", "→", () => chart.change(1, 0.5)),
    button("zoomIn", "+", () => chart.change(0.5)), button("zoomOut", "−", () => chart.change(2)),
    button("reset", "⤢", () => chart.actions.range?.(null, null)));
}
