import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { PYTHON } from '../../e2e/service.ts'
import { freePorts } from '../../plugins/executors/servers/server-process.ts'
import { toolPath } from '../../requirements.ts'
import { SECRET } from '../load.ts'
import { waitUntilSettled } from '../tasks.ts'
import { type Launched, launch } from './launch.ts'

const BENCH = join(import.meta.dirname, '..')
const TOP = join(BENCH, '../..')
/** The command of the npm package, and that of the sources. */
const BINS = { package: join(TOP, 'dist/core/cli/bin.js'), sources: join(TOP, 'core/cli/bin.ts') }
const SCRIPT = join(BENCH, 'four-imports.py')
const ADMIN_TOKEN = 'admin-token-of-the-benchmark'
const POLL_MS = 20
const SETTLE_MS = 120_000

/** What is run with each delivery. */
export type Program = 'nothing' | 'true' | 'python'

/** A server that runs. */
export interface Running {
  readonly url: string
  /** Its processes; what they start belongs to it too. */
  readonly pids: readonly number[]
  /** Throws if one of them has ended. */
  check(): void
  /** Waits until the programs of all deliveries that it has accepted have ended. */
  settled(accepted: number): Promise<void>
  stop(): Promise<void>
}

/** Something that takes webhooks, as its users start it. */
export interface Server {
  /** Starts it on a port; its data goes into the folder. */
  readonly start: (port: number, folder: string) => Promise<Running>
  /** Commands and Python modules that it needs. */
  readonly commands: readonly string[]
  readonly modules: readonly string[]
}

const AT_ONCE = async () => {}
const environment = { BENCH_SECRET: SECRET }

/** The handler that anyone would write by hand. */
export const bare: Server = {
  commands: [],
  modules: [],
  start: async (port, folder) => {
    const env = { ...environment, PORT: `${port}` }
    return running(port, [launch([process.execPath, 'bare-server.ts'], BENCH, folder, env)])
  },
}

/** Makes the npm package that `hookline` starts. */
export function buildPackage(): void {
  execFileSync(process.execPath, [join(TOP, '.ci/build.ts')], { cwd: TOP, stdio: 'inherit' })
}

/** `hookline start` with a program of `bench.config.ts`, from the npm package or from the sources. */
export function hookline(program: string, from: keyof typeof BINS = 'package'): Server {
  return {
    commands: program.startsWith('python') ? [PYTHON] : [],
    modules: [],
    start: async (port, folder) => {
      const options = ['--host', '127.0.0.1', '--port', `${port}`, '--data', join(folder, 'data')]
      const config = join(BENCH, 'bench.config.ts')
      // As `npm start` and the units do.
      const node = [process.execPath, '--max-semi-space-size=8']
      const command = [...node, BINS[from], 'start', '--config', config, ...options]
      const part = launch(command, folder, folder, {
        ...environment,
        BENCH_PROGRAM: program,
        BENCH_PYTHON: PYTHON,
        MALLOC_ARENA_MAX: '2',
        HOOKLINE_ADMIN_TOKEN: ADMIN_TOKEN,
      })
      const server = running(port, [part])
      const settled = async () => {
        if (!(await waitUntilSettled({ url: server.url, token: ADMIN_TOKEN })))
          throw new Error(`Hookline did not settle all tasks of ${program}`)
      }
      return { ...server, settled }
    },
  }
}

/**
 * https://github.com/adnanh/webhook. It answers when the program has ended: otherwise it would start as many at once as
 * there are requests. With nothing to run, a second rule fails after the signature was checked.
 */
export function adnanh(program: Program): Server {
  const signed = {
    match: {
      type: 'payload-hmac-sha256',
      secret: SECRET,
      parameter: { source: 'header', name: 'X-Hub-Signature-256' },
    },
  }
  const never = {
    match: { type: 'value', value: 'no ref', parameter: { source: 'payload', name: 'ref' } },
  }
  const hook = {
    id: 'github',
    'execute-command': program === 'python' ? PYTHON : '/bin/true',
    'include-command-output-in-response': true,
    'trigger-rule': program === 'nothing' ? { and: [signed, never] } : signed,
    'trigger-rule-mismatch-http-response-code': program === 'nothing' ? 202 : 401,
    ...(program === 'python'
      ? {
          'pass-arguments-to-command': [
            { source: 'string', name: SCRIPT },
            { source: 'entire-payload' },
          ],
        }
      : {}),
  }
  return {
    commands: ['webhook'],
    modules: [],
    start: async (port, folder) => {
      writeFileSync(join(folder, 'hooks.json'), JSON.stringify([hook]))
      const options = ['-ip', '127.0.0.1', '-port', `${port}`, '-urlprefix', 'api/webhooks']
      const command = ['webhook', '-hooks', 'hooks.json', '-nopanic', ...options]
      return running(port, [launch(command, folder, folder)])
    },
  }
}

/** A handler in Python. It answers when the program has ended. */
export function fastapi(program: Program): Server {
  const command = program === 'python' ? `${PYTHON} ${SCRIPT}` : '/bin/true'
  const run = program === 'nothing' ? 'nothing' : 'subprocess'
  return {
    commands: [PYTHON],
    modules: ['fastapi', 'uvicorn'],
    start: async (port, folder) =>
      running(port, [uvicorn(port, folder, { BENCH_RUN: run, BENCH_COMMAND: command })]),
  }
}

/** A handler in Python that leaves tasks at a Redis as it is installed, and `workers` processes that take them. */
export function celery(workers: number): Server {
  return {
    commands: [PYTHON, 'redis-server'],
    modules: ['fastapi', 'uvicorn', 'celery', 'redis'],
    start: async (port, folder) => {
      const [redisPort = 0] = await freePorts(1)
      const url = `redis://127.0.0.1:${redisPort}`
      const address = ['--bind', '127.0.0.1', '--port', `${redisPort}`]
      const processes = [launch(['redis-server', ...address], folder, folder)]
      const client = createClient({ url: `${url}/2` })
      client.on('error', () => {})
      await client.connect()
      const env = { ...environment, BENCH_REDIS: url, C_FORCE_ROOT: '1' }
      if (workers > 0) {
        const command = [PYTHON, '-m', 'celery', '-A', 'celery_bench', 'worker']
        const pool = ['--pool', 'prefork', '--concurrency', `${workers}`]
        processes.push(launch([...command, ...pool], BENCH, folder, env))
      }
      processes.push(uvicorn(port, folder, { ...env, BENCH_RUN: 'celery', PYTHONPATH: BENCH }))
      const server = running(port, processes)
      const settled = async (accepted: number) => {
        const deadline = performance.now() + SETTLE_MS
        while (Number(await client.get('done')) < accepted) {
          server.check()
          if (performance.now() > deadline) throw new Error('Celery did not run all tasks')
          await sleep(POLL_MS)
        }
      }
      const stop = async () => {
        client.destroy()
        await server.stop()
      }
      return { ...server, settled: workers > 0 ? settled : AT_ONCE, stop }
    },
  }
}

/** What of the machine's commands and modules a server lacks; null if it can run. */
export function missingOf({ commands, modules }: Server): string | null {
  const command = commands.find((name) => !name.startsWith('/') && toolPath(name) === null)
  if (command !== undefined) return `the command ${command} is not installed`
  const lacking = modules.find((name) => moduleVersion(name) === null)
  return lacking === undefined ? null : `the module ${lacking} of Python is not installed`
}

/** The version of a Python module; null if it is not there. */
export function moduleVersion(name: string): string | null {
  try {
    const code = `import ${name}; print(${name}.__version__)`
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync(PYTHON, ['-c', code], { encoding: 'utf8', stdio: [...stdio] }).trim()
  } catch {
    return null
  }
}

/** A folder for one start of a server. */
export function folderFor(dataDir: string, name: string): string {
  const folder = join(dataDir, name.replace(/\W+/g, '-'))
  mkdirSync(folder, { recursive: true })
  return folder
}

function uvicorn(port: number, folder: string, env: Readonly<Record<string, string>>): Launched {
  const command = [PYTHON, '-m', 'uvicorn', 'fastapi_app:app']
  const options = ['--host', '127.0.0.1', '--port', `${port}`, '--no-access-log']
  return launch([...command, ...options], import.meta.dirname, folder, { ...environment, ...env })
}

function running(port: number, processes: readonly Launched[]): Running {
  return {
    url: `http://127.0.0.1:${port}`,
    pids: processes.map(({ pid }) => pid),
    check: () => {
      for (const part of processes) part.check()
    },
    settled: AT_ONCE,
    stop: async () => {
      for (const part of processes.toReversed()) await part.stop()
    },
  }
}
