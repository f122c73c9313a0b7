import { Command } from 'commander'
import type { DeliveryView } from '../../api/deliveries/views.ts'
import type { AcceptAnswer } from '../../api/webhooks/accept-webhook.ts'
import type { RunningConfig, RunningSource } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { visible } from '../../kit/visible.ts'
import { exampleEvent } from '../../trial/example-event.ts'
import { signTestDelivery, sourceOf } from '../../trial/test-delivery.ts'
import { type ApiClient, apiPath, askService, notHookline, toError } from '../api-client.ts'
import type { Reply } from '../ask.ts'
import { collect, parseHeader } from '../header-lines.ts'
import { print, printJson } from '../print.ts'
import { printToEnd } from '../print-to-end.ts'
import { readConfig } from '../read-config.ts'
import { readGiven } from '../read-given.ts'
import {
  clientOf,
  type ServiceOptions,
  serviceUrl,
  withConnectionOptions,
} from '../service-client.ts'
import { answerText } from './replay.ts'

interface Options extends ServiceOptions {
  readonly event?: string
  readonly file?: string
  /** The body itself. */
  readonly body?: string
  readonly header?: readonly string[]
  readonly id?: string
  readonly wait?: true
}

// A rule can keep the sender waiting for up to 300 seconds.
const SEND_SECONDS = 330
const PROBE_SECONDS = 10

/** `hookline send` */
export function sendCommand(): Command {
  const command = new Command('send')
    .argument('<source>', 'name of the source')
    .option('-e, --event <type>', "event type in the sender's own terms, such as push")
    .option('-f, --file <file>', 'file with the body (default: a small sample)')
    .option('-b, --body <text>', 'the body itself')
    .option('-H, --header <line>', 'additional header, `Name: value`; may be repeated', collect)
    .option('--id <id>', "the sender's id of the delivery (default: random)")
    .option('-w, --wait', 'wait for the tasks and print their output')
    .option('--json', 'print the answer as JSON')
  return withConnectionOptions(command).action(send)
}

async function send(name: string, options: Options): Promise<void> {
  const config = await readConfig(options, name)
  const answer = await deliver(sourceOf(config, name), config, options)
  if (options.json) printJson(answer)
  else if (typeof answer === 'string') print(`${visible(answer)}\n`)
  else print(answerText(answer))
  if (!options.wait || typeof answer === 'string') return
  const client = clientOf(options, config)
  for (const task of answer.tasks) await printToEnd(client, task)
}

/** The answer of the service; text if the source answered by itself. */
async function deliver(
  source: RunningSource,
  config: RunningConfig,
  options: Options,
): Promise<AcceptAnswer | string> {
  const body = await readBody(options)
  const { publicUrl } = config.settings
  const signed = signTestDelivery(source, {
    event: options.event ?? exampleEvent(source, config.rules),
    publicUrl,
    body,
    id: options.id,
  })
  const given = (options.header ?? []).map(parseHeader)
  const headers = Object.fromEntries(
    [...Object.entries(signed.headers), ...given].map(([key, value]) => [key.toLowerCase(), value]),
  )
  const url = serviceUrl(options, config) + signed.url.slice(publicUrl.length)
  const sent = { method: 'POST', headers, body: signed.body, seconds: SEND_SECONDS }
  const reply = await askService(url, sent)
  // With this header, the answer comes from the program, whatever its status.
  const isOfProgram = reply.header('x-hookline-task') !== null
  if (!reply.ok && !isOfProgram) throw await refusalOf(reply, clientOf(options, config))
  if (!reply.ok) process.exitCode = 1
  const text = await reply.text()
  if (isAcceptAnswer(text)) return JSON.parse(text) as AcceptAnswer
  const isMarked = isOfProgram || reply.header('hookline-delivery') !== null
  if (!isMarked) await checkIsHookline(new URL(url).origin)
  return text
}

/** Why a delivery was refused. The sender is not told; a client with a token may look it up. */
async function refusalOf(reply: Reply, client: ApiClient): Promise<HooklineError> {
  const error = await toError(reply)
  const id = reply.header('hookline-delivery')
  if (id === null) return error
  const isUntold = error.code === 'delivery_refused'
  const reason = isUntold ? await recordedReason(client, id) : null
  const message = `${error.message}${reason === null ? '' : `: ${reason}`} (delivery ${id})`
  const remedy = isUntold
    ? `Run \`hookline doctor ${id}\`, which finds out why.`
    : `${error.remedy} See \`hookline explain ${id}\`.`
  return new HooklineError(error.code, message, { cause: error, remedy })
}

async function recordedReason(client: ApiClient, id: string): Promise<string | null> {
  try {
    return (await client.get<DeliveryView>(apiPath`/api/deliveries/${id}`)).reason
  } catch {
    // Without a token, the refusal is shown as the sender sees it.
    return null
  }
}

/** A source may answer in words of its own, and so may another service. Throws `service_unreachable`. */
async function checkIsHookline(origin: string): Promise<void> {
  const asked = { method: 'GET', headers: {}, seconds: PROBE_SECONDS }
  const reply = await askService(`${origin}/readyz`, asked)
  if (objectIn(await reply.text())['checks'] !== undefined) return
  throw notHookline(origin, 'answered, but not as Hookline does')
}

/** Undefined: a sample. */
async function readBody(options: Options): Promise<Uint8Array | undefined> {
  if (options.body !== undefined && options.file !== undefined) {
    throw new HooklineError('cli_usage', 'Give --file or --body, not both')
  }
  if (options.body !== undefined) return new TextEncoder().encode(options.body)
  if (options.file === undefined) return undefined
  return new Uint8Array(await readGiven(options.file))
}

function isAcceptAnswer(text: string): boolean {
  const { delivery, tasks } = objectIn(text)
  return typeof delivery === 'string' && Array.isArray(tasks)
}

/** Empty if the text is no JSON. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
