import { auth } from '@peepopay/api';
import { Field, go } from '@peepopay/ui';
import { at } from '../addresses';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { useSession } from '../session';
import { words } from '../words';

export function CompleteProfile() {
  const { refresh } = useSession();
  const form = useForm({
    send: async ({ businessName = '' }, idempotencyKey) => {
      await auth.completeProfile(businessName, { idempotencyKey });
      await refresh();
    },
    done: () => go(at.home, { replace: true }),
  });
  return (
    <EntryPage title={words.complete.title} lead={words.complete.lead}>
      <Form form={form} action={words.complete.action}>
        <Field
          name="businessName"
          label={words.fields.businessName}
          hint={words.fields.businessNameHint}
          autoComplete="organization"
          autoCapitalize="words"
          error={form.error('businessName')}
        />
      </Form>
    </EntryPage>
  );
}
