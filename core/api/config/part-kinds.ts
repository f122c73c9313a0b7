import type { ManagedKind } from '../../config/managed/kinds.ts'

/** A kind of config parts, with its names in the API. */
export interface PartKind {
  readonly kind: ManagedKind
  /** In paths and answers. Sources are called webhooks there. */
  readonly plural: 'webhooks' | 'programs' | 'rules'
  /** In messages and the audit log. */
  readonly word: 'webhook' | 'program' | 'rule'
}

export const PART_KINDS: readonly PartKind[] = [
  { kind: 'sources', plural: 'webhooks', word: 'webhook' },
  { kind: 'programs', plural: 'programs', word: 'program' },
  { kind: 'rules', plural: 'rules', word: 'rule' },
]
