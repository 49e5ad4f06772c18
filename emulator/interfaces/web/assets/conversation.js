/* The conversation: filters, the list, and the chosen message. */

import {Detail} from "./detail.js";
import {el, put, text} from "./dom.js";
import {List} from "./list.js";
import {makeRow} from "./message.js";

export class Conversation {
  constructor(root, store, local, devices, onTime) {
    this.store = store;
    this.list = new List(store, (row, isSelected) => makeRow(row, {local, store, isSelected}), (row) => {
      this.detail.show(row);
      onTime(row.t);
    });
    this.detail = new Detail(store, (line) => this.goToLine(line));
    const again = () => this.apply();
    this.device = el("select", {"aria-label": "Device", onchange: again}, el("option", {value: ""}, "all devices"), devices.map((device) => el("option", {}, device.name)));
    this.type = el("select", {"aria-label": "Characteristic or kind", onchange: again}, el("option", {value: ""}, "everything"));
    this.direction = el("select", {"aria-label": "Direction", onchange: again},
      [["", "both ways"], ["in", "→ to the device"], ["out", "← to the client"]].map(([value, words]) => el("option", {value}, words)));
    this.faulty = el("input", {type: "checkbox", id: "faulty", onchange: again});
    this.search = el("input", {type: "search", placeholder: "Search: SetBolus, 2.5, …", "aria-label": "Search", oninput: () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(again, 120);
    }});
    this.pause = el("button", {type: "button", "aria-pressed": false, onclick: () => this.hold(!this.list.paused)}, "Pause");
    this.newest = el("button", {type: "button", class: "quiet", onclick: () => this.toNewest()}, "to the newest");
    this.count = el("span", {class: "muted small numbers", role: "status"});
    this.knownTypes = 0;
    put(root, [
      el("div", {class: "bar"}, el("h2", {}, "Conversation"), this.count, this.newest, this.pause),
      el("div", {class: "filters"}, this.device, this.type, this.direction, el("label", {class: "check"}, this.faulty, "only what a fault touched"), this.search),
      this.list.root, this.detail.root]);
    this.apply();
  }

  apply() {
    const find = (names, value) => (value === "" ? null : names.number(value));
    this.list.use({
      device: find(this.store.deviceNames, this.device.value), type: find(this.store.typeNames, this.type.value),
      direction: this.direction.value, faulty: this.faulty.checked, wire: false, words: this.search.value.trim().toLowerCase(),
    });
    this.counted();
  }

  hold(paused) {
    this.list.paused = paused;
    this.pause.setAttribute("aria-pressed", paused);
    text(this.pause, paused ? "Go on" : "Pause");
    if (!paused) this.list.update();
    this.counted();
  }

  toNewest() {
    this.hold(false);
    this.list.sticks = true;
    this.list.refresh();
  }

  counted() {
    const waiting = this.list.paused ? `, ${this.list.waiting} more since the pause` : "";
    text(this.count, `${this.list.length} of ${this.store.length}${waiting}`);
    this.newest.style.visibility = this.list.sticks ? "hidden" : "visible";
  }

  update() {
    const names = this.store.typeNames.list;
    for (; this.knownTypes < names.length; this.knownTypes++) this.type.append(el("option", {value: names[this.knownTypes]}, names[this.knownTypes]));
    this.list.update();
    this.counted();
  }

  /* Show the row of a journal's line, whatever the filter was. */
  goToLine(line) {
    this.go(() => this.store.at(line));
  }

  goToTime(at) {
    this.go(() => this.store.from(at));
  }

  go(find) {
    const number = find();
    if (number >= this.store.next && !this.store.length) return;
    if (this.list.scanned <= number) this.list.scan();
    const place = Math.min(number, this.store.next - 1);
    if (!this.store.passes(place, this.list.filter)) {
      for (const field of [this.device, this.type, this.direction, this.search]) field.value = "";
      this.faulty.checked = false;
      this.apply();
    }
    this.list.sticks = false;
    this.list.select(place);
    this.counted();
  }
}
