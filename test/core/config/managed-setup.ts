import { onTestFinished } from 'vitest'
import { LiveConfig } from '../../../core/config/load/live.ts'
import type { LoadOptions } from '../../../core/config/load/load.ts'
import type { ManagedWrite } from '../../../core/config/managed/documents.ts'
import { ManagedConfig } from '../../../core/config/managed/managed-config.ts'
import type { NewAuditEntry } from '../../../core/contracts/document.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import type { ConfigFolder } from './config-folder.ts'

export const ENTRY: NewAuditEntry = {
  ...{ at: 1, actor: 'test', action: 'config.rule.put', target: 'r', outcome: 'done' },
  ...{ detail: '{}', client: null, node: 'one' },
}

/** The config of one node: files, and what a store manages. */
export async function openManaged(
  folder: ConfigFolder,
  store: StoreInstance,
  more: { readonly load?: Partial<LoadOptions>; readonly pollMs?: number } = {},
) {
  const options = folder.options(more.load)
  const live = await LiveConfig.open(options)
  onTestFinished(() => live.close())
  const { pollMs = 3_600_000 } = more
  const managed = await ManagedConfig.open({ live, store, logger: options.logger, pollMs })
  onTestFinished(() => managed.close())
  return { live, managed }
}

/** Checks and commits a change. */
export async function change(managed: ManagedConfig, write: ManagedWrite) {
  const snapshot = await managed.read()
  const checked = await managed.check(snapshot, write)
  if (!checked.ok) throw checked.error
  return managed.commit(snapshot, write, ENTRY)
}
