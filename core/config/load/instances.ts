import type { ExecutorInstance } from '../../contracts/executor.ts'
import type { PluginContext } from '../../contracts/plugin.ts'
import type { SourceInstance } from '../../contracts/source.ts'
import type { TunnelInstance } from '../../contracts/tunnel.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { Redactor } from '../../redaction/redactor.ts'
import { faultAt } from '../fault.ts'
import type { PluginKind } from '../modules/plugin-definitions.ts'
import type { Load } from './load-options.ts'
import type { Prepared } from './prepare-use.ts'

// What each instance was made of. If a changed config has the same fingerprint, it keeps the instance.
const fingerprints = new WeakMap<object, string>()

/** Instances of one load: kept from the config in force if nothing about them changed, else created. */
export class Instances {
  readonly #load: Load
  readonly #dataDir: string
  readonly #made: ExecutorInstance[] = []

  constructor(load: Load, dataDir: string) {
    this.#load = load
    this.#dataDir = dataDir
  }

  source(prepared: Prepared<'source'>): SourceInstance | null {
    const before = this.#load.options.reuse?.sources.get(prepared.name)?.instance
    return this.#keepOrCreate(prepared, before)
  }

  executor(prepared: Prepared<'executor'>): ExecutorInstance | null {
    const before = this.#load.options.reuse?.programs.get(prepared.name)?.instance
    const instance = this.#keepOrCreate(prepared, before)
    if (instance !== null && instance !== before) this.#made.push(instance)
    return instance
  }

  tunnel(prepared: Prepared<'tunnel'>): TunnelInstance | null {
    return this.#keepOrCreate(prepared, this.#load.options.reuse?.tunnel?.instance)
  }

  /** Closes the executors that this load created, since its config is not used. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#made.map((instance) => instance.close?.()))
  }

  #keepOrCreate<Instance extends object>(
    prepared: Omit<Prepared<PluginKind>, 'definition' | 'common'> & {
      readonly definition: {
        readonly name: string
        create(options: never, context: PluginContext): Instance
      }
    },
    before: Instance | undefined,
  ): Instance | null {
    if (before !== undefined && fingerprints.get(before) === prepared.fingerprint) return before
    const { logger, clock } = this.#load.options
    const { name, declared } = prepared
    const context = { name, baseDir: declared.baseDir, dataDir: this.#dataDir, logger, clock }
    try {
      const instance = prepared.definition.create(prepared.options as never, context)
      fingerprints.set(instance, prepared.fingerprint)
      return instance
    } catch (error) {
      const thrown = error instanceof Error ? error.message : 'it threw no error'
      const message = redacted(thrown, this.#load.secrets)
      const known = isHooklineError(error)
      const isFaultOfPlugin = !known || error.code === 'plugin_broken'
      this.#load.faults.push(
        faultAt(declared.location, known ? error.code : 'plugin_broken', {
          message: isFaultOfPlugin
            ? `the plugin \`${prepared.definition.name}\` failed: ${message}`
            : message,
          ...(known ? { remedy: error.remedy } : {}),
        }),
      )
      return null
    }
  }
}

// A plugin's error may quote its options, and the logger does not know these secrets yet.
function redacted(text: string, secrets: ReadonlySet<string>): string {
  const redactor = new Redactor()
  redactor.set([...secrets])
  return redactor.text(text)
}
