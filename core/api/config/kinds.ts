import type { ManagedKind } from '../../config/managed-parts.ts'

/** A kind of parts as the API names it. */
export interface PartKind {
  readonly kind: ManagedKind
  /** In paths and in answers; `webhooks` are sources as their users know them. */
  readonly plural: 'webhooks' | 'programs' | 'rules'
  /** For a person, and in the audit log. */
  readonly word: 'webhook' | 'program' | 'rule'
}

export const PART_KINDS: readonly PartKind[] = [
  { kind: 'sources', plural: 'webhooks', word: 'webhook' },
  { kind: 'programs', plural: 'programs', word: 'program' },
  { kind: 'rules', plural: 'rules', word: 'rule' },
]
