// The courier's phone: what happens is written here first, sent when it can be, and shown at
// once.  Without this file the same buttons are plain forms.

import { keepPicture, picturesIn, picturesOf, readCode, sendPictures, showProofs } from "./courier_proofs.js";
import { houseNow, refresh, until } from "./house.js";

const home = document.getElementById("courier");
const queueNote = document.getElementById("queue");
const news = document.getElementById("news");
const KEY = `facts:${home.dataset.courier}`; // a shared phone never sends another's facts
const SHARE = "share-position";
const PHONE = "phone";
const SEQ = "phone-seq";
const AGAIN_MS = 5_000;
const NO_STOP = new Set(["door", "proof", "read"]); // kinds that end no stop
const TRY_AGAIN = new Set(["stale", "storage_unavailable", "streets_unavailable"]);

// --- the queue ------------------------------------------------------------------------

const waiting = () => JSON.parse(localStorage.getItem(KEY) || "[]");
const keep = (facts) => localStorage.setItem(KEY, JSON.stringify(facts));

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A clock may jump; the count of one phone's words does not.
function counted() {
  const phone = localStorage.getItem(PHONE) || newId();
  const seq = Number(localStorage.getItem(SEQ) || 0) + 1;
  localStorage.setItem(PHONE, phone);
  localStorage.setItem(SEQ, String(seq));
  return { phone, seq };
}

let sending = null;

/** Send what waits, in order, then the pictures.  Resolves to true when no fact waits any more. */
function send() {
  sending ??= sendNow().finally(() => { sending = null; });
  return sending;
}

const csrf = () => document.querySelector("meta[name=csrf-token]").content;
let sendingPictures = null;

function sendAllPictures() {
  sendingPictures ??= sendPictures(home.dataset.courier, home.dataset.pictures, csrf, (why) => tell(why, "error"))
    .catch(() => false)
    .finally(() => { sendingPictures = null; show(); });
  return sendingPictures;
}

async function ask(facts, patience_ms) {
  return fetch(home.dataset.facts, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify({ facts }),
    signal: patience_ms ? AbortSignal.timeout(patience_ms) : undefined,
  });
}

async function sendNow() {
  const facts = waiting();
  if (facts.length === 0) {
    sendAllPictures();
    return true;
  }
  let answer;
  try {
    answer = await ask(facts.slice(0, 200));
  } catch {
    show();
    return false;
  }
  if (!answer.ok) {
    show(answer.status === 401 || answer.status === 403);
    // The session changed under the page: a fresh one brings its new token.
    if (answer.status === 400) await refresh();
    return false;
  }
  const { results } = await answer.json();
  const settled = new Set(results.filter((r) => !TRY_AGAIN.has(r.code)).map((r) => r.fact_id));
  for (const result of results) {
    if (result.status === "refused" && !TRY_AGAIN.has(result.code)) tell(result.message, "error");
    if (result.status !== "refused" && result.message) tell(result.message);
  }
  keep(waiting().filter((fact) => !settled.has(fact.fact_id)));
  show();
  const done = waiting().length === 0;
  if (done) sendAllPictures();
  return done;
}

async function show(closed = false) {
  overlay(waiting());
  const pictures = await picturesOf(home.dataset.courier).catch(() => []);
  const facts = waiting();
  queueNote.hidden = facts.length + pictures.length === 0;
  let words = facts.length === 1 ? queueNote.dataset.one : queueNote.dataset.many;
  if (facts.length === 0) words = queueNote.dataset.pictures;
  if (closed) words = queueNote.dataset.closed;
  queueNote.textContent = words.replace("{}", facts.length);
}

// --- what waits is shown as done --------------------------------------------------------

function overlay(facts) {
  const over = new Map();
  for (const fact of facts) if (!NO_STOP.has(fact.kind) && (fact.kind !== "arrived" || !over.has(fact.stop_id))) over.set(fact.stop_id, fact.kind);
  let first = true;
  for (const stop of document.querySelectorAll("[data-stop]")) {
    const kind = over.get(stop.dataset.stop);
    const ended = kind === "done" || kind === "failed";
    stop.classList.toggle("waiting", ended);
    stop.querySelector(".sent-later").hidden = kind === undefined;
    stop.querySelector(".acts").hidden = ended;
    const arrived = stop.querySelector(".arrived");
    if (arrived) arrived.hidden = kind === "arrived";
    if (!ended && first) {
      first = false;
      if (facts.length > 0 && stop.tagName === "DETAILS") stop.open = true;
    } else if (ended && stop.tagName === "DETAILS") {
      stop.open = false;
    }
  }
}

function scrollToNext() {
  const next = document.querySelector("[data-stop]:not(.waiting)");
  if (next?.tagName === "DETAILS") next.scrollIntoView({ block: "start", behavior: "smooth" });
}

// --- acts -----------------------------------------------------------------------------

function position() {
  if (localStorage.getItem(SHARE) !== "yes" || !navigator.geolocation) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
      () => resolve(undefined),
      { maximumAge: 60_000, timeout: 3_000 },
    );
  });
}

const WORDS = { received_by: "name", pin: "pin", parcel_code: "code" };

/** The words of a handover that prove it, as the queue sends them. */
function proofsIn(data, which, at) {
  return Object.entries(WORDS)
    .filter(([field]) => (data.get(field) || "").trim())
    .map(([field, what]) => ({ fact_id: newId(), ...which, kind: "proof", what, said: data.get(field).trim(), at_device: at }));
}

/** Ask about a PIN while the customer is still there; without an answer it is asked later. */
async function wrongAtTheDoor(proofs) {
  const asked = proofs.filter((proof) => proof.what !== "name");
  if (asked.length === 0) return null;
  try {
    const { results } = await (await ask(asked, 4_000)).json();
    return results.find((result) => result.status === "refused" && !TRY_AGAIN.has(result.code)) ?? null;
  } catch {
    return null;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-fact]")) return;
  event.preventDefault();
  const button = event.submitter;
  const data = new FormData(form, button);
  const which = { tour_id: data.get("tour_id"), stop_id: data.get("stop_id") };
  const at = houseNow().toISOString();
  let proofs = [];
  if (data.get("kind") === "done" && !button.matches("[data-unproven]")) {
    button.disabled = true;
    try {
      const pictures = await picturesIn(form, 1000 * Number(home.dataset.mostKb)).catch(() => []);
      if (pictures === null) return tell(news.dataset.pictureNeeded, "error");
      proofs = proofsIn(data, which, at);
      const wrong = await wrongAtTheDoor(proofs);
      if (wrong) return tell(wrong.message, "error");
      for (const { kind, blob } of pictures) {
        const bytes = await blob.arrayBuffer();
        await keepPicture({ proof_id: newId(), courier: home.dataset.courier, ...which, kind, at_device: at, type: blob.type, bytes }).catch(() => undefined);
      }
    } finally {
      button.disabled = false;
    }
  }
  const fact = { fact_id: newId(), ...counted(), ...which, kind: data.get("kind"), at_device: at };
  if (data.get("reason")) fact.reason = data.get("reason");
  const hold = form.closest("details[data-hold]");
  if (hold) hold.open = false;
  for (const begun of form.querySelectorAll("[data-dirty]")) begun.removeAttribute("data-dirty");
  keep([...waiting(), ...proofs, fact]);
  expected = true;
  show();
  document.activeElement?.blur();
  scrollToNext();
  const where = await position();
  if (where) keep(waiting().map((each) => (each.fact_id === fact.fact_id ? { ...each, position: where } : each)));
  if (await send()) await refresh();
});

document.addEventListener("change", async (event) => {
  if (!event.target.closest?.("[data-scan]") || event.target.files.length === 0) return;
  if (!(await readCode(event.target))) tell(news.dataset.codeUnread, "error");
});

// --- "the door is here" -----------------------------------------------------------------
// The position is taken at the tap and waits in the queue with the rest: satellites need no network.

function showDoors() {
  if (navigator.geolocation) for (const form of document.querySelectorAll("form[data-door]")) form.hidden = false;
}

function doorPosition() {
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy }),
      () => resolve(undefined),
      { enableHighAccuracy: true, maximumAge: 0, timeout: 15_000 },
    );
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-door]")) return;
  event.preventDefault();
  const data = new FormData(form);
  const at = houseNow().toISOString();
  event.submitter.disabled = true;
  const where = await doorPosition();
  event.submitter.disabled = false;
  if (!where) return tell(news.dataset.doorLost, "error");
  if (where.accuracy_m > Number(home.dataset.exactM)) return tell(news.dataset.doorInexact, "error");
  keep([...waiting(), { fact_id: newId(), tour_id: data.get("tour_id"), stop_id: data.get("stop_id"), kind: "door", at_device: at, position: where }]);
  tell(news.dataset.doorNoted);
  show();
  await send();
});

// --- nothing changes silently -----------------------------------------------------------

let heard = new Set();

/** Two short tones: heard through a pocket, where a glance is not to be had. */
function ring() {
  navigator.vibrate?.([200, 100, 200]);
  try {
    const sound = new AudioContext();
    for (const [start, hertz] of [[0, 880], [0.25, 1175]]) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = hertz;
      volume.gain.value = 0.3;
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + start);
      tone.stop(sound.currentTime + start + 0.18);
    }
    setTimeout(() => sound.close(), 1_000);
  } catch { /* no sound without a first tap: the banner stays until it is read */ }
}

/** Show what changed and was not read, except what the phone already answered; ring once for each. */
function showUnread() {
  const agreed = new Set(waiting().filter((fact) => fact.kind === "wait").map((fact) => `${fact.tour_id}/${fact.near}`));
  for (const form of document.querySelectorAll("form[data-wait]")) form.hidden = agreed.has(form.dataset.wait);
  const answered = new Set(waiting().filter((fact) => fact.kind === "read").map((fact) => `${fact.tour_id}/${fact.news_id}`));
  const now = new Set();
  for (const form of document.querySelectorAll("form[data-read]")) {
    form.hidden = answered.has(form.dataset.read);
    if (!form.hidden) now.add(form.dataset.read);
  }
  if ([...now].some((name) => !heard.has(name))) ring();
  heard = now;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-read]")) return;
  event.preventDefault();
  const data = new FormData(form);
  keep([...waiting(), { fact_id: newId(), tour_id: data.get("tour_id"), news_id: data.get("news_id"), kind: "read", at_device: houseNow().toISOString() }]);
  showUnread();
  show();
  if (await send()) await refresh();
});

// Where to wait is a hint, and nothing that is there changes: no ring.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-wait]")) return;
  event.preventDefault();
  const data = new FormData(form);
  keep([...waiting(), { fact_id: newId(), tour_id: data.get("tour_id"), near: data.get("near"), kind: "wait", at_device: houseNow().toISOString() }]);
  showUnread();
  show();
  if (await send()) await refresh();
});

let expected = false;
const stops = () => [...document.querySelectorAll("[data-stop]")].map((stop) => stop.dataset.stop);
let known = stops();

function tell(text, kind = "info") {
  const line = document.createElement("p");
  line.className = `flash ${kind}`;
  line.textContent = text;
  news.replaceChildren(line);
  navigator.vibrate?.(200);
}

document.addEventListener("house:refreshed", () => {
  const now = stops();
  // What comes next is the banner's business; what comes later is said and gone.
  if (now.slice(1).some((id) => !known.includes(id))) tell(news.dataset.new);
  showUnread();
  expected = waiting().length > 0;
  known = now;
  show();
  showDoors();
  showProofs();
  aimAtPhone();
  send().then((done) => { if (done && expected) refresh(); });
});

// iPhones do not know geo: links.
function aimAtPhone() {
  if (!/iPhone|iPad|iPod/.test(navigator.userAgent)) return;
  for (const link of document.querySelectorAll("a[data-navigate]")) link.href = `https://maps.apple.com/?daddr=${link.dataset.navigate}`;
}

// --- the position is the courier's choice -------------------------------------------------

const share = document.getElementById("share-position");
if (navigator.geolocation && share) {
  share.closest("label").hidden = false;
  share.checked = localStorage.getItem(SHARE) === "yes";
  share.addEventListener("change", () => localStorage.setItem(SHARE, share.checked ? "yes" : "no"));
}

// Who leaves takes the customers' doorsteps off the phone; what is not sent yet stays.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-leave]")) globalThis.caches?.delete("livreur-1");
});

// --- start ------------------------------------------------------------------------------

async function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(home.dataset.worker, { scope: "/livreur" });
  await navigator.serviceWorker.ready;
  const shell = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname).filter((path) => path.startsWith("/static/"));
  registration.active?.postMessage({ keep: ["/livreur", "/carte.geojson", ...new Set(shell)] });
}

aimAtPhone();
showDoors();
showUnread();
showProofs();
show();
const trySending = () => {
  if (waiting().length > 0) send().then((done) => { if (done) refresh(); });
  else sendAllPictures();
};
addEventListener("online", trySending);
// Phones often believe they are online where nothing passes, so the event alone is not enough.
setInterval(trySending, AGAIN_MS);
until(startWorker().catch(() => undefined));
until(send().then((done) => { if (done && document.documentElement.dataset.cached) return refresh(); }));
