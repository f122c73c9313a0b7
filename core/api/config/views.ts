import { relative } from 'node:path'
import { z } from 'zod'
import type { ManagedDocument } from '../../config/managed-documents.ts'
import type { ManagedKind } from '../../config/managed-parts.ts'
import { programSettingsSchema, sourceAccessSchema } from '../../config/schema.ts'
import type { Origin, RunningConfig, WrittenRule, WrittenUse } from '../../contracts/config.ts'
import { maskSecrets } from '../../kit/mask.ts'

/** Where a part was said, as the API shows it. */
export interface OriginView {
  readonly layer: Origin['layer']
  /** From the folder of the config; null for `managed`. */
  readonly file: string | null
}

/** The data of a part, which may hold secrets, and what the store says of it; null where it is in a file. */
export interface Part {
  readonly name: string
  readonly form: unknown
  readonly origin: Origin
  readonly document: Pick<ManagedDocument, 'version' | 'changedAt'> | null
}

/** Shows parts of the config, with every secret masked. */
export class PartViews {
  readonly #config: RunningConfig
  readonly #folder: string

  constructor(config: RunningConfig) {
    this.#config = config
    // The store is always said in the config's own file.
    this.#folder = config.store.baseDir
  }

  /** A part as the API shows it: the form that a change of it takes, less the secrets, and where it is from. */
  view(kind: ManagedKind, part: Part): Record<string, unknown> {
    const { name, origin, document } = part
    const form = this.masked(kind, part.form) as Record<string, unknown>
    return {
      name,
      ...form,
      origin: this.origin(origin),
      version: document?.version ?? null,
      changedAt: document === null ? null : new Date(document.changedAt).toISOString(),
      ...(kind === 'sources' ? { url: this.#url(name) } : {}),
    }
  }

  /** The form of a part without its secrets. Where the plugin is not known, all of its options are masked. */
  masked(kind: ManagedKind, form: unknown): unknown {
    if (typeof form !== 'object' || form === null) return {}
    if (kind === 'rules') return form
    const { use, options } = form as { use?: unknown; options?: unknown }
    const schema = this.#schemaOf(kind, use)
    return { use, options: maskSecrets(schema, options ?? {}) }
  }

  origin({ layer, file }: Origin): OriginView {
    return { layer, file: file === null ? null : relative(this.#folder, file) || file }
  }

  #schemaOf(kind: 'sources' | 'programs', use: unknown): z.ZodType | null {
    const used = [...this.#config[kind].values()].map((part) => part.definition)
    const of = kind === 'sources' ? 'source' : 'executor'
    const known = [...used, ...this.#config.plugins].filter((plugin) => plugin.kind === of)
    // A config in TypeScript may bring several of one name: what is a secret of any of them is shown of none.
    const all = known.filter(({ name }) => name === use).map(({ options }) => options)
    const [first, ...others] = new Set(all)
    if (first === undefined) return null
    const common = kind === 'sources' ? sourceAccessSchema : programSettingsSchema
    return z.intersection(others.length === 0 ? first : z.union([first, ...others]), common)
  }

  #url(name: string): string {
    return `${this.#config.settings.publicUrl}/api/webhooks/${name}`
  }
}

/** The form of a part as a config file has it. */
export function formOf(written: WrittenUse | WrittenRule): Record<string, unknown> {
  if ('use' in written) return { use: written.use, options: written.options }
  const { on, when, run, answer } = written
  return { on, ...(when === null ? {} : { when }), run, answer }
}
