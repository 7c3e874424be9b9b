// The town's own lines, and what the page puts on them.  No tiles are needed; where a tile
// server is configured, its pictures lie underneath.

import { until } from "./house.js";
import "./leaflet/leaflet.js";

const L = globalThis.L;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const maps = [];

function linesOf(url) {
  return fetch(url).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
}

function drawTown(map, town) {
  L.geoJSON(town, {
    interactive: false,
    style: (feature) => ({ className: `m-line m-${feature.properties.kind}`, fill: feature.properties.kind === "area" }),
    pointToLayer: (feature, at) => L.marker(at, {
      interactive: false,
      keyboard: false,
      icon: L.divIcon({ className: `m-name m-is-${feature.properties.kind}`, html: escaped(feature.properties.name), iconSize: null }),
    }),
  }).addTo(map);
}

function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text ?? "";
  return holder.innerHTML;
}

function pin(marker) {
  const layer = L.marker([marker.lat, marker.lon], {
    title: marker.label,
    alt: marker.label,
    riseOnHover: true,
    zIndexOffset: -(marker.under ?? 0),
    icon: L.divIcon({
      className: `pin ${marker.class ?? ""}`,
      html: `<span>${escaped(marker.text)}</span>`,
      iconSize: [32, 32],
    }),
  });
  layer.bindTooltip(escaped(marker.label), { direction: "top", offset: [0, -14] });
  layer.on("add", () => layer.getElement()?.setAttribute("aria-label", marker.label));
  return layer;
}

function way(line) {
  const options = { className: `way ${line.class ?? ""}`, weight: 5, dashArray: line.dash, interactive: Boolean(line.label) };
  if (line.color) options.color = line.color;
  const layer = L.polyline(line.points, options);
  if (line.label) layer.bindTooltip(escaped(line.label), { sticky: true });
  return layer;
}

class TownMap {
  constructor(element) {
    this.element = element;
    this.source = document.getElementById(element.dataset.map);
    this.shown = "";
    this.groups = new Map();
    this.map = L.map(element, {
      attributionControl: false,
      zoomControl: false,
      scrollWheelZoom: false,
      dragging: !L.Browser.mobile,
      zoomSnap: 0.25,
      maxZoom: 18,
      minZoom: 9,
      zoomAnimation: !still,
      fadeAnimation: !still,
      markerZoomAnimation: !still,
    }).setView([44.45, 0.22], 11);
    L.control.zoom({ zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(this.map);
    // From far away only the towns have names: villages would write over each other.
    const far = () => element.classList.toggle("far", this.map.getZoom() < 10.75);
    this.map.on("zoomend", far);
    far();
    // The page scrolls with the wheel until somebody takes the map in hand.
    this.map.on("focus", () => this.map.scrollWheelZoom.enable());
    this.map.on("blur", () => this.map.scrollWheelZoom.disable());
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles).addTo(this.map);
      L.control.attribution({ prefix: false }).addAttribution(element.dataset.credit ?? "").addTo(this.map);
    }
  }

  async open() {
    const town = await linesOf(this.element.dataset.lines);
    if (town) drawTown(this.map, town);
    this.draw();
    await this.lay(this.element.dataset.overlay);
    if (!this.fitted && this.seen && town) {
      const bounds = L.geoJSON(town).getBounds();
      if (bounds.isValid()) this.map.fitBounds(bounds, { animate: false });
    }
  }

  /** Put GeoJSON lines on the map, each feature in its own group, and show all of them. */
  async lay(url) {
    const shapes = url ? await linesOf(url) : null;
    const all = L.latLngBounds([]);
    // The last feature lies lowest: what is nearest stays in sight.
    for (const feature of [...(shapes?.features ?? [])].reverse()) {
      const { class: look, group, label } = feature.properties;
      const layer = L.geoJSON(feature, { style: { className: `band ${look}` } });
      layer.bindTooltip(escaped(label), { sticky: true });
      const bounds = this.put(group, layer).getBounds();
      if (bounds.isValid()) all.extend(bounds);
    }
    this.toggle();
    if (this.seen && all.isValid()) {
      this.map.fitBounds(all, { padding: [24, 24], animate: false });
      this.fitted = true;
    }
  }

  /** False while a page hides its map: a map of no size has no view to choose. */
  get seen() {
    return this.element.offsetWidth > 0;
  }

  draw() {
    const text = this.source?.textContent ?? "";
    if (text === this.shown) return;
    this.shown = text;
    const data = JSON.parse(text || "{}");
    for (const group of this.groups.values()) group.remove();
    this.groups.clear();
    const all = L.latLngBounds([]);
    for (const line of data.lines ?? []) {
      if (line.points.length < 2) continue;
      all.extend(this.put(line.group, way(line)).getBounds());
    }
    for (const marker of data.markers ?? []) all.extend(this.put(marker.group, pin(marker)).getLatLng());
    this.toggle();
    // One point alone says nothing of where it is: keep some of the town around it.
    const alone = (data.lines ?? []).length === 0 && (data.markers ?? []).length === 1;
    // Only the first drawing moves the view: later ones must not pull the map from under a finger.
    if (!this.fitted && this.seen && all.isValid()) {
      this.map.fitBounds(all, { paddingTopLeft: [72, 40], paddingBottomRight: [32, 32], maxZoom: alone ? 13 : 16, animate: false });
      this.fitted = true;
    }
  }

  put(name = "", layer) {
    if (!this.groups.has(name)) this.groups.set(name, L.layerGroup().addTo(this.map));
    this.groups.get(name).addLayer(layer);
    return layer;
  }

  toggle() {
    for (const box of document.querySelectorAll("input[data-map-group]")) {
      const group = this.groups.get(box.dataset.mapGroup);
      if (!group) continue;
      if (box.checked) group.addTo(this.map);
      else group.remove();
    }
  }
}

for (const element of document.querySelectorAll("[data-map]")) {
  const town = new TownMap(element);
  maps.push(town);
  until(town.open());
}
document.addEventListener("house:refreshed", () => maps.forEach((town) => { town.map.invalidateSize(); town.draw(); town.toggle(); }));
document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[data-map-group]")) maps.forEach((town) => town.toggle());
});
// A map born in a closed <details> learns its size when it opens.
document.addEventListener("toggle", () => maps.forEach((town) => town.map.invalidateSize()), true);
document.addEventListener("house:redraw", () => maps.forEach((town) => { town.map.invalidateSize(); town.draw(); }));
