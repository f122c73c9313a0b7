import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { AcceptAnswer } from '../api/webhooks.ts'
import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import { HooklineError } from '../kit/errors.ts'
import { request, toError } from './api-client.ts'
import { followTask } from './follow-task.ts'
import { print, printChunk, printJson } from './print.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { answerText } from './replay.ts'
import { exampleEvent, sampleBody } from './sample-bodies.ts'
import { clientOf, type ServiceOptions, serviceUrl, withServiceOptions } from './service.ts'

interface Options extends ServiceOptions {
  readonly event?: string
  readonly file?: string
  /** The body itself. */
  readonly body?: string
  readonly header?: readonly string[]
  readonly id?: string
  readonly wait?: true
  readonly json?: true
}

// A rule can let its sender wait for up to 300 seconds.
const SEND_SECONDS = 330

/** `hookline send` */
export function sendCommand(): Command {
  const command = new Command('send')
    .description('sign a delivery as its real sender would, and send it to a source')
    .argument('<source>', 'a source of the config')
    .option('-e, --event <type>', "the event type in the sender's words, e.g. push")
    .option('-f, --file <file>', 'the body; default: a small sample')
    .option('-b, --body <text>', 'the body itself')
    .option('-H, --header <line>', 'one more header, `Name: value`; may be repeated', collect)
    .option('--id <id>', "the sender's id of the delivery (default: a random one)")
    .option('-w, --wait', 'follow its tasks to their end and print their output')
    .option('--json', 'print the answer as JSON')
  return withServiceOptions(command).action(send)
}

async function send(name: string, options: Options): Promise<void> {
  const config = await readConfig(options)
  const source = config.sources.get(name)
  if (source === undefined) {
    const known = [...config.sources.keys()].join(', ') || 'none'
    throw new HooklineError('source_unknown', `There is no source '${name}'; there are: ${known}`)
  }
  const answer = await deliver(source, config, options)
  if (options.json) printJson(answer)
  else if (typeof answer === 'string') print(`${printable(answer)}\n`)
  else print(answerText(answer))
  if (options.wait && typeof answer !== 'string') await follow(answer, config, options)
}

/** The answer of the service; text where the source answered by itself. */
async function deliver(
  source: RunningSource,
  config: RunningConfig,
  options: Options,
): Promise<AcceptAnswer | string> {
  const path = `/api/webhooks/${encodeURIComponent(source.name)}`
  const event = options.event ?? exampleEvent(source, config.rules)
  const body = await readBody(source, event, options)
  const plain = {
    event,
    id: options.id ?? randomUUID(),
    body,
    url: config.settings.publicUrl + path,
    sentAt: new Date(),
  }
  const draft = source.instance.seal?.(plain) ?? plain
  const signed = source.instance.sign?.(draft)
  if (signed === undefined) {
    throw new HooklineError('cli_usage', `The source '${source.name}' cannot sign deliveries`, {
      remedy: 'Send one from the provider itself.',
    })
  }
  const headers = new Headers({ 'content-type': 'application/json', ...signed })
  for (const line of options.header ?? []) headers.set(...parseHeader(line))
  const signal = AbortSignal.timeout(SEND_SECONDS * 1000)
  const url = serviceUrl(options, config) + draft.url.slice(config.settings.publicUrl.length)
  const response = await request(url, {
    ...{ method: 'POST', headers, signal },
    body: new Uint8Array(draft.body),
  })
  // With this header, the answer is what the program gave, whatever its status.
  if (!response.ok && !response.headers.has('x-hookline-task')) throw await toError(response)
  if (!response.ok) process.exitCode = 1
  const text = await response.text()
  return isAcceptAnswer(text) ? (JSON.parse(text) as AcceptAnswer) : text
}

async function readBody(
  source: RunningSource,
  event: string,
  options: Options,
): Promise<Uint8Array<ArrayBuffer>> {
  if (options.body !== undefined && options.file !== undefined) {
    throw new HooklineError('cli_usage', 'Give --file or --body, not both')
  }
  if (options.file === undefined) {
    return new TextEncoder().encode(options.body ?? sampleBody(source.definition.name, event))
  }
  try {
    return new Uint8Array(await readFile(options.file))
  } catch (error) {
    throw new HooklineError('file_unreadable', `${options.file} cannot be read`, { cause: error })
  }
}

async function follow(answer: AcceptAnswer, config: RunningConfig, options: Options) {
  const client = clientOf(options, config)
  for (const { id, program } of answer.tasks) {
    const state = await followTask({ client, taskId: id, onLog: printChunk })
    print(`${program} (${id}): ${state}\n`)
    if (state !== 'succeeded') process.exitCode = 1
  }
}

function isAcceptAnswer(text: string): boolean {
  try {
    const answer = JSON.parse(text)
    return typeof answer?.delivery === 'string' && Array.isArray(answer.tasks)
  } catch {
    return false
  }
}

function parseHeader(line: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new HooklineError('cli_usage', `--header must be 'Name: value', not '${line}'`)
}

function collect(line: string, lines: readonly string[] = []): readonly string[] {
  return [...lines, line]
}
