/* The scenario that is played: what happens and what must hold; in the end the verdict, with links into the conversation. */

import {el, put} from "./dom.js";
import {span} from "./words.js";

const LOOKS = {passed: "good", failed: "bad", crashed: "bad"};

export class VerdictPanel {
  constructor(root, facts, local, goTo) {
    this.root = root;
    this.local = local;
    this.goTo = goTo;
    this.update(facts);
  }

  update({scenario, verdict}) {
    this.root.hidden = !scenario && !verdict;
    if (this.root.hidden) return;
    this.bar = scenario && el("progress", {max: scenario.lasts, value: 0, "aria-label": "How far the scenario is"});
    this.lasts = scenario?.lasts;
    put(this.root, [
      el("div", {class: "bar"}, el("h2", {}, scenario ? `${scenario.id}: ${scenario.title}` : `Verdict on ${verdict.scenario}`),
        verdict ? el("span", {class: `label ${LOOKS[verdict.outcome] ?? "info"} outcome`}, verdict.outcome) : el("span", {class: "label info outcome"}, "running")),
      verdict ? this.findings(verdict) : this.bar,
      scenario && el("details", {open: !verdict}, el("summary", {}, "what is played, and what must hold"), this.plan(scenario)),
    ]);
  }

  progress(now) {
    if (this.bar) this.bar.value = Math.min(now, this.lasts);
  }

  findings(verdict) {
    const rows = verdict.findings.map((finding) => el("li", {}, el("b", {}, finding.check.replaceAll("_", " ")), `: ${finding.words}, found at ${this.local.clock(finding.at)} `,
      el("button", {type: "button", class: "quiet", data: {line: finding.line + 1, at: finding.line_at}, onclick: () => this.goTo(finding.line + 1, finding.line_at)},
        `line ${finding.line + 1}, ${this.local.clock(finding.line_at)}`)));
    const others = [verdict.why, ...verdict.unjudged.map((words) => `not judged: ${words}`),
      verdict.open.length && `left open, for the client does not report what it believes: ${verdict.open.join(", ")}`].filter(Boolean);
    return el("ul", {class: "findings"}, rows, others.map((words) => el("li", {class: "muted"}, words)),
      !rows.length && !others.length && el("li", {}, "Everything held."));
  }

  plan(scenario) {
    return [el("p", {class: "small"}, scenario.story), el("div", {class: "plan"},
      el("ul", {class: "small"}, scenario.happens.map((one) => el("li", {}, `${one.at === null ? "later" : span(one.at)}: ${one.words}`))),
      el("ul", {class: "small"}, scenario.expects.map((one) => el("li", {}, el("b", {}, one.check.replaceAll("_", " ")), `: ${one.words}`))))];
  }
}
