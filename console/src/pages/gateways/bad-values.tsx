import type { AgentHealth, TagHealth } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { duration } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { isDead } from './troubles.ts';

/** Which values are not good, since when, and why. */
export function BadValues({ health: { tags, at, connections } }: { readonly health: AgentHealth }) {
  const { t } = useTranslation();
  const say = useSaid();
  // The reason of a whole connection is told once, where the connection is.
  const shared = new Set(connections.filter(isDead).map(({ error }) => error));
  const reasonOf = ({ error, quality }: TagHealth) =>
    error === null ? t(`quality.${quality}`) : shared.has(error) ? t('trouble.connection') : say(error);
  if (tags.length === 0) return null;
  return (
    <Panel title={t('gateways.tags-bad')} hint={t('gateways.tags-hint')}>
      <div className="table-scroll">
        <table className="table table-cards">
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
                <td data-label={t('machine.title')}>{one.machine}</td>
                <td data-label={t('gateways.tag')}>{one.tag}</td>
                <td className="nowrap" data-label={t('gateways.last-good')}>
                  {one.lastGoodAt === null
                    ? t('gateways.never-good')
                    : t('gateways.ago', { age: duration(at - one.lastGoodAt) })}
                </td>
                <td data-label={t('gateways.error')}>{reasonOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
