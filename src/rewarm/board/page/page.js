// The page: opens the view that the address names, and asks again every few seconds.

import * as compare from "./view_compare.js";
import * as documentView from "./view_document.js";
import { el } from "./elements.js";
import * as incident from "./view_incident.js";
import * as loss from "./view_loss.js";
import * as operations from "./view_operations.js";
import * as runs from "./view_runs.js";
import { link, read } from "./state.js";
import { lang, t } from "./words.js";

const VIEWS = { runs, loss, operations, compare, incident, document: documentView };
const EVERY = 3000;

const main = document.getElementById("main");
const message = document.getElementById("message");
let open = null;
let busy = Promise.resolve();

function identity(state) {
  const view = Object.hasOwn(VIEWS, state.view ?? "") ? state.view : "runs";
  return { view, key: JSON.stringify([view, state.run, view === "incident" && state.number, view === "document" && state.id]) };
}

function navigation(state, view) {
  const here = (name) => (name === view ? "page" : null);
  const run = state.run;
  const links = [["runs", link({ view: "runs" }, false)]];
  if (run) links.push(["loss", link({ view: "loss", run }, false)], ["operations", link({ view: "operations", run }, false)]);
  links.push(["compare", link({ view: "compare", runs: state.runs ?? (run ? JSON.stringify([run]) : null) }, false)]);
  const other = new URLSearchParams(location.search);
  other.set("lang", t("otherLang"));
  document.getElementById("nav").replaceChildren(
    ...links.map(([name, href]) => el("a", { href, "aria-current": here(name) }, t(name))),
    el("a", { href: `?${other}${location.hash}`, lang: t("otherLang") }, t("other")));
}

function say(text, fault = false) {
  message.classList.toggle("fault", fault);
  if (message.textContent !== text) message.textContent = text;
}

async function refresh(force) {
  const { hash } = location;
  const state = read();
  const { view, key } = identity(state);
  const moved = open?.key !== key;
  if (moved) {
    open?.shown.close();
    main.replaceChildren();
    open = { key, view, shown: VIEWS[view].open(main) };
    if (document.activeElement === document.body || force) main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  navigation(state, view);
  document.title = `${t(view)}${state.run ? ` · ${state.run}` : ""} · rewarm`;
  try {
    const changed = await open.shown.refresh(moved || force);
    if (changed) say(`${t("updated")} ${new Date().toLocaleTimeString(lang === "zh" ? "zh-CN" : "en-GB")}`);
    else if (message.classList.contains("fault")) say("");
    main.dataset.shown = hash;
  } catch (error) {
    say(error instanceof TypeError ? t("lost") : error.message, true);
  }
}

/** One refresh at a time, in order. */
function queue(force) {
  busy = busy.then(() => refresh(force));
  return busy;
}

document.documentElement.lang = lang === "zh" ? "zh" : "en";
document.getElementById("skip").textContent = t("skip");
document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
document.getElementById("licence").textContent = t("licence");
document.getElementById("nav").setAttribute("aria-label", t("views"));
addEventListener("hashchange", () => queue(true));
document.addEventListener("visibilitychange", () => { if (!document.hidden) queue(false); });
queue(true);
(function poll() {
  setTimeout(async () => {
    if (!document.hidden) await queue(false);
    poll();
  }, EVERY);
})();
