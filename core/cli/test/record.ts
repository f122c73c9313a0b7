import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { stringify } from 'yaml'
import type { TestCaseView } from '../../api/deliveries/test-case.ts'
import type { DeliveryView } from '../../api/deliveries/views.ts'
import type { TaskInputView } from '../../api/tasks/input.ts'
import { HooklineError } from '../../errors/errors.ts'
import { isJsonType, mediaType } from '../../kit/content-type.ts'
import { REDACTED } from '../../redaction/redacted.ts'
import { isOfConnection } from '../../trial/cases/signed-case.ts'
import { type ApiClient, apiPath } from '../api-client.ts'
import { print } from '../print.ts'
import { openClient, type ServiceOptions, withConnectionOptions } from '../service-client.ts'
import { withoutPersons } from './personal.ts'

interface Options extends ServiceOptions {
  readonly out?: string
  readonly personal?: true
}

/** Digits that a number of JSON loses in YAML. */
const LONG_NUMBER = /\d{16}/

/** Headers that signing makes anew. */
const PROOF = /signature|hmac|digest/

/** `hookline record` */
export function recordCommand(): Command {
  const command = new Command('record')
    .argument('<delivery>', 'id of the delivery')
    .option('-o, --out <file>', 'file to write (default: SOURCE-TYPE-ID.hook.yaml in this folder)')
    .option('--personal', 'keep mail addresses, names, telephone numbers and addresses of persons')
  return withConnectionOptions(command).action(record)
}

async function record(id: string, options: Options): Promise<void> {
  const client = await openClient(options)
  const view = await client.get<TestCaseView>(apiPath`/api/deliveries/${id}/test-case`)
  const tasks = await tasksOf(id, client)
  const whole = { delivery: deliveryOf(view), expect: expectationOf(view, tasks) }
  const shown = options.personal ? whole : withoutPersons(whole)
  const type = view.expect.events[0]?.type ?? view.expect.outcome
  const name = `${view.delivery.source}-${type}-${id.slice(-8)}`.replaceAll(/[^\w.-]+/g, '-')
  const file = options.out ?? `${name}.hook.yaml`
  const head = `# Recorded from ${id}. Check it with: hookline test ${file}\n`
  try {
    await writeFile(file, head + stringify(shown, { lineWidth: 0 }), { flag: 'wx' })
  } catch (cause) {
    throw new HooklineError('file_unreadable', `${file} cannot be written`, {
      cause,
      remedy: 'Give another name with --out. A file that is there is never replaced.',
    })
  }
  print(`${file}\n`)
}

function deliveryOf({ delivery }: TestCaseView) {
  const { source, method, path, body, bodyBase64 } = delivery
  const headers = Object.entries(delivery.headers).filter(
    ([name, value]) => !isOfConnection(name) && !PROOF.test(name) && !value.includes(REDACTED),
  )
  const query = path.slice(path.indexOf('?'))
  return {
    source,
    ...(method === 'POST' ? {} : { method }),
    ...(path.includes('?') ? { path: query } : {}),
    headers: Object.fromEntries(headers),
    ...(bodyBase64 === undefined
      ? { body: readable(body ?? '', delivery.headers['content-type']) }
      : { bodyBase64 }),
  }
}

/** JSON as YAML, which people read and change more easily. It is the same to the source that parses it. */
function readable(text: string, type: string | undefined): unknown {
  if (!isJsonType(mediaType(type)) || LONG_NUMBER.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function expectationOf({ expect }: TestCaseView, tasks: readonly object[]) {
  const { outcome, reason, events } = expect
  return {
    outcome,
    ...(reason === null ? {} : { reason }),
    ...(events.length === 0 ? {} : { events }),
    ...(tasks.length === 0 ? {} : { tasks }),
  }
}

async function tasksOf(id: string, client: ApiClient) {
  const { events } = await client.get<DeliveryView>(apiPath`/api/deliveries/${id}`)
  const tasks = events.flatMap((event) => inOrder(event.tasks))
  return Promise.all(
    tasks.map(async ({ id, program, rule, step }) => {
      const input = await client.get<TaskInputView>(apiPath`/api/tasks/${id}/input`)
      return {
        program,
        rule,
        ...(step === 0 ? {} : { step }),
        arguments: input.arguments.map(({ value, error }) => error?.code ?? value),
      }
    }),
  )
}

/** Each task of `run` with those of the steps that followed it, as `hookline test --run` has them. */
function inOrder(
  tasks: DeliveryView['events'][number]['tasks'],
  before: string | null = null,
): typeof tasks {
  return tasks
    .filter(({ follows }) => follows === before)
    .flatMap((task) => [task, ...inOrder(tasks, task.id)])
}
