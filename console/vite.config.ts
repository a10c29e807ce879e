import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** In development the API comes from a server on its usual port; in production the server serves `dist` itself. */
const SERVER = process.env.MILLRACE_DEV_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  // iX-ECharts asks for the lazy-loading build of iX; the console has the other one already.
  resolve: { alias: [{ find: /^@siemens\/ix$/, replacement: '@siemens/ix/components' }] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // ECharts and AG Grid are single modules of this size; they are loaded only by the pages that draw with them.
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: {
      // The console takes types and word lists from the contract; its schemas are for the server and may be dropped.
      treeshake: { manualPureFunctions: ['Type', 'OneOf', 'Nullable', 'PageOf'] },
    },
  },
  server: { proxy: { '/api': SERVER, '/docs': SERVER, '/readyz': SERVER } },
});
