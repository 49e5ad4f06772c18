/* The rows of the conversation: a ring of bounded length. Each row is kept as text beside the few columns that filters need,
   which is a third of what the objects would take. */

export const CAPACITY = 120000;
const FAULTY = 1, IN = 2, OUT = 4, WIRE = 8;

export class Store {
  constructor(capacity = CAPACITY) {
    this.capacity = capacity;
    this.first = 0;      // the running number of the oldest row that is there
    this.next = 0;       // of the next one
    this.texts = [];
    this.times = new Float64Array(capacity);
    this.lines = new Uint32Array(capacity);
    this.bits = new Uint8Array(capacity);
    this.devices = new Uint16Array(capacity);
    this.types = new Uint16Array(capacity);
    this.deviceNames = new Names();
    this.typeNames = new Names();
    this.exchanges = new Map();  // by the line of the request: stage and why, of the newest exchanges
  }

  get length() {
    return this.next - this.first;
  }

  add(row) {
    if (row.x !== undefined && row.s !== undefined) this.advance(row);
    if (row.w === undefined) return false;
    const place = this.next % this.capacity;
    if (this.length === this.capacity) this.first += 1;
    this.texts[place] = JSON.stringify(row);
    this.times[place] = row.t;
    this.lines[place] = row.n;
    this.devices[place] = this.deviceNames.number(row.d ?? "");
    this.types[place] = this.typeNames.number(row.type ?? row.k);
    const isFaulty = row.f || row.lost || row.k === "fault";
    this.bits[place] = (isFaulty ? FAULTY : 0) | (row.dir === "in" ? IN : row.dir === "out" ? OUT : 0) | (row.k === "wire" ? WIRE : 0);
    this.next += 1;
    return true;
  }

  advance(row) {
    const known = this.exchanges.get(row.x);
    if (known) {
      known.s = row.s;
      known.why = row.why ?? known.why;
      known.last = row.t;
      return;
    }
    this.exchanges.set(row.x, {s: row.s, why: row.why, last: row.t});
    if (this.exchanges.size > this.capacity / 4) this.exchanges.delete(this.exchanges.keys().next().value);
  }

  row(number) {
    return JSON.parse(this.texts[number % this.capacity]);
  }

  time(number) {
    return this.times[number % this.capacity];
  }

  /* Whether a row passes a filter: {device, type, direction, faulty, wire, words}. */
  passes(number, filter) {
    const place = number % this.capacity, bits = this.bits[place];
    if (filter.device !== null && this.devices[place] !== filter.device) return false;
    if (filter.type !== null && this.types[place] !== filter.type) return false;
    if (filter.direction && !(bits & (filter.direction === "in" ? IN : OUT))) return false;
    if (filter.faulty && !(bits & FAULTY)) return false;
    if (filter.wire && !(bits & WIRE)) return false;
    return !filter.words || this.texts[place].toLowerCase().includes(filter.words);
  }

  /* The number of the row of a journal's line, or of the first one after it. */
  at(line) {
    return this.search(this.lines, line);
  }

  /* The number of the first row at or after an instant. */
  from(time) {
    return this.search(this.times, time);
  }

  search(column, value) {
    let low = this.first, high = this.next;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column[middle % this.capacity] < value) low = middle + 1; else high = middle;
    }
    return low;
  }
}

/* Names as small numbers. */
class Names {
  constructor() {
    this.known = new Map();
    this.list = [];
  }
  number(name) {
    let found = this.known.get(name);
    if (found === undefined) {
      found = this.list.length;
      this.known.set(name, found);
      this.list.push(name);
    }
    return found;
  }
}
