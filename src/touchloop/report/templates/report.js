// Episode buttons, and values under the pointer. The page is complete without this.
(() => {
  const parts = [...document.querySelectorAll("[data-episode]")];
  const buttons = [...document.querySelectorAll("nav button")];
  const show = (index) => {
    parts.forEach((part) => { part.hidden = part.dataset.episode !== String(index); });
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
  };
  if (buttons.length) {
    buttons.forEach((button, i) => button.addEventListener("click", () => show(i)));
    show(0);
  }
  const readout = document.createElement("div");
  readout.className = "readout";
  readout.hidden = true;
  document.body.append(readout);
  const pair = (text) => text.split(",").map(Number);
  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (points[middle][0] < x) low = middle; else high = middle; }
    return Math.abs(points[low][0] - x) < Math.abs(points[high][0] - x) ? points[low] : points[high];
  };
  for (const chart of document.querySelectorAll("svg.chart")) {
    const series = [...chart.querySelectorAll(".series")].map((entry) => ({
      label: entry.dataset.label, unit: entry.dataset.unit, points: entry.textContent.split(" ").map(pair),
    })).filter((entry) => entry.points.length > 1);
    if (!series.length) continue;
    const [x0, x1] = pair(chart.dataset.x), [left, right] = pair(chart.dataset.px), [top, bottom] = pair(chart.dataset.y);
    const cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
    cross.setAttribute("class", "cross");
    chart.append(cross);
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      const pixel = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
      const inside = pixel >= left && pixel <= right;
      readout.hidden = !inside;
      cross.setAttribute("d", inside ? `M${pixel} ${top}V${bottom}` : "");
      if (!inside) return;
      const x = x0 + (pixel - left) / (right - left) * (x1 - x0);
      readout.textContent = [`${x.toFixed(2)} s`, ...series.map((entry) =>
        `${entry.label}: ${nearest(entry.points, x)[1].toPrecision(4)} ${entry.unit}`)].join("\n");
      const wide = readout.offsetWidth;
      readout.style.left = `${event.clientX + 16 + wide > innerWidth ? event.clientX - wide - 12 : event.clientX + 16}px`;
      readout.style.top = `${event.clientY + 14}px`;
    });
    chart.addEventListener("pointerleave", () => { readout.hidden = true; cross.setAttribute("d", ""); });
  }
})();
