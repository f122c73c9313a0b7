import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Fault } from './fault.ts'
import type { GeneratedSecret } from './generated-secret.ts'
import type { ManagedParts } from './managed-parts.ts'
import type { Freshness, ModuleLoad } from './module-hooks.ts'
import type { Resolved } from './references.ts'

export interface LoadOptions {
  /** Path of the config, from `cwd`. Default: `webhook.config.*` in `cwd`. */
  readonly file?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the command line says; `dataDir` from `cwd`. */
  readonly overrides: {
    readonly host?: string
    readonly port?: number
    readonly dataDir?: string
    /** Instead of the config's. */
    readonly labels?: readonly string[]
  }
  /** `check` writes nothing. */
  readonly mode: 'run' | 'check'
  readonly logger: PluginLogger
  readonly clock: () => number
  /** The config in force: instances whose options did not change are carried over, and what needs a restart stays. */
  readonly reuse?: RunningConfig
  /** When code is imported anew: always (the default), or only where a file of it changed. Each import takes memory for good. */
  readonly freshness?: Freshness
  /** What the API manages: it is laid beside all files, and takes no name of theirs. */
  readonly managed?: ManagedParts
  /** Told once of each secret made at this load. */
  readonly onGenerated?: (secret: GeneratedSecret) => void
  /** Filled with the files and folders whose change is worth another load, also where this one fails. */
  readonly watch?: WatchList
}

export interface WatchList {
  readonly files: Set<string>
  /** Folders where a new file may matter. */
  readonly folders: Set<string>
}

/** What one load gathers. */
export interface Load {
  readonly options: LoadOptions
  readonly modules: ModuleLoad
  readonly faults: Fault[]
  readonly warnings: string[]
  readonly secrets: Set<string>
  readonly watch: WatchList
}

/** Keeps what resolving references brought beside the value. */
export function noteResolved(load: Load, resolved: Resolved): void {
  load.faults.push(...resolved.faults)
  for (const secret of resolved.secrets) load.secrets.add(secret)
  for (const file of resolved.files) load.watch.files.add(file)
}
