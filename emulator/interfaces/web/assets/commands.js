/* A call of the control API, and the command line that does the same. */

import {call, segment} from "./api.js";
import {toast} from "./toast.js";
import {quoted} from "./words.js";

export const inject = (fault, settings) => ({
  words: ["inject", fault, ...pairs(settings)], send: () => call("POST", "/v1/faults", {fault, ...settings}),
});
export const act = (device, action, settings) => ({
  words: ["do", device, action, ...pairs(settings)],
  send: () => call("POST", `/v1/devices/${segment(device)}/actions/${segment(action)}`, settings),
});
export const clear = (id) => ({words: ["clear", id], send: () => call("DELETE", `/v1/faults/${segment(id)}`)});
export const clearAll = () => ({words: ["clear", "--all"], send: () => call("DELETE", "/v1/faults")});
export const pace = (text) => ({words: ["pace", text], send: () => call("PUT", "/v1/pace", {pace: text})});
export const step = (text) => ({words: ["step", text], send: () => call("POST", "/v1/step", {span: text})});

export const commandLine = (made) => ["isletbench", ...made.words.map(String).map(quoted)].join(" ");

/* Settings as KEY=VALUE; what is inside another one with a dot, no value as `none`. */
function pairs(settings, prefix = "") {
  return Object.entries(settings).flatMap(([key, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? pairs(value, `${prefix}${key}.`)
      : [`${prefix}${key}=${value === null ? "none" : value}`]);
}

/* Do it, and show the command line that would have. */
export async function press(made, words, after) {
  try {
    const answer = await made.send();
    toast(words, {command: commandLine(made)});
    after?.(answer);
    return true;
  } catch (error) {
    toast(error.message, {command: commandLine(made), isBad: true});
    return false;
  }
}
