import { setTimeout as sleep } from 'node:timers/promises'
import { HooklineError, isHooklineError, type PluginLogger } from '../../../../core/sdk/store.ts'
import { isAway, sqlState, toStoreError } from './fault.ts'

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000
/** Classes and codes of SQLSTATE that pass by themselves: connection, resources, starting, stopping, standby. */
const PASSES = /^(?:08|53|57P0|25006)/
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^25006/,
    'Let the `url` of the store lead to the primary: this server is a standby, or takes no writes.',
  ],
  [/^28/, 'Correct the user and the password in the `url` of the store.'],
  [/^3D/, 'Create the database, or correct its name in the `url` of the store.'],
  [/^42501/, 'Give the account the right CREATE on the database, or create the schema for it.'],
  [/^53300/, 'Raise `max_connections` of the server, or lower `poolSize` of the nodes.'],
]
const AWAY_REMEDY =
  'Start the database, and check host and port in the `url` of the store and the network between. `startSeconds` says how long a start waits.'

interface StartWait {
  readonly startSeconds: number
  readonly logger: PluginLogger
}

/** Runs `open`, again and again while the database is away, but not for longer than a start may wait. */
export async function whenThere<Result>(
  open: () => Promise<Result>,
  { startSeconds, logger }: StartWait,
): Promise<Result> {
  const end = performance.now() + startSeconds * 1000
  for (let tries = 0; ; tries++) {
    try {
      return await open()
    } catch (error) {
      const leftMs = end - performance.now()
      if (!passes(error) || leftMs <= 0) throw startFault(error)
      if (tries === 0) {
        const fault = toStoreError(error).message
        logger.warn({ fault, startSeconds }, 'the database is away: the start waits for it')
      }
      await sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries, leftMs))
    }
  }
}

function passes(error: unknown): boolean {
  if (isHooklineError(error)) return false
  const code = sqlState(error)
  return code === null ? isAway(error) : PASSES.test(code)
}

// Senders are told to send again; whoever starts a node is told what to do.
function startFault(error: unknown): HooklineError {
  const fault = toStoreError(error)
  if (isHooklineError(error) || fault.code !== 'store_unavailable') return fault
  const code = sqlState(error) ?? ''
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1] ?? AWAY_REMEDY
  return new HooklineError(fault.code, fault.message, { cause: fault.cause, remedy })
}
