/* Elements, made in one call: el("button", {class: "small", onclick: f}, "text", child). */

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(made, name, value);
  put(made, children);
  return made;
}

export function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if ((value === false && !name.startsWith("aria-")) || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : value);
}

/* Replace what an element holds. */
export function put(element, children) {
  element.replaceChildren(...[children].flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/* Set a text only when it is another one: nothing moves that need not. */
export function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export const find = (selector, root = document) => root.querySelector(selector);
