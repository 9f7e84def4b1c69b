import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

interface Around {
  name: string;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

interface InputProps extends Around {
  type?: 'text' | 'email';
  autoComplete: string;
  required?: boolean;
  value?: string | undefined;
  inputMode?: 'text' | 'email' | 'numeric';
  maxLength?: number;
  autoCapitalize?: 'off' | 'words';
  code?: boolean;
}

export function Field(props: InputProps) {
  const { id, described } = useFieldIds(props);
  const kind = props.type === 'email' ? ({ type: 'email' } as const) : ({ type: 'text' } as const);
  return (
    <Labelled {...props} id={id}>
      <input
        {...inputAttributes(props, id, described)}
        class={props.code ? 'input input-code' : 'input'}
        {...kind}
        inputMode={props.inputMode}
        maxLength={props.maxLength}
        autoCapitalize={props.autoCapitalize}
        spellcheck={props.autoCapitalize === 'words'}
        defaultValue={props.value}
      />
    </Labelled>
  );
}

interface PasswordProps extends Around {
  autoComplete: 'current-password' | 'new-password';
  required?: boolean;
  minLength?: number;
  show: string;
  hide: string;
}

export function PasswordField(props: PasswordProps) {
  const { id, described } = useFieldIds(props);
  const [shown, setShown] = useState(false);
  const kind = shown ? ({ type: 'text' } as const) : ({ type: 'password' } as const);
  return (
    <Labelled {...props} id={id}>
      <div class="input-with-button">
        <input
          {...inputAttributes(props, id, described)}
          class="input"
          {...kind}
          minLength={props.minLength}
          autoCapitalize="off"
          spellcheck={false}
        />
        <button
          type="button"
          class="button button-text button-small"
          aria-controls={id}
          aria-describedby={`${id}-label`}
          onClick={() => setShown(!shown)}
        >
          {shown ? props.hide : props.show}
        </button>
      </div>
    </Labelled>
  );
}

interface ChoiceProps extends Around {
  options: readonly (readonly [value: string, text: string])[];
  value?: string | undefined;
  autoComplete?: string;
  onChange?: (value: string) => void;
}

export function ChoiceField(props: ChoiceProps) {
  const { id, described } = useFieldIds(props);
  return (
    <Labelled {...props} id={id}>
      <select
        class="input"
        id={id}
        name={props.name}
        autoComplete={props.autoComplete}
        aria-invalid={props.error ? 'true' : undefined}
        aria-describedby={described}
        onChange={(event) => props.onChange?.(event.currentTarget.value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

function Labelled({
  id,
  label,
  hint,
  error,
  children,
}: Around & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id} id={`${id}-label`}>
        {label}
      </label>
      {children}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

function useFieldIds({ hint, error }: Around) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return { id, described: described || undefined };
}

function inputAttributes(
  props: Around & { autoComplete: string; required?: boolean },
  id: string,
  described: string | undefined,
) {
  return {
    id,
    name: props.name,
    autoComplete: props.autoComplete,
    required: props.required ?? true,
    'aria-invalid': props.error ? ('true' as const) : undefined,
    'aria-describedby': described,
  };
}
