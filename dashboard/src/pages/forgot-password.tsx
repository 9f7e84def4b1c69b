import { auth } from '@peepopay/api';
import { Field } from '@peepopay/ui';
import { useState } from 'preact/hooks';
import { at } from '../addresses';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { words } from '../words';

export function ForgotPassword() {
  const [sentTo, setSentTo] = useState('');
  const form = useForm({
    send: async ({ email = '' }) => {
      await auth.forgotPassword(email);
      return email;
    },
    done: setSentTo,
  });
  const back = <a href={at.login}>{words.backToLogin}</a>;
  if (sentTo) {
    return (
      <EntryPage title={words.forgot.doneTitle} lead={words.forgot.done(sentTo)} below={back}>
        {null}
      </EntryPage>
    );
  }
  return (
    <EntryPage title={words.forgot.title} lead={words.forgot.lead} below={back}>
      <Form form={form} action={words.forgot.action}>
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={words.fields.email}
          autoComplete="username"
          autoCapitalize="off"
          error={form.error('email')}
        />
      </Form>
    </EntryPage>
  );
}
