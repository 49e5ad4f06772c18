/* A message closely: its octets and fields, each lighting up the other; the stage its exchange has reached; what belongs to it. */

import {get, segment} from "./api.js";
import {el, put} from "./dom.js";
import {lostWords, seconds, steps} from "./message.js";
import {toast} from "./toast.js";

export class Detail {
  constructor(store, goToLine) {
    this.store = store;
    this.goToLine = goToLine;
    this.row = null;
    this.root = el("div", {class: "detail", "aria-live": "polite"});
    this.empty();
  }

  empty() {
    put(this.root, el("p", {class: "muted"}, "Choose a message to see its octets and the field each belongs to. Arrow keys move."));
  }

  async show(row) {
    this.row = row;
    const fields = el("div", {class: "fields"});
    put(this.root, [this.heading(row), this.exchange(row), fields]);
    if (!row.o) return;
    if (!row.type) return put(fields, octets(row.o, []));
    const key = `octets/${segment(row.type)}/${row.o}`;
    try {
      const found = await get(key);
      if (this.row === row) this.fields(fields, found);
    } catch {
      put(fields, octets(row.o, []));
    }
  }

  heading(row) {
    return el("div", {class: "heading"},
      el("h3", {}, row.dir ? `${row.op ?? row.type ?? row.what}` : row.w),
      el("span", {class: "muted small"}, [row.d, row.what, row.type].filter(Boolean).join(" · ")),
      el("span", {class: "muted small"}, `line ${row.n} of the journal`));
  }

  exchange(row) {
    const notes = [];
    if (row.f) notes.push(el("p", {class: "bad-text"}, `touched by ${row.f.join(", ")}`));
    if (row.lost) notes.push(el("p", {class: "bad-text"}, lostWords(row.lost)));
    const exchange = row.x === undefined ? null : this.store.exchanges.get(row.x);
    if (!exchange) return notes;
    if (exchange.why) notes.push(el("p", {class: "bad-text"}, `refused: ${exchange.why}`));
    const others = this.others(row);
    return [steps(exchange), notes, others.length > 1 && el("p", {class: "small"}, "exchange: ", others.map((other) =>
      el("button", {type: "button", class: "quiet", "aria-pressed": other.n === row.n, onclick: () => this.goToLine(other.n)},
        `${other.what}${other.n === row.x ? "" : ` +${seconds(other.t - others[0].t)}`}`)))];
  }

  /* The messages of the same exchange: those that follow its request, as far as one has to look. */
  others(row) {
    const found = [], begin = this.store.at(row.x);
    for (let number = begin; number < Math.min(begin + 400, this.store.next) && found.length < 12; number++) {
      const other = this.store.row(number);
      if (other.x === row.x && other.dir) found.push(other);
    }
    return found;
  }

  fields(place, found) {
    const cells = octets(found.octets, found.fields);
    const rows = found.fields.map((field, index) => el("tr", {tabindex: 0, data: {field: index, begin: field.begin, end: field.end}},
      el("th", {scope: "row"}, field.name.replaceAll("_", " ")), el("td", {class: "numbers"}, field.value), el("td", {class: "muted"}, field.unit),
      el("td", {class: "mono muted"}, field.end > field.begin ? found.octets.slice(2 * field.begin, 2 * field.end).replace(/..(?=.)/g, "$& ") : "")));
    put(place, [
      found.problem && el("p", {class: "bad-text"}, `not decodable: ${found.problem}`),
      cells,
      el("table", {}, el("thead", {}, el("tr", {}, ["field", "value", "unit or meaning", "octets"].map((words) => el("th", {scope: "col"}, words)))),
        el("tbody", {}, rows)),
      found.command && el("div", {class: "command"}, el("code", {}, found.command), el("button", {type: "button", onclick: () => copy(found.command)}, "Copy")),
    ]);
    light(place, found.fields);
  }
}

function octets(hex, fields) {
  const pairs = hex.match(/../g) ?? [];
  return el("div", {class: "octets mono", role: "group", "aria-label": "Octets"}, pairs.map((pair, place) => {
    const owner = fields.findIndex((field) => field.begin <= place && place < field.end);
    return el("span", {class: `octet tint-${owner < 0 ? "none" : owner % 6}`, data: {octet: place},
      title: fields.filter((field) => field.begin <= place && place < field.end).map((field) => `${field.name}: ${field.value} ${field.unit}`).join("\n")}, pair);
  }));
}

/* Over a field its octets light up, over an octet its fields. */
function light(place, fields) {
  const all = (selector) => place.querySelectorAll(selector);
  const show = (lit) => {
    all("[data-octet]").forEach((octet) => octet.classList.toggle("lit", lit.some((field) => field.begin <= octet.dataset.octet && octet.dataset.octet < field.end)));
    all("[data-field]").forEach((row) => row.classList.toggle("lit", lit.includes(fields[row.dataset.field])));
  };
  const over = (event) => {
    const octet = event.target.closest("[data-octet]"), row = event.target.closest("[data-field]");
    if (row) show([fields[row.dataset.field]]);
    else if (octet) show(fields.filter((field) => field.begin <= octet.dataset.octet && octet.dataset.octet < field.end));
    else show([]);
  };
  for (const kind of ["mouseover", "focusin", "click"]) place.addEventListener(kind, over);
  for (const kind of ["mouseleave", "focusout"]) place.addEventListener(kind, () => show([]));
}

export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    toast("Copied", {command: words});
  } catch {
    toast("The browser does not allow copying: mark the text yourself", {command: words, isBad: true});
  }
}
