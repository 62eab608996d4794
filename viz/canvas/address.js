// How a view is looked at, as far as the page's address says it: a link shows it as it was seen. The page writes it.

export class Address {
  /**
   * @param {Record<string, {as: string, may: (text: string) => boolean, of?: (text: string) => any}>} known name of a
   *   choice -> its name in the address, whether a text there can be one, and which
   */
  constructor(known) {
    this.known = Object.entries(known);
  }

  /** What the address has under these names, by them. */
  get texts() {
    const query = new URLSearchParams(location.search);
    const names = this.known.map(([, { as }]) => as).filter((name) => query.has(name));
    return Object.fromEntries(names.map((name) => [name, query.get(name)]));
  }

  /** The choices that it names, those that mean nothing left out. */
  read() {
    const { texts } = this;
    const meant = this.known.filter(([, { as, may }]) => as in texts && may(texts[as]));
    return Object.fromEntries(meant.map(([name, { as, of = String }]) => [name, of(texts[as])]));
  }

  /** What it should have: the choices that are not the usual ones. */
  saying(look, usual) {
    const chosen = this.known.filter(([name]) => String(look[name] ?? usual[name]) !== String(usual[name]));
    return Object.fromEntries(chosen.map(([name, { as }]) => [as, String(look[name])]));
  }
}

const SETTLED = 350; // ms from a choice until the page is told

/** Tells the page what its address should have, where it has something else. `say(texts)`: the component's own way. */
export class Looks {
  constructor(address, usual) {
    this.address = address;
    this.usual = usual;
    this.look = {};
  }

  tell(change, say) {
    Object.assign(this.look, change);
    this.telling ??= setTimeout(() => {
      this.telling = null;
      const text = JSON.stringify(this.address.saying(this.look, this.usual));
      if (text !== JSON.stringify(sorted(this.address.texts, JSON.parse(text)))) say(JSON.parse(text));
    }, SETTLED);
  }

  end() {
    clearTimeout(this.telling);
  }
}

/** The same entries in the order of another object's. */
function sorted(entries, like) {
  return { ...Object.fromEntries(Object.keys(like).filter((key) => key in entries).map((key) => [key, entries[key]])), ...entries };
}

/** One of the keys of a choice's or a menu's options. */
export const among = (options) => (text) => options.some(([key]) => key === text);
