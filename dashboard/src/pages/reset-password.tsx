import { auth } from '@peepopay/api';
import { go, Notice, PasswordField } from '@peepopay/ui';
import { at } from '../addresses';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { useSession } from '../session';
import { words } from '../words';
import { useLinkToken } from './link-token';

export function ResetPassword() {
  const token = useLinkToken();
  const { forget } = useSession();
  const form = useForm({
    send: ({ password = '' }) => auth.resetPassword(token, password),
    done: () => {
      // A reset ends all sessions, the one of this browser too.
      forget();
      go(`${at.login}?done=reset`, { replace: true });
    },
  });
  const newLink = <a href={at.forgot}>{words.reset.newLink}</a>;
  if (!token) {
    return (
      <EntryPage title={words.reset.title} below={newLink}>
        <Notice kind="warn">{words.reset.missing}</Notice>
      </EntryPage>
    );
  }
  return (
    <EntryPage title={words.reset.title} lead={words.reset.lead} below={newLink}>
      <Form form={form} action={words.reset.action}>
        <PasswordField
          name="password"
          label={words.fields.newPassword}
          hint={words.fields.passwordHint}
          minLength={10}
          autoComplete="new-password"
          show={words.fields.show}
          hide={words.fields.hide}
          error={form.error('password')}
        />
      </Form>
    </EntryPage>
  );
}
