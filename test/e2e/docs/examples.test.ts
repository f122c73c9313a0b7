import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findEngine, IMAGE } from '../../plugins/executors/docker/engine.ts'
import { missingCelery } from '../../plugins/executors/servers/celery.ts'
import { missingTool } from '../../requirements.ts'
import { type Service, startService, until } from '../service.ts'
import { COUNTERPARTS } from './example-counterparts.ts'

const run = promisify(execFile)
const examples = join(import.meta.dirname, '../../../examples')
const BIN = join(import.meta.dirname, '../../../core/cli/bin.ts')
const names = readdirSync(examples).filter((name) => name !== 'README.md')
const LIMIT = { timeout: 60_000 }
const IN_CONTAINER = 'count-in-container'
const WITH_CELERY = 'deploy-with-celery'
const noCelery = missingTool('redis-server') ?? missingCelery()
const engine = await findEngine()

interface Saved {
  readonly source: string
  readonly event: string
  readonly body: unknown
}

interface Expected {
  readonly tasks: readonly {
    program: string
    state: string
    exitCode: number | null
    output: string
  }[]
}

describe('examples', () => {
  it.for(names)('%s does what its expected.json says', LIMIT, async (name, { skip }) => {
    if (name === IN_CONTAINER && engine.skip !== null) skip(engine.skip)
    if (name === WITH_CELERY && noCelery !== null) skip(noCelery)
    expect(existsSync(join(examples, name, 'README.md'))).toBe(true)
    const folder = mkdtempSync(join(tmpdir(), 'hookline-example-'))
    cpSync(join(examples, name), folder, { recursive: true })
    await using counterpart = (await COUNTERPARTS[name]?.()) ?? null
    if (counterpart?.patch !== undefined) patchConfig(folder, counterpart.patch)
    const env = { COUNT_IMAGE: IMAGE, ...counterpart?.env }
    const service = await startService({ folder, env })
    try {
      await send(folder, service.url, env)
      const expected = read<Expected>(folder, 'expected.json')
      const tasks = await settledTasks(service, expected.tasks.length)
      expect(tasks).toEqual(expected.tasks)
      counterpart?.check()
    } finally {
      await service.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

function patchConfig(folder: string, [text, replacement]: readonly [string, string]): void {
  const file = join(folder, 'webhook.config.ts')
  const config = readFileSync(file, 'utf8')
  expect(config).toContain(text)
  writeFileSync(
    file,
    config.replace(text, () => replacement),
  )
}

// With the command that a reader of the example would use.
async function send(
  folder: string,
  url: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const saved = read<Saved>(folder, 'delivery.json')
  writeFileSync(join(folder, 'body.json'), JSON.stringify(saved.body))
  const args = ['send', saved.source, '--event', saved.event, '--file', 'body.json', '--url', url]
  await run(process.execPath, [BIN, ...args], { cwd: folder, env: { ...process.env, ...env } })
}

async function settledTasks(service: Service, count: number): Promise<Expected['tasks']> {
  const { tasks } = await until(
    () => service.get<{ tasks: { id: string; state: string }[] }>('/api/tasks'),
    (page) =>
      page.tasks.length === count &&
      page.tasks.every(({ state }) => state !== 'waiting' && state !== 'running'),
    40,
  )
  return Promise.all(
    tasks.map(async ({ id }) => {
      const task = await service.get<TaskAnswer>(`/api/tasks/${id}`)
      const output = task.log.map((chunk) => chunk.text).join('')
      return { program: task.program, state: task.state, exitCode: task.exitCode, output }
    }),
  )
}

interface TaskAnswer {
  readonly program: string
  readonly state: string
  readonly exitCode: number | null
  readonly log: readonly { readonly text: string }[]
}

function read<Content>(folder: string, file: string): Content {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Content
}
