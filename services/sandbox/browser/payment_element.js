/** The Payment Element: a card form inside the page, out of reach of the page's style. */

import { IntegrationError } from './api.js';
import {
  brandOf,
  cvcProblem,
  digitsOf,
  expiryOf,
  expiryProblem,
  groupedExpiry,
  groupedNumber,
  longestOf,
  numberProblem,
} from './card.js';
import { dress, FORM_LOOK, made, shadowed } from './look.js';
import { Teller } from './teller.js';

const TEST_CARDS = [
  ['succeeds', '4242424242424242'],
  ['asks', '4000002760003184'],
  ['declined', '4000000000000002'],
  ['poor', '4000000000009995'],
  ['disputed', '4000000000000259'],
];

const SHOWN_BRANDS = ['visa', 'mastercard', 'amex'];

// Where a refusal of the server belongs; every other one is the number's.
const FIELD_OF = {
  expired_card: 'expiry',
  invalid_expiry_month: 'expiry',
  invalid_expiry_year: 'expiry',
  incorrect_cvc: 'cvc',
  invalid_cvc: 'cvc',
};

export class PaymentElement extends Teller {
  #fields = new Map();
  #brands = new Map();
  #host = null;
  #told = '';
  #isBusy = false;
  #isDestroyed = false;

  constructor(group, options = {}) {
    super('payment');
    this.group = group;
    this.options = options;
  }

  // What the page calls

  mount(place) {
    const container = typeof place === 'string' ? document.querySelector(place) : place;
    if (this.#isDestroyed) {
      throw new IntegrationError(
        'This Element has already been destroyed. Please create a new one.',
      );
    }
    if (!container) {
      throw new IntegrationError(
        typeof place === 'string'
          ? `The selector you specified (${place}) applies to no DOM elements that are currently on the page. Make sure the element exists on the page before calling mount().`
          : 'Invalid DOM element. Make sure to pass in a valid selector or DOM element.',
      );
    }
    if (!this.#host) this.#build();
    container.replaceChildren(this.#host);
    this.#load();
    return this;
  }

  unmount() {
    this.#host?.remove();
    this.#host = null;
    this.#fields.clear();
    this.#brands.clear();
    this.#told = '';
    return this;
  }

  destroy() {
    this.unmount();
    this.#isDestroyed = true;
    this.group.forget(this);
    return this;
  }

  update(options) {
    this.options = { ...this.options, ...options };
    this.redress();
    return this;
  }

  focus() {
    this.#fields.get('number')?.input.focus();
    return this;
  }

  blur() {
    for (const { input } of this.#fields.values()) input.blur();
    return this;
  }

  clear() {
    for (const field of this.#fields.values()) this.#put(field, '');
    return this;
  }

  collapse() {
    return this;
  }

  // What the rest of the script calls

  get isMounted() {
    return this.#host?.isConnected ?? false;
  }

  get card() {
    const { month, year } = expiryOf(this.#text('expiry'));
    return {
      number: digitsOf(this.#text('number')),
      exp_month: month,
      exp_year: year,
      cvc: digitsOf(this.#text('cvc')),
    };
  }

  /** Says what is wrong at each field, goes to the first of them, and answers that one in Stripe's shape. */
  validate() {
    const wrong = [...this.#fields.values()].filter((field) => this.#judge(field));
    if (!wrong.length) return {};
    wrong[0].input.focus();
    const code = wrong[0].problem();
    return { error: { type: 'validation_error', code, message: this.group.words[code] } };
  }

  /** A refusal of the bank, at the field that it is about. */
  show(error) {
    if (error.type !== 'card_error') return;
    const field = this.#fields.get(FIELD_OF[error.code] ?? 'number');
    if (field) this.#complain(field, error.message);
  }

  set isBusy(isBusy) {
    this.#isBusy = isBusy;
    this.redress();
  }

  /** Takes over what changed around it: the page's wishes, and what the intent is for. */
  redress() {
    if (!this.root) return;
    dress(this.root, this.group.options.appearance);
    const { words } = this.group;
    const wish = this.options.terms?.card ?? 'auto';
    const isSaved = wish === 'always' || (wish === 'auto' && this.group.isSaving);
    const business = this.options.business?.name ?? words.thisBusiness;
    this.root.querySelector('.terms').textContent = isSaved ? words.terms(business) : '';
    const isShut = this.#isBusy || Boolean(this.options.readOnly);
    for (const part of this.root.querySelectorAll('input, button')) part.disabled = isShut;
  }

  // How it is made

  #build() {
    const { words } = this.group;
    this.#host = made('div', { className: 'StripeElement SimulatedPaymentElement' });
    this.root = shadowed(this.#host, FORM_LOOK);
    this.root.lang = words.locale;
    this.form = made(
      'div',
      { className: 'form', role: 'group', 'aria-label': words.card },
      made('p', { className: 'broken', role: 'alert' }),
      made(
        'p',
        { className: 'wide about' },
        made('span', { className: 'badge' }, words.simulated),
        words.noMoney,
      ),
      this.#field('number', 'cc-number', '1234 1234 1234 1234', 'wide', this.#brandMarks()),
      this.#field('expiry', 'cc-exp', words.expiryHint),
      this.#field('cvc', 'cc-csc', words.cvcHint),
      this.#testCards(),
      made('p', { className: 'wide terms' }),
    );
    this.form.dataset.loader = this.group.options.loader ?? 'auto';
    this.root.append(this.form);
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.tell('escape');
      // The fields belong to no form of the page, and still Enter means what it means in one.
      if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
        this.#host.closest('form')?.requestSubmit();
      }
    });
    this.root.addEventListener('focusin', (event) => {
      if (!this.form.contains(event.relatedTarget)) this.tell('focus');
    });
    this.root.addEventListener('focusout', (event) => {
      if (!this.form.contains(event.relatedTarget)) this.tell('blur');
    });
    this.redress();
  }

  #testCards() {
    const { words } = this.group;
    const chips = TEST_CARDS.map(([name, number]) => {
      const chip = made(
        'button',
        { type: 'button' },
        words[name],
        made('small', {}, number.slice(-4)),
      );
      chip.addEventListener('click', () => this.#fill(number));
      return chip;
    });
    return made(
      'div',
      { className: 'wide cards', role: 'group', 'aria-label': words.testCards },
      ...chips,
    );
  }

  #field(name, autocomplete, placeholder, place = '', ...extra) {
    const { words } = this.group;
    const id = `payment-${name}Input`;
    const input = made('input', {
      id,
      name,
      type: 'text',
      inputMode: 'numeric',
      autocomplete,
      placeholder,
      spellcheck: false,
      'aria-invalid': 'false',
      'aria-required': 'true',
      'aria-describedby': `${id}-error`,
    });
    const error = made('p', { id: `${id}-error`, className: 'error', role: 'alert' });
    const problem = () => this.#problem(name);
    const field = { name, input, error, problem };
    input.addEventListener('input', (event) => this.#typed(field, event.inputType));
    input.addEventListener('blur', () => input.value && this.#judge(field));
    this.#fields.set(name, field);
    return made(
      'div',
      { className: `field ${place}` },
      made('label', { for: id }, words[name]),
      made('div', { className: 'holder' }, input, ...extra),
      error,
    );
  }

  #brandMarks() {
    const names = {
      visa: 'VISA',
      amex: 'AMEX',
      mastercard: '',
      discover: 'DISCOVER',
      diners: 'DINERS',
      jcb: 'JCB',
      unionpay: 'UnionPay',
    };
    const marks = Object.entries(names).map(([brand, text]) => {
      const mark = made(
        'span',
        { className: 'brand', hidden: !SHOWN_BRANDS.includes(brand) },
        text,
      );
      mark.dataset.brand = brand;
      this.#brands.set(brand, mark);
      return mark;
    });
    return made('span', { className: 'brands', 'aria-hidden': 'true', 'data-idle': '' }, ...marks);
  }

  // How it behaves

  /** Stripe's element asks what it is for before it can be used, and so says at once what can't be paid. */
  async #load() {
    this.form.dataset.state = 'loading';
    this.tell('loaderstart');
    const host = this.#host;
    const { error } = await this.group.load();
    if (host !== this.#host) return;
    this.form.dataset.state = error ? 'broken' : 'ready';
    if (error) {
      this.form.querySelector('.broken').textContent = error.message;
      this.tell('loaderror', { error });
      return;
    }
    this.redress();
    this.tell('ready');
  }

  #typed(field, how = '') {
    const { input, name } = field;
    const isDeleting = how.startsWith('delete');
    const before = digitsOf(input.value.slice(0, input.selectionStart ?? 0)).length;
    const isAtEnd = input.selectionStart === input.value.length;
    input.value = this.#grouped(name, input.value, isDeleting);
    if (!isAtEnd) this.#setCaret(input, before, isDeleting);
    this.#complain(field, '');
    if (name === 'number') this.#numberChanged();
    this.#changed();
  }

  #grouped(name, text, isDeleting) {
    const digits = digitsOf(text);
    if (name === 'expiry') return groupedExpiry(text, isDeleting);
    if (name === 'cvc') return digits.slice(0, 4);
    return groupedNumber(digits.slice(0, longestOf(brandOf(digits))));
  }

  /** After as many digits as it stood behind; in front of a gap where somebody deletes, behind it where one types. */
  #setCaret(input, digits, isDeleting) {
    let at = 0;
    for (let seen = 0; at < input.value.length && seen < digits; at += 1) {
      if (/\d/.test(input.value[at])) seen += 1;
    }
    while (!isDeleting && at < input.value.length && /\D/.test(input.value[at])) at += 1;
    input.setSelectionRange(at, at);
  }

  #numberChanged() {
    const field = this.#fields.get('number');
    const number = digitsOf(field.input.value);
    const brand = number
      ? brandOf(number)
      : { name: '', lengths: [Number.POSITIVE_INFINITY], cvc: 3 };
    for (const [name, mark] of this.#brands) {
      mark.hidden = number ? name !== brand.name : !SHOWN_BRANDS.includes(name);
    }
    this.form.querySelector('.brands').toggleAttribute('data-idle', !number);
    // A whole number that can't be one is said at once, not first when the field is left.
    if (number.length >= longestOf(brand)) this.#judge(field);
  }

  #problem(name) {
    const { number, cvc } = this.card;
    if (name === 'number') return numberProblem(number);
    return name === 'expiry' ? expiryProblem(this.#text('expiry')) : cvcProblem(cvc, number);
  }

  #judge(field) {
    const problem = field.problem();
    this.#complain(field, problem ? this.group.words[problem] : '');
    return problem;
  }

  #complain({ input, error }, sentence) {
    input.setAttribute('aria-invalid', String(Boolean(sentence)));
    if (error.textContent !== sentence) error.textContent = sentence;
  }

  #fill(number) {
    const facts = {
      number,
      expiry: `12${String((new Date().getFullYear() + 3) % 100)}`,
      cvc: '123',
    };
    for (const field of this.#fields.values()) this.#put(field, facts[field.name]);
    this.focus();
  }

  #put(field, text) {
    field.input.value = text;
    this.#typed(field);
  }

  #changed() {
    const empty = [...this.#fields.values()].every(({ input }) => !input.value);
    const complete = [...this.#fields.values()].every(({ problem }) => !problem());
    const state = `${empty} ${complete}`;
    if (state === this.#told) return;
    this.#told = state;
    this.tell('change', { empty, complete, collapsed: false, value: { type: 'card' } });
  }

  #text(name) {
    return this.#fields.get(name)?.input.value ?? '';
  }
}
