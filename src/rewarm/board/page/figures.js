// Numbers, times and durations as text.

import { lang, t } from "./words.js";

const NONE = "–";

export function count(value) {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : NONE;
}

/** Four significant digits, with the sign U+2212. */
export function plain(value) {
  const number = typeof value === "string" ? Number(value) : value;
  if (value === null || value === undefined || !Number.isFinite(number)) return NONE;
  const size = Math.abs(number);
  const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? number.toExponential(2) : String(+number.toPrecision(4));
  return text.replaceAll("-", "−");
}

/** Two significant digits, for the ticks of an axis. */
export function short(value) {
  const text = value !== 0 && Math.abs(value) < 1e-3 ? String(+value.toPrecision(2)) : String(+value.toPrecision(4));
  return text.replaceAll("-", "−");
}

export function signed(value) {
  return Number.isFinite(value) && value > 0 ? `+${plain(value)}` : plain(value);
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return t("unknown");
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.round(hours / 24)} d`;
}

export function moment(seconds) {
  if (!Number.isFinite(seconds)) return NONE;
  return new Date(1000 * seconds).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "short" });
}
