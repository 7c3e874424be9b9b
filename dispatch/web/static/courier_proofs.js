// Pictures that prove a handover: taken or drawn here, kept on the phone until they have
// arrived, sent one by one after the facts.

const NAME = "dispatch-pictures";
const STORE = "pictures";
const WIDEST_PX = 1280;
const QUALITIES = [0.75, 0.6, 0.45, 0.3, 0.2];
const LOST_FOR_GOOD = new Set([403, 404, 413, 422]);

// --- the shelf --------------------------------------------------------------------------

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "proof_id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function shelf(mode, act) {
  const base = await open();
  try {
    return await new Promise((resolve, reject) => {
      const work = base.transaction(STORE, mode);
      const asked = act(work.objectStore(STORE));
      work.oncomplete = () => resolve(asked.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  } finally {
    base.close();
  }
}

/** Keep a picture until it is sent: {proof_id, courier, tour_id, stop_id, kind, at_device, type, bytes}. */
export const keepPicture = (picture) => shelf("readwrite", (store) => store.put(picture));

/** All pictures of one courier that wait; a shared phone sends nobody else's. */
export async function picturesOf(courier) {
  const all = await shelf("readonly", (store) => store.getAll());
  return all.filter((picture) => picture.courier === courier);
}

/** Send what waits, one by one.  *address*: a proof's, ending in ID; *token*: the page's own. */
export async function sendPictures(courier, address, token, refused) {
  for (const picture of await picturesOf(courier)) {
    const { tour_id, stop_id, kind, at_device } = picture;
    const where = address.replace(/ID$/, encodeURIComponent(picture.proof_id));
    const answer = await fetch(`${where}?${new URLSearchParams({ tour_id, stop_id, kind, at_device })}`, {
      method: "PUT",
      headers: { "Content-Type": picture.type, "X-CSRFToken": token() },
      body: picture.bytes,
    });
    if (!answer.ok && !LOST_FOR_GOOD.has(answer.status)) return false;
    if (!answer.ok && answer.status === 422) refused((await answer.json()).message);
    await shelf("readwrite", (store) => store.delete(picture.proof_id));
  }
  return true;
}

// --- a photo, small enough ----------------------------------------------------------------

const encoded = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));

/** Scale a camera's file to a JPEG of at most *most* bytes.  Drawing anew leaves EXIF behind. */
export async function scaled(file, most) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  let width = Math.min(WIDEST_PX, Math.max(image.width, image.height));
  for (;;) {
    const by = width / Math.max(image.width, image.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * by));
    canvas.height = Math.max(1, Math.round(image.height * by));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await encoded(canvas, "image/jpeg", quality);
      if (blob.size <= most) return blob;
    }
    width = Math.round(width / 2);
  }
}

// --- a signature ----------------------------------------------------------------------------

const drawn = new WeakSet();

document.addEventListener("pointerdown", (event) => {
  const canvas = event.target.closest?.("[data-signature] canvas");
  if (!canvas) return;
  const pen = canvas.getContext("2d");
  const at = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * canvas.width, ((clientY - box.top) / box.height) * canvas.height];
  };
  canvas.setPointerCapture(event.pointerId);
  pen.lineWidth = 4;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...at(event));
  const draw = (move) => { pen.lineTo(...at(move)); pen.stroke(); drawn.add(canvas); };
  canvas.addEventListener("pointermove", draw);
  canvas.addEventListener("pointerup", () => canvas.removeEventListener("pointermove", draw), { once: true });
});

document.addEventListener("click", (event) => {
  const canvas = event.target.matches?.("[data-clear]") && event.target.closest("[data-signature]").querySelector("canvas");
  if (!canvas) return;
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  drawn.delete(canvas);
});

// --- what a form holds --------------------------------------------------------------------------

/** Show what only a page with this file can do. */
export function showProofs() {
  for (const part of document.querySelectorAll("[data-photo], [data-signature]")) part.hidden = false;
  if ("BarcodeDetector" in globalThis) for (const part of document.querySelectorAll("[data-scan]")) part.hidden = false;
}

// What was begun at a door is not replaced by a fresh page.
for (const kind of ["input", "change", "pointerdown"]) {
  document.addEventListener(kind, (event) => event.target.closest?.("fieldset.proofs")?.setAttribute("data-dirty", ""));
}

document.addEventListener("change", (event) => {
  const photo = event.target.closest?.("[data-photo]");
  if (photo) photo.querySelector("[data-taken]").hidden = event.target.files.length === 0;
});

/** Read the code on a picture into the form's field; resolves to false when there is none. */
export async function readCode(input) {
  try {
    const found = await new BarcodeDetector().detect(await createImageBitmap(input.files[0]));
    if (found.length === 0) return false;
    input.closest("fieldset").querySelector("[name=parcel_code]").value = found[0].rawValue;
    return true;
  } catch {
    return false;
  } finally {
    input.value = "";
  }
}

/** The pictures in *form*, as {kind, blob}; null when one that is needed is missing. */
export async function picturesIn(form, most) {
  const found = [];
  const file = form.querySelector("[data-photo] input");
  if (file?.files.length) found.push({ kind: "photo", blob: await scaled(file.files[0], most) });
  else if (file?.matches("[data-needed]")) return null;
  const signature = form.querySelector("[data-signature]");
  const canvas = signature?.querySelector("canvas");
  if (canvas && drawn.has(canvas)) found.push({ kind: "signature", blob: await encoded(canvas, "image/png") });
  else if (signature?.matches("[data-needed]")) return null;
  return found;
}
