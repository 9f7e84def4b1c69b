/** Speaks to the stand-in's server as Stripe.js speaks to Stripe: forms, a publishable key, the business's account. */

// 80 seconds is how long Stripe's own libraries wait.
const PATIENCE_MS = 80_000;

export class Api {
  constructor({ base, key, account, version }) {
    this.base = base;
    this.headers = { Authorization: `Bearer ${key}` };
    if (account) this.headers['Stripe-Account'] = account;
    if (version) this.headers['Stripe-Version'] = version;
  }

  get(path, fields, words) {
    return this.#ask(
      `${path}?${new URLSearchParams(formFields(fields))}`,
      { method: 'GET' },
      words,
    );
  }

  post(path, fields, words) {
    return this.#ask(
      path,
      { method: 'POST', body: new URLSearchParams(formFields(fields)) },
      words,
    );
  }

  /** What came back, or `{error}` in Stripe's shape whatever went wrong. */
  async #ask(path, request, words) {
    let answer;
    try {
      answer = await fetch(this.base + path, {
        ...request,
        headers: this.headers,
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      return { error: { type: 'api_connection_error', message: words.unreachable } };
    }
    try {
      const said = await answer.json();
      if (said.error?.type) return { error: said.error };
      if (answer.ok) return { object: said };
    } catch {
      // Something between here and there answered instead: a page, or nothing at all.
    }
    return { error: { type: 'api_error', message: words.unreadable } };
  }
}

/** Nested facts as a form holds them: `card[number]=4242…`. */
export function formFields(facts, within = '') {
  return Object.entries(facts).flatMap(([name, value]) => {
    const field = within ? `${within}[${name}]` : name;
    if (value === undefined || value === null) return [];
    return typeof value === 'object' ? formFields(value, field) : [[field, String(value)]];
  });
}

/** The id inside a client secret, and where such an intent lives. */
export function intentOf(clientSecret) {
  const found = /^((pi|seti)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(clientSecret ?? '');
  if (!found) {
    throw new IntegrationError(
      `Invalid value for clientSecret: ${clientSecret ? 'it is no id_secret_… of an intent' : 'it is empty'}.`,
    );
  }
  const kind = found[2] === 'pi' ? 'payment' : 'setup';
  return { id: found[1], kind, path: `/v1/${kind}_intents/${found[1]}` };
}

/** A mistake of the page's programmer: thrown, never shown to the customer. */
export class IntegrationError extends Error {
  name = 'IntegrationError';
}
