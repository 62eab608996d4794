// What is said in the visitor's language: English templates with named values, as engine/tables/wording.py has them.

/**
 * A sentence that is said later: its template, its values, and those of them that every language writes alike, by what
 * stands in the braces. What Python sends has this shape too.
 * @typedef {{template: string, values?: Record<string, any> | null, written?: Record<string, string>}} Sentence
 */

let now = "en";
/** @type {Record<string, string>} */
let texts = {};
let fetched = ""; // the address of the catalog in use

const ROWS = { "": sentence("{row}, {next}"), and: sentence("{row} and {next}"), or: sentence("{row} or {next}") };
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
const FIELD = /\{\{|\}\}|\{((\w+)(?:![rsa])?(?::([^{}]*))?)\}/g;

/** The language that is spoken here. */
export const language = () => now;

/** From now on all is said in this language, by the catalog at an address; English needs none, and stands in for it. */
export async function learn(name, address = "") {
  if (name === now && address === fetched) return;
  const catalog = address ? await fetch(address).then((answer) => answer.json()).catch(() => ({})) : {};
  [now, texts, fetched] = [name, catalog.texts ?? {}, address];
}

/** The same with a catalog that is here already: {English: this language's}. */
export function speak(name, catalog = {}) {
  [now, texts, fetched] = [name, catalog, ""];
}

/** An address of ours, which answers in the language that is spoken here. */
export function along(address) {
  return now === "en" ? address : `${address}${address.includes("?") ? "&" : "?"}lang=${now}`;
}

/**
 * Marks a text of a table, which is said when it is drawn, then with its values; with values it is a sentence for later.
 * @returns {Sentence}
 */
export function sentence(template, values = null) {
  return { template, values };
}

/**
 * A text in the visitor's language: a template with its values, or a sentence. A value that is words is said itself, or
 * a sentence; whole numbers are counts, other numbers are written by whoever says them.
 * @param {string | Sentence} what
 */
export function say(what, values = null) {
  if (typeof what === "string") return filled(what, values);
  return filled(what.template, values ?? what.values, what.written);
}

/** Whole texts that were said, one after the other, the empty ones left out. */
export function paragraph(...said) {
  const whole = said.filter(Boolean);
  return whole.length ? whole.reduce((text, next) => say("{sentence} {hint}", { sentence: text, hint: next })) : "";
}

function filled(template, values, written = {}) {
  const text = texts[template] ?? template;
  if (!values || !Object.keys(values).length) return text;
  return text.replace(FIELD, (whole, field, name, kind = "") => {
    if (!name) return whole[0]; // a brace that is meant
    return written[field] ?? (name in values ? shown(values[name], kind) : whole);
  });
}

function shown(value, kind) {
  if (kind.includes("|")) return form(value, kind.split("|"));
  if (Array.isArray(value)) return row(value, kind);
  if (typeof value?.layer === "number") return layer(value);
  const text = typeof value?.template === "string" ? say(value) : Number.isInteger(value) ? value.toLocaleString("en-US") : String(value);
  return kind === "lower" ? text.toLowerCase() : text;
}

/** Of a language's plural forms the one that fits a number. */
function form(number, forms) {
  const rules = new Intl.PluralRules(now);
  const { pluralCategories } = rules.resolvedOptions();
  const order = CATEGORIES.filter((each) => pluralCategories.includes(/** @type {Intl.LDMLPluralRule} */ (each)));
  return forms[Math.min(order.indexOf(rules.select(number)), forms.length - 1)];
}

/** "a, b, c", or "a, b and c". */
function row(values, kind) {
  const [last, each] = kind in ROWS ? [ROWS[kind], ""] : [ROWS[""], kind];
  const written = values.map((value) => shown(value, each));
  return written.length
    ? written.reduce((text, next, i) => say(i === written.length - 1 ? last : ROWS[""], { row: text, next }))
    : "";
}

function layer({ layer: number, is_output: isOutput }) {
  return isOutput ? say("the output layer") : say("layer {number}", { number });
}
