// The shop's board: presses without losing one's place, and, if asked for, a sound when an
// order comes in.  The board works without it.

import { refresh, showOffline } from "./house.js";

const KEPT = "merchant-sound";
const list = document.getElementById("to-prepare");
const news = document.getElementById("news");
const sound = document.getElementById("sound");
const print = document.getElementById("print");

// --- sound: off until somebody presses the button -------------------------------------
// Browsers let a page be heard only after a press on it; after a reload the next press
// anywhere wakes the sound that was on.

let audio = null;

function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

function beep() {
  if (audio?.state !== "running") return;
  for (const [start, pitch] of [[0, 880], [0.22, 1175]]) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const at = audio.currentTime + start;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.35, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.22);
  }
}

function kept() {
  try { return sessionStorage.getItem(KEPT) === "on"; } catch { return false; }
}

function setSound(on) {
  sound.setAttribute("aria-pressed", String(on));
  sound.querySelector("span").textContent = on ? sound.dataset.on : sound.dataset.off;
  try { sessionStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* private browsing */ }
}

const heard = () => sound.getAttribute("aria-pressed") === "true";

if (globalThis.AudioContext) {
  sound.hidden = false;
  setSound(kept());
  sound.addEventListener("click", () => {
    setSound(!heard());
    if (heard()) { wake(); audio.resume().then(beep); }
  });
  document.addEventListener("pointerdown", () => { if (heard()) wake(); });
  document.addEventListener("keydown", () => { if (heard()) wake(); });
}

print.hidden = false;
print.addEventListener("click", () => globalThis.print());

// --- news -----------------------------------------------------------------------------

const waiting = () => new Set([...list.querySelectorAll("[data-shipment]")].map((x) => x.dataset.shipment));
let known = waiting();

document.addEventListener("house:refreshed", () => {
  const now = waiting();
  const fresh = [...now].filter((id) => !known.has(id));
  known = now;
  if (fresh.length === 0) return;
  news.textContent = "";
  news.textContent = list.dataset.news;
  if (heard()) beep();
});

// --- presses --------------------------------------------------------------------------

function show(page) {
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.innerHTML = fresh.innerHTML;
  }
  document.querySelector("[aria-invalid=true]")?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.press");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.status === 422 || answer.status === 409) {
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } else if (answer.type === "opaqueredirect") {
      document.getElementById("slip").replaceChildren();
      document.activeElement?.blur();
      await refresh();
    } else {
      location.reload();
    }
  } catch {
    showOffline(true);
  }
  for (const button of buttons) button.disabled = false;
});
