import {
  type Logger as PinoLogger,
  pino,
  destination as pinoDestination,
  stdTimeFunctions,
} from 'pino'
import { isColorSupported, prettyFactory } from 'pino-pretty'
import type { Settings } from '../contracts/config.ts'
import type { Redactor } from './redact.ts'
import { redactJson } from './redact-json.ts'

/** Pino, of which plugins see the part named `PluginLogger`. Its `level` can be set while it runs. */
export type Logger = PinoLogger

export interface LoggerOptions {
  readonly level: Settings['logLevel']
  /** For people to read, instead of JSON lines. */
  readonly pretty: boolean
  readonly redactor: Redactor
  /** Default: standard output. */
  readonly destination?: { write(line: string): unknown }
}

const MAX_CAUSES = 5
const NOT_JSON = ' is not valid JSON'
const QUOTED_JSON = /(?: token '.{1,2}',)? (?:\.{3})?".*"(?:\.{3})? is not valid JSON/s
const MAX_UNWRITTEN_CHARACTERS = 1024 * 1024

/**
 * Every line is redacted and then written before the call returns. A crash loses none; in return a reader that does
 * not keep up (a full pipe) holds up the node.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { redactor } = options
  const destination = options.destination ?? standardOutput()
  const colorize = options.destination === undefined && isColorSupported
  const prettify = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' })
  const write = (line: string): void => {
    const redacted = redactLine(line, redactor)
    destination.write(options.pretty ? (prettify(redacted) ?? redacted) : redacted)
  }
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, 0) },
    },
    { write },
  )
}

/** Standard output; what cannot be written (a full disk, nobody reads) is dropped: it must not take the node down. */
function standardOutput() {
  const output = pinoDestination({ dest: 1, sync: true, maxLength: MAX_UNWRITTEN_CHARACTERS })
  output.on('error', () => {})
  return output
}

interface ErrorDescription {
  readonly code?: string
  readonly message: string
  readonly stack?: string
  readonly cause?: ErrorDescription
}

// Only what is named here: errors of libraries carry requests, rows and payloads in further fields.
function describeError(error: unknown, depth: number): ErrorDescription {
  if (!(error instanceof Error)) return { message: `not an error but ${typeof error}` }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = error.stack === undefined ? {} : { stack: withoutQuote(error.stack) }
  const hasCause = error.cause !== undefined && depth < MAX_CAUSES
  const cause = hasCause ? { cause: describeError(error.cause, depth + 1) } : {}
  return { ...code, message: withoutQuote(error.message), ...stack, ...cause }
}

/** Less what the engine quotes of a text that is no JSON: it may be a payload. */
function withoutQuote(text: string): string {
  return text.includes(NOT_JSON) ? text.replace(QUOTED_JSON, ' text: not valid JSON') : text
}

function redactLine(line: string, redactor: Redactor): string {
  return `${redactJson(line.trimEnd(), redactor)}\n`
}
