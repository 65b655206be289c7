// One channel in several runs, and their held-out documents.

import { Chart, swatch, zoomButtons } from "./chart.js";
import { get, query } from "./data.js";
import { bdi, choice, control, el, table, whole } from "./elements.js";
import { count, plain, signed } from "./figures.js";
import { go, link, list, read } from "./state.js";
import { t } from "./words.js";

export function open(root) {
  const controls = el("div", { class: "controls" });
  const values = el("div", { class: "values" });
  const heldout = el("div", { class: "values" });
  const picker = el("fieldset", {}, el("legend", {}, t("chooseRuns")));
  const download = el("a", { download: "" }, t("csv"));
  const chart = new Chart(t("compareTitle"), {
    range: (from, to) => go({ from, to }),
    cursor: (found) => cells.forEach((cell, at) => { cell.textContent = found ? plain(found[at]) : ""; }),
  });
  root.append(el("h1", {}, t("compareTitle")), controls, chart.element, values, el("p", {}, download), heldout, picker);
  const owner = {};
  let cells = [];
  let last = null;

  async function pick() {
    const { runs } = await get({}, "runs");
    const chosen = new Set(list("runs"));
    const boxes = runs.filter((run) => run.has_record).map((run) => el("label", { class: "pick" }, el("input", {
      type: "checkbox", checked: chosen.has(run.name),
      onchange: (event) => {
        if (event.target.checked) chosen.add(run.name); else chosen.delete(run.name);
        go({ runs: JSON.stringify([...chosen]) });
      },
    }), " ", bdi(run.name), " "));
    picker.replaceChildren(picker.firstElementChild, ...boxes);
  }
  const picked = pick();

  /** Runs have updates of their own: one x for all, a gap where a run has no point. */
  function joined(runs) {
    const x = [...new Set(runs.flatMap((run) => run.x))].sort((a, b) => a - b);
    const at = new Map(x.map((update, place) => [update, place]));
    const series = runs.map((run) => {
      const y = new Array(x.length).fill(null);
      run.x.forEach((update, place) => { y[at.get(update)] = run.y[place]; });
      return { label: run.label, y };
    });
    return { x, series };
  }

  function drawTables(found) {
    cells = found.runs.map(() => el("bdi", {}));
    values.replaceChildren(table(t("valuesCaption"), [["name"], ["updates"], ["last"], ["at"]], found.runs.map((run, at) =>
      [el("span", {}, swatch(at), el("a", { href: link({ view: "loss", run: run.label }, false) }, bdi(run.label))), count(run.updates), plain(run.last), cells[at]])));
    const channels = [...new Set(found.runs.flatMap((run) => run.held_out.map((one) => one.value)))];
    if (!channels.length) { heldout.replaceChildren(); return; }
    const rows = found.runs.map((run) => [bdi(run.label), ...channels.map((value) => {
      const one = run.held_out.find((other) => other.value === value);
      return one ? signed(one.change.bits_per_byte) : "–";
    })]);
    heldout.replaceChildren(table(t("heldoutCaption"), [["name"], ...channels.map((value) => [value])], rows));
  }

  return {
    async refresh(force) {
      await picked;
      const state = read();
      const runs = list("runs");
      if (!runs.length) return false;
      const { axis, value, unit, smooth, from, to } = state;
      const found = await get(owner, "compare", { run: runs, axis, value, unit, smooth, from, to });
      if (found) last = found;
      if (!last || !(found || force)) return false;
      download.setAttribute("href", `api/compare.csv?${query({ run: runs, axis: last.axis, from, to })}`);
      if (force || !controls.contains(document.activeElement)) {
        controls.replaceChildren(
          control("axis", choice(last.axes.map((one) => [one, t(one)]), last.axis, (one) => go({ axis: one, value: null }))),
          control("value2", choice(last.values.map((one) => [one, one]), last.value, (one) => go({ value: one }))),
          control("unit", choice([["bits", t("bits")], ["nats", t("nats")]], unit ?? "bits", (one) => go({ unit: one }))),
          control("smoothing", whole(smooth, t("auto"), (one) => go({ smooth: one }))), zoomButtons(chart));
      }
      const { x, series } = joined(last.runs);
      chart.draw({ x, series, first: 0, last: Math.max(1, ...last.runs.map((run) => run.updates - 1)) });
      drawTables(last);
      return true;
    },
    close: () => chart.close(),
  };
}
