import { NoAnswer, newIdempotencyKey } from '@peepopay/api';
import { useEffect, useRef, useState } from 'preact/hooks';

export type Values = Record<string, string>;

/** What went wrong, in words: beside the fields, and one sentence above the form. */
export interface Failing {
  fields: Record<string, string>;
  message: string;
  cause?: unknown;
}

interface Submitting<T> {
  send: (values: Values, idempotencyKey: string) => Promise<T>;
  done: (answer: T, form: HTMLFormElement) => void;
  /** Words for a failure of `send`. */
  explain: (failure: unknown, fields: ReadonlySet<string>) => Failing;
  /** Words for a field that the browser finds wrong before anything is sent. */
  complain: (input: HTMLInputElement) => string;
  trouble: string;
}

/**
 * One form: sent once however often it is pressed; its failures stand at their fields until those
 * are changed, and the focus goes to the first of them. The same values sent again after no answer came carry the
 * same idempotency key, so that what may have happened does not happen twice.
 */
export function useSubmission<T>({ send, done, explain, complain, trouble }: Submitting<T>) {
  const [busy, setBusy] = useState(false);
  const [failing, setFailing] = useState<Failing | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef(false);
  const unanswered = useRef<{ body: string; key: string } | null>(null);
  const isNew = useRef(false);

  useEffect(() => {
    if (!failing || !form.current || !isNew.current) return;
    isNew.current = false;
    const bad = form.current.querySelector<HTMLElement>('[aria-invalid="true"]');
    bad?.focus();
  }, [failing]);

  const fail = (failure: Failing) => {
    isNew.current = true;
    setFailing(failure);
  };
  const change = (event: Event) => {
    const name = event.target instanceof Element ? event.target.getAttribute('name') : null;
    if (name) setFailing((last) => last && without(last, name));
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    const element = form.current;
    if (!element || sending.current) return;
    const wrong = wrongFields(element, complain);
    if (Object.keys(wrong).length) {
      fail({ fields: wrong, message: trouble });
      return;
    }
    const values = valuesOf(element);
    const body = JSON.stringify(values);
    const key = unanswered.current?.body === body ? unanswered.current.key : newIdempotencyKey();
    sending.current = true;
    setBusy(true);
    try {
      const answer = await send(values, key);
      unanswered.current = null;
      setFailing(null);
      done(answer, element);
    } catch (failure) {
      unanswered.current = failure instanceof NoAnswer ? { body, key } : null;
      fail({ ...explain(failure, fieldNames(element)), cause: failure });
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };

  return {
    busy,
    failing,
    clear: () => setFailing(null),
    error: (name: string) => failing?.fields[name],
    attributes: { ref: form, onSubmit: submit, onInput: change, noValidate: true, class: 'form' },
  };
}

/** The sentence above the form goes with the last field that it was about. */
function without(failing: Failing, name: string): Failing | null {
  if (!(name in failing.fields)) return failing;
  const { [name]: _, ...fields } = failing.fields;
  return Object.keys(fields).length ? { ...failing, fields } : null;
}

function valuesOf(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string') values[name] = value;
  }
  return values;
}

function fieldNames(form: HTMLFormElement): ReadonlySet<string> {
  return new Set(new FormData(form).keys());
}

function wrongFields(form: HTMLFormElement, complain: (input: HTMLInputElement) => string) {
  const wrong: Record<string, string> = {};
  for (const input of form.elements) {
    if (!(input instanceof HTMLInputElement) || !input.name) continue;
    const blank = input.required && input.type !== 'password' && !input.value.trim();
    if (blank || !input.validity.valid) wrong[input.name] = complain(input);
  }
  return wrong;
}
