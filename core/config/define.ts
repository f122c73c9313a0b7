import type { AnswerMode } from '../contracts/answer-mode.ts'
import type { Settings } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import type { ProgramUse } from '../contracts/executor.ts'
import type { OwnPayloads } from '../contracts/own-event.ts'
import type { ConfigurableFields } from '../contracts/plugin.ts'
import type { SourceUse } from '../contracts/source.ts'
import type { StoreUse } from '../contracts/store.ts'

/** Sources by the name under which they are reached: `/api/webhooks/{name}`. */
export type SourceUses = Readonly<Record<string, SourceUse>>

/** Hookline's own events, which every config has. */
export type OwnSource = {
  readonly hookline: SourceUse<OwnPayloads>
}

export type ProgramUses = Readonly<Record<string, ProgramUse>>

/** A config as TypeScript code writes it. */
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
  /** Folders whose files hold plugins of your own, relative to this file, and packages: `hookline-plugin-…`. */
  readonly plugins?: readonly string[]
  /** Globs of drop-in files, relative to this file. Default: `webhooks.d/*.{ts,js,mjs,json,yaml,yml}`. */
  readonly include?: readonly string[]
}

/** Settings of the node, each with a default. */
export type SettingsInput = ConfigurableFields<PartOf<Settings>>

type PartOf<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]?: PartOf<Value[Key]> }
    : Value

/** On which event, under which condition, which program. */
export interface Rule<
  Sources extends SourceUses = SourceUses,
  Programs extends ProgramUses = ProgramUses,
  On extends string = string,
> {
  /** Unique. A drop-in file's rule replaces an earlier one of the same name. Default: made of `run` and `on`. */
  readonly name?: string
  /** `source` or `source.type`: covers this type and all below it by dots. */
  readonly on: On & (OnOf<Sources> | OnOf<OwnSource>)
  /** CEL, or a function that answers at once. Default: always. */
  readonly when?:
    | string
    | ((event: WebhookEvent<string, PayloadOn<Sources & OwnSource, On>>) => boolean)
  /** A program, or several that each get a task of their own. */
  readonly run: Runs<NoInfer<ProgramName<Programs>>>
  /**
   * What the sender is answered after the commit: `accepted` (at once, the default), the program's output where it ends
   * within `wait` seconds (1 to 300), or its output as a `stream`. Of several rules that match, the first that asks counts.
   */
  readonly answer?: AnswerMode
}

export type Runs<Name extends string = string> = Name | readonly Name[]

/** The short form of rules: by source and event type (`*`: every event), programs, or programs by condition (`*` or empty: always). */
export type Mapping<Sources extends SourceUses = SourceUses, Name extends string = string> = {
  readonly [Source in keyof Sources]?: {
    readonly [Type in TypesOf<Sources[Source]> | '*' | (string & {})]?:
      | Runs<Name>
      | { readonly [condition: string]: Runs<Name> }
  }
}

/** What a drop-in file may hold. Its rules may name programs and sources of other files. */
export interface DropIn {
  readonly sources?: SourceUses
  readonly programs?: ProgramUses
  readonly rules?: readonly Rule[]
  readonly mapping?: Mapping
}

/** The config, with its names checked and completed by the types. Gives back what it is given. */
export function defineConfig<
  const Sources extends SourceUses,
  const Programs extends ProgramUses,
  const Ons extends readonly string[],
>(config: Config<Sources, Programs, Ons>): Config<Sources, Programs, Ons> {
  return config
}

export type ProgramName<Programs extends ProgramUses> = keyof Programs & string

/**
 * What `on` may name. The intersection keeps the union from swallowing the known types, so that editors complete
 * them while any other dotted type of a configured source still passes.
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

// The type itself, else all below it, else the nearest above it.
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

/** Nobody described it: a function reads it freely, as CEL does; where it guesses wrong, it throws and the rule records that. */
// biome-ignore lint/suspicious/noExplicitAny: with `unknown`, no condition on an undescribed payload could be written
type UndescribedPayload = any
