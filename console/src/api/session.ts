import type { Me } from '@millrace/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiProblem, request } from './request.ts';

/** `null` = nobody is signed in; that is an answer, not an error. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await request<Me>('GET', '/me', { signal });
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export function useMe(): Me | null {
  return useQuery(meQuery).data ?? null;
}

export type SetUp = Readonly<{
  token: string;
  email: string;
  name: string;
  password: string;
  networkName: string;
  organisationName: string;
}>;

export const session = {
  setUpNeeded: () => request<{ needed: boolean }>('GET', '/setup/status'),
  setUp: (body: SetUp) => request<Me>('POST', '/setup', { body }),
  signIn: (body: { email: string; password: string; totp?: string }) =>
    request<Me>('POST', '/sign-in', { body }),
  signInByLink: (body: { token: string; password?: string }) =>
    request<Me>('POST', '/sign-in/link', { body }),
  signOut: () => request<void>('POST', '/sign-out'),
  update: (body: { language?: 'zh-CN' | 'en'; name?: string }) => request<Me>('PATCH', '/me', { body }),
  actFor: (organisationId: string) => request<Me>('POST', '/me/organisation', { body: { organisationId } }),
  beginTotp: () => request<{ secret: string; uri: string }>('POST', '/me/totp'),
  confirmTotp: (code: string) => request<void>('POST', '/me/totp/confirm', { body: { code } }),
  removeTotp: (code: string) => request<void>('DELETE', '/me/totp', { body: { code } }),
  changePassword: (body: { current: string; next: string }) =>
    request<void>('POST', '/me/password', { body }),
};
