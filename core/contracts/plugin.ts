/** What a plugin gets from the node that uses it. */
export interface PluginContext {
  /** Name given in the config (`deploy`, `github`); for a store, its kind. */
  readonly name: string
  /** Folder of the config file that uses it. Relative paths in options start here. */
  readonly baseDir: string
  /** Data folder of this node. */
  readonly dataDir: string
  /** Data folder that the config names, if `--data` or HOOKLINE_DATA names another one. */
  readonly configDataDir?: string
  readonly logger: PluginLogger
  /** Current time in milliseconds since the epoch. Tests can set it. */
  readonly clock: () => number
}

/** Logger for plugins, a part of pino. Secrets are redacted before a line is written. */
export interface PluginLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A value that is read from the environment or a file when the config is loaded. */
export type Reference = EnvReference | FileReference

export interface EnvReference {
  readonly env: string
  /** Used if the variable is unset or empty. */
  readonly default?: string
  /** If the variable is unset, generate a random secret at the first start and keep it in the data folder (mode 0600). */
  readonly generate?: boolean
}

export interface FileReference {
  /** Path of a file with the value. One final newline is removed. */
  readonly file: string
}

/** `T` as a config may write it: a reference may replace any value in it. */
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

/** An options object. References may replace its values, but not the object itself. */
export type ConfigurableFields<T> = { readonly [Key in keyof T]: Configurable<T[Key]> }

/** The use of a plugin, in the form that config files, drop-in files and the API share. */
export interface PluginUse<Definition> {
  /** Name of the plugin. */
  readonly use: string
  readonly options: Readonly<Record<string, unknown>>
  /** Set if code made the use. Otherwise the plugin is looked up by `use`. */
  readonly definition?: Definition
}
