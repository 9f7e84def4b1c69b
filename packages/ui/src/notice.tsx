import type { ComponentChildren } from 'preact';

export type NoticeKind = 'note' | 'good' | 'warn' | 'bad';

export function Notice({
  kind = 'note',
  children,
}: {
  kind?: NoticeKind;
  children: ComponentChildren;
}) {
  return <div class={`notice notice-${kind}`}>{children}</div>;
}

/** Stands on the page before it has anything to say, as screen readers need it to. */
export function Live({ children, urgent }: { children?: ComponentChildren; urgent?: boolean }) {
  return (
    <div class="live" role={urgent ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
