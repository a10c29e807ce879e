import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './request.ts';

/** A refusal will be refused again; only a lost connection or a busy server is worth a second question. */
const RETRIES_MAX = 2;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: forgetSessionWhenSignedOut }),
  mutationCache: new MutationCache({ onError: forgetSessionWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
    },
    mutations: { retry: false },
  },
});

function isPassing(error: Error): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 503);
}

/** A wrong password is a 401 too, and no reason to forget who asked. */
function forgetSessionWhenSignedOut(error: Error): void {
  if (error instanceof ApiProblem && error.code === 'not-signed-in') queryClient.setQueryData(['me'], null);
}
