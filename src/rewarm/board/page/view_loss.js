// Channel loss of a run: curves by an axis, with stages, blocks, incidents and findings, and the same as tables.

import { Chart, swatch, zoomButtons } from "./chart.js";
import { get, query } from "./data.js";
import { bdi, choice, control, el, table, whole } from "./elements.js";
import { count, plain } from "./figures.js";
import { go, link, list, read } from "./state.js";
import { t } from "./words.js";

const FINDINGS_EVERY = 30000;

export function open(root) {
  const controls = el("div", { class: "controls" });
  const values = el("div", { class: "values" });
  const lists = el("div", {});
  const findingsHost = el("div", {});
  const note = el("p", { class: "note" });
  const download = el("a", { download: "" }, t("csv"));
  const chart = new Chart(t("lossTitle"), {
    range: (from, to) => go({ from, to, stage: null }),
    incident: (number) => go({ view: "incident", number }),
    cursor: (found, update) => atCursor(found, update),
  });
  root.append(el("h1", {}, t("loss"), " · ", bdi(read().run)), controls, chart.element, note, values,
    el("p", {}, download), lists, findingsHost);
  const owner = {};
  const findingsOwner = {};
  let cells = [];
  let last = null;
  let findings = [];
  let asked = 0;

  function atCursor(found, update) {
    cells.forEach((cell, at) => { cell.textContent = found ? plain(found[at]) : ""; });
    const head = values.querySelector("thead th:last-child");
    if (head) head.textContent = found ? `${t("update")} ${update}` : t("at");
  }

  function parameters(state) {
    const { run, axis, unit, smooth, from, to } = state;
    return { run, axis, unit, smooth, from, to };
  }

  function drawControls(found, state) {
    const stages = [["", t("allStages")], ...found.stages.map((one) => [one.name, one.name])];
    const stage = (name) => {
      const one = found.stages.find((other) => other.name === name);
      go({ stage: name, from: one?.first ?? null, to: one?.last ?? null });
    };
    const axes = found.axes.map((axis) => [axis, t(axis)]);
    controls.replaceChildren(
      control("axis", choice(axes, found.axis, (axis) => go({ axis, hide: null }))),
      control("stage", choice(stages, state.stage ?? "", stage)),
      control("unit", choice([["bits", t("bits")], ["nats", t("nats")]], state.unit ?? "bits", (unit) => go({ unit }))),
      control("smoothing", whole(state.smooth, `${t("auto")}: ${found.smooth}`, (smooth) => go({ smooth }))),
      control("from", whole(state.from, "", (from) => go({ from, stage: null }))),
      control("to", whole(state.to, "", (to) => go({ to, stage: null }))),
      zoomButtons(chart));
  }

  function drawValues(found, hidden) {
    cells = found.series.map(() => el("bdi", {}));
    const rows = found.series.map((one, at) => [
      el("span", {}, swatch(at), bdi(one.label)),
      el("input", { type: "checkbox", checked: !hidden.has(one.label), "aria-label": `${t("show")} ${one.label}`,
        onchange: () => toggle(one.label, hidden) }),
      plain(one.first), plain(one.last), plain(one.least), plain(one.greatest), cells[at]]);
    values.replaceChildren(table(t("valuesCaption"),
      [["channel"], ["show"], ["first"], ["last"], ["least"], ["greatest"], ["at"]], rows));
  }

  function toggle(label, hidden) {
    const now = new Set(hidden);
    if (!now.delete(label)) now.add(label);
    go({ hide: now.size ? JSON.stringify([...now]) : null }, true);
  }

  function drawLists(found) {
    const incidents = found.incidents.map((one) => [count(one.update), one.stage, one.action, one.says, count(one.documents),
      el("a", { class: "open", href: link({ view: "incident", number: one.number }), "aria-label": `${t("open")} ${t("update")} ${one.update}` }, t("open"))]);
    const blocks = found.blocks.map((one) => [count(one.number), one.stage, `${count(one.first)}–${count(one.last)}`, count(one.tokens), one.file]);
    lists.replaceChildren(
      el("h2", {}, t("incidentsTitle")),
      incidents.length ? table(t("incidentCaption"), [["update"], ["stage", "word"], ["action", "word"], ["says", "word"], ["documents"], ["open"]], incidents)
        : el("p", { class: "missing" }, t("noIncidents")),
      el("details", {}, el("summary", {}, `${t("blocks")} (${blocks.length})`),
        table(t("blocksCaption"), [["block"], ["stage", "word"], ["updates"], ["tokens"], ["file", "word"]], blocks)));
  }

  async function drawFindings(state) {
    if (Date.now() - asked < FINDINGS_EVERY) return;
    asked = Date.now();
    const found = await get(findingsOwner, "findings", { run: state.run });
    if (!found) return;
    findings = found.findings;
    const rows = findings.map((one, at) => [`${at + 1}`, el("span", { class: `severity-${one.severity}` }, bdi(one.severity)), one.rule,
      one.channel, one.stage, one.says, one.advice,
      el("span", {}, ...one.documents.map((id) => el("a", { href: link({ view: "document", id }) }, bdi(`${id} `))))]);
    findingsHost.replaceChildren(el("h2", {}, t("findings")), el("p", {}, bdi(found.pattern)),
      rows.length ? table(t("findingsCaption"), [["#"], ["severity", "word"], ["rule", "word"], ["channel", "word"], ["stage", "word"],
        ["says", "word"], ["advice", "word"], ["documents", "word"]], rows) : el("p", { class: "missing" }, t("noFindings")));
    if (last) drawChart(last);
  }

  /** Findings by update: at the update that the evidence names, else at the start of their stage. */
  function placed(found) {
    const byUpdate = new Map();
    findings.forEach((one, at) => {
      const update = one.evidence.from_update ?? found.stages.find((stage) => stage.name === one.stage)?.first;
      if (update === undefined) return;
      const seen = byUpdate.get(update) ?? { update, severity: one.severity, numbers: [] };
      seen.numbers.push(at + 1);
      byUpdate.set(update, seen);
    });
    return [...byUpdate.values()].map((one) => ({ ...one, numbers: one.numbers.length > 3 ? `${one.numbers.slice(0, 3).join(", ")} …` : one.numbers.join(", ") }));
  }

  function drawChart(found) {
    const hidden = new Set(list("hide"));
    chart.draw({ ...found, first: found.first_update, last: found.last_update, hidden, findings: placed(found) });
  }

  return {
    /** force: the state changed, so what is shown is drawn again. */
    async refresh(force) {
      const state = read();
      const found = await get(owner, "loss", parameters(state));
      if (found) last = found;
      if (last && (found || force)) {
        const hidden = new Set(list("hide"));
        download.setAttribute("href", `api/loss.csv?${query({ run: state.run, axis: last.axis, from: state.from, to: state.to })}`);
        if (force || !controls.contains(document.activeElement)) drawControls(last, state);
        if (!last.x.length) { note.textContent = t("noUpdates"); return true; }
        const stride = Math.round((last.x.at(-1) - last.x[0]) / Math.max(1, last.x.length - 1) * 2);
        note.textContent = last.updates > last.x.length && stride > 1 ? t("bucket", { n: stride }) : "";
        drawChart(last);
        drawValues(last, hidden);
        if (found) drawLists(found);
      }
      await drawFindings(state);
      return Boolean(found);
    },
    close: () => chart.close(),
  };
}
