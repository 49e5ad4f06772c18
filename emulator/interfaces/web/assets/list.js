/* A long list of rows of one height, of which only those in sight are elements. `matching` are the running numbers of the rows
   that the filter lets through, in order; it drops the oldest with the store. */

import {el, put} from "./dom.js";

const SPARE = 6;

export class List {
  constructor(store, makeRow, chosen) {
    this.store = store;
    this.makeRow = makeRow;
    this.chosen = chosen;
    this.filter = null;
    this.matching = [];
    this.dropped = 0;      // how many of `matching` are gone from the store
    this.scanned = 0;
    this.paused = false;
    this.sticks = true;    // to the newest row
    this.selected = null;
    this.height = 30;
    this.rows = el("div", {class: "rows", role: "presentation"});
    this.root = el("div", {class: "list", role: "listbox", tabindex: 0, "aria-label": "Messages and events, the newest last"}, this.rows);
    this.root.addEventListener("scroll", () => this.scrolled(), {passive: true});
    this.root.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.measure()).observe(this.root);
  }

  get length() {
    return this.matching.length - this.dropped;
  }

  get waiting() {
    return this.store.next - this.scanned;
  }

  use(filter) {
    this.filter = filter;
    this.matching = [];
    this.dropped = 0;
    this.scanned = this.store.first;
    this.scan();
    this.refresh();
  }

  /* Take in what the store has got since. */
  scan() {
    for (let number = Math.max(this.scanned, this.store.first); number < this.store.next; number++) {
      if (this.store.passes(number, this.filter)) this.matching.push(number);
    }
    this.scanned = this.store.next;
  }

  update() {
    if (this.paused || (!this.waiting && this.drawnFirst === this.store.first)) return;
    this.scan();
    this.refresh();
  }

  refresh() {
    const before = this.dropped;
    while (this.dropped < this.matching.length && this.matching[this.dropped] < this.store.first) this.dropped += 1;
    if (this.dropped > 20000) {
      this.matching.splice(0, this.dropped);
      this.dropped = 0;
    } else if (!this.sticks && this.dropped > before) {
      this.root.scrollTop -= (this.dropped - before) * this.height;
    }
    this.drawnFirst = this.store.first;
    this.rows.style.height = `${this.length * this.height}px`;
    if (this.sticks) this.root.scrollTop = this.root.scrollHeight;
    this.draw(true);
  }

  measure() {
    const height = Number.parseFloat(getComputedStyle(this.root).getPropertyValue("--row")) || 30;
    if (height !== this.height) this.height = height;
    this.refresh();
  }

  scrolled() {
    this.sticks = this.root.scrollTop + this.root.clientHeight >= this.root.scrollHeight - this.height;
    this.draw(false);
  }

  draw(force) {
    const first = Math.max(0, Math.floor(this.root.scrollTop / this.height) - SPARE);
    const last = Math.min(this.length, Math.ceil((this.root.scrollTop + this.root.clientHeight) / this.height) + SPARE);
    if (!force && first === this.first && last === this.last) return;
    [this.first, this.last] = [first, last];
    const shown = [];
    for (let place = first; place < last; place++) {
      const number = this.matching[this.dropped + place];
      const row = this.makeRow(this.store.row(number), number === this.selected);
      row.style.top = `${place * this.height}px`;
      row.addEventListener("click", () => this.select(number, false));
      shown.push(row);
    }
    put(this.rows, shown);
  }

  place(number) {
    let low = this.dropped, high = this.matching.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.matching[middle] < number) low = middle + 1; else high = middle;
    }
    return low - this.dropped;
  }

  /* Choose a row by its running number, the next one that the filter lets through. */
  select(number, scrolls = true) {
    const place = Math.min(this.place(number), this.length - 1);
    if (place < 0) return;
    this.selected = this.matching[this.dropped + place];
    if (scrolls) {
      const top = place * this.height, seen = this.root.scrollTop, tall = this.root.clientHeight;
      if (top < seen || top + this.height > seen + tall) this.root.scrollTop = Math.max(0, top - tall / 3);
    }
    this.draw(true);
    this.chosen(this.store.row(this.selected));
  }

  key(event) {
    const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity};
    if (!(event.key in steps) || !this.length) return;
    event.preventDefault();
    const from = this.selected === null ? this.length : this.place(this.selected);
    const place = Math.max(0, Math.min(this.length - 1, from + steps[event.key]));
    this.select(this.matching[this.dropped + place]);
  }
}
