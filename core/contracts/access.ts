/** Lowest first: a viewer reads, an operator acts on tasks and deliveries, an admin changes config and access. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** The caller of the admin API. */
export interface Principal {
  /** Name of the token, or of the token that the session was started with. */
  readonly name: string
  readonly role: Role
  readonly via: 'token' | 'session'
}
