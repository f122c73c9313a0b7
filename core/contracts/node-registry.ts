/** What a node says of itself with each heartbeat. */
export interface NodeStatus {
  /** Unique among the nodes of a store. */
  readonly name: string
  readonly role: 'all' | 'receive' | 'work'
  /** What programs may ask for by `runsOn`. */
  readonly labels: readonly string[]
  /** Hookline's version. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Version of the config in force. */
  readonly config: string
}

/** A node as the others see it. */
export interface NodeRecord extends NodeStatus {
  /** Its last heartbeat, ms since the epoch. */
  readonly seenAt: number
  /** Was told to claim no more. */
  readonly draining: boolean
  /** Tasks it holds a lease of. */
  readonly running: number
}

/** The part of a store where nodes find each other. */
export interface NodeRegistry {
  /** A heartbeat: records the node, and answers whether it is to drain; that outlives a restart without `removeNode`. */
  announceNode(status: NodeStatus): Promise<{ readonly draining: boolean }>
  /** A node that ended goes. */
  removeNode(name: string): Promise<void>
  /** In order of name. Those not seen for an hour are gone, as if removed. */
  nodes(): Promise<readonly NodeRecord[]>
  /** Tells a node to claim no more, or to claim again. False: no such node. Told to all as a `node` change. */
  drainNode(name: string, draining: boolean): Promise<boolean>
}
