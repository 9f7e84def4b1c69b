// The dashboard's forms: the shared submission with this application's words.
import { Button, type ButtonLook, Live, Notice, useSubmission, type Values } from '@peepopay/ui';
import type { ComponentChildren } from 'preact';
import { complain, explain } from './explain';
import { words } from './words';

interface Use<T> {
  send: (values: Values, idempotencyKey: string) => Promise<T>;
  done: (answer: T, form: HTMLFormElement) => void;
  explained?: typeof explain;
}

export function useForm<T>({ send, done, explained = explain }: Use<T>) {
  return useSubmission<T>({
    send,
    done,
    explain: explained,
    complain,
    trouble: words.complaints.several,
  });
}

interface FormProps {
  form: Pick<ReturnType<typeof useForm>, 'busy' | 'failing' | 'attributes'>;
  action: string;
  children: ComponentChildren;
  /** Stands inside the failure, for what can be done about it. */
  remedy?: ComponentChildren;
  wide?: boolean;
  look?: ButtonLook;
}

export function Form({ form, action, children, remedy, wide = true, look = 'strong' }: FormProps) {
  return (
    <form {...form.attributes}>
      <Live urgent>
        {form.failing && (
          <Notice kind="bad">
            <p>{form.failing.message}</p>
            {remedy}
          </Notice>
        )}
      </Live>
      {children}
      <Button type="submit" look={look} busy={form.busy} wide={wide}>
        {action}
      </Button>
    </form>
  );
}
