// How a training runs: progress, time remaining, learning rate, gradient norm, speed.

import { Chart, zoomButtons } from "./chart.js";
import { get, query } from "./data.js";
import { bdi, control, el, table, whole } from "./elements.js";
import { count, duration, plain } from "./figures.js";
import { go, link, read } from "./state.js";
import { t } from "./words.js";

const TITLES = { loss: "lossAll" };

export function open(root) {
  const controls = el("div", { class: "controls" });
  const now = el("dl", { class: "now" });
  const host = el("div", { class: "small-charts" });
  const values = el("div", { class: "values" });
  const download = el("a", { download: "" }, t("csv"));
  root.append(el("h1", {}, t("operations"), " · ", bdi(read().run)), now, controls, host, values, el("p", {}, download));
  const owner = {};
  const charts = new Map();
  let last = null;

  function drawNow(found) {
    const { now: here } = found;
    const rows = {
      progress: here.planned ? `${count(here.updates)} ${t("of")} ${count(here.planned)}` : count(here.updates),
      stage: here.stage,
      remaining: here.seconds_remaining === 0 ? "–" : duration(here.seconds_remaining ?? NaN),
      speed: count(here.tokens_per_second),
      seconds: plain(here.seconds_per_update),
      rate: plain(here.rate),
      checkpoint: here.checkpoint_updates === null ? "–"
        : `${t("update")} ${count(here.checkpoint_updates)}, ${duration(here.checkpoint_seconds_ago)} ${t("ago")}`,
    };
    now.replaceChildren(...Object.entries(rows).map(([key, value]) => el("div", {}, el("dt", {}, t(key)), el("dd", {}, bdi(value)))));
  }

  function title(one) {
    return `${t(TITLES[one.label] ?? one.label)}${one.unit ? `, ${one.unit}` : ""}`;
  }

  function drawCharts(found) {
    for (const one of found.series) {
      if (!charts.has(one.label)) {
        const chart = new Chart(title(one), {
          range: (from, to) => go({ from, to }),
          incident: (number) => go({ view: "incident", number }),
        }, 200);
        charts.set(one.label, chart);
        host.append(el("section", {}, el("h2", {}, title(one)), chart.element));
      }
      charts.get(one.label).draw({ ...found, first: found.first_update, last: found.last_update, series: [{ ...one, label: title(one) }] });
    }
  }

  function drawValues(found) {
    const rows = found.series.map((one) => {
      const sound = one.y.filter((value) => value !== null);
      const extreme = (pick) => (sound.length ? pick(...sound) : null);
      return [title(one), plain(sound[0]), plain(sound.at(-1)), plain(extreme(Math.min)), plain(extreme(Math.max))];
    });
    values.replaceChildren(table(t("operationsCaption"), [["series"], ["first"], ["last"], ["least"], ["greatest"]], rows));
  }

  return {
    async refresh(force) {
      const { run, from, to } = read();
      const found = await get(owner, "operations", { run, from, to });
      if (found) last = found;
      if (!last || !(found || force)) return false;
      download.setAttribute("href", `api/operations.csv?${query({ run, from, to })}`);
      if (!last.x.length) { now.replaceChildren(el("p", { class: "missing" }, t("noUpdates"))); return true; }
      drawNow(last);
      drawCharts(last);
      drawValues(last);
      if (force || !controls.contains(document.activeElement)) {
        const first = [...charts.values()][0];
        controls.replaceChildren(control("from", whole(from, "", (value) => go({ from: value }))),
          control("to", whole(to, "", (value) => go({ to: value }))), zoomButtons(first),
          el("a", { href: link({ view: "loss" }) }, t("loss")));
      }
      return true;
    },
    close: () => charts.forEach((chart) => chart.close()),
  };
}
