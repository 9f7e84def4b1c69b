import type { ComponentChildren } from 'preact';

export type ButtonLook = 'strong' | 'quiet' | 'danger' | 'text';

interface ButtonProps {
  children: ComponentChildren;
  look?: ButtonLook;
  small?: boolean;
  wide?: boolean;
  busy?: boolean;
  type?: 'button' | 'submit';
  onClick?: () => void;
  label?: string;
}

/** A busy button keeps the focus and swallows clicks, so nothing is sent twice. */
export function Button({ children, look, small, wide, busy, type, onClick, label }: ButtonProps) {
  const press = (event: MouseEvent) => {
    if (busy) event.preventDefault();
    else onClick?.();
  };
  return (
    <button
      type={type ?? 'button'}
      class={buttonClass(look, small, wide)}
      aria-disabled={busy ? 'true' : undefined}
      aria-label={label}
      onClick={press}
    >
      {busy && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

export function buttonClass(look: ButtonLook = 'strong', small = false, wide = false): string {
  return [
    'button',
    look !== 'strong' && `button-${look}`,
    small && 'button-small',
    wide && 'button-wide',
  ]
    .filter(Boolean)
    .join(' ');
}
