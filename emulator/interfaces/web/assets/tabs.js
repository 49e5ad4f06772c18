/* Tabs: one panel at a time; arrow keys move between them. */

import {el} from "./dom.js";

export function tabs(panels, name) {
  const heads = panels.map(([words, panel], place) => {
    panel.id = `${name}-panel-${place}`;
    panel.setAttribute("role", "tabpanel");
    return el("button", {type: "button", role: "tab", id: `${name}-tab-${place}`, "aria-controls": panel.id, onclick: () => choose(place)}, words);
  });
  function choose(chosen) {
    panels.forEach(([, panel], place) => {
      panel.hidden = place !== chosen;
      heads[place].setAttribute("aria-selected", place === chosen);
      heads[place].tabIndex = place === chosen ? 0 : -1;
    });
  }
  const list = el("div", {class: "tabs", role: "tablist", onkeydown: (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key], at = heads.indexOf(document.activeElement);
    if (!step || at < 0) return;
    const next = (at + step + heads.length) % heads.length;
    choose(next);
    heads[next].focus();
  }}, heads);
  choose(0);
  return {root: el("div", {}, list, panels.map(([, panel]) => panel)), choose};
}
