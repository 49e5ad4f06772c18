/* A row of the conversation. */

import {el} from "./dom.js";
import {number} from "./words.js";

export const STAGES = ["on_the_wire", "received", "decoded", "accepted", "committed", "reply_queued", "reply_sent"];
const LOST = {on_the_wire: "altered or lost on the way", reply_queued: "never sent"};

export const stageWords = (stage) => stage.replaceAll("_", " ");

export function makeRow(row, {local, store, isSelected}) {
  const isRequest = row.dir === "in" && row.x === row.n, exchange = row.x === undefined ? null : store.exchanges.get(row.x);
  const look = ["row", row.k, row.dir ?? "", row.f || row.lost ? "faulty" : "", isSelected ? "selected" : ""].filter(Boolean).join(" ");
  return el("div", {class: look, role: "option", id: `row-${row.n}`, "aria-selected": isSelected, title: row.w},
    el("time", {class: "numbers"}, local.clock(row.t), el("small", {}, `.${String(row.t % 1000).padStart(3, "0")}`)),
    el("span", {class: "device-name"}, row.d),
    el("span", {class: "way", "aria-label": row.dir === "in" ? "to the device" : row.dir === "out" ? "to the client" : row.k}, row.dir === "in" ? "→" : row.dir === "out" ? "←" : "●"),
    el("span", {class: "what"}, row.dir ? title(row) : el("span", {class: `label ${kindLook(row.k)}`}, row.k)),
    el("span", {class: "words"}, row.w),
    el("span", {class: "marks"},
      (row.f ?? []).map((fault) => el("span", {class: "label bad"}, fault)),
      row.lost && !row.f && el("span", {class: "label bad"}, stageWords(row.lost)),
      isRequest && exchange && badge(exchange)));
}

function title(row) {
  return [el("b", {}, row.op ?? short(row.type) ?? row.what), row.op || row.type ? el("small", {}, ` ${row.what}`) : null];
}

const short = (type) => type?.replace(/^\w+\./, "");

function badge(exchange) {
  const look = exchange.why ? "bad" : exchange.s === "reply_sent" ? "good" : "warn";
  return el("span", {class: `label ${look}`}, exchange.why ? "refused" : exchange.s === "reply_sent" ? "answered" : stageWords(exchange.s));
}

const kindLook = (kind) => ({alarm: "warn", fault: "bad", action: "info", connection: "good", client: "info"})[kind] ?? "";

/* How far an exchange has come, step by step. */
export function steps(exchange) {
  const reached = STAGES.indexOf(exchange.s);
  return el("ol", {class: "steps", "aria-label": "Stage reached"}, STAGES.slice(1).map((stage, place) =>
    el("li", {class: place + 1 <= reached ? "reached" : "", "aria-current": place + 1 === reached ? "step" : null}, stageWords(stage))));
}

export const lostWords = (stage) => LOST[stage] ?? stageWords(stage);
export const seconds = (ms) => `${number(ms / 1000, 3)} s`;
