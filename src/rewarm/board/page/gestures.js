// Touch: two fingers zoom, one finger moves a zoomed chart or reads values. Up and down scrolls the page.

/** Listen on the plot of a chart. */
export function attach(plot, chart) {
  const points = new Map();
  let began = null;

  const positions = () => [...points.values()].map((one) => one.clientX - plot.over.getBoundingClientRect().left);

  plot.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    points.set(event.pointerId, event);
    began = { at: positions(), range: chart.range() };
  });

  plot.over.addEventListener("pointermove", (event) => {
    if (!points.has(event.pointerId) || !began) return;
    points.set(event.pointerId, event);
    const at = positions();
    const [min, max] = began.range;
    const width = plot.over.clientWidth;
    const value = (position) => min + (position / width) * (max - min);
    if (at.length === 2 && began.at.length === 2) {
      // The updates that were under the fingers stay under them.
      const [a, b] = began.at.map(value);
      const perPixel = (b - a) / (at[1] - at[0] || 1);
      if (perPixel > 0) {
        const low = a - at[0] * perPixel;
        began.wanted = [low, low + width * perPixel];
        plot.setScale("x", { min: began.wanted[0], max: began.wanted[1] });
      }
    } else if (at.length === 1) {
      const zoomed = min > chart.data.first || max < chart.data.last;
      if (zoomed) {
        const moved = ((began.at[0] - at[0]) / width) * (max - min);
        began.wanted = [min + moved, max + moved];
        plot.setScale("x", { min: began.wanted[0], max: began.wanted[1] });
      } else plot.setCursor({ left: at[0], top: 10 });
    }
  });

  const end = (event) => {
    if (!points.delete(event.pointerId)) return;
    const wanted = began?.wanted;
    began = null;
    if (wanted) chart.zoom(...wanted);
  };
  plot.over.addEventListener("pointerup", end);
  plot.over.addEventListener("pointercancel", end);
}
