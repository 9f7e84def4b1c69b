/** Tells the page what happens to an element. */

export class Teller {
  #listeners = new Map();

  constructor(elementType) {
    this.elementType = elementType;
  }

  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  once(event, listener) {
    const once = (facts) => {
      this.off(event, once);
      listener(facts);
    };
    return this.on(event, once);
  }

  /** One listener, or all of them. */
  off(event, listener) {
    const rest = (this.#listeners.get(event) ?? []).filter((one) => listener && one !== listener);
    this.#listeners.set(event, rest);
    return this;
  }

  tell(event, facts = {}) {
    for (const listener of this.#listeners.get(event) ?? []) {
      listener({ elementType: this.elementType, ...facts });
    }
  }
}
