import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: { github: github({ secret: env('BENCH_SECRET') }) },
  programs: {
    nothing: subprocess({
      command: ['/bin/true'],
      launcher: env('BENCH_LAUNCHER', { default: 'auto' }),
    }),
  },
  rules: [{ on: 'github.push', when: "ref != ''", run: 'nothing' }],
  node: { concurrency: 32 },
})
