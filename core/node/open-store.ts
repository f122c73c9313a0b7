import { ManagedConfig } from '../config/managed-config.ts'
import { HooklineError } from '../kit/errors.ts'
import { createConfiguredStore } from '../kit/sealing/configured-store.ts'
import type { Parts } from './parts.ts'

/** Opens the store of the config, and takes in what of the config is managed there. */
export async function openStore(parts: Parts) {
  const { live, logger, closers, options, redactor } = parts
  const { store, keeper } = createConfiguredStore({
    config: () => live.current,
    env: options.env,
    logger,
    onKeys: (texts) => redactor.add(texts),
  })
  let isLost = false
  store.subscribe((change) => {
    if (change.kind !== 'failed') return
    isLost = true
    logger.error({ err: change.error }, 'the store has failed for good: the node ends')
    parts.fail(new HooklineError('store_unavailable', redactor.text(change.error.message)))
  })
  await store.open()
  closers.add(() => store.close())
  const managed = await ManagedConfig.open({ live, store, logger })
  closers.add(() => managed.close())
  parts.redact(live.current)
  return { store, keeper, managed, isLost: () => isLost }
}
