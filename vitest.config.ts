import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^hookline$/, replacement: here('core/index.ts') },
      {
        find: /^hookline\/(sources|executors|stores)$/,
        replacement: `${here('plugins')}/$1/index.ts`,
      },
      { find: /^hookline\/testing$/, replacement: here('test/contracts/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
})
