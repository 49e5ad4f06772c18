/* Short messages in the corner; they go by themselves, errors a little later. */

import {el, find} from "./dom.js";

export function toast(words, {command = null, isBad = false} = {}) {
  const place = find("#toasts");
  const made = el("div", {class: `toast${isBad ? " bad" : ""}`}, words, command && el("code", {}, command));
  place.append(made);
  while (place.children.length > 2) place.firstChild.remove();
  setTimeout(() => made.remove(), isBad ? 9000 : 5000);
}
