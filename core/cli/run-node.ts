import { flushCompileCache } from 'node:module'
import { boundHeap } from '../node/heap.ts'
import type { NodeOptions, RunningNode } from '../node/running-node.ts'
import { firstSteps, tunnelText } from './first-steps.ts'
import { print } from './print.ts'
import { type ConfigOptions, configFileOf, overridesOf } from './read-config.ts'
import { supervisorOf } from './systemd/notify.ts'

export interface RunOptions extends ConfigOptions {
  readonly role: NodeOptions['role']
  readonly tunnel?: true
}

// Ctrl-C under `npm start` arrives twice: from the terminal and from npm.
const SAME_SIGNAL_MS = 500
/** Beyond `node.stopSeconds`, in which every part of a stop should end. */
const STOP_EXTRA_SECONDS = 60
const KEEP_CODE_MS = 500
/** For a start with an uncaught error. */
const OPEN_SECONDS = 30
/** After the stop, if plugins left something open. */
const EXIT_SECONDS = 3
/** Between two looks whether npm's shell is still there. */
const SHELL_CHECK_MS = 1_000
const SHELL_ENDED = 'stopping, since the shell through which npm started the service has ended'

/**
 * Runs a node until a signal stops it, or the shell ends through which npm started it. A second signal ends the process at once. Throws if the node fails, so that a
 * supervisor restarts the process.
 */
export async function runNode(
  options: RunOptions,
  log: Pick<NodeOptions, 'pretty' | 'logLevel'>,
): Promise<void> {
  const { openNode } = await import('../node/node.ts')
  const signal = stopSignal()
  const shell = shellOfNpm(process.env, process.ppid)
  const uncaught = uncaughtErrors()
  const node = await openNode({
    configFile: configFileOf(options),
    cwd: process.cwd(),
    env: process.env,
    overrides: { ...overridesOf(options), ...(options.tunnel && { tunnel: true }) },
    role: options.role,
    ...log,
  })
  uncaught.handle((error) => node.fail(error))
  const isFirstStart = node.adminToken.made || node.generatedSecrets.length > 0
  // A service goes on if nobody reads its output.
  process.stdout.removeAllListeners('error').on('error', () => {})
  if (process.stdout.isTTY || isFirstStart) print(firstSteps(node, options))
  if (process.stdout.isTTY) printTunnel(node)
  const supervisor = supervisorOf(process.env, (message) =>
    process.stderr.write(`warning: ${message}\n`),
  )
  supervisor.ready()
  keepCodeSoon()
  boundHeap()
  const end = await Promise.race([signal, shell.then(() => SHELL_ENDED), node.failed])
  const [failure, reason] = typeof end === 'string' ? [null, end] : [end, undefined]
  // systemd learns of a failure by the exit code.
  if (failure === null) supervisor.stopping()
  // Its pings go on, so that systemd kills a process that hangs while stopping.
  await stopWithin(node, reason).finally(() => supervisor.close())
  if (failure !== null) throw failure
}

/** Keeps compiled code for the next start. Node.js itself does so only when a process ends that is not killed. */
function keepCodeSoon(): void {
  setTimeout(flushCompileCache, KEEP_CODE_MS).unref()
}

/** Prints the URL of every source once the tunnel is open, and again when it has another one. */
function printTunnel(node: RunningNode): void {
  let printed: string | null = null
  node.onTunnel((status) => {
    if (status?.state !== 'up' || status.url === printed) return
    printed = status.url
    print(tunnelText(node.config, status))
  })
}

/** Collects uncaught errors until the node can handle them, since it redacts their messages. */
function uncaughtErrors() {
  const early: unknown[] = []
  let limit: NodeJS.Timeout | undefined
  let take = (error: unknown): void => {
    early.push(error)
    // The node may never open after this.
    limit ??= setTimeout(() => process.exit(1), OPEN_SECONDS * 1000).unref()
  }
  process.on('uncaughtException', (error) => take(error))
  process.on('unhandledRejection', (error) => take(error))
  return {
    handle(listener: (error: unknown) => void): void {
      take = listener
      clearTimeout(limit)
      for (const error of early) listener(error)
    },
  }
}

/** Stops the node. The process ends in any case. */
async function stopWithin(node: RunningNode, reason?: string): Promise<void> {
  const limitSeconds = node.config.settings.node.stopSeconds + STOP_EXTRA_SECONDS
  const limit = setTimeout(() => process.exit(1), limitSeconds * 1000)
  try {
    await node.stop(reason)
  } finally {
    clearTimeout(limit)
    setTimeout(() => process.exit(), EXIT_SECONDS * 1000).unref()
  }
}

/**
 * Resolves when the parent of this process has ended, if npm or npx has started it. They start a command through a
 * shell, and pass a TERM to that shell alone, which ends without passing it on.
 */
function shellOfNpm(env: NodeJS.ProcessEnv, parent: number): Promise<void> {
  return new Promise((resolve) => {
    if (env['npm_execpath'] === undefined) return
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve()
    }, SHELL_CHECK_MS).unref()
  })
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
