import { errorMessageOf } from './thrown.ts'

interface LineLogger {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

type Level = keyof LineLogger

interface RepeatedLine {
  written: number
  suppressed: number
  level: Level
  fields: object
  message: string
}

const WINDOW_MS = 60_000
/** Lines of one key that are written within a window. */
const MAX_LINES = 10
/** Keys that are told apart within a window. All further ones share one key. */
const MAX_KEYS = 200
const OTHER_KEYS = 'others'
/** Faults that are told until one pass goes well. Messages may have a number that differs each time. */
const MAX_FAULTS = 10

/**
 * Logs what strangers can cause any number of times. Of lines with one key it writes the first ten within a minute. The
 * others are counted, and the minute ends with a line that gives their number as `suppressed`.
 */
export class BoundedLog {
  readonly #logger: LineLogger
  readonly #lines = new Map<string, RepeatedLine>()
  #timer: NodeJS.Timeout | null = null

  /** @param stopping When aborted, the lines that were only counted are summed up at once. */
  constructor(logger: LineLogger, stopping?: AbortSignal) {
    this.#logger = logger
    stopping?.addEventListener('abort', () => this.#endWindow(), { once: true })
  }

  /** @param key What makes two lines repeat each other, such as an error code with an address. */
  write(level: Level, key: string, fields: object, message: string): void {
    const line = this.#lineOf(key)
    if (line.written < MAX_LINES) {
      line.written++
      this.#logger[level](fields, message)
      return
    }
    line.suppressed++
    line.level = level
    line.fields = fields
    line.message = message
  }

  #lineOf(key: string): RepeatedLine {
    const isNew = !this.#lines.has(key)
    const name = isNew && this.#lines.size >= MAX_KEYS ? OTHER_KEYS : key
    const known = this.#lines.get(name)
    if (known !== undefined) return known
    const line = { written: 0, suppressed: 0, level: 'warn' as const, fields: {}, message: '' }
    this.#lines.set(name, line)
    this.#timer ??= setTimeout(() => this.#endWindow(), WINDOW_MS).unref()
    return line
  }

  #endWindow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const { suppressed, level, fields, message } of this.#lines.values()) {
      if (suppressed > 0) this.#logger[level]({ ...fields, suppressed }, `${message}, repeatedly`)
    }
    this.#lines.clear()
  }
}

/** Warns of each fault once: of the same one again only after all had ended. */
export class FaultLog {
  readonly #logger: Pick<LineLogger, 'warn'>
  readonly #told = new Set<string>()

  constructor(logger: Pick<LineLogger, 'warn'>) {
    this.#logger = logger
  }

  write(error: unknown, message: string): void {
    const fault = errorMessageOf(error)
    if (this.#told.has(fault) || this.#told.size >= MAX_FAULTS) return
    this.#told.add(fault)
    this.#logger.warn({ err: error }, message)
  }

  ended(): void {
    this.#told.clear()
  }
}
