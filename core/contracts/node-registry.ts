/** What a node announces with each heartbeat. */
export interface NodeStatus {
  /** Unique among the nodes of a store. */
  readonly name: string
  readonly role: 'all' | 'receive' | 'work'
  /** Labels that programs may require by `runsOn`. */
  readonly labels: readonly string[]
  /** Hookline's version. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Version of its current config. */
  readonly config: string
}

/** A node as the other nodes see it. */
export interface NodeRecord extends NodeStatus {
  /** Time of its last heartbeat (ms since the epoch). */
  readonly seenAt: number
  /** Whether it was told to stop claiming. */
  readonly draining: boolean
  /** Number of tasks for which it holds a lease. */
  readonly running: number
}

/** The part of a store through which nodes find each other. */
export interface NodeRegistry {
  /** A heartbeat: records the node. Returns whether it is to drain, which outlasts a restart without `removeNode`. */
  announceNode(status: NodeStatus): Promise<{ readonly draining: boolean }>
  /** Removes a node that has ended. */
  removeNode(name: string): Promise<void>
  /** All nodes by name. A node that was not seen for an hour is removed. */
  nodes(): Promise<readonly NodeRecord[]>
  /** Tells a node to stop or resume claiming, and notifies all nodes by a `node` change. False: there is no such node. */
  drainNode(name: string, draining: boolean): Promise<boolean>
}
