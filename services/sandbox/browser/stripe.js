/** SIMULATED. A stand-in for Stripe.js with the part of it that a card payment needs. */

import { Api, IntegrationError, intentOf } from './api.js';
import { challenge } from './challenge.js';
import { PaymentElement } from './payment_element.js';
import { wordsFor } from './words.js';

// The script's own address says where its server is, behind a gateway and without.
const BASE = new URL('stripe', document.currentScript.src).href;

/** What `stripe.elements()` answers: one payment, and the element that collects the card for it. */
class Elements {
  #element = null;
  #intent = null;
  #isSubmitted = false;

  constructor(api, options, locale) {
    this.api = api;
    this.options = options;
    this.words = wordsFor(options.locale ?? locale);
    if (options.clientSecret) intentOf(options.clientSecret);
    else if (!['payment', 'setup', 'subscription'].includes(options.mode)) {
      throw new IntegrationError(
        'In order to create a payment element, you must pass a clientSecret or mode when creating the Elements group.',
      );
    } else if (options.mode !== 'setup' && !(options.amount >= 0 && options.currency)) {
      throw new IntegrationError(
        'elements(): `amount` and `currency` are required when `mode` is not `setup`.',
      );
    }
  }

  create(type, options) {
    if (type !== 'payment') {
      throw new IntegrationError(
        `The simulated Stripe.js has the payment element only, not ${type}.`,
      );
    }
    if (this.#element) {
      throw new IntegrationError(
        'Can only create one Element of type payment through the same elements instance.',
      );
    }
    this.#element = new PaymentElement(this, options);
    return this.#element;
  }

  getElement(type) {
    return type === 'payment' || type === PaymentElement ? this.#element : null;
  }

  async update(options) {
    const { clientSecret, ...rest } = options;
    if (clientSecret)
      throw new IntegrationError('elements.update(): clientSecret cannot be changed.');
    Object.assign(this.options, rest);
    if (rest.locale) this.words = wordsFor(rest.locale);
    this.#element?.redress();
  }

  async fetchUpdates() {
    const { error } = await this.load();
    this.#element?.redress();
    return error ? { error: { message: error.message, status: error.type } } : {};
  }

  async submit() {
    const checked = this.validate();
    this.#isSubmitted = !checked.error;
    return checked.error ? checked : { selectedPaymentMethod: 'card' };
  }

  // What the rest of the script calls

  get element() {
    return this.#element;
  }

  get isSaving() {
    const usage = this.#intent?.setup_future_usage ?? this.options.setupFutureUsage;
    return (
      Boolean(usage) || this.options.mode === 'setup' || this.#intent?.object === 'setup_intent'
    );
  }

  forget() {
    this.#element = null;
  }

  validate() {
    if (!this.#element?.isMounted) {
      throw new IntegrationError(
        'Please make sure the Payment Element is mounted before you submit it.',
      );
    }
    return this.#element.validate();
  }

  /** Without a secret there is no intent yet: the page makes one after `submit()`. */
  async load() {
    if (!this.options.clientSecret) return {};
    const { object, error } = await retrieved(this.api, this.options.clientSecret, this.words);
    if (error) return { error };
    this.#intent = object;
    return ['succeeded', 'canceled', 'processing'].includes(object.status)
      ? { error: isOver(object) }
      : {};
  }

  /** The secret to confirm with, after everything that Stripe.js holds against the page. */
  async secret(given) {
    const { clientSecret } = this.options;
    if (given && clientSecret && given !== clientSecret) {
      throw new IntegrationError(
        'The clientSecret differs from the one that the Elements group was created with.',
      );
    }
    if (!clientSecret && !this.#isSubmitted) {
      throw new IntegrationError(
        'elements.submit() must be called before confirming, when the Elements group was created without a clientSecret.',
      );
    }
    if (!clientSecret) await this.#compare(given);
    return given ?? clientSecret;
  }

  /** What the customer was shown must be what is charged. */
  async #compare(secret) {
    const { object: intent } = await retrieved(this.api, secret, this.words);
    const { amount, currency, setupFutureUsage } = this.options;
    const told = { amount, currency, setup_future_usage: setupFutureUsage ?? null };
    if (!intent || intent.object === 'setup_intent') return;
    for (const [name, value] of Object.entries(told)) {
      if (intent[name] !== value) {
        throw new IntegrationError(
          `The ${name} of the PaymentIntent (${intent[name]}) is not what the Elements group was told (${value}).`,
        );
      }
    }
  }
}

function isOver(intent) {
  return {
    type: 'invalid_request_error',
    code: `${intent.object}_unexpected_state`,
    message: `This ${intent.object === 'setup_intent' ? 'SetupIntent' : 'PaymentIntent'} is in a terminal state (${intent.status}) and cannot be used to initialize Elements.`,
    [intent.object]: intent,
  };
}

const retrieved = (api, clientSecret, words) =>
  api.get(
    intentOf(clientSecret).path,
    { client_secret: clientSecret, expand: ['payment_method'] },
    words,
  );

/** One customer's act, from the card to the intent's end: confirm, the bank's question, and where to go. */
async function confirm(api, kind, options, locale) {
  const { elements, confirmParams = {}, redirect = 'always' } = options;
  const secret = elements ? await elements.secret(options.clientSecret) : options.clientSecret;
  const intent = intentOf(secret);
  if (intent.kind !== kind) {
    throw new IntegrationError(
      `The clientSecret belongs to a ${intent.kind} intent, which this function does not confirm.`,
    );
  }
  if (redirect !== 'if_required' && !confirmParams.return_url) {
    throw new IntegrationError(
      'The `confirmParams.return_url` argument is required when `redirect` is not `if_required`.',
    );
  }
  if (elements) {
    const { error } = elements.validate();
    if (error) return { error };
  }
  const words = elements?.words ?? wordsFor(locale);
  if (elements) elements.element.isBusy = true;
  const outcome = await confirmed(
    api,
    secret,
    fieldsOf(elements, confirmParams),
    words,
    elements?.options.appearance,
  );
  if (elements?.element) {
    elements.element.isBusy = false;
    if (outcome.error) elements.element.show(outcome.error);
  }
  if (outcome.error || redirect === 'if_required') return outcome;
  location.assign(returnAddress(confirmParams.return_url, outcome, secret));
  // Stripe.js never answers a page that it is about to leave.
  return new Promise(() => {});
}

function fieldsOf(elements, { payment_method_data: given = {}, ...params }) {
  // Without an address of its own, an intent that may redirect comes back to where it began.
  const fields = { return_url: location.href.split('#')[0], ...params, use_stripe_sdk: true };
  if (!elements) return fields;
  return {
    ...fields,
    payment_method_data: { ...given, type: 'card', card: elements.element.card },
  };
}

async function confirmed(api, secret, fields, words, appearance) {
  const { path } = intentOf(secret);
  const { object, error } = await api.post(
    `${path}/confirm`,
    { ...fields, client_secret: secret },
    words,
  );
  return error ? { error } : actedOn(api, object, secret, words, appearance);
}

/** The intent as it is after what its bank may ask. */
async function actedOn(api, intent, secret, words, appearance) {
  if (intent.status !== 'requires_action') return ended(intent, words);
  const { object: shown } = await retrieved(api, secret, words);
  const outcome = await challenge(shown ?? intent, words, appearance);
  const fields = { intent: intent.id, client_secret: secret, outcome };
  const { object, error } = await api.post('/_authenticate', fields, words);
  return error ? { error } : ended(object, words);
}

function ended(intent, words) {
  const refusal = intent.last_payment_error ?? intent.last_setup_error;
  if (intent.status === 'requires_payment_method' && refusal) {
    const message = refusal.code?.endsWith('_authentication_failure')
      ? words.authentication_failed
      : refusal.message;
    return { error: { ...refusal, message, [intent.object]: intent } };
  }
  return { [intent.object === 'setup_intent' ? 'setupIntent' : 'paymentIntent']: intent };
}

function returnAddress(address, { paymentIntent, setupIntent }, secret) {
  const url = new URL(address, location.href);
  const name = paymentIntent ? 'payment_intent' : 'setup_intent';
  const { id, status } = paymentIntent ?? setupIntent;
  url.searchParams.set(name, id);
  url.searchParams.set(`${name}_client_secret`, secret);
  const ends = { succeeded: 'succeeded', requires_capture: 'succeeded', processing: 'pending' };
  url.searchParams.set('redirect_status', ends[status] ?? 'failed');
  return url.href;
}

function Stripe(key, { stripeAccount, locale = 'auto', apiVersion } = {}) {
  if (!/^pk_(?:test|live)_/.test(key ?? '')) {
    throw new IntegrationError(
      'Please call Stripe() with your publishable key. You used an empty string or another kind of key.',
    );
  }
  if (key.startsWith('pk_live_')) {
    throw new IntegrationError('This is a simulated Stripe.js. It never takes a live key.');
  }
  const words = wordsFor(locale);
  const api = new Api({ base: BASE, key, account: stripeAccount, version: apiVersion });
  const retrieve = async (secret) => {
    const { object, error } = await retrieved(api, secret, words);
    return error ? { error } : { [`${intentOf(secret).kind}Intent`]: object };
  };
  return {
    elements: (options = {}) => new Elements(api, { ...options }, locale),
    confirmPayment: (options) => confirm(api, 'payment', options, locale),
    confirmSetup: (options) => confirm(api, 'setup', options, locale),
    retrievePaymentIntent: retrieve,
    retrieveSetupIntent: retrieve,
    handleNextAction: async ({ clientSecret }) => {
      const { object, error } = await retrieved(api, clientSecret, words);
      if (error) return { error };
      if (object.status !== 'requires_action') {
        throw new IntegrationError(
          'handleNextAction: The intent supplied is not in the requires_action state.',
        );
      }
      return actedOn(api, object, clientSecret, words);
    },
    registerAppInfo: () => {},
    // The package @stripe/stripe-js introduces itself here.
    _registerWrapper: () => {},
  };
}

// The release train that the package @stripe/stripe-js compares its own with.
Stripe.version = 'endive';
Stripe.isSimulated = true;
window.Stripe ??= Stripe;
