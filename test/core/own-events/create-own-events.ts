import type { RunningConfig } from '../../../core/contracts/config.ts'
import type { PluginLogger } from '../../../core/contracts/plugin.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { OwnEvents } from '../../../core/own-events/own-events.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'

interface Given {
  readonly config: RunningConfig
  readonly store: StoreInstance
  readonly logger: PluginLogger
}

/** Hookline's own events of a node with a config. */
export function createOwnEvents(given: Given): OwnEvents {
  return new OwnEvents({
    ...given,
    nodeName: 'node-1',
    redactor: new Redactor(),
    clock: Date.now,
  })
}
