/* A strip for each device: what one wants to know at a glance. What a device says that this file does not know is under "more". */

import {el, put, text} from "./dom.js";
import {trend} from "./series.js";
import {age, number, plain} from "./words.js";

/* What status says, in the order of the strip: key, label, and how it looks. */
const FACTS = [
  ["session", "session", (v) => v],
  ["therapy", "therapy", (v) => plain(v)],
  ["operational", "state", (v) => plain(v)],
  ["basal_u_per_h", "basal", (v) => `${number(v)} U/h`],
  ["tbr", "temp basal", (v) => (v ? "on" : null)],
  ["reservoir_u", "reservoir", (v) => (v === null ? "none" : `${number(v, 1)} U`)],
  ["battery_percent", "battery", (v) => (v === null ? "none" : `${v} %`)],
  ["records", "records", (v) => v],
  ["in_line_u", "held in the line", (v) => (v ? `${number(v)} U` : null)],
  ["flight_mode", "flight mode", (v) => (v ? "on" : null)],
];
const ELSEWHERE = new Set(["kind", "serial", "ble", "clients", "annunciation", "annunciations", "alerting", "glucose_mg_dl", "boluses",
  ...FACTS.map(([key]) => key)]);
const GOOD = new Set(["run", "running", "ready"]);
const BAD = new Set(["stop", "failed", "stopped", "expired", "error"]);

export class Strips {
  constructor(root, devices, series) {
    this.series = series;
    this.strips = new Map(devices.map((device) => [device.name, this.strip(device)]));
    document.body.classList.toggle("many", devices.length > 6);
    put(root, [...this.strips.values()].map((strip) => strip.root));
  }

  strip(device) {
    const made = {
      who: el("span", {class: "who label"}, "nobody"), main: el("div", {class: "main"}), facts: el("dl"),
      notes: el("div", {class: "notes", "aria-label": "Annunciations"}), where: el("div", {class: "where"}),
      rest: el("dl"), words: "",
    };
    const make = device.make && device.make !== device.kind ? device.make.replaceAll("_", " ") : device.kind;
    made.root = el("article", {class: "strip", data: {device: device.name}},
      el("h2", {}, device.name, el("span", {class: "make"}, device.kind === make ? make : `${device.kind}, ${make}`)), made.who, made.main, made.facts,
      made.notes, made.where, el("details", {}, el("summary", {}, "more"), made.rest));
    return made;
  }

  /* `statuses` as `isletbench status --json` has them; `now` the bench's time. */
  update(statuses, now) {
    for (const [name, strip] of this.strips) {
      const status = statuses[name];
      if (!status) continue;
      this.main(strip, name, status, now);
      const words = JSON.stringify(status);
      if (words === strip.words) continue;
      strip.words = words;
      this.fill(strip, status);
    }
  }

  main(strip, name, status, now) {
    const parts = [];
    const reading = this.series.reading(name, now + 1000);
    if ("glucose_mg_dl" in status || reading) {
      const value = status.glucose_mg_dl ?? null, {arrow, words} = trend(reading?.rate ?? null);
      parts.push(["big", value === null ? "–" : number(value, 0), "mg/dL"]);
      if (value !== null && reading) parts.push(["arrow", arrow, words], ["age", `${words}, ${age(now - reading.t)} ago`]);
    }
    if (status.boluses?.length) {
      const pump = this.series.pumps.get(name);
      for (const bolus of pump?.running.values() ?? []) parts.push(["big", `${number(bolus.given)} / ${number(bolus.asked)}`, "U"], ["age", `bolus ${bolus.id} runs`]);
    } else if ("basal_u_per_h" in status) {
      parts.push(["big", number(status.basal_u_per_h), "U/h"]);
      const last = this.series.pumps.get(name)?.boluses.at(-1);
      if (last) parts.push(["age", `last bolus ${number(last.given)} U, ${age(now - last.begin)} ago`]);
    }
    for (const key of ["plasma_mg_dl", "mg_dl"]) {
      if (typeof status[key] === "number") parts.push(["big", number(status[key], 0), "mg/dL true"]);
    }
    const shown = JSON.stringify(parts);
    if (shown === strip.shown) return;
    strip.shown = shown;
    put(strip.main, parts.map(([look, words, more]) => look === "big" ? el("span", {class: "big"}, words, el("small", {}, more))
      : look === "arrow" ? el("span", {class: "arrow", title: more, "aria-hidden": true}, words) : el("span", {class: "small muted numbers"}, words)));
  }

  fill(strip, status) {
    const clients = status.clients ?? [];
    strip.who.hidden = status.kind === "patient";
    text(strip.who, clients.length ? (clients.length === 1 ? "1 client" : `${clients.length} clients`) : "nobody connected");
    strip.who.className = `who label${clients.length ? " good" : ""}`;
    strip.who.title = clients.join(", ");
    put(strip.facts, FACTS.filter(([key]) => key in status).map(([key, label, words]) => [key, label, words(status[key])])
      .filter(([, , words]) => words !== null).map(([, label, words]) => pair(label, look(words))));
    const notes = [...(status.annunciation ?? []), ...(status.annunciations ?? [])].map(named);
    const troubles = this.troubles(status);
    put(strip.notes, notes.length || troubles.length ? [...troubles, ...notes].map((words) => el("span", {class: "label warn"}, words))
      : el("span", {class: "small muted"}, status.kind === "patient" ? "" : "no annunciation"));
    const where = [status.serial, status.ble && `${status.ble.name} ${status.ble.address}`].filter(Boolean).join(" · ");
    text(strip.where, where);
    strip.where.title = where;
    put(strip.rest, Object.entries(status).filter(([key, value]) => !ELSEWHERE.has(key) && value !== null && typeof value !== "object")
      .map(([key, value]) => pair(key.replaceAll("_", " "), typeof value === "number" ? number(value) : String(value))));
  }

  troubles(status) {
    const awaited = status.ble?.awaits_passkey ? ["awaits the passkey that its client displays: action enter passkey"] : [];
    const low = status.reservoir_u !== undefined && status.reservoir_u !== null && status.reservoir_u < 10 && !status.annunciations?.length;
    const storm = status.ble?.storm ? [`the next ${status.ble.storm} Bluetooth connections break`] : [];
    return [...awaited, ...storm, ...(low ? ["reservoir low"] : [])];
  }
}

const named = (note) => plain(typeof note === "string" ? note : note.type ?? note.name ?? JSON.stringify(note));
const pair = (label, value) => el("div", {}, el("dt", {}, label), el("dd", {}, value));

function look(words) {
  const kind = GOOD.has(words) ? "good" : BAD.has(words) ? "bad" : words === "warming up" || words === "pause" ? "warn" : null;
  return kind ? el("span", {class: `label ${kind}`}, words) : words;
}
