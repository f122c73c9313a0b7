/** From the least to the most: a viewer reads, an operator acts on tasks and deliveries, an admin changes config and access. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** Who makes a call to the admin API. */
export interface Principal {
  /** Name of the token; of a session, of the token that it was started with. */
  readonly name: string
  readonly role: Role
  readonly via: 'token' | 'session'
}
