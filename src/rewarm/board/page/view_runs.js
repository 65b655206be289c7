// The list of runs, with links to their views and a choice of runs to compare.

import { get, query } from "./data.js";
import { bdi, el, table } from "./elements.js";
import { count, moment, plain, signed } from "./figures.js";
import { link } from "./state.js";
import { t } from "./words.js";

export function open(root) {
  const host = el("div", {});
  root.append(el("h1", {}, t("runs")), host);
  const chosen = new Set();
  const owner = {};

  function row(run) {
    const name = !run.has_record ? bdi(run.name)
      : el("a", { href: link({ view: "loss", run: run.name }, false) }, bdi(run.name));
    const pick = !run.has_record ? "" : el("input", {
      type: "checkbox", "aria-label": `${t("compareThese")} ${run.name}`, checked: chosen.has(run.name),
      onchange: (event) => { if (event.target.checked) chosen.add(run.name); else chosen.delete(run.name); compare(); },
    });
    const state = el("span", { class: `state-${run.state}` }, t(run.state), run.worse ? `, ${t("worse")}` : "",
      run.message ? ": " : "", run.message ? bdi(run.message) : "");
    const done = run.planned ? `${count(run.updates)} ${t("of")} ${count(run.planned)}` : count(run.updates);
    return [name, run.error ? el("span", { class: "fault-cell" }, bdi(run.error)) : state, done, run.stage ?? run.step ?? "–",
      plain(run.loss), signed(run.domain_change),
      run.incidents ? el("a", { href: link({ view: "loss", run: run.name }, false) }, count(run.incidents)) : count(run.incidents),
      moment(run.changed), pick];
  }

  const button = el("a", { class: "compare", hidden: true }, t("compareChosen"));
  function compare() {
    button.hidden = chosen.size < 1;
    button.setAttribute("href", link({ view: "compare", runs: JSON.stringify([...chosen]) }, false));
  }

  return {
    async refresh() {
      const found = await get(owner, "runs");
      if (!found) return false;
      const head = [["name"], ["state", "word"], ["updates"], ["where", "word"], ["lastLoss"], ["domainChange"],
        ["incidents"], ["changed"], ["compareThese"]];
      const shown = found.runs.length
        ? table(`${t("runsCaption")} ${found.root}`, head, found.runs.map(row))
        : el("p", { class: "missing" }, t("noRuns"));
      host.replaceChildren(shown, el("p", {}, button), el("p", {}, el("a", { href: `api/runs.csv?${query({})}`, download: "" }, t("csv"))));
      return true;
    },
    close() {},
  };
}
