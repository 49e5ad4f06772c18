/* A form made from a JSON schema: one field for each property, with its meaning, its limits and its default. */

import {el} from "./dom.js";

export class Form {
  constructor(schema, {skip = [], later = [], changed}) {
    this.schema = schema;
    this.fields = [];
    const make = (names) => names.map((name) => this.field(name, changed));
    const names = Object.keys(schema.properties ?? {}).filter((name) => !skip.includes(name) && this.resolved(schema.properties[name]).const === undefined);
    const [now, then] = [names.filter((name) => !later.includes(name)), names.filter((name) => later.includes(name))];
    this.root = el("div", {class: "form"}, make(now), then.length ? el("details", {}, el("summary", {}, "when, how long, name"), make(then)) : null);
  }

  resolved(property) {
    return property.$ref ? {...this.resolved(this.schema.$defs[property.$ref.split("/").pop()]), ...property} : property;
  }

  field(name, changed) {
    const property = this.resolved(this.schema.properties[name]), id = `field-${Math.random().toString(36).slice(2)}`;
    const kinds = (property.anyOf ?? [property]).map((one) => this.resolved(one)).filter((one) => one.type !== "null");
    const isRequired = (this.schema.required ?? []).includes(name), kind = kinds.find((one) => one.enum) ?? kinds[0];
    const choices = kinds.flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]));
    const input = this.input(kind, choices, property, isRequired, id);
    input.addEventListener("input", changed);
    this.fields.push({name, input, kind, kinds, isRequired});
    return el("div", {class: "field"}, el("label", {for: id}, name.replaceAll("_", " "), isRequired && el("span", {class: "bad-text"}, " *")), input,
      property.description && el("p", {class: "small muted"}, property.description.replaceAll("`", "").replace(/\s+/g, " ")));
  }

  input(kind, choices, property, required, id) {
    const placeholder = property.default === null || property.default === undefined ? (kind.examples?.[0] ?? property.examples?.[0] ?? "")
      : typeof property.default === "object" ? "" : String(property.default);
    const common = {id, required, placeholder: placeholder && `${placeholder}`};
    const options = choices.length ? choices : kind.type === "boolean" ? ["true", "false"] : null;
    if (options) {
      return el("select", {id, required}, el("option", {value: ""}, required ? "choose" : `default${property.default === undefined || property.default === null ? "" : `: ${property.default}`}`),
        options.map((choice) => el("option", {}, String(choice))));
    }
    if (kind.type === "integer" || kind.type === "number") {
      return el("input", {...common, type: "text", inputmode: "decimal", title: limits(kind)});
    }
    if (kind.type === "object" || kind.type === "array") return el("input", {...common, type: "text", placeholder: kind.type === "object" ? "{\"key\": 1}" : "[1, 2]"});
    return el("input", {...common, type: "text", pattern: kind.pattern});
  }

  /* What is filled in, as the API takes it; what is left empty has its default. */
  get values() {
    const found = {};
    for (const {name, input, kind, kinds} of this.fields) {
      const text = input.value.trim();
      if (text !== "") found[name] = value(text, kind, kinds);
    }
    return found;
  }

  get missing() {
    return this.fields.filter(({input, isRequired}) => isRequired && input.value.trim() === "").map(({name}) => name);
  }
}

function value(text, kind, kinds) {
  if (kind.type === "boolean") return text === "true";
  if (kind.type === "object" || kind.type === "array") {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const isNumber = kinds.some((one) => one.type === "integer" || one.type === "number");
  return isNumber && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function limits(kind) {
  const low = kind.minimum ?? kind.exclusiveMinimum, high = kind.maximum ?? kind.exclusiveMaximum;
  if (low === undefined && high === undefined) return null;
  return `${low === undefined ? "" : `from ${low}`}${high === undefined ? "" : ` to ${high}`}`.trim();
}
