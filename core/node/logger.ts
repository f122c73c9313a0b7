import { createRequire } from 'node:module'
import {
  type Logger as PinoLogger,
  pino,
  destination as pinoDestination,
  stdTimeFunctions,
} from 'pino'
import { visible } from '../kit/visible.ts'
import { redactJson } from '../redaction/redact-json.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { Settings } from '../settings/settings.ts'

/** A pino logger. Plugins see the part of it named `PluginLogger`. Its `level` can be changed at any time. */
export type Logger = PinoLogger

export interface LoggerOptions {
  readonly level: Settings['logLevel']
  /** Lines for people instead of JSON. */
  readonly pretty: boolean
  readonly redactor: Redactor
  /** Which process of the node writes the lines. Default: the main one, whose lines do not say so. */
  readonly process?: string
  /** Default: standard output. */
  readonly destination?: { write(line: string): unknown }
}

const MAX_CAUSES = 5
const NOT_JSON = ' is not valid JSON'
const QUOTED_JSON = /(?: token '.{1,2}',)? (?:\.{3})?".*"(?:\.{3})? is not valid JSON/s
const MAX_UNWRITTEN_CHARACTERS = 1024 * 1024

/**
 * Every line is redacted and written before the call returns. So a crash loses no line, but a reader that cannot keep up
 * (a full pipe) blocks the node.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { redactor } = options
  const destination = options.destination ?? standardOutput()
  const format = options.pretty ? prettyFormat(options.destination === undefined) : asItIs
  const write = (line: string): void => {
    destination.write(format(redactLine(line, redactor)))
  }
  return pino(
    {
      level: options.level,
      base: options.process === undefined ? null : { process: options.process },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, 0) },
    },
    { write },
  )
}

function asItIs(line: string): string {
  return line
}

/** Lines for people, with colours where `isTerminal` and the terminal has them. The library is loaded only for these. */
function prettyFormat(isTerminal: boolean): (line: string) => string {
  const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty')
  const colorize = isTerminal && pretty.isColorSupported
  const prettify = pretty.prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' })
  return (line) => prettify(visibleLine(line)) ?? line
}

/** Standard output. Lines that cannot be written (a full disk, a closed pipe) are dropped: they must not end the node. */
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

// Only these fields: errors of libraries carry requests, rows and payloads in other fields.
function describeError(error: unknown, depth: number): ErrorDescription {
  if (!(error instanceof Error)) return { message: `not an error but ${typeof error}` }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = error.stack === undefined ? {} : { stack: withoutQuote(error.stack) }
  const hasCause = error.cause !== undefined && depth < MAX_CAUSES
  const cause = hasCause ? { cause: describeError(error.cause, depth + 1) } : {}
  return { ...code, message: withoutQuote(error.message), ...stack, ...cause }
}

/** Removes the text that the engine quotes in a JSON syntax error: it may be a payload. */
function withoutQuote(text: string): string {
  return text.includes(NOT_JSON) ? text.replace(QUOTED_JSON, ' text: not valid JSON') : text
}

function redactLine(line: string, redactor: Redactor): string {
  return `${redactJson(line.trimEnd(), redactor)}\n`
}

// Pretty lines go to a terminal, and a message may quote a sender.
function visibleLine(line: string): string {
  return JSON.stringify(
    JSON.parse(line, (_, value) => (typeof value === 'string' ? visible(value) : value)),
  )
}
