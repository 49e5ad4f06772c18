/* What can be done to the bench: one-press buttons, and a form for every fault and every action, made from its schema. */

import {get, segment} from "./api.js";
import {act, commandLine, inject, press, step} from "./commands.js";
import {el, put, text} from "./dom.js";
import {Form} from "./forms.js";
import {Scenarios} from "./scenarios.js";
import {tabs} from "./tabs.js";

const WHEN = ["name", "at", "after", "connection", "reading", "delivered", "state", "until_connected", "lasts"];

export class Steer {
  constructor(root, devices, after) {
    this.devices = devices;
    this.after = after;
    this.quick = el("div");
    this.faults = el("div");
    this.actions = el("div");
    this.scenarios = new Scenarios(el("div"));
    put(root, tabs([["Quick", this.quick], ["Faults", this.faults], ["Actions", this.actions], ["Scenarios", this.scenarios.root]], "steer").root);
    this.load();
  }

  async load() {
    const [quick, catalogue] = await Promise.all([get("quick"), get("/v1/catalogue")]);
    this.fillQuick(quick);
    this.fillFaults(catalogue);
    await this.fillActions();
  }

  /* One press each; a device is chosen once for all that can be done to several. */
  fillQuick(calls) {
    const names = this.devices.map((device) => device.name);
    const several = calls.filter((one) => one.devices.length > 1), single = calls.filter((one) => one.devices.length <= 1);
    const target = el("select", {"aria-label": "Device for faults", id: "quick-device"}, names.filter((name) => several.some((one) => one.devices.includes(name)))
      .map((name) => el("option", {}, name)));
    const made = (one, device) => one.call === "step" ? step(one.arguments.span) : one.call === "inject" ? inject(one.name, {device, ...one.arguments})
      : act(device, one.name, one.arguments);
    const button = (one) => el("button", {type: "button", data: {quick: one.label}, onclick: async (event) => {
      const device = one.devices.includes(target.value) ? target.value : one.devices[0];
      event.target.disabled = true;
      await press(made(one, device), device ? `${one.label}: ${device}` : one.label, this.after);
      event.target.disabled = false;
    }}, one.label);
    const of = (device) => single.filter((one) => one.devices[0] === device);
    const offer = () => several.forEach((one, place) => { buttons[place].disabled = !one.devices.includes(target.value); });
    const buttons = several.map(button);
    target.addEventListener("change", offer);
    offer();
    put(this.quick, [
      several.length ? el("label", {class: "field"}, el("span", {class: "small muted"}, "to"), target) : null,
      el("div", {class: "presses"}, buttons),
      [undefined, ...names].filter((name) => of(name).length).map((name) => [
        el("h3", {class: "small muted"}, name ?? "the bench"), el("div", {class: "presses"}, of(name).map(button))]),
      el("p", {class: "small muted"}, "Each press shows the command line that does the same."),
    ]);
  }

  fillFaults(catalogue) {
    const places = [...new Set(catalogue.map((one) => one.where))];
    const choice = el("select", {"aria-label": "Fault", id: "fault"}, places.map((place) => el("optgroup", {label: place},
      catalogue.filter((one) => one.where === place).map((one) => el("option", {value: one.name}, one.name.replaceAll("_", " "))))));
    const device = el("select", {"aria-label": "Device", id: "fault-device"}, this.devices.map((one) => el("option", {}, one.name)));
    this.chooser(this.faults, choice, device, () => catalogue.find((one) => one.name === choice.value), {
      skip: ["device", "fault"], later: WHEN, verb: "Inject",
      make: (one, values) => inject(one.name, {device: device.value, ...values}),
    });
  }

  async fillActions() {
    const known = new Map(await Promise.all(this.devices.map(async (one) => [one.name, await get(`/v1/devices/${segment(one.name)}/actions`)])));
    const device = el("select", {"aria-label": "Device", id: "action-device"}, this.devices.map((one) => el("option", {}, one.name)));
    const choice = el("select", {"aria-label": "Action", id: "action"});
    const offer = () => put(choice, known.get(device.value).map((one) => el("option", {value: one.name}, one.name.replaceAll("_", " "))));
    device.addEventListener("change", () => {
      offer();
      choice.dispatchEvent(new Event("change"));
    });
    offer();
    this.chooser(this.actions, choice, device, () => known.get(device.value).find((one) => one.name === choice.value), {
      skip: [], later: [], verb: "Do", make: (one, values) => act(device.value, one.name, values),
    });
  }

  /* A choice, the sentence that says what a client will see, the form, the command line, and the button. */
  chooser(root, choice, device, chosen, {skip, later, verb, make}) {
    const symptom = el("p", {class: "symptom"}), place = el("div"), line = el("code", {class: "line"});
    const button = el("button", {type: "submit", class: "primary"}, verb);
    let form = null;
    const preview = () => text(line, commandLine(make(chosen(), form.values)));
    const show = () => {
      text(symptom, chosen().symptom);
      form = new Form(chosen().schema, {skip, later, changed: preview});
      put(place, form.root);
      preview();
    };
    choice.addEventListener("change", show);
    device.addEventListener("change", preview);
    const submit = async (event) => {
      event.preventDefault();
      if (form.missing.length) return form.fields.find((field) => field.name === form.missing[0]).input.focus();
      button.disabled = true;
      const one = chosen();
      await press(make(one, form.values), `${one.name.replaceAll("_", " ")}: ${device.value}`, this.after);
      button.disabled = false;
    };
    put(root, el("form", {onsubmit: submit, novalidate: true}, el("div", {class: "pair"}, choice, device), symptom, place,
      el("div", {class: "submit"}, button, line)));
    show();
  }
}
