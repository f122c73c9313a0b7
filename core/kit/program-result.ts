import { Buffer } from 'node:buffer'
import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  unlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome, ProgramRun } from '../contracts/executor.ts'
import { decodeUtf8, parseJson } from './json.ts'
import { LastLine } from './last-line.ts'

/** A longer result is not kept. */
export const MAX_RESULT_BYTES = 1024 * 1024

interface Owner {
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/**
 * Gives each run a path for its result in a private folder, as `WEBHOOK_RESULT`, and adds the result to the outcome,
 * good or bad. The file counts where there is one; else the last line of standard output, where it is a JSON object
 * or array of at most `MAX_RESULT_BYTES`. A file that is not JSON is no result; a note in the output says so.
 */
export class ResultFolder {
  readonly #owner: Owner
  #folder: string | null = null
  #runs = 0

  /** The owner is who the programs run as, where that is not who runs this. */
  constructor(owner: Owner = {}) {
    this.#owner = owner
  }

  async collect(run: ProgramRun, execute: (run: ProgramRun) => Promise<Outcome>): Promise<Outcome> {
    const path = this.#reserve()
    const { write, lastLine } = watchLastLine(run)
    const env = { ...run.env, WEBHOOK_RESULT: path }
    const outcome = await execute({ ...run, env, write })
    const file = readResult(path)
    if ('fault' in file) {
      if (!run.signal.aborted) run.write('stderr', noteOf(file.fault))
      return outcome
    }
    const result = 'value' in file ? file.value : readLine(lastLine.text())
    return result === undefined ? outcome : { ...outcome, result }
  }

  /** Called once, after the last run. */
  remove(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = null
  }

  #reserve(): string {
    this.#folder ??= makeFolder(this.#owner)
    this.#runs += 1
    return join(this.#folder, `${this.#runs}.json`)
  }
}

// Only its owner may enter: another user could put a result there.
function makeFolder({ uid, gid }: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-results-'))
  if (uid !== undefined && gid !== undefined && process.getuid?.() === 0)
    chownSync(folder, uid, gid)
  return folder
}

type ReadResult = { readonly value: unknown } | { readonly fault: string } | { readonly none: true }

function readResult(path: string): ReadResult {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { none: true }
  try {
    return { value: parseJson(decodeUtf8(readFile(path))) }
  } catch (error) {
    return { fault: error instanceof TooLong ? error.message : 'it is not JSON in a plain file' }
  } finally {
    removeFile(path)
  }
}

class TooLong extends Error {}

// The program made the file, so it may be anything: a link to another file, a pipe that never ends.
function readFile(path: string): Uint8Array {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const descriptor = openSync(path, flags)
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile()) throw new Error('not a file')
    if (found.size > MAX_RESULT_BYTES) throw new TooLong(`it is over ${MAX_RESULT_BYTES} bytes`)
    const bytes = Buffer.alloc(found.size)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, found.size, 0))
  } finally {
    closeSync(descriptor)
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // A folder, or gone by now; it goes with the folder it is in.
  }
}

/** The same where a program shares no folder: only the last line of its output counts. */
export async function collectLastLine(
  run: ProgramRun,
  execute: (run: ProgramRun) => Promise<Outcome>,
): Promise<Outcome> {
  const { write, lastLine } = watchLastLine(run)
  const outcome = await execute({ ...run, write })
  const result = readLine(lastLine.text())
  return result === undefined ? outcome : { ...outcome, result }
}

function watchLastLine(
  run: ProgramRun,
): Pick<ProgramRun, 'write'> & { readonly lastLine: LastLine } {
  const lastLine = new LastLine(MAX_RESULT_BYTES)
  return {
    lastLine,
    write: (stream, chunk) => {
      if (stream === 'stdout') lastLine.add(chunk)
      run.write(stream, chunk)
    },
  }
}

function readLine(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return parseJson(text)
  } catch {
    // Not meant as a result.
    return undefined
  }
}

function noteOf(fault: string): Uint8Array {
  return Buffer.from(`[hookline] The file of WEBHOOK_RESULT is not kept as the result: ${fault}.\n`)
}
