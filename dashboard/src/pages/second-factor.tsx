import { auth } from '@peepopay/api';
import { Button, Dialog, Field, Live, Notice, PasswordField, QrCode, Snippet } from '@peepopay/ui';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Form, useForm } from '../form';
import { useMe, useSession } from '../session';
import { words } from '../words';
import { ActButton } from './act-button';

const text = words.security;
const copying = { copy: words.copy, copied: words.copied, failed: words.copyFailed };

type Step =
  | { at: 'rest' }
  | { at: 'scan'; secret: string; uri: string }
  | { at: 'codes'; recoveryCodes: string[] }
  | { at: 'off' };

export function SecondFactor() {
  const { user } = useMe();
  const { refresh } = useSession();
  const [step, setStep] = useState<Step>({ at: 'rest' });
  const [isOn, setOn] = useState(user.totpEnabled);
  const [said, setSaid] = useState('');
  const rest = (sentence: string) => {
    setSaid(sentence);
    setStep({ at: 'rest' });
  };
  const start = async () => {
    setSaid('');
    const { secret, uri } = await auth.startTotp();
    setStep({ at: 'scan', secret, uri });
  };
  const switchedOn = (recoveryCodes: string[]) => {
    setOn(true);
    setStep({ at: 'codes', recoveryCodes });
  };
  const switchedOff = () => {
    setOn(false);
    rest(text.off);
    void refresh();
  };
  return (
    <section class="card stack">
      <h2 class="title-with-badge">
        {text.totpTitle}
        <span class={isOn ? 'badge badge-good' : 'badge badge-warn'}>
          {isOn ? text.totpOn : text.totpOff}
        </span>
      </h2>
      <p class="soft">{text.totpText}</p>
      <Live>{said && <Notice kind="good">{said}</Notice>}</Live>
      {step.at === 'scan' && (
        <Scan
          secret={step.secret}
          uri={step.uri}
          onConfirmed={switchedOn}
          onCancel={() => setStep({ at: 'rest' })}
        />
      )}
      {step.at === 'codes' && <Codes codes={step.recoveryCodes} onDone={() => rest(text.on)} />}
      {step.at === 'off' && (
        <SwitchOff onDone={switchedOff} onCancel={() => setStep({ at: 'rest' })} />
      )}
      {step.at !== 'scan' &&
        step.at !== 'codes' &&
        (isOn ? (
          <Button look="danger" small onClick={() => setStep({ at: 'off' })}>
            {text.turnOff}
          </Button>
        ) : (
          <ActButton look="strong" act={start}>
            {text.turnOn}
          </ActButton>
        ))}
    </section>
  );
}

interface ScanProps {
  secret: string;
  uri: string;
  onConfirmed: (recoveryCodes: string[]) => void;
  onCancel: () => void;
}

function Scan({ secret, uri, onConfirmed, onCancel }: ScanProps) {
  const heading = useFocusOnOpen();
  const form = useForm({
    send: ({ code = '' }) => auth.confirmTotp(code.replace(/\s/g, '')),
    done: ({ recoveryCodes }) => onConfirmed(recoveryCodes),
  });
  return (
    <div class="stack">
      <h3 ref={heading} tabIndex={-1}>
        {text.scanTitle}
      </h3>
      <div class="scan">
        <QrCode text={uri} label={text.qr} />
        <div class="stack">
          <p>
            {text.onThisPhone} <a href={uri}>{text.openApp}</a>
          </p>
          <p>{text.byHand}</p>
          <Snippet text={spaced(secret)} {...copying} />
        </div>
      </div>
      <Form form={form} action={text.confirm} wide={false}>
        <Field
          name="code"
          label={words.fields.code}
          hint={text.confirmHint}
          inputMode="numeric"
          autoComplete="one-time-code"
          code
          error={form.error('code')}
        />
      </Form>
      <Button look="text" small onClick={onCancel}>
        {words.cancel}
      </Button>
    </div>
  );
}

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const heading = useFocusOnOpen();
  const { refresh } = useSession();
  // Only afterwards, and however this is left: a refresh that fails would take the codes off the page.
  useEffect(() => () => void refresh(), [refresh]);
  return (
    <div class="stack">
      <h3 ref={heading} tabIndex={-1}>
        {text.codesTitle}
      </h3>
      <Notice kind="warn">{text.codesText}</Notice>
      <Snippet text={codes.join('\n')} {...copying} />
      <Button onClick={onDone}>{text.codesDone}</Button>
    </div>
  );
}

function SwitchOff({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }) {
  const form = useForm({
    send: ({ password = '', code = '' }) =>
      auth.endTotp({
        ...(password ? { password } : {}),
        ...(code.trim() ? { code: code.trim() } : {}),
      }),
    done: onDone,
  });
  return (
    <Dialog title={text.offTitle} onClose={onCancel}>
      <p>{text.offText}</p>
      <Form form={form} action={text.turnOff}>
        <PasswordField
          name="password"
          label={words.fields.password}
          required={false}
          autoComplete="current-password"
          show={words.fields.show}
          hide={words.fields.hide}
          error={form.error('password')}
        />
        <p class="divider">{words.or}</p>
        <Field
          name="code"
          label={text.offCode}
          required={false}
          autoComplete="one-time-code"
          code
          error={form.error('code')}
        />
      </Form>
      <div class="dialog-actions">
        <Button look="quiet" onClick={onCancel}>
          {words.cancel}
        </Button>
      </div>
    </Dialog>
  );
}

function useFocusOnOpen() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}

const spaced = (secret: string) => secret.replace(/\s/g, '').replace(/(.{4})(?=.)/g, '$1 ');
