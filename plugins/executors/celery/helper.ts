import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  FROM_HELPER,
  type Frame,
  HelperProcess,
  HelperShare,
  type HelperUse,
  type HelperWork,
  HooklineError,
  PASSED_VARIABLES,
} from '../../../core/sdk/executor.ts'
import type { Fault } from './faults.ts'

const PROGRAM = fileURLToPath(new URL('celery_helper.py', import.meta.url))
const READY_SECONDS = 60
const LOST: Fault = { place: 'broker', sent: null, kind: 'unreachable', text: 'the helper ended' }

/** What makes one helper differ from another. */
export interface HelperOptions {
  readonly interpreter: string
  /** Of broker and backend. */
  readonly urls: readonly [string, string]
  /** Settings of the Celery app. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** The answer to a call. */
export type HelperAnswer = { readonly value: unknown } | { readonly fault: Fault }

// By their options: programs that agree in all of them share a helper, which ends with the last of them.
const shares = new Map<string, HelperShare<CeleryHelper>>()

/** A program's part in the helper with these options. */
export function useHelper(options: HelperOptions): HelperUse<CeleryHelper> {
  const key = JSON.stringify(options)
  const share =
    shares.get(key) ??
    new HelperShare(
      () => open(options),
      () => shares.delete(key),
    )
  shares.set(key, share)
  return share.use()
}

/** A Python process that speaks with Celery. */
export class CeleryHelper extends HelperProcess {
  /** Whether the backend tells of ends. Known once it is open. */
  watches = false

  /** Calls one of its functions. Does not throw: a helper that was lost is a fault. */
  ask(name: string, given: unknown): Promise<HelperAnswer> {
    return this.#begin(name, given, () => {}).answer
  }

  /** Calls `changed` with the ids of tasks that have ended, until the helper is lost. */
  watch(changed: (ids: readonly string[]) => void): void {
    this.#begin('watch', null, changed)
  }

  #begin(name: string, given: unknown, onEvent: (ids: readonly string[]) => void): Call {
    const call = new Call(this.nextId(), onEvent, (id) => this.forget(id))
    const input = typeof given === 'string' ? given : JSON.stringify(given)
    void this.start(call, [name], Buffer.from(input))
    return call
  }
}

/** What the helper was asked. */
class Call implements HelperWork {
  readonly id: number
  readonly #onEvent: (ids: readonly string[]) => void
  readonly #forget: (id: number) => void
  readonly #answered = Promise.withResolvers<void>()
  readonly #answer = Promise.withResolvers<HelperAnswer>()
  readonly answered = this.#answered.promise
  readonly answer = this.#answer.promise

  constructor(id: number, onEvent: (ids: readonly string[]) => void, forget: (id: number) => void) {
    this.id = id
    this.#onEvent = onEvent
    this.#forget = forget
  }

  take({ kind, body }: Frame): void {
    if (kind === FROM_HELPER.started) this.#answered.resolve()
    else if (kind === FROM_HELPER.stdout) this.#onEvent(JSON.parse(body.toString()))
    else if (kind === FROM_HELPER.finished) {
      this.#answer.resolve(JSON.parse(body.toString()))
      this.#forget(this.id)
    }
  }

  fail(): void {
    this.#answered.resolve()
    this.#answer.resolve({ fault: LOST })
  }
}

/** Starts a helper. Throws `package_missing`, `interpreter_unavailable`, a fault as an `HelperAnswer`, or an error of the system. */
async function open({ interpreter, urls, settings }: HelperOptions): Promise<CeleryHelper> {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_VARIABLES.includes(name))
  const helper = new CeleryHelper({
    program: interpreter,
    // Secrets are sent over the connection: others can read the command line.
    args: [PROGRAM],
    cwd: dirname(PROGRAM),
    env: {
      ...(Object.fromEntries(passed) as Record<string, string>),
      PYTHONDONTWRITEBYTECODE: '1',
    },
    readySeconds: READY_SECONDS,
    lostError: () => new Error('the helper ended'),
  })
  const missing = await helper.ready().catch((error: Error) => {
    if ('code' in error && error.code !== 'ENOENT') throw error
    const why = 'code' in error ? 'there is no such program' : error.message
    throw new HooklineError('interpreter_unavailable', `"${interpreter}" cannot be used: ${why}`)
  })
  if (missing !== '') throw packageMissing(missing)
  const answer = await helper.ask('open', { urls, settings })
  if ('fault' in answer) {
    await helper.close()
    throw new OpenFault(answer.fault)
  }
  helper.watches = (answer.value as { readonly watches: boolean }).watches
  return helper
}

/** The helper runs, but its Celery cannot use the servers. */
export class OpenFault extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.text)
    this.fault = fault
  }
}

function packageMissing(said: string): HooklineError {
  const [python = '', detail = ''] = said.split('\n')
  const message = `The Python package \`celery\` cannot be imported by ${python}: ${detail}.`
  const remedy =
    `Install it with \`${python} -m pip install 'celery[redis]'\`, or let \`interpreter\` ` +
    'name a virtual environment that has it.'
  return new HooklineError('package_missing', message, { remedy })
}
