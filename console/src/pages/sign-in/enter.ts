import type { Me } from '@millrace/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { homeOf } from '../../app/permission.ts';
import { languageWasChosen, switchLanguage } from '../../i18n/languages.ts';

/** What happens once the server has let somebody in: forget the last person, go where they wanted to go. */
export function useEnter(): (me: Me) => Promise<void> {
  const client = useQueryClient();
  const router = useRouter();
  return async (me) => {
    client.clear();
    client.setQueryData(['me'], me);
    // A person's language follows them to a browser that was never switched by hand.
    if (!languageWasChosen()) await switchLanguage(me.language);
    const next = new URLSearchParams(window.location.search).get('next');
    // Only paths of this house: `//host` and `https:` would lead out of it.
    const inside = next?.startsWith('/') && !next.startsWith('//') && next !== '/';
    if (inside && next) router.history.push(next);
    else await router.navigate({ to: homeOf(me) });
  };
}
