// The planner's page: look at now, follow one order through every part, dim what is hidden.
// Everything is readable without it.

const timeline = document.querySelector(".timeline[data-now-x]");
let chosen = "";

// The day is wider than the screen: begin an hour before now.
if (timeline) timeline.scrollLeft = Number(timeline.dataset.nowX) - 300;

function showChosen() {
  for (const item of document.querySelectorAll("[data-order]")) {
    item.classList.toggle("chosen", chosen !== "" && item.dataset.order === chosen);
  }
  for (const button of document.querySelectorAll("[data-pick]")) {
    button.setAttribute("aria-pressed", String(button.dataset.pick === chosen));
  }
}

function showDimmed() {
  for (const box of document.querySelectorAll("input[data-lane]")) {
    const lane = document.querySelector(`[data-lane-row="${box.dataset.lane}"]`);
    lane?.classList.toggle("dim", !box.checked);
  }
}

document.addEventListener("click", (event) => {
  const picked = event.target.closest?.("[data-pick], .mark[data-order]");
  if (!picked) return;
  const order = picked.dataset.pick ?? picked.dataset.order;
  chosen = chosen === order ? "" : order;
  showChosen();
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[data-lane]")) showDimmed();
});
// A browser keeps the boxes as they were when the page is loaded again.
showDimmed();

// Solving takes seconds: one press is enough.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
}

document.addEventListener("house:refreshed", () => { showChosen(); showDimmed(); });
