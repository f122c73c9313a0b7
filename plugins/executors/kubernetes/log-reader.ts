import type { Cluster, ClusterCall } from './cluster.ts'
import { LogLines } from './log-lines.ts'
import { CONTAINER } from './objects.ts'

/** Reads the output of one pod: while it runs, and the rest at its end. */
export class LogReader {
  readonly #cluster: Cluster
  readonly #call: ClusterCall
  readonly #lines: LogLines
  #stopLive: AbortController | null = null
  #live: Promise<void> | null = null

  constructor(
    cluster: Cluster,
    { namespace, pod }: { readonly namespace: string; readonly pod: string },
    write: (chunk: Uint8Array) => void,
  ) {
    this.#cluster = cluster
    this.#call = {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
      namespace,
      what: 'get pods/log',
    }
    this.#lines = new LogLines(write)
  }

  get isLive(): boolean {
    return this.#live !== null
  }

  /** Reads as the program writes. Does nothing if it does so already; a connection that ends is opened by the next call. */
  follow(): void {
    if (this.#live !== null) return
    this.#stopLive = new AbortController()
    // What is missing is read at the end.
    this.#live = this.#read({ follow: 'true' }, this.#stopLive.signal)
      .catch(() => {})
      .finally(() => {
        this.#live = null
      })
  }

  async stop(): Promise<void> {
    this.#stopLive?.abort()
    await this.#live
  }

  /** Reads what is left. The container has ended. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.stop()
    await this.#read({}, signal)
  }

  async #read(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { since } = this.#lines
    const chunks = await this.#cluster.stream({
      ...this.#call,
      query: {
        container: CONTAINER,
        timestamps: 'true',
        ...query,
        ...(since === null ? {} : { sinceTime: since }),
      },
      signal,
    })
    this.#lines.begin()
    for await (const chunk of chunks) this.#lines.add(chunk)
  }
}
