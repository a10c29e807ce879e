type Props = Readonly<{ label: string; value: string; bad?: boolean; note?: string | undefined }>;

/** One figure of a `dl.facts`, with its name above and what belongs to it below. */
export function Fact({ label, value, bad = false, note }: Props) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className={bad ? 'late' : ''}>{value}</dd>
      {note ? <small className="soft">{note}</small> : null}
    </div>
  );
}
