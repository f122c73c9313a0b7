import type { RunningConfig } from '../../contracts/config.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { Fault } from '../fault.ts'
import type { ManagedParts } from '../managed/kinds.ts'
import type { Freshness, ModuleLoad } from '../modules/module-hooks.ts'
import type { GeneratedSecret } from './generated-secret.ts'
import type { Resolved } from './references.ts'

export interface LoadOptions {
  /** Path of the config, relative to `cwd`. Default: the nearest one that a search upward from `cwd` finds. */
  readonly file?: string | undefined
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Values of the command line, which override the config. `dataDir` is relative to `cwd`. */
  readonly overrides: {
    readonly host?: string | undefined
    readonly port?: number | undefined
    readonly dataDir?: string | undefined
    readonly labels?: readonly string[] | undefined
    /** Whether a config without a tunnel gets the default one. */
    readonly tunnel?: boolean
  }
  /** Where a tunnel is reached, without a final slash: the `publicUrl` if the config names none. */
  readonly tunnelUrl?: string
  /** `check` writes nothing. `test` takes a text for what is not set, keeps deliveries in the data folder, and has no tunnel and no processes that receive. */
  readonly mode: 'run' | 'check' | 'test'
  /** The source that the config is loaded for: what others and programs lack is no fault, and there is no tunnel and the default store. */
  readonly onlyFor?: string | undefined
  readonly logger: PluginLogger
  readonly clock: () => number
  /** The config in force. Instances with unchanged options are kept; so are settings that need a restart. */
  readonly reuse?: RunningConfig | undefined
  /** When code is imported again: always (default), or only if one of its files changed. Each import uses memory for good. */
  readonly freshness?: Freshness
  /** Parts that are managed through the API. They may not use a name that a file has. */
  readonly managed?: ManagedParts | undefined
  /** Called for each secret that this load generates. */
  readonly onGenerated?: (secret: GeneratedSecret) => void
  /** Receives the files and folders whose change needs another load, even if this one fails. */
  readonly watch?: WatchList
}

export interface WatchList {
  readonly files: Set<string>
  /** Folders in which new files may belong to the config. */
  readonly folders: Set<string>
}

/** State of one load. */
export interface Load {
  readonly options: LoadOptions
  readonly modules: ModuleLoad
  readonly faults: Fault[]
  readonly warnings: string[]
  readonly secrets: Set<string>
  readonly watch: WatchList
}

/** Adds the faults, secrets and files of resolved references to a load. */
export function noteResolved(load: Load, resolved: Resolved): void {
  load.faults.push(...resolved.faults)
  for (const secret of resolved.secrets) load.secrets.add(secret)
  for (const file of resolved.files) load.watch.files.add(file)
}
