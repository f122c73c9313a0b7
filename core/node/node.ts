import { readAdminToken } from '../api/access/tokens/admin-token.ts'
import { LiveConfig } from '../config/load/live.ts'
import type { GeneratedSecret } from '../config/load/load.ts'
import { ManagedConfig } from '../config/managed/managed-config.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { HooklineError } from '../errors/errors.ts'
import { searchable } from '../projection/searchable.ts'
import { TermHash } from '../projection/term-hash.ts'
import { allLearnedSecrets } from '../redaction/learned-secrets.ts'
import { redactError } from '../redaction/redact-error.ts'
import { Redactor } from '../redaction/redactor.ts'
import { createConfiguredStore } from '../sealing/configured-store.ts'
import type { CaseTrialsOptions } from '../trial/cases/case-trials.ts'
import { Closers } from './closers.ts'
import { createLogger } from './logger.ts'
import type { NodeContext, NodeOptions, RunningNode } from './running-node.ts'
import { openTestNode } from './test-node.ts'

/** Opens a node: config, store, access, work, server. If a step fails, everything opened before it is closed again. */
export async function openNode(options: NodeOptions): Promise<RunningNode> {
  const redactor = new Redactor()
  const logger = createLogger({
    level: options.logLevel ?? 'info',
    pretty: options.pretty,
    redactor,
  })
  const closers = new Closers()
  const { promise: failed, resolve: fail } = Promise.withResolvers<HooklineError>()
  const context: NodeContext = { options, logger, redactor, closers, failed, fail }
  try {
    const config = await openConfig(context)
    const { live, redact } = config
    // The rest is loaded while the thread of the store opens it. Both are waited for, so that the store can be closed.
    const [opened, loaded] = await Promise.allSettled([
      openStore(context, live),
      import('./serve.ts'),
    ])
    if (opened.status === 'rejected') throw opened.reason
    if (loaded.status === 'rejected') throw loaded.reason
    redact(live.current)
    const { serve } = loaded.value
    return await serve(context, { ...config, ...opened.value, cases: caseTrials(context, live) })
  } catch (error) {
    await closers.close()
    // The error is printed, so the logger does not redact it.
    throw redactError(error, redactor)
  }
}

function caseTrials({ options, redactor }: NodeContext, live: LiveConfig): CaseTrialsOptions {
  const { configFile, cwd, env } = options
  return {
    config: () => live.current,
    redact: (text) => redactor.text(text),
    open: (signal) =>
      openTestNode(openNode, {
        ...{ configFile, cwd, env, signal },
        managed: live.managed,
      }),
  }
}

async function openConfig({ options, logger, redactor, closers }: NodeContext) {
  const { configFile, cwd, env, overrides, logLevel, isTest = false, managed } = options
  const generatedSecrets: GeneratedSecret[] = []
  const live = await LiveConfig.open({
    file: configFile,
    cwd,
    env,
    overrides,
    mode: isTest ? 'test' : 'run',
    ...(managed === undefined ? {} : { managed, freshness: 'changed' }),
    logger,
    clock: Date.now,
    onGenerated: (secret) => generatedSecrets.push(secret),
  })
  closers.add(() => live.close())
  const { settings, warnings } = live.current
  logger.level = logLevel ?? settings.logLevel
  const adminToken = readAdminToken(env, settings.dataDir)
  // Secrets of earlier configs stay: programs that were started with them may still print them.
  const redact = (config: RunningConfig) => {
    const learned = allLearnedSecrets(config.settings.dataDir)
    redactor.add([adminToken.value, ...config.secrets, ...learned])
    redactor.setPatterns(config.settings.redact)
  }
  redact(live.current)
  for (const warning of warnings) logger.warn({}, warning)
  return { live, adminToken, generatedSecrets, redact }
}

/** Opens the store of the config, and loads the part of the config that is managed in it. */
async function openStore(
  { options, logger, redactor, closers, fail }: NodeContext,
  live: LiveConfig,
) {
  const {
    store: stored,
    keeper,
    termKeys,
  } = createConfiguredStore({
    config: () => live.current,
    env: options.env,
    logger,
    onKeys: (texts) => redactor.add(texts),
  })
  const termHash = new TermHash(termKeys)
  const store = searchable(stored, termHash)
  let isLost = false
  store.subscribe((change) => {
    if (change.kind !== 'failed') return
    isLost = true
    logger.error({ err: change.error }, 'the store has failed for good: the node ends')
    fail(new HooklineError('store_unavailable', redactor.text(change.error.message)))
  })
  await store.open()
  closers.add(() => store.close())
  const managed = await ManagedConfig.open({ live, store, logger })
  closers.add(() => managed.close())
  return { store, termHash, isStoreLost: () => isLost, keeper, managed }
}
