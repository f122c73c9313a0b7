import type { ZodObject, z } from 'zod'
import type { PluginContext, PluginUse } from './plugin.ts'

/** Where a tunnel ends on this machine. */
export interface TunnelTarget {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Paths at which senders deliver, beside those below `/api/webhooks/`. Default: none. */
  readonly paths?: readonly string[]
}

/** A tunnel through which requests come in. */
export interface OpenTunnel {
  /** Where the internet reaches it, without a final slash. */
  readonly url: string
  /** The process that carries it, if there is one. */
  readonly pid?: number
  /** Resolves with the reason once it has ended, whoever ended it. Never rejects. */
  readonly ended: Promise<string>
  /** Ends it. Resolves when nothing of it runs any more. */
  close(): Promise<void>
}

/** A configured tunnel. */
export interface TunnelInstance {
  /**
   * Resolves once requests can come in and the URL is known. Rejects with a `HooklineError` that says why not, and what
   * to do: `tunnel_tool_missing`, `tunnel_failed`. Called again, after a growing pause, whenever the tunnel has ended.
   * `signal` ends the opening.
   */
  open(target: TunnelTarget, signal: AbortSignal): Promise<OpenTunnel>
  /** The URL, where it is fixed and so known before the tunnel is open. */
  readonly url?: string
  /**
   * The header in which the tunnel gives the address of the sender. It is believed only on the listener that the tunnel
   * alone uses. Absent: the address is not known.
   */
  readonly clientHeader?: 'cf-connecting-ip' | 'x-forwarded-for'
  /** What a service manager runs in place of `open` where `external` is set. Absent: Hookline has to run the tunnel. */
  service?(target: TunnelTarget): TunnelService
}

/** A tunnel as a service of its own. */
export interface TunnelService {
  /** The program and its arguments. `{NAME}` in an argument stands for the path of that file of `files`. */
  readonly command: readonly string[]
  /** Files that it reads, by name: their text, or their absolute path. They may hold secrets. */
  readonly files: Readonly<Record<string, { readonly text: string } | { readonly path: string }>>
  /** Whether it tells systemd when it is open (sd_notify(3)). Default: false. */
  readonly notifies?: boolean
}

/** A tunnel plugin. */
export interface TunnelDefinition<
  Name extends string = string,
  Options extends ZodObject = ZodObject,
> {
  readonly kind: 'tunnel'
  readonly name: Name
  /** One sentence for the reference. */
  readonly summary: string
  /** The page of its tool. */
  readonly documentation?: string
  readonly options: Options
  create(options: z.output<Options>, context: PluginContext): TunnelInstance
}

/** Options that every tunnel takes besides its own. */
export interface TunnelCommonOptions {
  /**
   * Port of the listener on 127.0.0.1 that the tunnel alone uses. Default: any free one. Set it where something else has
   * to know it: a tunnel that is configured at its provider, or one with a service unit of its own.
   */
  readonly port?: number
  /** Another process runs the tunnel; Hookline only listens. It needs a fixed URL and `port`. Default: false. */
  readonly external?: boolean
}

/** A tunnel in a config: plain data, and the definition too if TypeScript code created it. */
export type TunnelUse = PluginUse<TunnelDefinition>
