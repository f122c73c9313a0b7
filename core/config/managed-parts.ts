/** The kinds of parts that can be managed, as the config and the store's collections name them. */
export const MANAGED_KINDS = ['sources', 'programs', 'rules'] as const

export type ManagedKind = (typeof MANAGED_KINDS)[number]

/** What is managed through the API: the form of each part, by its name, as yet unchecked. */
export type ManagedParts = { readonly [Kind in ManagedKind]?: Readonly<Record<string, unknown>> }
