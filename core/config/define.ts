import type { z } from 'zod'
import type { AnswerMode } from '../contracts/answer-mode.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import type { ProgramOptions, ProgramUse } from '../contracts/executor.ts'
import type { ConfigurableFields } from '../contracts/plugin.ts'
import type { ReportForm } from '../contracts/provider/report.ts'
import type { SourceUse } from '../contracts/source.ts'
import type { StoreUse } from '../contracts/store.ts'
import type { TunnelUse } from '../contracts/tunnel.ts'
import type { OwnPayloads } from '../own-events/catalog.ts'
import type { settingsSchema } from '../settings/settings.ts'

/** Sources by name. The name is part of the URL: `/api/webhooks/{name}`. */
export type SourceUses = Readonly<Record<string, SourceUse>>

/** The source of Hookline's own events, which every config has. */
export type OwnSource = {
  readonly hookline: SourceUse<OwnPayloads>
}

export type ProgramUses = Readonly<Record<string, ProgramUse>>

/** A config in TypeScript. */
export interface Config<
  Sources extends SourceUses = SourceUses,
  Programs extends ProgramUses = ProgramUses,
  Ons extends readonly string[] = readonly string[],
> extends SettingsInput {
  readonly sources?: Sources
  readonly programs?: Programs
  readonly rules?: readonly [...{ [Index in keyof Ons]: Rule<Sources, Programs, Ons[Index]> }]
  readonly mapping?: Mapping<Sources, NoInfer<ProgramName<Programs>>> &
    Mapping<OwnSource, NoInfer<ProgramName<Programs>>>
  /** Default: SQLite in the data folder. */
  readonly store?: StoreUse
  /** Lets the internet reach the webhooks. Default: none. */
  readonly tunnel?: TunnelUse
  /** Folders of your own plugins, relative to this file, and packages with plugins (`hookline-plugin-…`). */
  readonly plugins?: readonly string[]
  /** Glob patterns for drop-in files, relative to this file. Default: `webhooks.d/*.{ts,js,mjs,json,yaml,yml}`. */
  readonly include?: readonly string[]
}

/** Settings of the node. Each has a default: docs/reference/settings.md. */
export type SettingsInput = ConfigurableFields<z.input<typeof settingsSchema>>

/** Says which programs run for which event, and under which condition. */
export interface Rule<
  Sources extends SourceUses = SourceUses,
  Programs extends ProgramUses = ProgramUses,
  On extends string = string,
> {
  /** Unique name. A rule in a drop-in file replaces an earlier one of the same name. Default: made of `run` and `on`. */
  readonly name?: string
  /** `source` or `source.type`. Covers the type and its subtypes: `github.pull_request` covers `github.pull_request.opened`. */
  readonly on: On & (OnOf<Sources> | OnOf<OwnSource>)
  /** Condition: CEL, or a synchronous function. Default: always. */
  readonly when?:
    | string
    | ((event: WebhookEvent<string, PayloadOn<Sources & OwnSource, On>>) => boolean)
  /** A program, or several, each with its own task. */
  readonly run: Runs<NoInfer<ProgramName<Programs>>>
  /**
   * Programs that run after the one of `run` has succeeded, one after the other: at most 10. Each has a task of its own, and
   * reads the one before it as `previous`. Default: none.
   */
  readonly then?: readonly ThenStep<NoInfer<ProgramName<Programs>>>[]
  /**
   * A person has to let each task run: one of `by` (names of tokens, and roles; default `['operator']`). One that nobody has
   * approved within `timeout` (default `'1d'`, at most `'7d'`) is cancelled. With `link`, whoever has the signed link of a
   * task (`approvalLink`) may, too. Default: nobody is asked.
   */
  readonly approval?: ApprovalOptions
  /**
   * Response to the sender after the commit: `accepted` (at once, the default), one of your own, the program's output if it
   * ends within `wait` seconds (1 to 300), or its output as a `stream`. If several rules match, the first that sets this
   * decides.
   */
  readonly answer?: AnswerMode
  /**
   * The source whose provider is told how the tasks go: `github`, or `{ to: 'github', name: 'deploy' }`. Default: nobody
   * is told.
   */
  readonly report?: ReportForm
}

/** A program, or one with params of its own (instead of those of the program) and a condition (else it is passed over). */
export type ThenStep<Name extends string = string> =
  | Name
  | {
      readonly run: Name
      readonly params?: ProgramOptions['params']
      readonly when?: string | ((event: WebhookEvent) => boolean)
      readonly approval?: ApprovalOptions
    }

/** Who lets tasks run. */
export interface ApprovalOptions {
  readonly by?: readonly string[]
  readonly timeout?: string
  readonly link?: boolean
}

export type Runs<Name extends string = string> = Name | readonly Name[]

/** Short form of rules. Programs, or programs by condition (`*` or empty: always), by source and event type (`*`: every event). */
export type Mapping<Sources extends SourceUses = SourceUses, Name extends string = string> = {
  readonly [Source in keyof Sources]?: {
    readonly [Type in TypesOf<Sources[Source]> | '*' | (string & {})]?:
      | Runs<Name>
      | { readonly [condition: string]: Runs<Name> }
  }
}

/** A drop-in file. Its rules may name programs and sources of other files. */
export interface DropIn {
  readonly sources?: SourceUses
  readonly programs?: ProgramUses
  readonly rules?: readonly Rule[]
  readonly mapping?: Mapping
}

/** Returns the config unchanged. Its types let editors check and complete names of sources, events and programs. */
export function defineConfig<
  const Sources extends SourceUses,
  const Programs extends ProgramUses,
  const Ons extends readonly string[],
>(config: Config<Sources, Programs, Ons>): Config<Sources, Programs, Ons> {
  return config
}

export type ProgramName<Programs extends ProgramUses> = keyof Programs & string

/**
 * Values of `on`. The intersection keeps TypeScript from dropping the known types from the union: editors complete
 * them, and any other dotted type of a configured source is allowed too.
 */
export type OnOf<Sources extends SourceUses> = {
  [Source in keyof Sources & string]:
    | Source
    | `${Source}.${TypesOf<Sources[Source]>}`
    | (`${Source}.${string}` & Record<never, never>)
}[keyof Sources & string]

type PayloadsOf<Use> = Use extends { readonly payloads?: infer Payloads } ? Payloads : unknown

type TypesOf<Use> =
  unknown extends PayloadsOf<Use> ? never : keyof NonNullable<PayloadsOf<Use>> & string

/** The payload of the events that `on` covers. */
export type PayloadOn<Sources extends SourceUses, On extends string> = On extends keyof Sources
  ? PayloadOfAll<NonNullable<PayloadsOf<Sources[On]>>>
  : On extends `${infer Source}.${infer Type}`
    ? Source extends keyof Sources
      ? PayloadOfType<NonNullable<PayloadsOf<Sources[Source]>>, Type>
      : UndescribedPayload
    : UndescribedPayload

type PayloadOfAll<Payloads> = keyof Payloads extends never
  ? UndescribedPayload
  : Payloads[keyof Payloads]

// The type itself, else all of its subtypes, else the nearest type above it.
type PayloadOfType<Payloads, Type extends string> = Type extends keyof Payloads
  ? Payloads[Type]
  : Extract<keyof Payloads, `${Type}.${string}`> extends never
    ? PayloadAbove<Payloads, Type>
    : Payloads[Extract<keyof Payloads, `${Type}.${string}`>]

type PayloadAbove<Payloads, Type extends string> = Type extends `${infer First}.${infer Rest}`
  ? NearestAbove<Payloads, First, Rest, UndescribedPayload>
  : UndescribedPayload

type NearestAbove<Payloads, Above extends string, Below extends string, Found> = NextAbove<
  Payloads,
  Above,
  Below,
  Above extends keyof Payloads ? Payloads[Above] : Found
>

type NextAbove<
  Payloads,
  Above extends string,
  Below extends string,
  Found,
> = Below extends `${infer Next}.${infer Rest}`
  ? NearestAbove<Payloads, `${Above}.${Next}`, Rest, Found>
  : Found

/** A payload without a type. Functions read it freely, as CEL does; if one throws, the decision records it. */
// biome-ignore lint/suspicious/noExplicitAny: with `unknown`, no condition on an undescribed payload could be written
type UndescribedPayload = any
