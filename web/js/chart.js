// Draws the server's pictures again with a crosshair, zoom and every value, by TradingView Lightweight Charts™ 4.1.3
// (Apache License 2.0). The SVG stays when anything fails.

const LIBRARY = "/vendor/lightweight-charts.js";
const figures = document.querySelectorAll("figure[data-chart]");
if (figures.length > 0) start();

async function start() {
  try {
    await load(LIBRARY);
  } catch {
    return;
  }
  for (const figure of figures) {
    try {
      const answer = await fetch(figure.dataset.src, { headers: { accept: "application/json" } });
      if (!answer.ok) continue;
      const data = await answer.json();
      figure.dataset.chart === "candles" ? drawCandles(figure, data) : drawEquity(figure, data);
    } catch (error) {
      console.error("The chart stays a picture:", error);
      figure.querySelector(".chart__canvas")?.remove();
      figure.querySelector(".chart__picture")?.removeAttribute("hidden");
    }
  }
}

function load(address) {
  if (window.LightweightCharts) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

function drawEquity(figure, data) {
  const { chart, readout, theme } = stage(figure, "");
  const seconds = data.times.map((time) => Math.floor(time / 1000));
  const points = (values) => distinct(seconds.map((time, index) => ({ time, value: values[index] })).filter((point) => Number.isFinite(point.value)));
  const percent = { type: "custom", minMove: 0.0001, formatter: change };

  if (data.in_sample_until) {
    const shade = chart.addHistogramSeries({ priceScaleId: "shade", color: theme.shade, lastValueVisible: false, priceLineVisible: false });
    shade.setData(distinct(seconds.filter((time) => time * 1000 <= data.in_sample_until).map((time) => ({ time, value: 1 }))));
    chart.priceScale("shade").applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
  }
  if (data.benchmark) {
    const benchmark = chart.addLineSeries({ color: theme.benchmark, lineWidth: 1, priceFormat: percent, lastValueVisible: false, priceLineVisible: false });
    benchmark.setData(points(data.benchmark));
  }
  const equity = chart.addLineSeries({ color: theme.accent, lineWidth: 2, priceFormat: percent, priceLineVisible: false });
  equity.setData(points(data.change));
  chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.08, bottom: 0.32 } });
  const fall = chart.addAreaSeries({
    priceScaleId: "fall", lineColor: theme.loss, topColor: theme.fall, bottomColor: theme.fall, invertFilledArea: true, lineWidth: 1,
    priceFormat: percent, lastValueVisible: false, priceLineVisible: false,
  });
  fall.setData(points(data.drawdown));
  chart.priceScale("fall").applyOptions({ scaleMargins: { top: 0.76, bottom: 0.02 } });
  chart.timeScale().fitContent();
  if (data.published_at) published(figure, chart, data.published_at / 1000, seconds);

  const at = new Map(seconds.map((time, index) => [time, index]));
  const tell = (index) => {
    const parts = [utc(data.times[index]), `equity ${change(data.change[index])}`, `drawdown ${change(data.drawdown[index])}`];
    if (data.benchmark && Number.isFinite(data.benchmark[index])) parts.push(`${data.benchmark_name} ${change(data.benchmark[index])}`);
    readout.textContent = parts.join(" · ");
  };
  tell(seconds.length - 1);
  chart.subscribeCrosshairMove(({ time }) => tell(at.get(time) ?? seconds.length - 1));
}

function drawCandles(figure, data) {
  const { chart, readout, theme } = stage(figure, " chart__canvas--candles");
  const rows = distinct(data.candles.map(([time, open, high, low, close]) => ({ time: Math.floor(time / 1000), open, high, low, close })));
  const series = chart.addCandlestickSeries({
    upColor: theme.ground, borderUpColor: theme.gain, wickUpColor: theme.gain,
    downColor: theme.loss, borderDownColor: theme.loss, wickDownColor: theme.loss, priceLineVisible: false,
  });
  series.setData(rows);
  const shapes = {
    long: { position: "belowBar", shape: "arrowUp", color: theme.gain, text: "long" },
    short: { position: "aboveBar", shape: "arrowDown", color: theme.loss, text: "short" },
    exit: { position: "inBar", shape: "circle", color: theme.text },
  };
  const times = rows.map((row) => row.time);
  series.setMarkers(data.marks
    .map(({ time, kind }) => ({ ...shapes[kind], time: times[lastAtOrBefore(times, time / 1000)] }))
    .sort((a, b) => a.time - b.time));
  chart.timeScale().fitContent();
  const tell = (row) => {
    if (row) readout.textContent = `${utc(row.time * 1000)} · open ${row.open} · high ${row.high} · low ${row.low} · close ${row.close}`;
  };
  tell(rows.at(-1));
  const at = new Map(rows.map((row) => [row.time, row]));
  chart.subscribeCrosshairMove(({ time }) => tell(at.get(time) ?? rows.at(-1)));
}

/** An empty chart in place of the figure's SVG, in the colours of the page, following its theme. */
function stage(figure, kind) {
  const place = figure.querySelector(".chart__stage");
  const theme = colours(figure);
  const readout = document.createElement("p");
  readout.className = "chart__readout";
  const canvas = document.createElement("div");
  canvas.className = `chart__canvas${kind}`;
  canvas.setAttribute("aria-hidden", "true");
  place.prepend(readout, canvas);
  const chart = window.LightweightCharts.createChart(canvas, {
    autoSize: true,
    layout: { background: { color: "transparent" }, textColor: theme.soft, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { vertLines: { visible: false }, horzLines: { color: theme.line } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderColor: theme.line, timeVisible: true, secondsVisible: false },
    crosshair: { mode: 0, vertLine: { color: theme.soft, labelBackgroundColor: theme.text }, horzLine: { color: theme.soft, labelBackgroundColor: theme.text } },
    localization: { timeFormatter: (time) => utc(time * 1000) },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  });
  // The picture keeps its words for screen readers and gives up its place on the screen.
  figure.querySelector(".chart__picture")?.classList.add("visually-hidden");
  credit(figure);
  return { chart, readout, theme };
}

/** The notice that the library's licence asks for. */
function credit(figure) {
  const note = document.createElement("p");
  note.className = "chart__credit";
  const link = document.createElement("a");
  link.href = "https://www.tradingview.com/";
  link.rel = "noopener";
  link.textContent = "TradingView Lightweight Charts™";
  note.append("Drawn with ", link, ". Times are UTC.");
  figure.querySelector(".chart__stage").append(note);
}

function published(figure, chart, time, seconds) {
  const line = document.createElement("div");
  line.className = "chart__published";
  const label = document.createElement("span");
  label.textContent = "Published";
  line.append(label);
  figure.querySelector(".chart__canvas").append(line);
  const snapped = seconds[lastAtOrBefore(seconds, time)];
  const move = () => {
    const x = chart.timeScale().timeToCoordinate(snapped);
    line.hidden = x === null;
    if (x !== null) line.style.left = `${x}px`;
  };
  chart.timeScale().subscribeVisibleTimeRangeChange(move);
  chart.timeScale().subscribeSizeChange(move);
  move();
}

/** The library refuses two rows of one second: the last stays. */
function distinct(rows) {
  return rows.filter((row, index) => index === rows.length - 1 || row.time !== rows[index + 1].time);
}

function lastAtOrBefore(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (times[middle] <= time) low = middle; else high = middle - 1;
  }
  return low;
}

function colours(figure) {
  const style = getComputedStyle(figure);
  const token = (name) => style.getPropertyValue(name).trim();
  const wash = (name, alpha) => `rgba(${token(name).split(/\s+/).join(", ")}, ${alpha})`;
  return {
    accent: token("--accent"), gain: token("--gain"), loss: token("--loss"), text: token("--text"), soft: token("--text-soft"),
    line: token("--line"), ground: token("--ground"), benchmark: token("--benchmark"), fall: wash("--loss-wash", 0.2), shade: wash("--shade-wash", 0.12),
  };
}

function change(ratio) {
  const text = (Math.abs(ratio) * 100).toFixed(1);
  const sign = text === "0.0" ? "" : ratio < 0 ? "\u2212" : "+";
  return `${sign}${text}\u00a0%`;
}

function utc(milliseconds) {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
