// Moves the progress of queued and running runs. Server-sent events first, polling when they fail; the page is
// loaded again when a run ends, so that the server draws the report. Without scripts there is a Refresh link.
//
// Both addresses answer {"state": "queued|running|completed|failed|cancelled", "stage": "Replaying bars",
// "fraction": 0.42, "milliseconds_left": 12000 or null}; events come unnamed or as "progress".

const POLL_MS = 2_000;
const POLL_MS_MAX = 30_000;

for (const place of document.querySelectorAll("[data-run-progress]")) follow(place);

function follow(place) {
  const events = new EventSource(place.dataset.events);
  let isDone = false;

  const show = (text) => {
    const news = JSON.parse(text);
    draw(place, news);
    if (news.state !== "queued" && news.state !== "running" && !isDone) {
      isDone = true;
      events.close();
      location.reload();
    }
  };
  events.onmessage = (event) => show(event.data);
  events.addEventListener("progress", (event) => show(event.data));
  events.onerror = () => {
    // While the browser reconnects by itself there is nothing to do.
    if (events.readyState === EventSource.CLOSED && !isDone) poll(place, show, POLL_MS);
  };
}

function poll(place, show, wait) {
  setTimeout(async () => {
    try {
      const answer = await fetch(place.dataset.poll, { headers: { accept: "application/json" } });
      if (answer.ok) {
        const text = await answer.text();
        show(text);
        const { state } = JSON.parse(text);
        if (state !== "queued" && state !== "running") return;
        poll(place, show, POLL_MS);
        return;
      }
    } catch {
      // The network failed: ask again later, less often each time.
    }
    poll(place, show, Math.min(wait * 2, POLL_MS_MAX));
  }, wait);
}

function draw(place, { stage, fraction, milliseconds_left: left }) {
  const percent = Math.floor(Math.min(Math.max(Number(fraction) || 0, 0), 1) * 100);
  set(place, "[data-progress-label]", stage);
  set(place, "[data-progress-percent]", `${percent}\u00a0%`);
  set(place, "[data-progress-left]", left == null ? "time left not known yet" : `about ${duration(left)} left`);
  const bar = place.querySelector("[data-progress-bar]");
  if (bar) bar.value = percent;
}

function set(place, selector, text) {
  const element = place.querySelector(selector);
  if (element && text != null && element.textContent !== text) element.textContent = text;
}

function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds}\u00a0s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0min ${seconds % 60}\u00a0s`;
  return `${Math.floor(seconds / 3600)}\u00a0h ${Math.floor(seconds / 60) % 60}\u00a0min`;
}
