import { Button, type ButtonLook, Live } from '@peepopay/ui';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { sentence } from '../explain';
import { useLoggedOut } from '../layout/states';

interface ActButtonProps {
  act: () => Promise<unknown>;
  /** Said beside the button once it worked. */
  done?: string;
  onDone?: () => void;
  look?: ButtonLook;
  label?: string;
  children: ComponentChildren;
}

/** A button that calls the API by itself, once at a time, and says how it went. */
export function ActButton({ act, done, onDone, look = 'quiet', label, children }: ActButtonProps) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | undefined>('');
  const [failure, setFailure] = useState<unknown>(null);
  useLoggedOut(failure);
  const press = async () => {
    setBusy(true);
    setSaid('');
    setFailure(null);
    try {
      await act();
      setSaid(done);
      setBusy(false);
      onDone?.();
    } catch (refusal) {
      setFailure(refusal);
      setSaid(sentence(refusal));
      setBusy(false);
    }
  };
  return (
    <div class="act">
      <Button look={look} small busy={busy} onClick={press} {...(label ? { label } : {})}>
        {children}
      </Button>
      <Live>{said && <p class={failure ? 'act-failed' : 'act-done'}>{said}</p>}</Live>
    </div>
  );
}
