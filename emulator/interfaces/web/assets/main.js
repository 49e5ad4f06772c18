/* Puts the page together: one stream of rows, one store, and parts that draw what has changed, at most ten times a second. */

import {get} from "./api.js";
import {Active} from "./active.js";
import {Axis} from "./axis.js";
import {BenchClock} from "./clock.js";
import {Conversation} from "./conversation.js";
import {find, text} from "./dom.js";
import {follow} from "./feed.js";
import {Steer} from "./steer.js";
import {PaceButtons} from "./pace.js";
import {Scrubber} from "./scrub.js";
import {Series} from "./series.js";
import {Store} from "./store.js";
import {Strips} from "./strips.js";
import {VerdictPanel} from "./verdict.js";
import {LocalTime} from "./words.js";

const FRAME_MS = 100, STATUS_MS = 500, SILENT_MS = 3000;

const facts = await get("facts");
const local = new LocalTime(facts.start ?? "2000-01-01T00:00:00");
const devices = Object.entries(facts.devices).map(([name, device]) => ({name, ...device}));
const series = new Series(), store = new Store();
document.title = `${facts.rig} · isletbench`;
text(find("#about"), `${facts.rig ?? "a bench"} · seed ${facts.seed ?? "unknown"}`);

const clock = new BenchClock(find("#time"), find("#state"), local);
const strips = new Strips(find("#devices"), devices, series);
const axis = new Axis(find("#axis"), series, local, devices, (at) => conversation.goToTime(at));
const conversation = new Conversation(find("#conversation"), store, local, devices, () => {});
const again = () => { isStale = true; lastAsked = 0; };
const steer = facts.live ? new Steer(find("#steer"), devices, again) : null;
const active = facts.live ? new Active(find("#active"), again) : null;
const paces = facts.live ? new PaceButtons(clock.extra, again) : null;
const goTo = (at) => { axis.show(at); conversation.goToTime(at); };
const scrubber = facts.live ? null : new Scrubber(clock.extra, clock, series, goTo);
const verdict = new VerdictPanel(find("#verdict"), facts, local, (line, at) => { conversation.goToLine(line); axis.show(at); });
for (const part of ["#steer", "#active"]) find(part).hidden = !facts.live;
document.body.classList.toggle("finished", !facts.live);
let statuses = {}, isStale = true, asking = false, lastAsked = 0;

async function ask() {
  asking = true;
  lastAsked = performance.now();
  isStale = false;
  const silence = setTimeout(() => clock.how === "live" && clock.connection("silent"), SILENT_MS);
  try {
    const status = await get("/v1/status");
    if (clock.how === "silent") clock.connection("live");
    statuses = status.devices;
    clock.set(status.now, status.pace);
    active.update(status.faults);
    paces.update(status.pace);
  } catch (error) {
    isStale = !clock.isOver;
  }
  clearTimeout(silence);
  asking = false;
}

function frame() {
  const now = performance.now();
  const due = isStale ? STATUS_MS : 5000;
  if (facts.live && !clock.isOver && !asking && now - lastAsked > due && !document.hidden) ask();
  clock.show();
  scrubber?.update();
  strips.update(scrubber?.statuses(devices) ?? statuses, clock.now());
  verdict.progress(clock.now());
  axis.update(clock.now());
  conversation.update();
}

if (facts.live) await ask();
find("main").classList.add("ready");
function take(rows) {
  for (const row of rows) {
    store.add(row);
    series.take(row);
  }
  isStale = true;
}

async function changed(how) {
  clock.connection(how);
  if (how !== "over" || !facts.live) return;
  const last = await get("facts").catch(() => null);  // a bench that plays no scenario is gone by now
  if (last) verdict.update(last);
}

const feed = follow(take, changed);
setInterval(() => document.hidden || requestAnimationFrame(frame), FRAME_MS);
Object.assign(window, {bench: {store, series, axis, clock, conversation, feed}});
