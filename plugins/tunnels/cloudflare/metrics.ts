import { setTimeout as sleep } from 'node:timers/promises'
import { z } from '../../../core/sdk/tunnel.ts'

const REQUEST_MS = 5000
const POLL_MS = 100

const quickTunnel = z.looseObject({ hostname: z.string() })
const configuration = z.looseObject({
  version: z.number(),
  config: z.looseObject({
    ingress: z
      .array(z.looseObject({ hostname: z.string().default(''), service: z.string().default('') }))
      .nullish(),
  }),
})

/** A rule by which cloudflared passes requests on. */
export interface IngressTarget {
  readonly hostname: string
  readonly service: string
}

/** The metrics server of a cloudflared, which tells its state. */
export class Metrics {
  readonly #base: string

  /** `address` as cloudflared logs it: `127.0.0.1:20241` */
  constructor(address: string) {
    this.#base = `http://${address}`
  }

  /** Whether it is connected to Cloudflare. False also if it does not answer. */
  async isReady(): Promise<boolean> {
    return (await this.#get('/ready'))?.ok ?? false
  }

  async untilReady(signal: AbortSignal): Promise<void> {
    while (!(await this.isReady())) await sleep(POLL_MS, undefined, { signal })
  }

  /** Hostname of a quick tunnel; empty if there is none. */
  async quickHostname(): Promise<string> {
    return quickTunnel.safeParse(await this.#json('/quicktunnel')).data?.hostname ?? ''
  }

  /**
   * The rules that Cloudflare has sent to a tunnel that is configured there. Waits for them for some seconds. Null: it
   * sent none, or this version of cloudflared does not tell.
   */
  async ingress(seconds: number, signal: AbortSignal): Promise<readonly IngressTarget[] | null> {
    const end = performance.now() + seconds * 1000
    for (;;) {
      const { data } = configuration.safeParse(await this.#json('/config'))
      if (data === undefined) return null
      // -1: none has come yet.
      if (data.version >= 0) return data.config.ingress ?? []
      if (performance.now() > end) return null
      await sleep(POLL_MS, undefined, { signal })
    }
  }

  async #json(path: string): Promise<unknown> {
    try {
      const response = await this.#get(path)
      return response?.ok === true ? await response.json() : undefined
    } catch {
      return undefined
    }
  }

  async #get(path: string): Promise<Response | null> {
    try {
      return await fetch(this.#base + path, { signal: AbortSignal.timeout(REQUEST_MS) })
    } catch {
      return null
    }
  }
}
