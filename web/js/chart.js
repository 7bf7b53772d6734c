// Draws the server's pictures again with a crosshair, zoom and every value, by TradingView Lightweight Charts™ 4.1.3
// (Apache License 2.0). The SVG stays when anything fails.

const LIBRARY = new URL("../vendor/lightweight-charts.js", import.meta.url).href;
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
      await (figure.dataset.chart === "candles" ? drawCandles(figure, data) : drawEquity(figure, data));
    } catch (error) {
      console.error("The chart stays a picture:", error);
      for (const part of figure.querySelectorAll(".chart__canvas, .chart__readout, .chart__credit")) part.remove();
      figure.querySelector(".chart__picture")?.classList.remove("visually-hidden");
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

async function drawEquity(figure, data) {
  const { canvas, readout, theme } = stage(figure, "");
  // Two charts on one time axis: each keeps a value axis of its own.
  const chart = plot(canvas, theme, "chart__plot--equity", { timeScale: { visible: false } });
  const below = plot(canvas, theme, "chart__plot--fall", {});
  const seconds = data.times.map((time) => Math.floor(time / 1000));
  const points = (values) => distinct(seconds.map((time, index) => ({ time, value: values[index] })).filter((point) => Number.isFinite(point.value)));
  const percent = { type: "custom", minMove: 0.0001, formatter: change };

  if (data.benchmark) {
    const benchmark = chart.addLineSeries({ color: theme.benchmark, lineWidth: 1, priceFormat: percent, lastValueVisible: false, priceLineVisible: false });
    benchmark.setData(points(data.benchmark));
  }
  const equity = chart.addLineSeries({ color: theme.accent, lineWidth: 2, priceFormat: percent, priceLineVisible: false });
  equity.setData(points(data.change));
  const fall = below.addBaselineSeries({
    baseValue: { type: "price", price: 0 }, topLineColor: theme.loss, topFillColor1: theme.fall, topFillColor2: theme.fall,
    bottomLineColor: theme.loss, bottomFillColor1: theme.fall, bottomFillColor2: theme.fall, lineWidth: 1,
    priceFormat: percent, lastValueVisible: false, priceLineVisible: false,
  });
  fall.setData(points(data.drawdown));
  await painted();
  chart.timeScale().fitContent();
  below.timeScale().fitContent();
  await painted();
  if (data.in_sample_until) {
    const shade = document.createElement("div");
    shade.className = "chart__shaded";
    follow(canvas, below, shade, data.in_sample_until / 1000, seconds, (x) => { shade.style.width = `${x}px`; });
  }
  if (data.published_at) {
    const line = document.createElement("div");
    line.className = "chart__published";
    const label = document.createElement("span");
    label.textContent = "Published";
    line.append(label);
    follow(canvas, below, line, data.published_at / 1000, seconds, (x) => { line.style.left = `${x}px`; });
  }

  const at = new Map(seconds.map((time, index) => [time, index]));
  const tell = (index) => {
    const parts = [utc(data.times[index]), `equity ${change(data.change[index])}`, `drawdown ${change(data.drawdown[index])}`];
    if (data.benchmark && Number.isFinite(data.benchmark[index])) parts.push(`${data.benchmark_name} ${change(data.benchmark[index])}`);
    readout.textContent = parts.join(" · ");
  };
  tell(seconds.length - 1);
  together(chart, equity, below, fall, (time) => tell(at.get(time) ?? seconds.length - 1), (time, values) => values[at.get(time)], data);
}

/** Two charts scroll, zoom and point as one. */
function together(above, aboveSeries, below, belowSeries, tell, value, data) {
  const pairs = [[above, below, belowSeries, data.drawdown], [below, above, aboveSeries, data.change]];
  for (const [source, target, series, values] of pairs) {
    source.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      const now = target.timeScale().getVisibleLogicalRange();
      if (range && (!now || Math.abs(now.from - range.from) > 1e-6 || Math.abs(now.to - range.to) > 1e-6)) {
        target.timeScale().setVisibleLogicalRange(range);
      }
    });
    source.subscribeCrosshairMove(({ time, sourceEvent }) => {
      if (time !== undefined && !sourceEvent) return;
      const here = time === undefined ? undefined : value(time, values);
      if (Number.isFinite(here)) target.setCrosshairPosition(here, time, series);
      else target.clearCrosshairPosition();
      tell(time);
    });
  }
}

function drawCandles(figure, data) {
  const { canvas, readout, theme } = stage(figure, " chart__canvas--candles");
  const chart = plot(canvas, theme, "chart__plot", {});
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
  // Enough digits for the prices at hand, with separators as everywhere on our pages.
  const digits = Math.min(8, Math.max(0, 5 - Math.ceil(Math.log10(Math.max(rows.at(-1)?.close ?? 1, 1e-8)))));
  const price = (value) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  chart.applyOptions({ localization: { priceFormatter: price } });
  const tell = (row) => {
    if (row) readout.textContent = `${utc(row.time * 1000)} · open ${price(row.open)} · high ${price(row.high)} · low ${price(row.low)} · close ${price(row.close)}`;
  };
  tell(rows.at(-1));
  const at = new Map(rows.map((row) => [row.time, row]));
  chart.subscribeCrosshairMove(({ time }) => tell(at.get(time) ?? rows.at(-1)));
}

/** An empty place for charts instead of the figure's SVG, in the colours of the page. */
function stage(figure, kind) {
  const place = figure.querySelector(".chart__stage");
  const readout = document.createElement("p");
  readout.className = "chart__readout";
  const canvas = document.createElement("div");
  canvas.className = `chart__canvas${kind}`;
  canvas.setAttribute("aria-hidden", "true");
  place.prepend(readout, canvas);
  // The picture keeps its words for screen readers and gives up its place on the screen.
  figure.querySelector(".chart__picture")?.classList.add("visually-hidden");
  credit(figure);
  return { canvas, readout, theme: colours(figure) };
}

/** One chart of the library inside `canvas`. */
function plot(canvas, theme, kind, { timeScale = {} }) {
  const place = document.createElement("div");
  place.className = kind;
  canvas.append(place);
  return window.LightweightCharts.createChart(place, {
    autoSize: true,
    layout: { background: { color: "transparent" }, textColor: theme.soft, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { vertLines: { visible: false }, horzLines: { color: theme.line } },
    rightPriceScale: { borderVisible: false, minimumWidth: 64 },
    timeScale: { borderColor: theme.line, timeVisible: true, secondsVisible: false, fixLeftEdge: true, fixRightEdge: true, minBarSpacing: 0.01, ...timeScale },
    crosshair: { mode: 0, vertLine: { color: theme.soft, labelBackgroundColor: theme.text }, horzLine: { color: theme.soft, labelBackgroundColor: theme.text } },
    localization: { timeFormatter: (time) => utc(time * 1000) },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  });
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

/** Keeps `element` over the chart at the place of `time`, seconds, whatever part is shown. */
function follow(canvas, chart, element, time, seconds, place) {
  canvas.append(element);
  const snapped = seconds[lastAtOrBefore(seconds, time)];
  const move = () => {
    const x = chart.timeScale().timeToCoordinate(snapped);
    const isShown = x !== null && x <= chart.timeScale().width();
    element.hidden = !isShown;
    if (isShown) place(Math.max(x, 0));
  };
  chart.timeScale().subscribeVisibleTimeRangeChange(move);
  chart.timeScale().subscribeSizeChange(move);
  move();
}

/** After the browser has laid out and drawn what was just added: only then a chart knows its width. */
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
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
    line: token("--line"), ground: token("--ground"), benchmark: token("--benchmark"), fall: wash("--loss-wash", 0.2),
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
