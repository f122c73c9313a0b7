import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

const others = Array.from(
  { length: Number(process.env['BENCH_RULES'] ?? 10) - 1 },
  (_, number) => ({
    name: `other-${number}`,
    on: 'github.issues.opened' as const,
    when: `number == ${number}`,
    run: 'waits' as const,
  }),
)

// Many rules, of which one is on the event that is sent.
export default defineConfig({
  sources: { github: github({ secret: env('BENCH_SECRET') }) },
  programs: { waits: subprocess({ command: ['/bin/true'], runsOn: ['nowhere'] }) },
  rules: [{ on: 'github.push', when: "ref != ''", run: 'waits' }, ...others],
})
