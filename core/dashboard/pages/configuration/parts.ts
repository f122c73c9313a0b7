import type { OriginView } from '../../../api/config/views.ts'
import { HooklineError } from '../../../errors/errors.ts'
import type { PageContext } from '../../page.ts'

export const KINDS = ['sources', 'programs', 'rules'] as const

export type PartKindName = (typeof KINDS)[number]

/** A part of the config as the API shows it, with secrets masked. */
export interface PartView {
  readonly name: string
  readonly origin: OriginView
  /** Null for a part of a file. */
  readonly version: number | null
  readonly changedAt: string | null
  /** Of sources and programs. */
  readonly use?: string
  readonly options?: Readonly<Record<string, unknown>>
  /** Of sources. */
  readonly url?: string
  /** Of rules. */
  readonly on?: string
  readonly when?: string
  readonly run?: string | readonly string[]
  readonly then?: readonly (string | { readonly run: string })[]
  readonly answer?: unknown
  readonly approval?: unknown
  readonly expect?: unknown
  readonly report?: unknown
}

export interface ConfigView {
  readonly fault: string | null
  readonly managed: Readonly<Record<PartKindName, boolean>>
  readonly webhooks: readonly PartView[]
  readonly programs: readonly PartView[]
  readonly rules: readonly PartView[]
}

/** The programs of a rule's `then`. */
export function stepPrograms({ then = [] }: PartView): readonly string[] {
  return then.map((step) => (typeof step === 'string' ? step : step.run))
}

/** Sources are called webhooks in the paths of the API. */
export function apiPlural(kind: PartKindName): 'webhooks' | 'programs' | 'rules' {
  return kind === 'sources' ? 'webhooks' : kind
}

export function partPath(kind: PartKindName, name: string, more = ''): string {
  return `/configuration/${kind}/${encodeURIComponent(name)}${more}`
}

export function apiPartPath(kind: PartKindName, name: string): string {
  return `/api/config/${apiPlural(kind)}/${encodeURIComponent(name)}`
}

export function readConfig({ api }: PageContext): Promise<ConfigView> {
  return api.get<ConfigView>('/api/config')
}

export function partsOf(config: ConfigView, kind: PartKindName): readonly PartView[] {
  return config[apiPlural(kind)]
}

/** The kind that a path names. Throws `not_found`. */
export function kindOf(word: string | undefined): PartKindName {
  const kind = KINDS.find((one) => one === word)
  if (kind === undefined) throw new HooklineError('not_found', 'Nothing is at this path')
  return kind
}
