// "Why do you say so?": all findings in a list, each with its reason, the numbers behind it, its rule and its source.

import { el } from "../dom.js";
import { say } from "../language.js";
import { reading } from "./readings.js";
import { panelsOf } from "./shown.js";
import { named, told, worded } from "./told.js";

/** The list, worst first and what is over last; `titles` are the panels', by name, `show(panel)` brings one in sight. */
export function reasons(findings, past, titles, show) {
  const now = findings.map((each) => one(each, titles, show));
  return el("div", { class: "reasons" }, ...now, ...past.map((each) => one(each, titles, show)));
}

function one(finding, titles, show) {
  const { source, evidence = {}, cures = [], began, ended } = finding;
  const where = panelsOf(finding).map((panel) =>
    el("button", { type: "button", class: "shows", onclick: () => show(panel) }, titles[panel] ?? panel),
  );
  const numbers = Object.entries(evidence).map(([name, value]) => {
    const [called, written] = reading(name, value);
    return el("span", {}, `${called} `, el("b", {}, written));
  });
  const when = say(ended ? "steps {began} to {ended}, over" : "since step {began}", { began, ended });
  const rows = [
    [say("What"), told(finding, "words")],
    [say("Why"), told(finding, "reason")],
    [say("Measured"), told(finding, "formula")],
    [say("Rule"), told(finding, "rule")],
    [say("Source"), source],
    [say("Held"), began === undefined ? null : when],
    [say("Seen in"), where.length ? el("span", { class: "places" }, ...where) : null],
    [say("Numbers"), numbers.length ? el("span", { class: "readings" }, ...numbers) : null],
    [say("Advice"), cures.length || !finding.advice ? null : el("pre", { class: "advice" }, told(finding, "advice"))],
    [say("Cures"), cures.length ? cures.map(worded).reduce((one, other) => say("{one}; or: {other}", { one, other })) : null],
  ];
  const said = rows.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]);
  return el("section", { class: ended ? "over" : "holds" }, el("h3", {}, titled(finding)), el("dl", {}, ...said));
}

export function titled(finding) {
  const name = named(finding);
  return name[0].toUpperCase() + name.slice(1);
}
