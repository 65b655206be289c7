// Marks on the canvas of a chart: stages, blocks, incidents and findings, by update.

/** Draw the marks. data: stages, blocks, incidents, findings; variable: a colour of the page by name. */
export function paint(plot, data, variable) {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const scale = devicePixelRatio;
  const { min, max } = plot.scales.x;
  const across = (update) => plot.valToPos(update, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.font = `${12 * scale}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";

  const line = (update, colour, dash, from = top, to = top + height) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = scale;
    ctx.setLineDash(dash.map((one) => one * scale));
    ctx.beginPath();
    ctx.moveTo(across(update), from);
    ctx.lineTo(across(update), to);
    ctx.stroke();
  };

  for (const [at, stage] of (data.stages ?? []).entries()) {
    if (stage.last < min || stage.first > max) continue;
    if (at > 0) line(stage.first, variable("--text"), [3, 3]);
    ctx.fillStyle = variable("--text");
    ctx.fillText(stage.name, Math.max(across(stage.first), left) + 5 * scale, top + 2 * scale);
  }

  const blocks = (data.blocks ?? []).filter((one) => one.first >= min && one.first <= max);
  // More than some dozens would be a band.
  for (const block of blocks.length <= 60 ? blocks : []) {
    line(block.first, variable("--quiet"), [], top + height - 10 * scale);
    ctx.fillStyle = variable("--quiet");
    if (blocks.length <= 12) ctx.fillText(`${block.number}`, across(block.first) + 3 * scale, top + height - 14 * scale);
  }

  for (const one of data.incidents ?? []) {
    if (one.update >= min && one.update <= max) line(one.update, variable("--worse"), [2, 2]);
  }

  for (const one of data.findings ?? []) {
    if (one.update < min || one.update > max) continue;
    const x = across(one.update);
    const y = top + 24 * scale;
    ctx.fillStyle = variable(one.severity === "good" ? "--better" : one.severity === "note" ? "--quiet" : "--worse");
    ctx.beginPath();
    ctx.moveTo(x, y - 6 * scale);
    ctx.lineTo(x + 6 * scale, y);
    ctx.lineTo(x, y + 6 * scale);
    ctx.lineTo(x - 6 * scale, y);
    ctx.fill();
    ctx.fillText(`${one.numbers}`, x + 8 * scale, y - 6 * scale);
  }
  ctx.restore();
}
