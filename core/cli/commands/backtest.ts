import { extname } from 'node:path'
import { Command, Option } from 'commander'
import type { BacktestAnswer } from '../../api/config/backtest.ts'
import { parseJsonFile, parseYamlFile } from '../../config/load/data-file.ts'
import { HooklineError } from '../../errors/errors.ts'
import { isRecord } from '../../kit/is-record.ts'
import { type ApiClient, apiPath } from '../api-client.ts'
import { printResult } from '../print.ts'
import { readGiven } from '../read-given.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable, table } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly rule?: string
  readonly on?: string
  readonly when?: string
  readonly last: string
}

type Rule = Readonly<Record<string, unknown>>

const CHANGES = {
  gained: 'Only the draft matches:',
  lost: 'Only the rule in force matches:',
  same: 'Both match:',
} as const

/** `hookline backtest` */
export function backtestCommand(): Command {
  const command = new Command('backtest')
    .argument('[file]', 'JSON or YAML file with the rule: { name, on, when }')
    .addOption(
      new Option('-r, --rule <name>', 'begin with this rule of the config, instead of a file'),
    )
    .option('--on <type>', 'events of the rule, such as github.push')
    .option('--when <condition>', 'condition of the rule')
    .option('--last <number>', 'how many of the newest events to try, up to 1000', '100')
  return withServiceOptions(command).action(runBacktest)
}

async function runBacktest(file: string | undefined, options: Options): Promise<void> {
  if (file !== undefined && options.rule !== undefined) {
    throw new HooklineError('cli_usage', 'Give a file or --rule, not both')
  }
  const client = await openClient(options)
  const { on, when } = options
  const rule = {
    ...(file === undefined ? await ruleInForce(client, options) : await readRule(file)),
    ...(on === undefined ? {} : { on }),
    ...(when === undefined ? {} : { when }),
  }
  const last = Number(options.last)
  const body = { rule, last }
  const answer = await client.post<BacktestAnswer>('/api/config/rules/backtest', body)
  const [fault] = answer.faults
  if (fault !== undefined) {
    const { code, message, remedy } = fault
    throw new HooklineError(code, message, { remedy })
  }
  printResult(options, answer, answerText)
}

/** The rule that `--rule` names, without what a backtest does not take; empty if it is not given. */
async function ruleInForce(client: ApiClient, { rule: name, when }: Options): Promise<Rule> {
  if (name === undefined) return {}
  const { on, when: condition } = await client.get<Rule>(apiPath`/api/config/rules/${name}`)
  if (condition === '[function]' && when === undefined) {
    throw new HooklineError('cli_usage', `The condition of '${name}' is a TypeScript function`, {
      remedy: 'Give a condition in CEL with --when.',
    })
  }
  return { name, on, ...(condition === undefined ? {} : { when: condition }) }
}

async function readRule(file: string): Promise<Rule> {
  const text = (await readGiven(file)).toString()
  const isYaml = ['.yaml', '.yml'].includes(extname(file))
  const rule = await (isYaml ? parseYamlFile(file, text) : parseJsonFile(file, text))
  if (!isRecord(rule)) throw new HooklineError('cli_usage', `${file} must hold one rule`)
  return rule
}

function answerText(answer: BacktestAnswer): string {
  const { against, tried, counts, partial, errors } = answer
  const since = tried.since === null ? '' : ` since ${tried.since}`
  const than = against === null ? '' : `, compared with the rule ${against} in force`
  const more = partial ? ' There may be more: the time or the number of deliveries was up.' : ''
  const head = `${tried.events} events of ${tried.deliveries} deliveries${since}${than}.${more}\n`
  const rows = Object.entries(counts).map(([name, count]) => [name, count] as const)
  const lists = Object.entries(CHANGES).map(([change, heading]) => {
    const events = answer[change as keyof typeof CHANGES]
    return events.length === 0 ? '' : `\n${heading}\n${eventTable(events)}`
  })
  const failed =
    errors.length === 0
      ? ''
      : `\nThe draft cannot be evaluated:\n${itemTable(errors, {
          DELIVERY: ({ delivery }) => delivery,
          EVENT: ({ event }) => event,
          ERROR: ({ error }) => error,
        })}`
  return head + table(rows) + lists.join('') + failed
}

function eventTable(events: BacktestAnswer['gained']): string {
  return itemTable(events, {
    RECEIVED: ({ receivedAt }) => receivedAt,
    DELIVERY: ({ delivery }) => delivery,
    EVENT: ({ event }) => event,
    TYPE: ({ source, type }) => `${source}.${type}`,
    FACTS: ({ facts }) => factsText(facts),
  })
}

function factsText(facts: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== null)
  return known.map(([name, value]) => `${name}=${value}`).join(', ')
}
