import { type AdminToken, readAdminToken } from './api/admin-token.ts'
import { LiveConfig } from './config/live.ts'
import type { GeneratedSecret } from './config/load.ts'
import type { RunningConfig } from './contracts/config.ts'
import { Closers } from './kit/closers.ts'
import { HooklineError } from './kit/errors.ts'
import { allLearnedSecrets } from './kit/learned-secrets.ts'
import { createLogger } from './kit/logger.ts'
import { Redactor } from './kit/redact.ts'
import { redactError } from './kit/redact-error.ts'
import { openParts } from './node/open-parts.ts'
import type { NodeOptions } from './node/parts.ts'

/** One running node. */
export interface RunningNode {
  /** Where it listens, as reached from this machine. */
  readonly url: string
  readonly port: number
  readonly config: RunningConfig
  readonly adminToken: AdminToken
  /** Secrets made at this start, to be shown once. */
  readonly generatedSecrets: readonly GeneratedSecret[]
  /** Resolves with the reason once the node cannot go on: its store is gone for good, or it was told so. Stop it then. */
  readonly failed: Promise<HooklineError>
  /** Takes a fault that nothing caught: logs it, and `failed` resolves. */
  fail(fault: unknown): void
  /** Stops in reverse order of the start; running programs get the config's `node.stopSeconds`. */
  stop(): Promise<void>
}

/** Opens a node: config, store, worker, server. What was opened is closed again where a later part fails. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const redactor = new Redactor()
  const logger = createLogger({
    level: options.logLevel ?? 'info',
    pretty: options.pretty,
    redactor,
  })
  const generatedSecrets: GeneratedSecret[] = []
  const closers = new Closers()
  try {
    const live = await LiveConfig.open({
      ...(options.configFile === undefined ? {} : { file: options.configFile }),
      cwd: options.cwd,
      env: options.env,
      overrides: options.overrides,
      mode: 'run',
      logger,
      clock: Date.now,
      onGenerated: (secret) => generatedSecrets.push(secret),
    })
    closers.add(() => live.close())
    logger.level = options.logLevel ?? live.current.settings.logLevel
    const adminToken = readAdminToken(options.env, live.current.settings.dataDir)
    // Those of earlier configs stay: programs that were started with them may still write them.
    const redact = ({ secrets, settings }: RunningConfig) => {
      redactor.add([adminToken.value, ...secrets, ...allLearnedSecrets(settings.dataDir)])
      redactor.setPatterns(settings.redact)
    }
    redact(live.current)
    for (const warning of live.current.warnings) logger.warn({}, warning)
    const failed = Promise.withResolvers<HooklineError>()
    const shared = { options, live, logger, redactor, adminToken, redact, closers }
    const parts = { ...shared, fail: failed.resolve }
    const server = await openParts(parts)
    const host = options.overrides.host ?? live.current.settings.host
    const running: RunningNode = {
      url: `http://${reachable(host)}:${server.port}`,
      port: server.port,
      get config() {
        return live.current
      },
      adminToken,
      generatedSecrets,
      failed: failed.promise,
      fail(fault) {
        logger.error({ err: fault }, 'a fault that nothing caught: the node ends')
        failed.resolve(new HooklineError('internal', 'Nothing caught a fault; the log has it'))
      },
      stop: () => stopOnce(),
    }
    let stopped: Promise<void> | null = null
    const stopOnce = () => {
      stopped ??= closers.close().then(() => logger.info({}, 'stopped'))
      return stopped
    }
    logger.info({ url: running.url, config: live.current.version, role: options.role }, 'listening')
    return running
  } catch (error) {
    await closers.close()
    // It is printed, not logged.
    throw redactError(error, redactor)
  }
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
