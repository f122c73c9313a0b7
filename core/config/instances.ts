import type { ExecutorInstance } from '../contracts/executor.ts'
import type { PluginContext } from '../contracts/plugin.ts'
import type { SourceInstance } from '../contracts/source.ts'
import { isHooklineError } from '../kit/errors.ts'
import { Redactor } from '../kit/redact.ts'
import { faultAt } from './fault.ts'
import type { Load } from './load-options.ts'
import type { Prepared } from './prepare-use.ts'

// What each instance was made of, to know whether a changed config can go on with it.
const fingerprints = new WeakMap<object, string>()

/** Instances of one load: carried over where nothing about them changed, else made. */
export class Instances {
  readonly #load: Load
  readonly #dataDir: string
  readonly #made: ExecutorInstance[] = []

  constructor(load: Load, dataDir: string) {
    this.#load = load
    this.#dataDir = dataDir
  }

  source(prepared: Prepared<'source', unknown>): SourceInstance | null {
    const before = this.#load.options.reuse?.sources.get(prepared.name)?.instance
    return this.#carryOrMake(prepared, before)
  }

  executor(prepared: Prepared<'executor', unknown>): ExecutorInstance | null {
    const before = this.#load.options.reuse?.programs.get(prepared.name)?.instance
    const instance = this.#carryOrMake(prepared, before)
    if (instance !== null && instance !== before) this.#made.push(instance)
    return instance
  }

  /** Ends what this load made, where the config is not taken. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#made.map((instance) => instance.close?.()))
  }

  #carryOrMake<Instance extends object>(
    prepared: {
      readonly name: string
      readonly definition: {
        readonly name: string
        create(options: never, context: PluginContext): Instance
      }
      readonly options: unknown
      readonly said: Prepared<'source', unknown>['said']
      readonly fingerprint: string
    },
    before: Instance | undefined,
  ): Instance | null {
    if (before !== undefined && fingerprints.get(before) === prepared.fingerprint) return before
    const { logger, clock } = this.#load.options
    const { name, said } = prepared
    const context = { name, baseDir: said.baseDir, dataDir: this.#dataDir, logger, clock }
    try {
      const instance = prepared.definition.create(prepared.options as never, context)
      fingerprints.set(instance, prepared.fingerprint)
      return instance
    } catch (error) {
      const told = error instanceof Error ? error.message : 'it threw no error'
      const message = redacted(told, this.#load.secrets)
      const known = isHooklineError(error)
      this.#load.faults.push(
        faultAt(said.place, known ? error.code : 'plugin_broken', {
          message: known
            ? message
            : `the plugin \`${prepared.definition.name}\` failed: ${message}`,
          ...(known ? { remedy: error.remedy } : {}),
        }),
      )
      return null
    }
  }
}

// A plugin's own error may quote what it was given, and the logger does not know these secrets yet.
function redacted(text: string, secrets: ReadonlySet<string>): string {
  const redactor = new Redactor()
  redactor.set([...secrets])
  return redactor.text(text)
}
