// What is wrong with bytes: in English, and as a template with its values for who says it in another language.

export class WireError extends RangeError {
  constructor(template, values = {}) {
    super(template.replace(/\{(\w+)\}/g, (_, name) => values[name]));
    this.template = template;
    this.values = values;
  }
}
