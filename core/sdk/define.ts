import type { ZodObject, z } from 'zod'
import type { ExecutorDefinition, ProgramOptions, ProgramUse } from '../contracts/executor.ts'
import type { ConfigurableFields, EnvReference, FileReference } from '../contracts/plugin.ts'
import type { StoreDefinition, StoreUse } from '../contracts/store.ts'
import type { TunnelCommonOptions, TunnelDefinition, TunnelUse } from '../contracts/tunnel.ts'

/** A plugin as an export: call it with options in a config; `definition` is what the loader reads. */
export interface Configure<Definition, Options, Use> {
  (...args: Record<never, never> extends Options ? [options?: Options] : [options: Options]): Use
  readonly definition: Definition
}

/** Defines an executor plugin. */
export function defineExecutor<const Name extends string, Options extends ZodObject>(
  definition: Omit<ExecutorDefinition<Name, Options>, 'kind'>,
): Configure<
  ExecutorDefinition<Name, Options>,
  ConfigurableFields<z.input<Options>> & ConfigurableFields<ProgramOptions>,
  ProgramUse
> {
  return configure({ kind: 'executor', ...definition })
}

/** Defines a store plugin. */
export function defineStore<const Name extends string, Options extends ZodObject>(
  definition: Omit<StoreDefinition<Name, Options>, 'kind'>,
): Configure<StoreDefinition<Name, Options>, ConfigurableFields<z.input<Options>>, StoreUse> {
  return configure({ kind: 'store', ...definition })
}

/** Defines a tunnel plugin. */
export function defineTunnel<const Name extends string, Options extends ZodObject>(
  definition: Omit<TunnelDefinition<Name, Options>, 'kind'>,
): Configure<
  TunnelDefinition<Name, Options>,
  ConfigurableFields<z.input<Options>> & ConfigurableFields<TunnelCommonOptions>,
  TunnelUse
> {
  return configure({ kind: 'tunnel', ...definition })
}

/** Names the payload type of each event type of a source, for typed rules. Types only: no value is behind it. */
export function payloads<Types>(): Types {
  return undefined as Types
}

/** Reads an option from an environment variable when the config is loaded. */
export function env(
  name: string,
  settings: { readonly default?: string; readonly generate?: boolean } = {},
): EnvReference {
  return { env: name, ...settings }
}

/** Reads an option from a file (a mounted secret) when the config is loaded, less one final newline. */
export function file(path: string): FileReference {
  return { file: path }
}

/** Makes a definition callable. The one place where its own types are widened to what every config can hold. */
export function configure<Definition extends { readonly name: string }, Options, Use>(
  definition: Definition,
): Configure<Definition, Options, Use> {
  const use = (options?: Options) =>
    ({ use: definition.name, options: options ?? {}, definition }) as Use
  return Object.assign(use, { definition }) as Configure<Definition, Options, Use>
}
