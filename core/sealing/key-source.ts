import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { HooklineError } from '../errors/errors.ts'
import { errorCodeOf } from '../kit/thrown.ts'
import { type Key, parseKeys } from './key.ts'

/** A place where keys were found. */
export interface KeySource {
  /** `data` is the file in the data folder; `file` is the one that HOOKLINE_KEY_FILE names. */
  readonly kind: 'environment' | 'file' | 'credential' | 'data'
  /** Name of the variable, or path of the file. */
  readonly name: string
  /** At least one. */
  readonly keys: readonly Key[]
}

export interface KeyPlaces {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly dataDir: string
}

const MAX_FILE_BYTES = 65_536
const OTHERS_MAY_READ = 0o077
const OTHERS_MAY_WRITE = 0o022

/** The key file of a data folder. */
export function dataKeyFile(dataDir: string): string {
  return join(dataDir, 'key')
}

/**
 * Reads keys from HOOKLINE_KEY, the file named by HOOKLINE_KEY_FILE, the systemd credential `hookline-key`, and the key
 * file of the data folder, in this order. The first key seals; all keys open. Throws `key_invalid` or `key_unreadable`.
 */
export function readKeySources({ env, dataDir }: KeyPlaces): readonly KeySource[] {
  const sources: KeySource[] = []
  const text = env['HOOKLINE_KEY']
  if (text) {
    const keys = parseKeys(text, 'HOOKLINE_KEY')
    sources.push({ kind: 'environment', name: 'HOOKLINE_KEY', keys })
  }
  for (const { kind, path, isExpected } of keyFiles({ env, dataDir })) {
    const found = readKeyFile(path, kind === 'file' ? OTHERS_MAY_WRITE : OTHERS_MAY_READ)
    if (found !== null) sources.push({ kind, name: path, keys: parseKeys(found, path) })
    else if (isExpected) {
      throw new HooklineError(
        'key_unreadable',
        `HOOKLINE_KEY_FILE names ${path}, which is not there`,
      )
    }
  }
  return sources
}

/** A text that changes when a key file does. */
export function keyFilesState(places: KeyPlaces): string {
  return keyFiles(places)
    .map(({ path }) => stateOf(path))
    .join(';')
}

/** The names of all places where keys are searched, for messages. */
export function keyPlacesText(places: KeyPlaces): string {
  return ['HOOKLINE_KEY', ...keyFiles(places).map(({ path }) => path)].join(', ')
}

interface KeyFile {
  readonly kind: Exclude<KeySource['kind'], 'environment'>
  readonly path: string
  readonly isExpected: boolean
}

function keyFiles({ env, dataDir }: KeyPlaces): readonly KeyFile[] {
  const named = env['HOOKLINE_KEY_FILE']
  const credentials = env['CREDENTIALS_DIRECTORY']
  const files: KeyFile[] = [{ kind: 'data', path: dataKeyFile(dataDir), isExpected: false }]
  if (credentials) {
    files.unshift({
      kind: 'credential',
      path: join(credentials, 'hookline-key'),
      isExpected: false,
    })
  }
  if (named) files.unshift({ kind: 'file', path: named, isExpected: true })
  return files
}

/** Null if there is no file. Checks the open file, so that it is the one that is read. */
function readKeyFile(path: string, forbiddenMode: number): string | null {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null
    throw new HooklineError('key_unreadable', `${path} cannot be read (${errorCodeOf(error)})`, {
      cause: error,
    })
  }
  try {
    checkFile(path, fstatSync(descriptor), forbiddenMode)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function checkFile(path: string, found: Stats, forbiddenMode: number): void {
  if (!found.isFile() || found.size > MAX_FILE_BYTES) {
    throw new HooklineError('key_invalid', `${path} is no key file: it is a folder, or too large`)
  }
  if (process.platform === 'win32' || (found.mode & forbiddenMode) === 0) return
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
  throw new HooklineError('key_unreadable', `${path} is open to other users (mode ${mode})`, {
    remedy: `Run \`chmod 600 ${path}\`; make a new key if others could have read this one.`,
  })
}

function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.ino}:${found.size}:${found.mtimeMs}`
}
