import '@siemens/ix/dist/siemens-ix/siemens-ix.css';
import '@siemens/ix/dist/siemens-ix/theme/classic-dark.css';
import '@siemens/ix/dist/siemens-ix/theme/classic-light.css';
import './ui/console.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { applyScheme, rememberedScheme } from './app/color-scheme.ts';
import { router } from './app/router.tsx';
import { startLanguages } from './i18n/languages.ts';
import { SaidProvider } from './i18n/said.tsx';

applyScheme(rememberedScheme());
await startLanguages();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <SaidProvider>
          <RouterProvider router={router} />
        </SaidProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
