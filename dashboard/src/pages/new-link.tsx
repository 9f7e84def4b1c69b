import { auth } from '@peepopay/api';
import { Field, Live, Notice } from '@peepopay/ui';
import { useState } from 'preact/hooks';
import { Form, useForm } from '../form';
import { words } from '../words';

/** Asks for the address and has a new verification link sent to it. */
export function NewLink() {
  const [isSent, setSent] = useState(false);
  const form = useForm({
    send: ({ email = '' }) => auth.resendVerification(email),
    done: () => setSent(true),
  });
  return (
    <>
      <Live>{isSent && <Notice kind="good">{words.verify.sent}</Notice>}</Live>
      <Form form={form} action={words.verify.newLink} look="quiet">
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={words.fields.email}
          autoComplete="email"
          autoCapitalize="off"
          error={form.error('email')}
        />
      </Form>
    </>
  );
}
