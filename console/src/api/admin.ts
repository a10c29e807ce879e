import type {
  ApiKey,
  AuditEntry,
  AuditVerification,
  ImportKind,
  ImportReport,
  NewApiKey,
  NewApiKeySecret,
  NewOrganisation,
  NewUser,
  OneTimeLink,
  Organisation,
  Role,
  User,
} from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { useList } from './orders.ts';
import { request } from './request.ts';

/** What people set up changes when they set it up; half a minute is fresh enough for the second screen. */
const SLOWLY_MS = 30_000;

export const useOrganisationList = () => useList<Organisation>('/organisations', {}, SLOWLY_MS);
export const useUserList = () => useList<User>('/users', {}, SLOWLY_MS);
export const useKeyList = () => useList<ApiKey>('/api-keys', {}, SLOWLY_MS);
export const useAuditList = (filter: { action?: string; actor?: string }) =>
  useList<AuditEntry>('/audit', filter, SLOWLY_MS);

export function useAuditVerification(enabled: boolean) {
  return useQuery({
    queryKey: ['audit-verification'],
    queryFn: ({ signal }) => request<AuditVerification>('GET', '/audit/verification', { signal }),
    enabled,
    staleTime: 0,
    gcTime: 0,
  });
}

export const admin = {
  makeOrganisation: (body: NewOrganisation) => request<Organisation>('POST', '/organisations', { body }),
  inviteUser: (body: NewUser) => request<{ user: User; link: OneTimeLink }>('POST', '/users', { body }),
  changeUser: (id: string, body: { role?: Role; disabled?: boolean }) =>
    request<User>('PATCH', `/users/${id}`, { body }),
  makeLink: (userId: string) => request<OneTimeLink>('POST', `/users/${userId}/link`),
  makeKey: (body: NewApiKey) => request<NewApiKeySecret>('POST', '/api-keys', { body }),
  revokeKey: (id: string) => request<void>('DELETE', `/api-keys/${id}`),
  importCsv: (kind: ImportKind, content: string, dryRun: boolean) =>
    request<ImportReport>('POST', `/imports/${kind}`, {
      query: { dryRun },
      text: { type: 'text/csv', content },
    }),
};
