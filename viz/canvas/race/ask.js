// Questions to a race's source. The newest of a kind wins: one is on its way, at most one waits.

const TRIES = [400, 1500, 4000]; // ms until a question is put again when the process starts anew

export class Asker {
  /** source: {open(on), close(), send(question)}; what it sends gives a promise of the answer. */
  constructor(source) {
    this.source = source;
    this.waiting = new Map();
  }

  /** `told(answer, question)` or `refused(error, question)` is called for the newest question of its kind. */
  newest(kind, question, told, refused) {
    const slot = this.waiting.get(kind) ?? { busy: false, next: null };
    this.waiting.set(kind, slot);
    slot.next = { question: { ask: kind, ...question }, told, refused };
    if (!slot.busy) this.#run(slot);
  }

  /** Whether a question of this kind is on its way or waits. */
  busy(kind) {
    return this.waiting.get(kind)?.busy ?? false;
  }

  async #run(slot) {
    slot.busy = true;
    while (slot.next) {
      const { question, told, refused } = slot.next;
      slot.next = null;
      try {
        const answer = await this.#patiently(question, slot);
        if (answer && (!slot.next || question.budget)) told(answer, question);
      } catch (error) {
        if (!slot.next) refused(error, question);
      }
    }
    slot.busy = false;
  }

  async #patiently(question, slot) {
    for (const pause of [...TRIES, null]) {
      try {
        return await this.source.send(question);
      } catch (error) {
        const passing = [409, 429, 503].includes(error.status) || error instanceof TypeError;
        if (!passing || pause === null) throw error;
        await new Promise((done) => setTimeout(done, error.status === 429 ? 150 : pause));
        if (slot.next) return null;
      }
    }
    return null;
  }
}
