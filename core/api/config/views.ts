import { relative } from 'node:path'
import { z } from 'zod'
import type { ManagedDocument } from '../../config/managed/documents.ts'
import type { ManagedKind } from '../../config/managed/kinds.ts'
import { COMMON_OPTIONS } from '../../config/schema/common-options.ts'
import type { Origin, RunningConfig, WrittenRule, WrittenUse } from '../../contracts/config.ts'
import { maskSecrets } from '../../redaction/mask-config.ts'
import { webhookPath } from '../../settings/webhook-path.ts'
import { isoTime } from '../iso-time.ts'

/** Where a part is configured, as the API shows it. */
export interface OriginView {
  readonly layer: Origin['layer']
  /** Path relative to the folder of the config; null for `managed`. */
  readonly file: string | null
}

/** A part of the config. Its form may hold secrets. `document` is null for a part in a file. */
export interface Part {
  readonly name: string
  readonly form: unknown
  readonly origin: Origin
  readonly document: Pick<ManagedDocument, 'version' | 'changedAt'> | null
}

/** Shows parts of a config with all secrets masked. */
export class PartViews {
  readonly #config: RunningConfig
  readonly #folder: string

  constructor(config: RunningConfig) {
    this.#config = config
    // The store is always configured in the main config file.
    this.#folder = config.store.baseDir
  }

  /** A part as the API shows it: its form without secrets, and where it comes from. */
  view(kind: ManagedKind, part: Part): Record<string, unknown> {
    const { name, origin, document } = part
    const form = this.masked(kind, part.form) as Record<string, unknown>
    return {
      name,
      ...form,
      origin: this.origin(origin),
      version: document?.version ?? null,
      changedAt: isoTime(document?.changedAt ?? null),
      ...(kind === 'sources' ? { url: this.url(name) } : {}),
    }
  }

  /** The form of a part with secrets masked. If its plugin is unknown, all options are masked. */
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
    // A config in TypeScript may define several plugins of one name: what one declares as secret is masked for all.
    const all = known.filter(({ name }) => name === use).map(({ options }) => options)
    const [first, ...others] = new Set(all)
    if (first === undefined) return null
    const own = others.length === 0 ? first : z.union([first, ...others])
    return z.intersection(own, COMMON_OPTIONS[of])
  }

  /** Where the sender of a source delivers. */
  url(name: string): string {
    const { settings, sources } = this.#config
    return settings.publicUrl + webhookPath(name, sources.get(name)?.path)
  }
}

/** The form of a part as in a config file. */
export function formOf(written: WrittenUse | WrittenRule): Record<string, unknown> {
  if ('use' in written) return { use: written.use, options: written.options }
  const { on, when, run, steps, approval, answer, report } = written
  return {
    on,
    ...(when === null ? {} : { when }),
    run,
    // biome-ignore lint/suspicious/noThenProperty: a list is no function, so nothing takes it for a promise
    ...(steps.length === 0 ? {} : { then: steps }),
    ...(approval === null ? {} : { approval }),
    answer,
    ...(report !== undefined && { report }),
  }
}
