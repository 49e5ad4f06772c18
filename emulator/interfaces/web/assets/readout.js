/* What was so at an instant of the time axis, in words. */

import {number} from "./words.js";

export function wordsAt(series, local, at, close) {
  const parts = [`${local.day(at)} ${local.clock(at)}`];
  for (const [name, rows] of series.sensors) {
    const near = nearest(rows, at, 450000);
    if (near) parts.push(`${name} ${near[1] === null ? "no value" : number(near[1], 0) + " mg/dL"}`);
  }
  const truth = nearest(series.trueGlucose, at, 450000);
  if (truth) parts.push(`true ${number(truth[1], 0)} mg/dL`);
  for (const [name, pump] of series.pumps) {
    const basal = last(pump.basal, at);
    if (basal) parts.push(`${name} ${number(basal[1])} U/h`);
    for (const bolus of pump.boluses) {
      if (Math.abs(bolus.begin - at) < close) parts.push(`bolus ${number(bolus.given)} of ${number(bolus.asked)} U${bolus.reason ? ", " + bolus.reason : ""}`);
    }
    for (const temp of pump.temps) if (holds(temp, at)) parts.push(`temp basal ${temp.words}`);
    for (const trouble of pump.path) if (holds(trouble, at)) parts.push(trouble.words);
    for (const stop of pump.stopped) if (holds(stop, at)) parts.push("therapy off");
  }
  for (const [t, device, , words] of series.sticks) if (Math.abs(t - at) < close) parts.push(`${device} ${words}`);
  for (const [t, grams, words] of series.meals) if (Math.abs(t - at) < close) parts.push(`${number(grams)} g ${words}`);
  for (const fault of series.faults.values()) if (fault.begin !== null && holds(fault, at)) parts.push(`fault ${fault.words}`);
  for (const [t, device, words] of series.annunciations) if (Math.abs(t - at) < close) parts.push(`${device}: ${words}`);
  return parts.join(" · ");
}

export const holds = (one, at) => one.begin <= at && (one.end === null || at < one.end);

function last(rows, at) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] <= at) low = middle + 1; else high = middle;
  }
  return low ? rows[low - 1] : null;
}

function nearest(rows, at, most) {
  const before = last(rows, at), after = before ? rows[rows.indexOf(before) + 1] : rows[0];
  const found = [before, after].filter((row) => row && Math.abs(row[0] - at) <= most);
  return found.sort((a, b) => Math.abs(a[0] - at) - Math.abs(b[0] - at))[0] ?? null;
}
