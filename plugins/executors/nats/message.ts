import {
  brokerFault,
  compileMessage,
  compileTemplate,
  HooklineError,
  type ProgramRun,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import type { NatsOptions } from './options.ts'

/** A message for a stream. */
export interface NatsMessage {
  /** The id of the task. */
  readonly id: string
  readonly subject: string
  readonly stream: string | undefined
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** https://docs.nats.io/nats-concepts/subjects#characters-allowed-and-recommended-for-subject-names */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const SUBJECT = /^(?!\$)(?:[^\s.\0-\x1f\x7f]+\.)*[^\s.\0-\x1f\x7f]+$/
const WILDCARD = /(?:^|\.)[*>](?:\.|$)/
const HEADER_NAME = /^[!-9;-~]+$/
/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values */
const ENCODED = /[^\x21\x23\x24\x26-\x7e]/gu

/** Compiles the message of a program. Throws `option_invalid`. The result throws like a template, and `message_refused`. */
export function natsMessages(options: NatsOptions): (run: ProgramRun) => NatsMessage {
  const message = compileMessage(options)
  const template = compileTemplate(options.subject, { path: 'subject' })
  for (const name of Object.keys(options.headers)) {
    if (!HEADER_NAME.test(name)) throw invalid(`\`headers.${name}\` is no name of a header`)
    if (/^nats-msg-id$/i.test(name)) throw invalid(`\`headers.${name}\` is set by Hookline`)
  }
  const { stream } = options
  return (run) => {
    const source = valuesOf(run)
    const subject = template.fill(source)
    if (!SUBJECT.test(subject) || WILDCARD.test(subject))
      throw refused(`${JSON.stringify(subject)} is no subject to publish to.`, 'subject')
    const { id, mode, body, contentType, headers, attributes } = message(run, source)
    const broken = Object.keys(headers).find((name) => /[\r\n]/.test(headers[name] ?? ''))
    if (broken !== undefined)
      throw refused(`The header ${broken} has more than one line.`, 'headers')
    return {
      id,
      subject,
      stream,
      body,
      headers: { ...headers, ...typeHeaders(mode, contentType), ...prefixed(attributes) },
    }
  }
}

/**
 * In binary mode, `datacontenttype` is an attribute like the others, and a content type would be of a CloudEvent:
 * https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
 */
function typeHeaders(mode: string, contentType: string): Readonly<Record<string, string>> {
  return mode === 'binary'
    ? prefixed({ datacontenttype: contentType })
    : { 'Content-Type': contentType }
}

function prefixed(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      `ce-${name}`,
      value.toWellFormed().replace(ENCODED, encodeURIComponent),
    ]),
  )
}

function refused(why: string, option: string): HooklineError {
  const remedy = `Correct \`${option}\`, or add a condition to the rule that keeps such values out.`
  return brokerFault('message_refused', why, { remedy })
}

function invalid(message: string): HooklineError {
  return new HooklineError('option_invalid', message)
}
