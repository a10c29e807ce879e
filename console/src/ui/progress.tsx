import { percent } from './format.ts';

type Props = Readonly<{ done: number; of: number; label: string }>;

export function Progress({ done, of, label }: Props) {
  const share = of > 0 ? Math.min(1, done / of) : 0;
  // Rounded down: 99.9 % are not done.
  const wholePercent = Math.floor(share * 100);
  return (
    <span className="progress">
      <span
        className="progress-bar"
        role="progressbar"
        aria-label={label}
        aria-valuenow={wholePercent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span>{percent(wholePercent / 100)}</span>
    </span>
  );
}
