import { Command, Option } from 'commander'
import { HooklineError } from '../../errors/errors.ts'
import { parseKeepingDigits } from '../../kit/exact-json.ts'
import { apiPath } from '../api-client.ts'
import { printResult } from '../print.ts'
import { printToEnd } from '../print-to-end.ts'
import { readGiven } from '../read-given.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly event?: string
  readonly delivery?: string
  readonly eventId?: string
  readonly param?: Readonly<Record<string, string>>
  readonly wait?: true
}

interface RunAnswer {
  readonly delivery: string
  readonly event: string
  readonly task: string
}

/** `hookline run` */
export function runCommand(): Command {
  const command = new Command('run')
    .argument('<program>', 'name of the program')
    .option('-p, --param <name=value>', 'value of a param; may be repeated', collect)
    .option('-e, --event <file>', 'JSON file with the event: { type, source, facts, payload }')
    .addOption(
      new Option('-d, --delivery <id>', 'take the event of this delivery').conflicts('event'),
    )
    .option('--event-id <id>', 'which event of the delivery (default: the first)')
    .option('-w, --wait', 'wait for the task and print its output')
  return withServiceOptions(command).action(runProgram)
}

async function runProgram(program: string, options: Options): Promise<void> {
  const { param: params = {}, wait } = options
  const event = await eventOf(options)
  const client = await openClient(options)
  const body = event === undefined ? { params } : { event, params }
  const answer = await client.post<RunAnswer>(apiPath`/api/programs/${program}/run`, body)
  printResult(options, answer, ({ task, delivery }) => fieldList({ task, delivery }))
  if (wait) await printToEnd(client, { id: answer.task, program })
}

async function eventOf({ event: file, delivery, eventId }: Options): Promise<unknown> {
  if (delivery !== undefined) {
    return eventId === undefined ? { delivery } : { delivery, event: eventId }
  }
  if (eventId !== undefined) {
    throw new HooklineError(
      'cli_usage',
      '--event-id names an event of --delivery, which is missing',
    )
  }
  if (file === undefined) return undefined
  const text = (await readGiven(file)).toString()
  try {
    return parseKeepingDigits(text)
  } catch (error) {
    throw new HooklineError('cli_usage', `${file} is not JSON`, { cause: error })
  }
}

function collect(given: string, before: Readonly<Record<string, string>> = {}) {
  const at = given.indexOf('=')
  if (at > 0) return { ...before, [given.slice(0, at)]: given.slice(at + 1) }
  throw new HooklineError('cli_usage', `--param must be 'name=value', not '${given}'`)
}
