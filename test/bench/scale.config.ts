import { defineConfig, env } from 'hookline'
import { http } from 'hookline/executors'
import { github } from 'hookline/sources'
import { postgres } from 'hookline/stores'

// A program that waits for a service nearly all of its time, and few of them on each node.
export default defineConfig({
  sources: { github: github({ secret: env('BENCH_SECRET') }) },
  programs: {
    call: http({ url: env('BENCH_RECEIVER'), allowPrivate: true, allowHttp: true }),
  },
  rules: [{ on: 'github.push', run: 'call' }],
  node: { concurrency: 8, name: env('BENCH_NAME') },
  store: postgres({ url: env('BENCH_URL'), schema: env('BENCH_SCHEMA') }),
})
