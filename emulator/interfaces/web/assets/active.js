/* The faults on the bench, each with a button that clears it. */

import {clear, clearAll, press} from "./commands.js";
import {el, put} from "./dom.js";

export class Active {
  constructor(root, after) {
    this.after = after;
    this.shown = "";
    this.list = el("ul");
    this.all = el("button", {type: "button", class: "quiet", hidden: true, onclick: () => press(clearAll(), "cleared all faults", after)}, "clear all");
    root.hidden = false;
    put(root, [el("h2", {}, "Active faults"), this.list, this.all]);
    this.update([]);
  }

  update(faults) {
    const there = faults.filter((fault) => fault.state !== "over"), words = JSON.stringify(there);
    if (words === this.shown) return;
    this.shown = words;
    this.all.hidden = there.length < 2;
    put(this.list, there.length ? there.map((fault) => this.item(fault)) : el("li", {class: "none"}, "none"));
  }

  item(fault) {
    const {declared} = fault, what = declared.fault === "do" ? declared.action : declared.fault;
    const struck = fault.struck ? `, struck ${fault.struck === 1 ? "once" : `${fault.struck} times`}` : "";
    return el("li", {title: JSON.stringify(declared), data: {fault: fault.id}}, `${what.replaceAll("_", " ")} on ${declared.device ?? "the bench"}${declared.on ? ` (${declared.on})` : ""}: ${fault.state}${struck}`,
      el("button", {type: "button", "aria-label": `Clear ${fault.id}`, onclick: () => press(clear(fault.id), `cleared ${fault.id}`, this.after)}, "Clear"));
  }
}
