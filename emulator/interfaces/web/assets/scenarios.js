/* Scenarios: what there is to play, and a bench started with one. */

import {call, get} from "./api.js";
import {el, put, text} from "./dom.js";
import {toast} from "./toast.js";

export class Scenarios {
  constructor(root) {
    this.root = root;
    this.known = [];
    this.load();
  }

  async load() {
    this.known = await get("/v1/scenarios");
    const list = el("select", {size: 9, "aria-label": "Scenario", id: "scenario", onchange: () => this.show()});
    this.search = el("input", {type: "search", placeholder: "Search scenarios", "aria-label": "Search scenarios", oninput: () => this.fill()});
    this.list = list;
    this.story = el("div", {class: "story"});
    this.pace = el("select", {"aria-label": "Pace of the scenario"}, ["real", "10x", "60x", "600x"].map((words) => el("option", {selected: words === "10x"}, words)));
    this.start = el("button", {type: "button", class: "primary", onclick: () => this.play()}, "Start a bench with it");
    this.line = el("code", {class: "line"});
    this.pace.addEventListener("change", () => this.show());
    put(this.root, [this.search, list, this.story, el("div", {class: "submit"}, this.pace, this.start), this.line]);
    this.fill();
  }

  fill() {
    const words = this.search.value.trim().toLowerCase();
    const fits = this.known.filter((one) => `${one.id} ${one.title} ${one.story}`.toLowerCase().includes(words));
    put(this.list, fits.map((one) => el("option", {value: one.id}, `${one.id}  ${one.title}`)));
    this.list.selectedIndex = 0;
    this.show();
  }

  show() {
    const one = this.known.find((known) => known.id === this.list.value);
    this.start.disabled = !one;
    if (!one) return put(this.story, el("p", {class: "muted"}, "No scenario has these words."));
    put(this.story, [el("h3", {}, `${one.id}: ${one.title}`), el("p", {}, one.story), el("p", {class: "small muted"}, `clients of ${one.clients.join(" and ")}, over ${one.over.join(" or ")}`)]);
    text(this.line, `isletbench up --scenario ${one.id} --pace ${this.pace.value} --open`);
  }

  async play() {
    this.start.disabled = true;
    text(this.start, "starting …");
    try {
      const {page} = await call("POST", "runs", {scenario: this.list.value, pace: this.pace.value});
      location.assign(page);
    } catch (error) {
      toast(error.message, {isBad: true});
    }
    this.start.disabled = false;
    text(this.start, "Start a bench with it");
  }
}
