/* Bench time, pace and stream state in the header. Between two answers of the bench its time is reckoned on at its pace. */

import {el, put, text} from "./dom.js";
import {span} from "./words.js";

export class BenchClock {
  constructor(root, state, local) {
    this.local = local;
    this.at = 0;
    this.pace = null;
    this.seen = performance.now();
    this.isOver = false;
    this.how = null;
    this.face = el("span", {class: "clock", role: "timer", "aria-live": "off"}, "--:--:--");
    this.since = el("span", {class: "since"});
    this.state = state;
    this.extra = el("div", {class: "segments"});
    put(root, [this.face, this.since, this.extra]);
  }

  /* What the bench says: its time, ms, and its pace as text. */
  set(now, pace) {
    this.at = Math.max(now, pace === this.pace ? this.now() - 60000 : 0, now);
    this.pace = pace;
    this.seen = performance.now();
  }

  now() {
    if (this.isOver) return this.at;
    return this.at + (performance.now() - this.seen) * factor(this.pace);
  }

  show() {
    const now = this.now();
    text(this.face, `${this.local.clock(now)}`);
    text(this.since, `${this.local.day(now)} · ${span(Math.floor(now / 1000) * 1000)}`);
  }

  connection(how) {
    const [words, kind] = {live: ["live", "good"], silent: ["not answering", "warn"], lost: ["reconnecting", "warn"], over: ["ended", "info"]}[how];
    this.how = how;
    if (how === "over") {
      this.at = this.now();
      this.isOver = true;
    }
    put(this.state, [el("span", {class: `label ${kind}`}, words)]);
  }
}

export function factor(pace) {
  if (pace === "real") return 1;
  const match = /^([\d.]+)x$/.exec(pace ?? "");
  return match ? Number(match[1]) : 0;
}
