import { Buffer } from 'node:buffer'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import type { EndOutcome, ProgramRun } from '../../contracts/executor.ts'
import { decodeUtf8 } from '../../kit/content-type.ts'
import { parseJson } from '../../kit/json.ts'
import { LastLine } from './last-line.ts'
import type { RunFolder } from './run-folders.ts'

/** A longer result is not kept. */
export const MAX_RESULT_BYTES = 1024 * 1024

/**
 * The result of one run. Its file counts if there is one; otherwise the last line of standard output, if that is a JSON
 * object or array of at most `MAX_RESULT_BYTES`. A file that is not JSON is no result, and a note in the output says so.
 */
export class ProgramResult {
  readonly #run: Pick<ProgramRun, 'signal' | 'write'>
  readonly #folder: RunFolder | null
  readonly #lastLine = new LastLine(MAX_RESULT_BYTES)

  /** `folder` is the one of its file. Null: the program shares no folder with Hookline. */
  constructor(run: Pick<ProgramRun, 'signal' | 'write'>, folder: RunFolder | null) {
    this.#run = run
    this.#folder = folder
  }

  /** Passes output on to the run. */
  readonly write: ProgramRun['write'] = (stream, chunk) => {
    if (stream === 'stdout') this.#lastLine.add(chunk)
    this.#run.write(stream, chunk)
  }

  /** Reads the result and adds it to the outcome, good or bad. Removes the folder. */
  addTo(outcome: EndOutcome): EndOutcome {
    const file = this.#takeFile()
    if ('fault' in file) {
      if (!this.#run.signal.aborted) this.#run.write('stderr', noteOf(file.fault))
      return outcome
    }
    const result = 'value' in file ? file.value : readLine(this.#lastLine.text())
    return result === undefined ? outcome : { ...outcome, result }
  }

  #takeFile(): ReadResult {
    const folder = this.#folder
    if (folder === null) return { none: true }
    const isUntouched = folder.isUntouched()
    const file: ReadResult = isUntouched ? { none: true } : readResult(folder)
    folder.remove(isUntouched)
    return file
  }
}

type ReadResult = { readonly value: unknown } | { readonly fault: string } | { readonly none: true }

function readResult(folder: RunFolder): ReadResult {
  try {
    if (lstatSync(folder.resultFile, { throwIfNoEntry: false }) === undefined) return { none: true }
    return { value: parseJson(decodeUtf8(readFile(folder))) }
  } catch (error) {
    return { fault: error instanceof TooLong ? error.message : 'it is not JSON in a plain file' }
  }
}

class TooLong extends Error {}

// The program made the file, so it can be anything: a link to another file, a pipe that never ends, or another name of a
// file that its user cannot read.
function readFile({ resultFile, uid }: RunFolder): Uint8Array {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const descriptor = openSync(resultFile, flags)
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile() || (uid !== null && found.uid !== uid)) throw new Error('not its file')
    if (found.size > MAX_RESULT_BYTES) throw new TooLong(`it is over ${MAX_RESULT_BYTES} bytes`)
    const bytes = Buffer.alloc(found.size)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, found.size, 0))
  } finally {
    closeSync(descriptor)
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
