import { defineConfig, env } from 'hookline'
import { celery, docker, http, python, subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

const script = './four-imports.py'
const interpreter = env('BENCH_PYTHON', { default: 'python3' })
const preload = ['json', 'datetime', 'urllib.request', 'decimal']
const redis = process.env['BENCH_REDIS'] ?? 'redis://127.0.0.1:9'
const programs = {
  nothing: subprocess({
    command: ['/bin/true'],
    launcher: env('BENCH_LAUNCHER', { default: 'auto' }),
  }),
  waits: subprocess({ command: ['/bin/true'], runsOn: ['nowhere'] }),
  'python-spawn': python({ script, interpreter, mode: 'spawn' }),
  'python-warm': python({ script, interpreter, mode: 'warm', preload }),
  'python-workers': python({ script, interpreter, mode: 'workers' }),
  http: http({
    url: env('BENCH_RECEIVER', { default: 'http://127.0.0.1:9/' }),
    allowPrivate: true,
    allowHttp: true,
  }),
  celery: celery({
    broker: `${redis}/0`,
    backend: `${redis}/1`,
    task: 'bench.run',
    interpreter,
  }),
  docker: docker({
    image: env('BENCH_IMAGE', { default: 'none' }),
    command: ['/bin/true'],
    pull: 'never',
  }),
}
const run = (process.env['BENCH_PROGRAM'] ?? 'nothing') as keyof typeof programs

export default defineConfig({
  sources: { github: github({ secret: env('BENCH_SECRET') }) },
  programs,
  rules: [{ on: 'github.push', when: "ref != ''", run }],
  node: { concurrency: 32, receivers: Number(process.env['BENCH_RECEIVERS'] ?? 1) },
})
