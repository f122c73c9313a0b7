/** Kinds of managed parts. The config and the collections of the store have the same names. */
export const MANAGED_KINDS = ['sources', 'programs', 'rules'] as const

export type ManagedKind = (typeof MANAGED_KINDS)[number]

/** All managed parts by name, before they are checked. */
export type ManagedParts = { readonly [Kind in ManagedKind]?: Readonly<Record<string, unknown>> }
