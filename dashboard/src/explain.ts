// Turns what a call failed with into sentences for the person in front of the page.
import { ApiRefusal, NoAnswer } from '@peepopay/api';
import type { Failing } from '@peepopay/ui';
import { words } from './words';

export function sentence(failure: unknown): string {
  if (failure instanceof NoAnswer) return words.failures.noAnswer;
  if (!(failure instanceof ApiRefusal)) return words.failures.unexpected;
  if (failure.code === 'UNREADABLE') return words.failures.unreadable(failure.status);
  const parts = [words.failures.codes[failure.code] ?? failure.message];
  if (failure.retryAfter !== null) {
    parts.push(words.failures.wait(Math.ceil(failure.retryAfter / 60)));
  }
  if (failure.status >= 500 && failure.requestId) {
    parts.push(words.failures.reference(failure.requestId));
  }
  return parts.join(' ');
}

/** Refusals that are about one field, though they name none. */
const fieldOf: Record<string, string> = {
  EMAIL_TAKEN: 'email',
  ALREADY_MEMBER: 'email',
  TOTP_INVALID: 'code',
};

/** Details of fields that the form has stand at these fields; the others join the sentence. */
export function explain(failure: unknown, fields: ReadonlySet<string>): Failing {
  if (!(failure instanceof ApiRefusal)) return { fields: {}, message: sentence(failure) };
  const details = Object.entries(failure.details);
  const about = fieldOf[failure.code];
  if (!details.length && about && fields.has(about)) details.push([about, sentence(failure)]);
  const known = details
    .filter(([name]) => fields.has(name))
    .map(([name, text]) => [name, asSentence(text)]);
  // Of other refusals the sentence says it all; bad input would stay a riddle without its details.
  const others = details
    .filter(([name]) => !fields.has(name) && failure.code === 'VALIDATION_ERROR')
    .map(([name, text]) => `${name}: ${text}.`);
  if (known.length && !others.length) {
    const { one, several } = words.complaints;
    return { fields: Object.fromEntries(known), message: known.length === 1 ? one : several };
  }
  return {
    fields: Object.fromEntries(known),
    message: [sentence(failure), ...others].join(' '),
  };
}

function asSentence(phrase: string): string {
  const isPhrase = /^[a-z]/.test(phrase);
  return isPhrase ? words.complaints.phrase(phrase.replace(/\.$/, '')) : phrase;
}

export function complain(input: HTMLInputElement): string {
  const { validity } = input;
  const label = input.labels?.[0]?.textContent ?? input.name;
  if (validity.typeMismatch) return words.complaints.email;
  if (validity.tooShort) return words.complaints.short(input.minLength);
  if (validity.valueMissing || !input.value.trim()) return words.complaints.missing(label);
  return words.complaints.other;
}

export function isRefusal(failure: unknown, code: string): failure is ApiRefusal {
  return failure instanceof ApiRefusal && failure.code === code;
}
