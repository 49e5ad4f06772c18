/* How fast the bench's time passes, and a step of it. */

import {pace, press, step} from "./commands.js";
import {el, put} from "./dom.js";

const PACES = ["paused", "real", "10x", "60x", "600x"];

export class PaceButtons {
  constructor(root, after) {
    this.buttons = PACES.map((text) => el("button", {type: "button", data: {pace: text}, "aria-pressed": false,
      onclick: () => press(pace(text), `pace ${text}`, after)}, text));
    this.other = el("span", {class: "label info", hidden: true});
    this.step = el("button", {type: "button", title: "Let five minutes pass at once", onclick: async () => {
      this.step.disabled = true;
      await press(step("5m"), "five minutes have passed", after);
      this.step.disabled = false;
    }}, "+5 min");
    put(root, [this.buttons, this.other, this.step]);
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Pace");
  }

  update(text) {
    this.buttons.forEach((button) => button.setAttribute("aria-pressed", button.dataset.pace === text));
    this.other.hidden = PACES.includes(text);
    this.other.textContent = text;
  }
}
