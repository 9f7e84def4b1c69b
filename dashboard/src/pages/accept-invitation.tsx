import { auth } from '@peepopay/api';
import { Field, go, Notice, PasswordField } from '@peepopay/ui';
import { useState } from 'preact/hooks';
import { at } from '../addresses';
import { isRefusal } from '../explain';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { useSession } from '../session';
import { words } from '../words';
import { useLinkToken } from './link-token';

export function AcceptInvitation() {
  const token = useLinkToken();
  const { refresh } = useSession();
  const [needsCode, setNeedsCode] = useState(false);
  const form = useForm({
    send: async ({ name = '', password = '', totp = '' }, idempotencyKey) => {
      const code = totp.trim() ? { totp: totp.trim() } : {};
      try {
        await auth.acceptInvitation({ token, name, password, ...code }, { idempotencyKey });
      } catch (refusal) {
        // The address has an account already, and a second factor guards it.
        if (isRefusal(refusal, 'TOTP_REQUIRED')) setNeedsCode(true);
        throw refusal;
      }
      return refresh();
    },
    done: (who) =>
      go(who.state === 'somebody' ? at.home : `${at.login}?done=joined`, { replace: true }),
  });
  if (!token) {
    return (
      <EntryPage title={words.invitation.title}>
        <Notice kind="warn">{words.invitation.missing}</Notice>
      </EntryPage>
    );
  }
  return (
    <EntryPage title={words.invitation.title} lead={words.invitation.lead}>
      <Form form={form} action={words.invitation.action}>
        <Field
          name="name"
          label={words.fields.name}
          autoComplete="name"
          autoCapitalize="words"
          error={form.error('name')}
        />
        <PasswordField
          name="password"
          label={words.fields.password}
          hint={words.invitation.passwordHint}
          minLength={10}
          autoComplete="new-password"
          show={words.fields.show}
          hide={words.fields.hide}
          error={form.error('password')}
        />
        {needsCode && (
          <Field
            name="totp"
            label={words.fields.code}
            autoComplete="one-time-code"
            autoCapitalize="off"
            code
            error={form.error('totp')}
          />
        )}
      </Form>
    </EntryPage>
  );
}
