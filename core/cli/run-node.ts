import type { NodeOptions } from '../node/parts.ts'
import type { RunningNode } from '../node.ts'
import { firstSteps } from './first-steps.ts'
import { print } from './print.ts'
import { type ConfigOptions, configFileOf, overridesOf } from './read-config.ts'
import { supervisorOf } from './systemd/notify.ts'

export interface RunOptions extends ConfigOptions {
  readonly role: NodeOptions['role']
}

// Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm.
const SAME_SIGNAL_MS = 500
/** Beyond the time that programs get, which every part of a stop keeps to. */
const STOP_EXTRA_SECONDS = 60
/** For a start in which a fault was left uncaught. */
const OPEN_SECONDS = 30
/** After the stop, for what plugins left open. */
const EXIT_SECONDS = 3

/**
 * Runs a node until a signal stops it; a second signal ends the process at once. Throws the reason where the node
 * could not go on, so that whoever supervises the process starts it again.
 */
export async function runNode(
  options: RunOptions,
  log: Pick<NodeOptions, 'pretty' | 'logLevel'>,
): Promise<void> {
  const { openNode } = await import('../node.ts')
  const signal = stopSignal()
  const configFile = configFileOf(options)
  const uncaught = uncaughtFaults()
  const node = await openNode({
    ...(configFile === undefined ? {} : { configFile }),
    cwd: process.cwd(),
    env: process.env,
    overrides: overridesOf(options),
    role: options.role,
    ...log,
  })
  uncaught.tell((fault) => node.fail(fault))
  const isFirstStart = node.adminToken.made || node.generatedSecrets.length > 0
  // A service goes on where nobody reads what it prints.
  process.stdout.removeAllListeners('error').on('error', () => {})
  if (process.stdout.isTTY || isFirstStart) print(firstSteps(node, options))
  const supervisor = supervisorOf(process.env, (message) =>
    process.stderr.write(`warning: ${message}\n`),
  )
  supervisor.ready()
  const failure = await Promise.race([signal, node.failed])
  // A failure is told by the exit code.
  if (failure === null) supervisor.stopping()
  // Its pings go on: what hangs in a stop is to be killed too.
  await stopWithin(node).finally(() => supervisor.close())
  if (failure !== null) throw failure
}

/** Faults that nothing caught. They wait for the node, which redacts what they say. */
function uncaughtFaults() {
  const early: unknown[] = []
  let limit: NodeJS.Timeout | undefined
  let take = (fault: unknown): void => {
    early.push(fault)
    // What it broke may never open.
    limit ??= setTimeout(() => process.exit(1), OPEN_SECONDS * 1000).unref()
  }
  process.on('uncaughtException', (fault) => take(fault))
  process.on('unhandledRejection', (fault) => take(fault))
  return {
    tell(listener: (fault: unknown) => void): void {
      take = listener
      clearTimeout(limit)
      for (const fault of early) listener(fault)
    },
  }
}

/** However it stops, the process ends. */
async function stopWithin(node: RunningNode): Promise<void> {
  const limitSeconds = node.config.settings.node.stopSeconds + STOP_EXTRA_SECONDS
  const limit = setTimeout(() => process.exit(1), limitSeconds * 1000)
  try {
    await node.stop()
  } finally {
    clearTimeout(limit)
    setTimeout(() => process.exit(), EXIT_SECONDS * 1000).unref()
  }
}

/** Resolves at the first SIGTERM or SIGINT. */
function stopSignal(): Promise<null> {
  return new Promise((resolve) => {
    let stoppedAt: number | null = null
    const onSignal = (_name: NodeJS.Signals, number: number) => {
      if (stoppedAt === null) {
        stoppedAt = Date.now()
        resolve(null)
      } else if (Date.now() - stoppedAt > SAME_SIGNAL_MS) {
        process.exit(128 + number)
      }
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
