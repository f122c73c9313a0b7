/** What a plugin may know of its surroundings. */
export interface PluginContext {
  /** Name given in the config (`deploy`, `github`); for a store, its kind. */
  readonly name: string
  /** Folder of the file that configured it: relative paths in options start here. */
  readonly baseDir: string
  /** Folder of this node's own files. */
  readonly dataDir: string
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. Passed in so that tests can set it. */
  readonly clock: () => number
}

/** The part of pino that plugins use. Secrets are redacted before a line is written. */
export interface PluginLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Reads a value from the environment, or from a file, when the config is loaded. */
export type Reference = EnvReference | FileReference

export interface EnvReference {
  readonly env: string
  /** Used where the variable is unset. */
  readonly default?: string
  /** Make a random secret at the first start where the variable is unset, and keep it in the data folder (0600). */
  readonly generate?: boolean
}

export interface FileReference {
  /** Path of a file whose content, less one final newline, is the value. */
  readonly file: string
}

/** `T` as a config may write it: any leaf may be a reference instead. */
export type Configurable<T> =
  | Reference
  | (T extends string | number | boolean | bigint | null | undefined
      ? T
      : T extends (...args: never[]) => unknown
        ? T
        : T extends readonly (infer Item)[]
          ? readonly Configurable<Item>[]
          : T extends object
            ? { readonly [Key in keyof T]: Configurable<T[Key]> }
            : T)

/** An options object whose values, not the object itself, may be references. */
export type ConfigurableFields<T> = { readonly [Key in keyof T]: Configurable<T[Key]> }

/** A plugin named and given options: the one form that a config file, a drop-in file and the API share. */
export interface PluginUse<Definition> {
  /** Name of the plugin. */
  readonly use: string
  readonly options: Readonly<Record<string, unknown>>
  /** Present where code made it. Data without it is looked up by `use`. */
  readonly definition?: Definition
}
