import { z } from 'zod'
import { compileTemplate, templateText } from '../../conditions/template.ts'
import type { ProgramRun } from '../../contracts/executor.ts'
import { HooklineError } from '../../errors/errors.ts'
import { type ValueSource, valuesOf } from '../events/event-value.ts'
import { compileBody } from './body.ts'

/** How a message carries its event as a CloudEvent; `off`: it does not. */
export type CloudEventMode = 'binary' | 'structured' | 'off'

/** A message for a broker. */
export interface BrokerMessage {
  /** The id of the task: the same at each attempt, so that a second copy can be recognized. */
  readonly id: string
  readonly mode: CloudEventMode
  readonly body: string
  /** Media type of the body. In binary mode it is the attribute `datacontenttype`. */
  readonly contentType: string
  /** The other attributes, in binary mode; otherwise none. */
  readonly attributes: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#naming-conventions */
const attributeName = z
  .string()
  .regex(/^[a-z0-9]{1,20}$/, 'must be of lower-case letters and digits')
const TAKEN = new Set(['specversion', 'id', 'time', 'datacontenttype', 'data'])
const STRUCTURED = 'application/cloudevents+json; charset=utf-8'

/** The options that say what is published, for the schema of an executor with this usual mode. */
export function messageOptions(mode: 'binary' | 'structured') {
  return {
    body: z
      .union([
        z.enum(['payload', 'event']),
        z.strictObject({ json: z.json() }),
        z.strictObject({ text: templateText() }),
      ])
      .default('payload')
      .describe(
        'The payload, or the whole event, as JSON; `{ json: … }`, where each text is a template and `{ cel: … }` an ' +
          'expression for any value; or `{ text: … }`.',
      ),
    headers: z
      .record(z.string().min(1).max(128), templateText())
      .default({})
      .describe('Headers of the message by name; values are templates: `{branch}`.'),
    cloudEvents: z
      .enum(['binary', 'structured', 'off'])
      .default(mode)
      .describe(
        'How the message is a [CloudEvent](https://cloudevents.io): its attributes as headers (`binary`), one JSON object ' +
          'with the body as `data` (`structured`), or not at all (`off`).',
      ),
    attributes: z
      .record(attributeName, templateText())
      .default({})
      .describe(
        'Attributes of the CloudEvent; values are templates. Default: `type` is `{event.source}.{event.type}`, `source` is ' +
          '`/hookline/` and the name of the source. An empty one is left out. `id` is always the id of the task, `time` when the event arrived.',
      ),
    confirmSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe('How long the connection and the confirmation of the broker may take, together.'),
  }
}

/** The options of `messageOptions`, as a schema gives them. */
export type MessageOptions = {
  readonly [Name in keyof ReturnType<typeof messageOptions>]: z.output<
    ReturnType<typeof messageOptions>[Name]
  >
}

/**
 * Compiles the message of a program. Throws `option_invalid`. The result throws `param_missing` or `expression_failed`.
 * CloudEvents are of version 1.0: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export function compileMessage(
  options: Pick<MessageOptions, 'body' | 'headers' | 'cloudEvents' | 'attributes'>,
): (run: ProgramRun, source?: ValueSource) => BrokerMessage {
  const { cloudEvents: mode } = options
  const body = compileBody(options.body)
  const headers = compileAll(options.headers, 'headers')
  const attributes = compileAll(options.attributes, 'attributes')
  for (const name of Object.keys(options.attributes)) {
    if (TAKEN.has(name)) throw invalid(`\`attributes.${name}\` is set by Hookline`)
    if (mode === 'off') throw invalid('`attributes` are of CloudEvents, which are `off`')
  }
  return (run, source = valuesOf(run)) => {
    const made = body.make(run, source)
    const plain = { id: run.taskId, mode, body: made, contentType: body.type, attributes: {} }
    const own = headers(source)
    if (mode === 'off') return { ...plain, headers: { ...traceOf(run), ...own } }
    const all = { ...usualAttributes(run), ...withoutEmpty(attributes(source)) }
    if (mode === 'binary') return { ...plain, headers: own, attributes: all }
    const start = JSON.stringify({ ...all, datacontenttype: body.type }).slice(0, -1)
    // The body is inserted as text, so that its numbers keep all their digits.
    const data = body.isJson ? made : JSON.stringify(made)
    return { ...plain, contentType: STRUCTURED, body: `${start},"data":${data}}`, headers: own }
  }
}

/** The headers of a message, with its attributes under a prefix, as the bindings of CloudEvents want them. */
export function prefixedHeaders(
  { headers, attributes }: Pick<BrokerMessage, 'headers' | 'attributes'>,
  prefix: string,
): Readonly<Record<string, string>> {
  const named = Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, value])
  return { ...headers, ...Object.fromEntries(named) }
}

function usualAttributes(run: ProgramRun): Readonly<Record<string, string>> {
  const { source, type, receivedAt } = run.event
  return {
    specversion: '1.0',
    id: run.taskId,
    source: `/hookline/${encodeURIComponent(source)}`,
    type: `${source}.${type}`,
    time: receivedAt.toISOString(),
    ...traceOf(run),
  }
}

/** An attribute must not be empty: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes */
function withoutEmpty(attributes: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''))
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md */
function traceOf({ env }: ProgramRun): Readonly<Record<string, string>> {
  const traceparent = env['TRACEPARENT']
  return traceparent === undefined ? {} : { traceparent }
}

function compileAll(given: MessageOptions['headers'], option: string) {
  const compiled = Object.entries(given).map(
    ([name, text]) => [name, compileTemplate(text, { path: `${option}.${name}` })] as const,
  )
  return (source: ValueSource): Readonly<Record<string, string>> =>
    Object.fromEntries(compiled.map(([name, template]) => [name, template.fill(source)]))
}

function invalid(message: string): HooklineError {
  return new HooklineError('option_invalid', message)
}
