import type { TagHealth } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { duration } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';

/** `at` is the box's clock when it said so. */
type Props = Readonly<{ tags: readonly TagHealth[]; at: number }>;

/** Which values are not good, since when, and why. */
export function BadValues({ tags, at }: Props) {
  const { t } = useTranslation();
  if (tags.length === 0) return null;
  return (
    <Panel title={t('gateways.tags-bad')} hint={t('gateways.tags-hint')}>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t('machine.title')}</th>
              <th>{t('gateways.tag')}</th>
              <th>{t('gateways.last-good')}</th>
              <th>{t('gateways.error')}</th>
            </tr>
          </thead>
          <tbody>
            {tags.map((one) => (
              <tr key={`${one.machine}/${one.tag}`}>
                <td>{one.machine}</td>
                <td>{one.tag}</td>
                <td className="nowrap">
                  {one.lastGoodAt === null
                    ? t('gateways.never-good')
                    : t('gateways.ago', { age: duration(at - one.lastGoodAt) })}
                </td>
                <td>{one.error ?? t(`quality.${one.quality}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
