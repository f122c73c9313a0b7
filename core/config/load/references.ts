import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EnvReference, FileReference } from '../../contracts/plugin.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { folderFault } from '../../errors/folder-fault.ts'
import { isSecretVariable } from '../../redaction/secret-names.ts'
import { below, type ConfigLocation, type Fault, faultAt, type Path, pathText } from '../fault.ts'
import {
  type GeneratedSecret,
  generatedSecretFile,
  makeGeneratedSecret,
  readGeneratedSecret,
} from './generated-secret.ts'

export interface ReferenceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder of generated secrets; null if none may be generated. */
  readonly dataDir: string | null
  /** `check` generates no secret but uses a placeholder. `test` uses one for all that is not set. */
  readonly mode: 'run' | 'check' | 'test'
  readonly onGenerated?: ((secret: GeneratedSecret) => void) | undefined
  /** Why a reference is not allowed; null if it is. Default: all are. */
  readonly refuse?: ((reference: EnvReference | FileReference) => string | null) | undefined
}

/** A value whose references are replaced. */
export interface Resolved {
  readonly value: unknown
  readonly faults: readonly Fault[]
  /** Paths of replaced references within the value, as text. */
  readonly referenced: ReadonlySet<string>
  /** Paths of references that could not be read. */
  readonly missing: ReadonlySet<string>
  /** What stands in for references that are not set, by path: the fault if the stand-in does not do. */
  readonly standIns: ReadonlyMap<string, Fault>
  /** Values read from files or from variables named like secrets, or generated. */
  readonly secrets: readonly string[]
  /** Files that references name, even if they do not exist yet. */
  readonly files: readonly string[]
}

const MAX_FILE_BYTES = 1024 * 1024
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
/** What `check` uses instead of a secret that the first start will generate. */
const PLACEHOLDER = 'generated-at-the-first-start'
/** What `test` uses for variables and files that only a machine in service has. */
const STAND_IN = 'stand-in-of-hookline-test'

/** Replaces all references in a value. Paths are relative to `baseDir`. */
export function resolveReferences(
  value: unknown,
  at: { readonly location: ConfigLocation; readonly baseDir: string },
  options: ReferenceOptions,
): Resolved {
  const resolving = new Resolving(at.location, at.baseDir, options)
  return {
    value: resolving.value(value, []),
    faults: resolving.faults,
    referenced: resolving.referenced,
    missing: resolving.missing,
    standIns: resolving.standIns,
    secrets: resolving.secrets,
    files: resolving.files,
  }
}

class Resolving {
  readonly faults: Fault[] = []
  readonly referenced = new Set<string>()
  readonly missing = new Set<string>()
  readonly standIns = new Map<string, Fault>()
  readonly secrets: string[] = []
  readonly files: string[] = []
  readonly #location: ConfigLocation
  readonly #baseDir: string
  readonly #options: ReferenceOptions

  constructor(location: ConfigLocation, baseDir: string, options: ReferenceOptions) {
    this.#location = location
    this.#baseDir = baseDir
    this.#options = options
  }

  value(value: unknown, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, [...path, index]))
    if (!isPlainObject(value)) return value
    const isWhole = path.length === 0
    if (!isWhole && (isEnvReference(value) || isFileReference(value))) {
      return this.#keep(path, this.#read(value, path))
    }
    const entries = Object.entries(value)
    return Object.fromEntries(entries.map(([key, item]) => [key, this.value(item, [...path, key])]))
  }

  #keep(path: Path, value: string | null): string | undefined {
    const text = pathText(path)
    this.referenced.add(text)
    if (value !== null) return value
    this.missing.add(text)
    return undefined
  }

  #read(reference: EnvReference | FileReference, path: Path): string | null {
    const refusal = this.#options.refuse?.(reference) ?? null
    if (refusal !== null) return this.#fail('reference_refused', path, refusal)
    return 'env' in reference ? this.#fromEnv(reference, path) : this.#fromFile(reference, path)
  }

  #fromEnv(reference: EnvReference, path: Path): string | null {
    const set = this.#options.env[reference.env]
    if (set !== undefined && set !== '') {
      if (isSecretVariable(reference.env)) this.secrets.push(set)
      return set
    }
    if (reference.generate === true) return this.#generated(reference.env, path)
    if (reference.default !== undefined) return reference.default
    return this.#unset('env_missing', path, `the environment variable ${reference.env} is not set`)
  }

  #generated(name: string, path: Path): string | null {
    const { dataDir, mode, onGenerated } = this.#options
    if (dataDir === null || !VARIABLE_NAME.test(name)) {
      return this.#fail('option_invalid', path, `no secret can be generated here for ${name}`)
    }
    const file = generatedSecretFile(dataDir, name)
    try {
      const kept = readGeneratedSecret(file)
      if (kept === null && mode === 'check') return PLACEHOLDER
      const { value, isNew } =
        kept === null ? makeGeneratedSecret(file) : { value: kept, isNew: false }
      this.secrets.push(value)
      if (isNew) onGenerated?.({ name, value, file })
      return value
    } catch (error) {
      const fault = isHooklineError(error) ? error : folderFault(error, file)
      if (fault !== null) return this.#fail(fault.code, path, fault.message)
      return this.#fail('file_unreadable', path, `${file}: ${reasonOf(error)}`)
    }
  }

  #fromFile(reference: FileReference, path: Path): string | null {
    const file = resolve(this.#baseDir, reference.file)
    this.files.push(file)
    try {
      if (statSync(file).size > MAX_FILE_BYTES) {
        return this.#fail('file_unreadable', path, `${file} is larger than 1 MiB`)
      }
      const bytes = readFileSync(file)
      const value = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
      this.secrets.push(value)
      return value
    } catch (error) {
      const message = `${file}: ${reasonOf(error)}`
      if (!existsSync(file)) return this.#unset('file_unreadable', path, message)
      return this.#fail('file_unreadable', path, message)
    }
  }

  /** A test needs no value that only a machine in service has, unless its form counts. */
  #unset(code: Fault['code'], path: Path, message: string): string | null {
    if (this.#options.mode !== 'test') return this.#fail(code, path, message)
    this.standIns.set(pathText(path), faultAt(below(this.#location, ...path), code, { message }))
    return STAND_IN
  }

  #fail(code: Fault['code'], path: Path, message: string): null {
    this.faults.push(faultAt(below(this.#location, ...path), code, { message }))
    return null
  }
}

function isEnvReference(
  value: Record<string, unknown>,
): value is Record<string, unknown> & EnvReference {
  const { env, default: fallback, generate, ...rest } = value
  return (
    typeof env === 'string' &&
    Object.keys(rest).length === 0 &&
    (fallback === undefined || typeof fallback === 'string') &&
    (generate === undefined || typeof generate === 'boolean')
  )
}

function isFileReference(
  value: Record<string, unknown>,
): value is Record<string, unknown> & FileReference {
  return typeof value['file'] === 'string' && Object.keys(value).length === 1
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  return error instanceof TypeError ? 'is not UTF-8' : 'cannot be read'
}
