import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { formatOwner, isOwnerAlive, thisOwner } from '../../../../core/sdk/processes/owner.ts'
import { until } from '../../../../core/testing/executor-cases/case.ts'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { idOfDataDir } from '../../../../plugins/executors/docker/orphans.ts'
import { createDocker, makeDataDir } from './create-docker.ts'
import { containersWith, findEngine, IMAGE } from './engine.ts'

const { skip } = await findEngine()
const NODE = fileURLToPath(new URL('../../../fixtures/docker/run-until-killed.ts', import.meta.url))
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function dataDir(): string {
  const folder = makeDataDir()
  folders.push(folder)
  return folder
}

const ofNode = (folder: string) => containersWith(`hookline.node=${idOfDataDir(folder)}`)

/** Starts another node and kills it while its program runs. */
async function killedNode(folder: string): Promise<void> {
  const node = spawn(process.execPath, [NODE, folder, IMAGE, '300'], { stdio: 'inherit' })
  const exited = once(node, 'exit')
  try {
    await until('the program of the other node runs', async () =>
      (await ofNode(folder)).some(({ State }) => State === 'running'),
    )
  } finally {
    node.kill('SIGKILL')
    await exited
  }
}

describe.skipIf(skip !== null)('containers that a killed node left behind', () => {
  it('are removed before the first run of its successor, and no others', async () => {
    const [own, other] = [dataDir(), dataDir()]
    await killedNode(own)
    expect(await ofNode(own)).toHaveLength(1)
    // Another node with a run under way, and an earlier config of this one with another.
    const elsewhere = makeRun()
    const earlier = makeRun()
    const running = [
      createDocker({ command: ['sleep', '300'] }, { dataDir: other }).run(elsewhere.run),
    ]
    await until('the other node runs', async () => (await ofNode(other)).length === 1)

    const warned: object[] = []
    const logger = { ...SILENT_LOGGER, warn: (f: object) => warned.push(f) }
    const next = createDocker({ command: ['true'] }, { dataDir: own, logger })
    expect(await next.run(makeRun().run)).toMatchObject({ status: 'succeeded' })
    expect(await ofNode(own)).toEqual([])
    expect(warned).toEqual([expect.objectContaining({ removed: true, taskId: earlier.run.taskId })])

    running.push(createDocker({ command: ['sleep', '300'] }, { dataDir: own }).run(earlier.run))
    await until('the earlier config runs', async () => (await ofNode(own)).length === 1)
    await createDocker({ command: ['true'] }, { dataDir: own }).run(makeRun().run)
    expect(await ofNode(own)).toHaveLength(1)
    expect(await ofNode(other)).toHaveLength(1)

    elsewhere.abort('stopping')
    earlier.abort('stopping')
    await Promise.all(running)
    expect([...(await ofNode(own)), ...(await ofNode(other))]).toEqual([])
  })
})

describe('the owner of a container', () => {
  it('is found alive by its own label', () => {
    const own = thisOwner()
    expect(isOwnerAlive(formatOwner(own))).toBe(true)
    expect(isOwnerAlive(formatOwner({ ...own, startedAt: '1' }))).toBe(false)
    expect(isOwnerAlive(formatOwner({ ...own, scope: 'another-boot' }))).toBe(false)
    expect(isOwnerAlive(formatOwner({ ...own, pid: 2 ** 22 + 1 }))).toBe(false)
    expect(isOwnerAlive('')).toBe(false)
  })

  it('has one id per data folder, kept', () => {
    const [one, two] = [dataDir(), dataDir()]
    expect(idOfDataDir(one)).toBe(idOfDataDir(one))
    expect(idOfDataDir(one)).not.toBe(idOfDataDir(two))
  })
})
