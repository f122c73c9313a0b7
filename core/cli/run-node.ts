import type { NodeOptions } from '../node.ts'
import { firstSteps } from './first-steps.ts'
import { print } from './print.ts'
import { type ConfigOptions, configFileOf, overridesOf } from './read-config.ts'

export interface RunOptions extends ConfigOptions {
  readonly role: NodeOptions['role']
}

// Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm.
const SAME_SIGNAL_MS = 500

/** Runs a node until a signal stops it; a second signal ends the process at once. */
export async function runNode(
  options: RunOptions,
  log: Pick<NodeOptions, 'pretty' | 'logLevel'>,
): Promise<void> {
  const { openNode } = await import('../node.ts')
  const signal = stopSignal()
  const configFile = configFileOf(options)
  const node = await openNode({
    ...(configFile === undefined ? {} : { configFile }),
    cwd: process.cwd(),
    env: process.env,
    overrides: overridesOf(options),
    role: options.role,
    ...log,
  })
  const isFirstStart = node.adminToken.made || node.generatedSecrets.length > 0
  // A service goes on where nobody reads what it prints.
  process.stdout.removeAllListeners('error').on('error', () => {})
  if (process.stdout.isTTY || isFirstStart) print(firstSteps(node, options))
  await signal
  await node.stop()
}

/** Resolves at the first SIGTERM or SIGINT. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let stoppedAt: number | null = null
    const onSignal = (_name: NodeJS.Signals, number: number) => {
      if (stoppedAt === null) {
        stoppedAt = Date.now()
        resolve()
      } else if (Date.now() - stoppedAt > SAME_SIGNAL_MS) {
        process.exit(128 + number)
      }
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}
