import type { ReactNode } from 'react';

type Props = Readonly<{ label: string; help?: string | undefined; children: ReactNode }>;

/** Label around a native field, where the browser's own picker (date, time, phone keyboard) is the better one. */
export function Field({ label, help, children }: Props) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="field">
      <span>{label}</span>
      {children}
      {help ? <small>{help}</small> : null}
    </label>
  );
}
