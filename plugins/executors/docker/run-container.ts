import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import {
  type EndOutcome,
  HooklineError,
  outcomeOfStop,
  type ProgramRun,
  untilAborted,
  withTimeLimit,
} from '../../../core/sdk/executor.ts'
import { type ContainerSpec, containerBody } from './container-spec.ts'
import type { Engine, EngineAnswer } from './engine.ts'
import { demultiplexer } from './frames.ts'
import { missingImage, pullImage } from './image.ts'
import { type Exit, outcomeOfError, outcomeOfExit, refusal } from './outcome.ts'

export interface ContainerRun {
  readonly engine: Engine
  readonly spec: ContainerSpec
  readonly run: ProgramRun
  /** Called with the output, in place of `write` of the run. */
  readonly write: ProgramRun['write']
  /** Makes the input, which is called once. Null: none. */
  readonly stdin: () => string | null
  /** Ends and removes the container, whatever its state; false if it may still exist. */
  readonly remove: (name: string) => Promise<boolean>
}

const LAST_READ_SECONDS = 2
const STOP_GRACE_SECONDS = 10
const SECOND_LOOK_MS = 100
const KILLED = 137

/** Runs one container to its end, or stops it on abort. It is removed in any case. */
export async function runContainer(job: ContainerRun): Promise<EndOutcome> {
  const { engine, spec, run } = job
  const { signal } = run
  if (signal.aborted) return outcomeOfStop(signal)
  const name = `hookline-${run.taskId.replace(/\W/g, '')}-${run.attempt}-${randomBytes(4).toString('hex')}`
  let outcome: EndOutcome
  let created = false
  try {
    refuseNul(run)
    if (spec.settings.pull === 'always') await pullImage(engine, spec.settings, signal)
    created = true
    await createContainer(job, name)
    outcome = await runToEnd(job, name)
  } catch (error) {
    outcome = signal.aborted ? outcomeOfStop(signal) : outcomeOfError(error)
  }
  // By name: a create request may have made it although no answer came.
  const removed = !created || (await job.remove(name))
  return removed || !signal.aborted ? outcome : outcomeOfStop(signal, 'container')
}

async function createContainer({ engine, spec, run }: ContainerRun, name: string): Promise<void> {
  const create = () =>
    engine.call({
      method: 'POST',
      path: '/containers/create',
      query: { name },
      body: containerBody(spec, run),
    })
  let answer = await create()
  if (answer.status === 404) {
    if (spec.settings.pull === 'never') throw missingImage(spec.settings.image)
    await pullImage(engine, spec.settings, run.signal)
    answer = await create()
  }
  if (answer.status >= 400) throw refusal(answer)
}

async function runToEnd(job: ContainerRun, name: string): Promise<EndOutcome> {
  const { engine, spec, run } = job
  const { signal } = run
  const over = new AbortController()
  // Two connections: input that nobody reads must not break the output.
  let output: Duplex | null = null
  let input: Duplex | null = null
  try {
    output = await engine.attach(name, { stream: '1', stdout: '1', stderr: '1' })
    const outputEnd = readOutput(output, job)
    input = await sendInput(job, name)
    if (signal.aborted) return outcomeOfStop(signal)
    const started = await engine.call({ method: 'POST', path: `/containers/${name}/start` })
    if (started.status >= 400) throw refusal(started)
    const ended = waitForEnd(engine, name, over.signal)
    await untilAborted(ended, signal)
    if (signal.aborted) await stop(job, name)
    await withTimeLimit(outputEnd, LAST_READ_SECONDS * 1000, () => {})
    if (signal.aborted) return outcomeOfStop(signal)
    return outcomeOfExit(await exitOf(engine, name), spec.settings.memoryBytes)
  } finally {
    over.abort()
    input?.destroy()
    output?.destroy()
  }
}

function waitForEnd(engine: Engine, name: string, signal: AbortSignal): Promise<unknown> {
  const path = `/containers/${name}/wait`
  const ended = engine.call({ method: 'POST', path, silenceSeconds: null, signal })
  // It may fail when nobody waits for it any more.
  ended.catch(() => {})
  return ended
}

function readOutput(output: Duplex, { write }: ContainerRun): Promise<void> {
  const take = demultiplexer(write)
  const end = Promise.withResolvers<void>()
  output.on('data', take)
  output.once('end', end.resolve)
  output.once('close', end.resolve)
  // A connection that breaks closes too; what was read before is kept.
  output.on('error', () => {})
  return end.promise
}

/** Resolves to null where there is no input. */
async function sendInput({ engine, stdin }: ContainerRun, name: string): Promise<Duplex | null> {
  const text = stdin()
  if (text === null) return null
  const input = await engine.attach(name, { stream: '1', stdin: '1' })
  // A program need not read its input: it may close it, or end, at any time.
  input.on('error', () => {})
  input.resume()
  input.end(text)
  return input
}

async function stop({ engine, spec }: ContainerRun, name: string): Promise<void> {
  const { killAfterSeconds } = spec.settings
  const silenceSeconds = killAfterSeconds + STOP_GRACE_SECONDS
  const query = { t: String(killAfterSeconds) }
  // If this fails, the removal that follows ends it.
  await engine
    .call({ method: 'POST', path: `/containers/${name}/stop`, query, silenceSeconds })
    .catch(() => {})
}

/** Null if the container no longer exists. */
async function exitOf(engine: Engine, name: string): Promise<Exit | null> {
  const look = async () =>
    readState(await engine.call({ method: 'GET', path: `/containers/${name}/json` }))
  const exit = await look()
  if (exit?.code !== KILLED || exit.outOfMemory) return exit
  // The engine may learn of the lack of memory only after the end.
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS))
  return look()
}

function readState(answer: EngineAnswer): Exit | null {
  if (answer.status === 404) return null
  if (answer.status >= 400) throw refusal(answer)
  const { State: state } = answer.body as {
    State: { Running: boolean; ExitCode: number; OOMKilled: boolean }
  }
  if (state.Running) {
    throw new HooklineError('engine_unavailable', 'The engine lost sight of the container', {
      fields: { retryable: true },
    })
  }
  return { code: state.ExitCode, outOfMemory: state.OOMKilled }
}

function refuseNul(run: ProgramRun): void {
  const texts = [...run.args, ...Object.entries(run.env).flat()]
  if (texts.some((text) => text.includes('\0'))) {
    throw new HooklineError(
      'container_refused',
      'an argument or a variable holds a NUL character.',
      {
        fields: { retryable: false },
      },
    )
  }
}
