import type { RunningConfig } from '../../contracts/config.ts'

/** A node for cases alone, with a store of its own. */
export interface CaseNode {
  readonly config: RunningConfig
  /** Reads a path of its API. */
  get<Answer>(path: string): Promise<Answer>
  /** Sends it a request. `path` begins with a slash. */
  send(path: string, init: RequestInit): Promise<Response>
  /** Waits until a task has ended, and resolves to its output. Absent: no programs run. */
  readonly output?: (task: string) => Promise<string>
  close(): Promise<void>
}
