import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { celery } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext } from 'hookline/testing'
import {
  removeFolder,
  type ServerProcess,
  serverFolder,
  startServer,
} from '../servers/server-process.ts'
import { PYTHON } from '../subprocess/create-subprocess.ts'

const JOBS = join(import.meta.dirname, '../../../fixtures/celery')

/** What workers and programs share. */
export interface Team {
  readonly broker: string
  readonly backend: string
  /** Where its tasks leave a line for each run. */
  readonly folder: string
  /** Starts a worker of `test/fixtures/celery/jobs.py`. */
  worker(...more: readonly string[]): Promise<ServerProcess>
  /** Runs `celery control`. */
  control(...words: readonly string[]): Promise<void>
  /** A program with one of its tasks. */
  program(task: string, more?: Readonly<Record<string, unknown>>): ExecutorInstance
  /** How often tasks were begun, by id. */
  runs(): Readonly<Record<string, number>>
  /** Lets tasks that wait go on; false: they wait again. */
  go(on: boolean): void
  dispose(): Promise<void>
}

/** A team that uses these servers. Its workers are ended with it. */
export async function makeTeam(
  broker: string,
  backend: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Team> {
  const folder = await serverFolder('celery')
  const runs = join(folder, 'runs.txt')
  const go = join(folder, 'go')
  const workers: ServerProcess[] = []
  const variables = {
    BROKER: broker,
    BACKEND: backend,
    JOBS_FOLDER: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    // Celery does not like to be run by root.
    C_FORCE_ROOT: '1',
    ...env,
  }
  return {
    ...{ broker, backend, folder },
    control: async (...words) => {
      await promisify(execFile)(PYTHON, ['-m', 'celery', '-A', 'jobs', 'control', ...words], {
        cwd: JOBS,
        env: { PATH: process.env['PATH'], ...variables },
      })
    },
    worker: async (...more) => {
      const quick = ['--without-mingle', '--without-gossip', '--without-heartbeat']
      const worker = await startServer({
        command: PYTHON,
        args: ['-m', 'celery', '-A', 'jobs', 'worker', '-l', 'info', ...quick, ...more],
        cwd: JOBS,
        env: variables,
        ready: / ready\./,
      })
      workers.push(worker)
      return worker
    },
    program: (task, more) => createCelery({ broker, backend, task, ...more }),
    runs: () => {
      const ids = existsSync(runs) ? readFileSync(runs, 'utf8').trim().split('\n') : []
      return Object.fromEntries(
        [...Map.groupBy(ids, (id) => id)].map(([id, all]) => [id, all.length]),
      )
    },
    go: (on) => (on ? writeFileSync(go, '') : rmSync(go, { force: true })),
    dispose: async () => {
      for (const worker of workers) await worker.kill()
      await removeFolder(folder)
    },
  }
}

/** A celery executor from options as a config holds them. */
export function createCelery(options: Readonly<Record<string, unknown>>): ExecutorInstance {
  const { definition } = celery
  const given = definition.options.strict().parse({ interpreter: PYTHON, ...options })
  return definition.create(given, makeContext())
}
