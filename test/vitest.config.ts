import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const top = fileURLToPath(new URL('..', import.meta.url))

/** The helpers that start something real: the service, its commands, PostgreSQL, a Docker engine, brokers. */
const SERVICES = [
  'test/e2e/service.ts',
  'test/core/cli/cli-process.ts',
  'test/plugins/stores/postgres/server.ts',
  'test/plugins/executors/docker/engine.ts',
  'test/plugins/executors/servers/server-process.ts',
]

/** Tests that kill processes over and over, which takes long. */
const KILLS = /(crash|kills)\.test\.ts$/

/** Tests of executors share a launcher or an interpreter for each process, so they need processes of their own. */
const PROGRAMS = 'test/plugins/executors/**/*.test.ts'

/**
 * There a test with real processes that fails is tried once more, and shown as retried: the machine may have been slow. What
 * kills processes is not, since a fault of its kind may be rare.
 */
const isCi = !['', 'false'].includes(process.env['CI'] ?? '')

const missing = SERVICES.filter((helper) => !existsSync(join(top, helper)))
if (missing.length > 0)
  throw new Error(`test/vitest.config.ts names no file: ${missing.join(', ')}`)

// A test belongs to `services` if it imports one of these helpers, itself or through another helper.
const services = globSync('test/**/*.test.ts', { cwd: top }).filter(
  (file) => KILLS.test(file) || SERVICES.some((helper) => helpersOf(file).has(helper)),
)

/** Starts the contract suites first. They take long, but a fresh clone knows only that their files are short. */
class ContractsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLater = ({ moduleId }: TestSpecification) => Number(!/contract\.test/.test(moduleId))
    return (await super.sort(files)).toSorted((one, other) => isLater(one) - isLater(other))
  }
}

export default defineConfig({
  root: top,
  resolve: {
    alias: [
      { find: /^hookline$/, replacement: `${top}core/index.ts` },
      {
        find: /^hookline\/(sources|executors|stores|tunnels)$/,
        replacement: `${top}plugins/$1/index.ts`,
      },
      {
        find: /^hookline\/sdk\/(source|executor|store|tunnel)$/,
        replacement: `${top}core/sdk/$1.ts`,
      },
      { find: /^hookline\/testing$/, replacement: `${top}core/testing/index.ts` },
    ],
  },
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    sequence: { sequencer: ContractsFirst },
    // The service is started often, as a process of its own: it need not be compiled each time.
    env: { NODE_COMPILE_CACHE: `${top}node_modules/.cache/hookline-tests` },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...services, PROGRAMS],
          // Files share the modules of their worker, which saves a fifth of the processor time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'programs', include: [PROGRAMS], exclude: services },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: services,
          globalSetup: 'test/shared-postgres.ts',
          retry: isCi ? 1 : 0,
        },
      },
    ],
  },
})

/** The files of `test/` that a test imports, itself or through another one. */
function helpersOf(file: string, found = new Set<string>()): Set<string> {
  for (const [, path = ''] of readFileSync(join(top, file), 'utf8').matchAll(
    / from '(\.[^']+)'/g,
  )) {
    const helper = join(dirname(file), path)
    if (!helper.startsWith('test/') || found.has(helper) || !existsSync(join(top, helper))) continue
    helpersOf(helper, found.add(helper))
  }
  return found
}
