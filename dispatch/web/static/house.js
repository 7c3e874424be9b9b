// What every page shares: the house clock, countdowns, quiet refresh of live parts, the
// "ready" mark.  Pages work without it.

const root = document.documentElement;
const works = [];

/** Make the page "ready" only once *promise* is settled. */
export const until = (promise) => works.push(promise);

// --- the house clock ------------------------------------------------------------------
// A demonstration's day runs elsewhere and faster; a real day's clock is the phone's own.

const KEPT_CLOCK = "house-clock";
const SAME_DAY_MS = 120_000;
const cachedPage = root.dataset.cached === "true";
let clock = { server: Date.parse(root.dataset.now), device: Date.now(), pace: Number(root.dataset.pace) || 1 };
if (cachedPage) {
  // The page is an old copy: its own "now" is history.
  clock = JSON.parse(localStorage.getItem(KEPT_CLOCK) || "null") || { server: Date.now(), device: Date.now(), pace: 1 };
}

function setClock(serverIso, pace) {
  clock = { server: Date.parse(serverIso), device: Date.now(), pace: Number(pace) || 1 };
  try { localStorage.setItem(KEPT_CLOCK, JSON.stringify(clock)); } catch { /* private browsing */ }
}
if (!cachedPage) setClock(root.dataset.now, root.dataset.pace);

/** The present instant in the house, as a Date. */
export function houseNow() {
  const apart = Math.abs(clock.server - clock.device);
  if (clock.pace === 1 && apart < SAME_DAY_MS) return new Date();
  return new Date(clock.server + (Date.now() - clock.device) * clock.pace);
}

// --- countdowns -----------------------------------------------------------------------

function spell(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 60) return `${minutes}\u00a0min`;
  if (minutes >= 2 * 1440) return `${Math.floor(minutes / 1440)}\u00a0${root.lang === "fr" ? "j" : "d"}`;
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
}

function countDown() {
  const now = houseNow();
  for (const item of document.querySelectorAll("[data-until]")) {
    const left = Date.parse(item.dataset.until) - now;
    const text = (left < 0 ? item.dataset.late : item.dataset.in).replace("{}", spell(left));
    if (item.textContent !== text) item.textContent = text;
    item.classList.toggle("late", left < 0);
  }
}

// --- quiet refresh --------------------------------------------------------------------
// Parts marked data-live (with an id) are replaced when the server's text of them changed.

const SELDOM_MS = 60_000; // between two looks of a page that is told of changes
const FULL_MS = 60_000; // before a page that found no room tries again

const offline = document.getElementById("offline");
const served = new Map();

function essence(element) {
  if (element.tagName === "SCRIPT") return element.textContent;
  const copy = element.cloneNode(true);
  for (const input of copy.querySelectorAll("input[name=csrf_token], input[name=fact_id]")) input.remove();
  return copy.innerHTML;
}

for (const part of document.querySelectorAll("[data-live][id]")) served.set(part.id, essence(part));

function busy(part) {
  const active = document.activeElement;
  const typing = part.contains(active) && active.matches("input:not([type=checkbox]):not([type=hidden]), select, textarea");
  return typing || part.querySelector("details[data-hold][open], dialog[open], [data-dirty]") !== null;
}

function put(part, fresh) {
  const open = new Map([...part.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = fresh.innerHTML;
  for (const [id, isOpen] of open) {
    const details = document.getElementById(id);
    if (details) details.open = isOpen;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

export function showOffline(isOffline) {
  if (offline) offline.hidden = !isOffline;
}

/** Fetch this page again and replace the live parts that changed.  Resolves to true when it answered. */
export async function refresh() {
  let answer;
  try {
    answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, cache: "no-store" });
  } catch {
    showOffline(true);
    return false;
  }
  if (answer.headers.get("X-From-Cache")) { showOffline(true); return false; }
  if (answer.status === 401 || answer.status === 403) { location.reload(); return false; }
  if (!answer.ok) return false;
  showOffline(false);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  setClock(fresh.documentElement.dataset.now, fresh.documentElement.dataset.pace);
  const token = fresh.querySelector("meta[name=csrf-token]");
  if (token) document.querySelector("meta[name=csrf-token]").content = token.content;
  let changed = false;
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const other = fresh.getElementById(part.id);
    if (!other || busy(part)) continue;
    const text = essence(other);
    if (served.get(part.id) === text) continue;
    served.set(part.id, text);
    put(part, other);
    changed = true;
  }
  countDown();
  document.dispatchEvent(new CustomEvent("house:refreshed", { detail: { changed } }));
  return true;
}

const main = document.getElementById("main");
const every = Number(main?.dataset.refreshS) * 1000;
if (every > 0) {
  let timer = 0;
  let pause = every;
  const beat = async () => {
    clearTimeout(timer);
    if (!document.hidden) await refresh();
    timer = setTimeout(beat, pause);
  };
  const rest = (ms) => {
    pause = ms;
    clearTimeout(timer);
    timer = setTimeout(beat, pause);
  };
  rest(every);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
  addEventListener("online", beat);
  addEventListener("offline", () => showOffline(true));

  // Told at once where there is room for it; asked for now and then all the same.
  const listen = (address) => {
    const source = new EventSource(address);
    source.addEventListener("open", () => { root.dataset.told = "true"; rest(Math.max(every, SELDOM_MS)); });
    source.addEventListener("changed", beat);
    source.addEventListener("error", () => {
      delete root.dataset.told;
      rest(every);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, FULL_MS, address);
    });
  };
  if (main.dataset.direct && window.EventSource && !cachedPage) listen(main.dataset.direct);
}
if (cachedPage) showOffline(true);

countDown();
setInterval(countDown, clock.pace > 1 ? 1_000 : 5_000);

addEventListener("load", async () => {
  await Promise.allSettled(works);
  root.dataset.ready = "true";
});
