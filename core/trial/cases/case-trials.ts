import { dirname, relative } from 'node:path'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { type CaseFile, findCases, nameOf, readCase } from './case-file.ts'
import type { CaseNode } from './case-node.ts'
import type { CaseResult } from './run-case.ts'
import { runCases } from './run-cases.ts'

const MAX_CASES = 200
/** Of a file. `hookline test` takes larger ones. */
const MAX_BYTES = 256 * 1024
const MAX_FAULT_LENGTH = 500
const MAX_SECONDS = 30
const RETRY_AFTER_SECONDS = 5

export interface CaseTrialsOptions {
  readonly config: () => RunningConfig
  /** Opens a node for cases, which runs no programs, and whose requests end with the signal. */
  readonly open: (signal: AbortSignal) => Promise<CaseNode>
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string
}

/** A case beside the config. */
export interface ListedCase extends Pick<CaseFile, 'file' | 'name'> {
  /** Why its file is no case; null: it is one. */
  readonly fault: string | null
}

export interface CaseVerdict extends Pick<CaseResult, 'file' | 'name' | 'state' | 'seconds'> {
  /** What differs, or why it was skipped. */
  readonly differences: readonly string[]
}

/** The cases in the folder of the config file, run one after the other without programs. */
export class CaseTrials {
  readonly #options: CaseTrialsOptions
  #isRunning = false

  constructor(options: CaseTrialsOptions) {
    this.#options = options
  }

  /** The first 200 cases by the names of their files, and whether there are more. */
  async list(): Promise<{ readonly cases: readonly ListedCase[]; readonly more: boolean }> {
    const { read, more } = await this.#read()
    return { cases: read.map(({ file, name, fault }) => ({ file, name, fault })), more }
  }

  /**
   * Runs these files; null: all that `list` gives. A file that is no case has failed. Those that have not ended after 30
   * seconds are skipped. Throws `overloaded` while others run, `request_invalid` for an unknown file, and what a load of
   * the config throws.
   */
  async run(files: readonly string[] | null): Promise<readonly CaseVerdict[]> {
    if (this.#isRunning) {
      throw new HooklineError('overloaded', 'Cases are running already', {
        fields: { retryAfterSeconds: RETRY_AFTER_SECONDS },
      })
    }
    this.#isRunning = true
    try {
      return await this.#run(files)
    } finally {
      this.#isRunning = false
    }
  }

  async #run(files: readonly string[] | null): Promise<readonly CaseVerdict[]> {
    const { read } = await this.#read()
    const chosen = files === null ? read : files.map((file, index) => caseOf(read, file, index))
    const cases = chosen.flatMap(({ found }) => found ?? [])
    const signal = AbortSignal.timeout(MAX_SECONDS * 1000)
    const { results } =
      cases.length === 0
        ? { results: [] }
        : await runCases(cases, () => this.#options.open(signal), signal)
    const verdicts = new Map(results.map((result) => [result.file, result]))
    return chosen.map(({ file, name, fault }) => {
      const { state, seconds, lines } = verdicts.get(file) ?? {
        ...{ state: 'failed' as const, seconds: 0, lines: [fault ?? ''] },
      }
      return { file, name, state, seconds, differences: lines.map(this.#options.redact) }
    })
  }

  async #read() {
    const [first] = this.#options.config().layers
    // A config without files has none beside it.
    if (first?.file === null || first === undefined) return { read: [], more: false }
    const folder = dirname(first.file)
    const paths = await findCases(['.'], folder)
    const read: (ListedCase & { readonly found: CaseFile | null })[] = []
    for (const path of paths.slice(0, MAX_CASES)) {
      read.push(await readOrFault(path, folder, this.#options.redact))
    }
    return { read, more: paths.length > MAX_CASES }
  }
}

async function readOrFault(path: string, folder: string, redact: (text: string) => string) {
  try {
    const found = await readCase(path, folder, MAX_BYTES)
    return { file: found.file, name: found.name, fault: null, found }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const file = relative(folder, path)
    return {
      file,
      name: nameOf(file),
      fault: redact(error.message).slice(0, MAX_FAULT_LENGTH),
      found: null,
    }
  }
}

function caseOf<Read extends ListedCase>(read: readonly Read[], file: string, index: number): Read {
  const found = read.find((one) => one.file === file)
  if (found !== undefined) return found
  const errors = [{ pointer: `/files/${index}`, message: 'is no case beside the config' }]
  throw new HooklineError('request_invalid', 'A file is no case beside the config', {
    fields: { errors },
  })
}
