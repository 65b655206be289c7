"""Two plots of the study: forecasts with measured losses, and the ranking of the cheaper levels."""

from pathlib import Path
from typing import Any

import numpy as np

from rewarm.laws import fit_file, pilot_files
from rewarm.laws.fit_file import Fit
from rewarm.laws.run_inputs import run_inputs

COLOURS = ("#1f6fb4", "#c4561b")
# Marker and colour of each level.
LEVELS = {"full": ("o", "#1f6fb4"), "lora": ("s", "#c4561b"), "merged": ("^", "#2e8540")}


def draw(study: Path, levels: dict[str, Any], folder: Path) -> None:
    """Write `pilots-forecast.png` and `pilots-levels.png`; levels: what `--json` printed, by level."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    folder.mkdir(parents=True, exist_ok=True)
    _forecast(study, levels["full"], folder / "pilots-forecast.png")
    _levels(study, levels, folder / "pilots-levels.png")


def _forecast(study: Path, full: dict[str, Any], file: Path) -> None:
    import matplotlib.pyplot as plt

    losses = list(full["rates"][0]["losses"])
    figure, panels = plt.subplots(1, len(losses), figsize=(8, 3.2), layout="constrained")
    for colour, rate in zip(COLOURS, full["rates"], strict=False):
        fit = fit_file.load(study / Path(rate["fit"]).name)
        domain = losses[0] if rate["advice"] is None else rate["advice"]["forecasts"][0]["loss"]
        for panel, loss in zip(panels, losses, strict=True):
            _curve(panel, fit, loss, domain, colour, f"rate {rate['rate']:g}")
    for one in full["confirmed"]:
        panel = panels[losses.index(one["loss"])]
        share = float(one["run"].split("-")[1])
        panel.errorbar(
            [share], [one["forecast"]], [[one["forecast"] - one["low"]], [one["high"] - one["forecast"]]],
            color="black", capsize=4, label="forecast, 90 %",
        )  # fmt: skip
        panel.plot([share], [one["measured"]], "*", color="black", markersize=11, label="measured")
    for panel, loss in zip(panels, losses, strict=True):
        panel.set(title=loss, xlabel=f"share of {losses[0]}", ylabel="nats per token")
    panels[0].legend(frameon=False)
    figure.savefig(file, dpi=110)


def _curve(panel: Any, fit: Fit, loss: str, domain: str, colour: str, label: str) -> None:
    own = fit.pilots.shares[:, fit.pilots.names.index(domain)]
    tokens = fit.pilots.columns["tokens"]
    last = tokens > 0.95 * tokens.max()
    shares = np.linspace(own.min(), own.max(), 61)
    inputs = run_inputs(fit, loss, domain, shares, float(tokens.max()), None)
    low, high = np.percentile(fit.choices[loss].draws(inputs, 0), [5, 95], axis=0)
    panel.plot(shares, fit.choices[loss].fitted.predict(inputs), color=colour, label=label)
    panel.fill_between(shares, low, high, color=colour, alpha=0.15, linewidth=0)
    panel.plot(own[last], fit.pilots.losses[loss][last], "o", color=colour, markersize=4)


def _levels(study: Path, levels: dict[str, Any], file: Path) -> None:
    import matplotlib.pyplot as plt

    losses = list(levels["full"]["rates"][0]["losses"])
    rates = [one["rate"] for one in levels["full"]["rates"]]
    figure, panels = plt.subplots(
        len(rates), len(losses), figsize=(8, 2.6 * len(rates)), layout="constrained", squeeze=False
    )
    for row, rate in zip(panels, rates, strict=True):
        for panel, loss in zip(row, losses, strict=True):
            for level, (marker, colour) in LEVELS.items():
                path = study / f"{level}-rate{rate:g}.jsonl"
                if not path.exists():
                    continue
                shares, found = _final(path, losses[0], loss)
                panel.plot(shares, found, marker=marker, color=colour, markersize=4, label=level)
            panel.set(title=f"{loss}, rate {rate:g}", xlabel=f"share of {losses[0]}", ylabel="nats per token")
    panels[0][0].legend(frameon=False)
    figure.savefig(file, dpi=110)


def _final(path: Path, domain: str, loss: str) -> tuple[list[float], list[float]]:
    """Shares and losses at the end of each mix, by share."""
    last: dict[float, tuple[int, float]] = {}
    for row in pilot_files.read_rows(path):
        share = row[f"share.{domain}"]
        if row["note"] == "mix" and row["tokens"] >= last.get(share, (0, 0.0))[0]:
            last[share] = (row["tokens"], row[f"loss.{loss}"])
    return sorted(last), [last[share][1] for share in sorted(last)]
