import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const top = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  root: top,
  resolve: {
    alias: [
      { find: /^hookline$/, replacement: `${top}core/index.ts` },
      { find: /^hookline\/(sources|executors|stores)$/, replacement: `${top}plugins/$1/index.ts` },
      { find: /^hookline\/testing$/, replacement: `${top}test/contracts/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // The service is started often, as a process of its own: it need not be compiled each time.
    env: { NODE_COMPILE_CACHE: `${top}node_modules/.cache/hookline-tests` },
  },
})
