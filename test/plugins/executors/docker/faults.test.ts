import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { until, withinSeconds } from '../../../../core/testing/executor-cases/case.ts'
import { makeRun, type RunSettings } from '../../../../core/testing/make-run.ts'
import { countStdin } from '../count-stdin.ts'
import { createDocker } from './create-docker.ts'
import { containersWith, engine, findEngine } from './engine.ts'

const { skip } = await findEngine()
const SECRET = 'hunter2-hunter2'
const folder = mkdtempSync(join(tmpdir(), 'hookline-socket-'))

afterAll(() => rmSync(folder, { recursive: true }))

describe('an engine that cannot be reached', () => {
  const path = join(folder, 'none.sock')

  it('fails the run for now, and says what to do', async () => {
    expect(await createDocker({ socketPath: path }).run(makeRun().run)).toEqual({
      status: 'failed',
      retryable: true,
      reason: expect.stringMatching(
        /^engine_unavailable: .*none\.sock.*no such socket.*Start the engine/,
      ),
    })
  })

  it('gets no input: it is made when a container takes it', async () => {
    const { run, reads } = countStdin()
    await createDocker({ socketPath: path }).run(run)
    expect(reads()).toBe(0)
  })

  it('is asked anew at the next run', async () => {
    const executor = createDocker({ socketPath: path })
    await executor.run(makeRun().run)
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const outcome = await executor.run(makeRun().run)
    await new Promise((resolve) => server.close(resolve))
    expect(outcome).toMatchObject({ retryable: true })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/went away/))
  })
})

describe('an engine that does not answer', () => {
  it('does not hold up a run that is stopped', async () => {
    const path = join(folder, 'silent.sock')
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const made = makeRun()
    const outcome = createDocker({ socketPath: path }).run(made.run)
    await until('the engine is asked', () => sockets.size === 1)
    made.abort('cancelled')
    expect(await withinSeconds(5, outcome)).toMatchObject({ reason: 'stopped: cancelled' })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
})

interface Fault {
  readonly title: string
  readonly options: object
  readonly run?: RunSettings
  readonly reason: RegExp
}

const FAULTS: readonly Fault[] = [
  {
    title: 'a missing image that is not to be fetched',
    options: { image: 'hookline-test:missing', command: ['true'] },
    reason: /^image_unavailable: .*"hookline-test:missing".*`never`/,
  },
  {
    title: 'a command that is not in the image, without init',
    options: { command: ['no-such-program', SECRET], init: false },
    reason: /^program_not_found: .*no-such-program/,
  },
  {
    title: 'a mount whose source is not there',
    options: { command: ['true'], mounts: [{ source: './no-such-folder', target: '/in' }] },
    reason: /^container_refused: .*no-such-folder/,
  },
  {
    title: 'a network that is not there',
    options: { command: ['true'], network: 'no-such-network' },
    reason: /^container_refused: .*no-such-network/,
  },
  {
    title: 'a user that is not in the image',
    options: { command: ['true'], user: 'no-such-user' },
    reason: /^container_refused: .*no-such-user/,
  },
  {
    title: 'a capability that does not exist',
    options: { command: ['true'], capAdd: ['NO_SUCH'] },
    reason: /^container_refused: .*NO_SUCH/,
  },
  {
    title: 'no command, and none in the image',
    options: {},
    reason: /^container_refused: .*No command/,
  },
  {
    title: 'a NUL in an argument',
    options: { command: ['true'] },
    run: { args: [`${SECRET}\0`] },
    reason: /^container_refused: .*NUL/,
  },
  {
    title: 'a NUL in a variable',
    options: { command: ['true'] },
    run: { env: { WEBHOOK_X: `${SECRET}\0` } },
    reason: /^container_refused: .*NUL/,
  },
]

describe.skipIf(skip !== null)('what can never run is a final failure', () => {
  it.each(FAULTS)('$title', async ({ options, run, reason }) => {
    const outcome = await createDocker(options).run(makeRun(run).run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(reason))
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
  })

  it('a container that another party removes is no final failure', async () => {
    const made = makeRun()
    const outcome = createDocker({ command: ['sleep', '60'], labels: { test: 'removed' } }).run(
      made.run,
    )
    const found = () => containersWith('test=removed')
    await until('it runs', async () => (await found()).some(({ State }) => State === 'running'))
    await engine('DELETE', `/containers/${(await found())[0]?.Id}?force=true`)
    expect(await outcome).toEqual({
      status: 'failed',
      reason: 'the container was removed by another party while it ran',
    })
  })

  it('a command that is not in the image, with init, ends with 127', async () => {
    const outcome = await createDocker({ command: ['no-such-program'] }).run(makeRun().run)
    expect(outcome).toMatchObject({
      exitCode: 127,
      reason: expect.stringMatching(/not in the image/),
    })
  })
})
