import { basename, resolve } from 'node:path'
import { z } from 'zod'
import type { PluginContext } from '../../contracts/plugin.ts'
import type { OpenTunnel } from '../../contracts/tunnel.ts'
import { HooklineError } from '../../errors/errors.ts'
import { errorCodeOf } from '../../kit/thrown.ts'
import { untilAborted, withTimeLimit } from '../../kit/time-limit.ts'
import { Redactor } from '../../redaction/redactor.ts'
import { startChild, type WatchedChild } from './child.ts'
import { locate, PASSED_VARIABLES } from './options.ts'
import { OutputLines } from './output-lines.ts'
import { stopGroup } from './stop-group.ts'

const KILL_AFTER_SECONDS = 5
const LAST_READ_MS = 1000
const MISSING = new Set(['ENOENT', 'EACCES', 'ENOTDIR'])
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY']

/** A program that makes a tunnel and runs as long as it. */
export interface TunnelProgram {
  /** A name to look for in PATH, or a path; one that starts with `./` or `../` is relative to the folder of the config. */
  readonly command: string
  readonly args: readonly string[]
  /** Default: those of `tunnelVariables`. */
  readonly env?: Readonly<Record<string, string>>
  /** Working directory, relative to the folder of the config. Default: that folder. */
  readonly cwd?: string
  /** Seconds until it has to be open. */
  readonly openSeconds: number
  /** Says how to get the program, for the error `tunnel_tool_missing`. */
  readonly remedy: string
  /** Texts that no log line and no reason may hold. Default: none. */
  readonly secrets?: readonly string[]
}

/** Options of every tunnel that is a program, for its schema. */
export const tunnelProgramOptions = {
  openSeconds: z
    .number()
    .min(1)
    .max(600)
    .default(60)
    .describe(
      'Seconds until the tunnel has to be open. If it is not, it is ended and tried again.',
    ),
} as const

/** What the program of a tunnel prints. */
export type TunnelOutput = Pick<OutputLines, 'find'>

/** A tunnel that is as open as its program runs. */
export interface ProgramTunnel extends OpenTunnel {
  readonly pid: number
  /** Ends it; `reason` is what `ended` then says. */
  close(reason?: string): Promise<void>
}

/** The variables of Hookline that tunnels get: the usual ones and those of an HTTP proxy, with `more` names. */
export function tunnelVariables(...more: readonly string[]): Record<string, string> {
  const proxies = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()])
  const names = [...PASSED_VARIABLES, ...proxies, ...more]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/**
 * Starts the program of a tunnel. `opened` watches what it prints, and resolves with the URL once requests can come in.
 * The program and all that it starts end with the tunnel and with this process, also if that is killed: by SIGTERM, and
 * by SIGKILL after 5 seconds. Each line that it prints is logged at the level `debug`. Throws `tunnel_tool_missing`, and
 * `tunnel_failed` if the program ends, or is not open in time.
 */
export async function openTunnelProgram(
  given: TunnelProgram,
  context: PluginContext,
  signal: AbortSignal,
  opened: (output: TunnelOutput, signal: AbortSignal) => Promise<string>,
): Promise<ProgramTunnel> {
  signal.throwIfAborted()
  const redactor = new Redactor()
  redactor.set(given.secrets ?? [])
  const output = new OutputLines(
    (line) => redactor.text(line),
    (line) => context.logger.debug({ tunnel: context.name }, line),
  )
  const running = await start(given, context, output)
  const over = new AbortController()
  const late = AbortSignal.timeout(given.openSeconds * 1000)
  const limit = AbortSignal.any([signal, late, over.signal])
  const early = running.ended.then((reason): never => {
    throw failed(given, reason)
  })
  try {
    const opening = opened(output, limit)
    const url = await untilAborted(Promise.race([opening, early]), AbortSignal.any([signal, late]))
    if (url !== null) return { url: url.replace(/\/+$/, ''), ...running }
    signal.throwIfAborted()
    throw failed(given, withFault(`was not open after ${given.openSeconds} seconds`, output))
  } catch (error) {
    await running.close()
    throw error
  } finally {
    over.abort()
  }
}

async function start(
  { command, args, env = tunnelVariables(), cwd, remedy }: TunnelProgram,
  { baseDir }: PluginContext,
  output: OutputLines,
): Promise<Omit<ProgramTunnel, 'url'>> {
  const launch = {
    program: locate(command, baseDir),
    args,
    cwd: resolve(baseDir, cwd ?? '.'),
    env,
    stdin: null,
    killAfterSeconds: KILL_AFTER_SECONDS,
    uid: undefined,
    gid: undefined,
  }
  const fault = (cause: unknown) => {
    const code = errorCodeOf(cause)
    if (!MISSING.has(code)) return failed({ command }, `cannot be started: ${code}`)
    const message = `The program \`${command}\` is not there, or may not be executed`
    return new HooklineError('tunnel_tool_missing', message, { remedy, cause })
  }
  let child: WatchedChild
  try {
    child = startChild(launch, { signal: new AbortController().signal, write: output.write })
  } catch (error) {
    throw fault(error)
  }
  const { pid } = child
  if (pid === undefined) throw fault(await child.startFailure)
  let told: string | null = null
  let isOver = false
  const end = async () => {
    await child.exited
    await withTimeLimit(child.finished, LAST_READ_MS, () => {})
    // What it started may have stayed.
    await stopGroup(child, pid, KILL_AFTER_SECONDS)
    isOver = true
    output.end()
    return told ?? withFault(exitText(child), output)
  }
  const ended = end()
  const close = async (reason = 'it was closed') => {
    // Its id may be another's by now.
    if (isOver) return
    told ??= reason
    await stopGroup(child, pid, KILL_AFTER_SECONDS)
    await ended
  }
  return { pid, ended, close }
}

function exitText(child: WatchedChild): string {
  const exit = child.exit()
  return exit?.signal ? `ended by signal ${exit.signal}` : `ended with exit code ${exit?.code}`
}

function withFault(text: string, output: OutputLines): string {
  const fault = output.fault()
  return fault === '' ? text : `${text}: ${fault}`
}

function failed({ command }: Pick<TunnelProgram, 'command'>, reason: string): HooklineError {
  return new HooklineError('tunnel_failed', `\`${basename(command)}\` ${reason}`)
}
