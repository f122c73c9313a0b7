import { type Command, Option } from 'commander'
import { DELIVERY_STATES } from '../../contracts/lists.ts'
import { TASK_STATES } from '../../contracts/task.ts'
import { collect } from '../header-lines.ts'

const SEARCH_FILTERS: Readonly<Record<string, Option>> = {
  type: new Option('--type <type>', 'only of events of this type, such as push'),
  key: new Option('--key <key>', 'only with this value of policy.key'),
  fact: new Option(
    '--fact <name=value>',
    'only of events with this fact; may be repeated',
  ).argParser(collect),
  reason: new Option('--reason <text>', 'only with this reason, or one like it'),
  text: new Option('--text <words>', 'only with all of these words in names, facts, ids, reasons'),
}

const TASK_FILTERS: Readonly<Record<string, Option>> = {
  state: new Option('--state <state>', 'only tasks in this state').choices(TASK_STATES),
  program: new Option('--program <name>', 'only tasks of this program'),
  rule: new Option('--rule <id>', 'only tasks of this rule'),
  source: new Option('--source <name>', 'only tasks of this source'),
  delivery: new Option('--delivery <id>', 'only tasks of this delivery'),
  approval: new Option('--approval <state>', 'only tasks that wait for an approval').choices([
    'pending',
  ]),
  since: new Option('--since <time>', 'only tasks created since then: 1h, 7d, 2026-01-31'),
  until: new Option('--until <time>', 'only tasks created before'),
  ...SEARCH_FILTERS,
}

const OUTCOMES = ['accepted', 'duplicate', 'refused']
const DELIVERY_FILTERS: Readonly<Record<string, Option>> = {
  source: new Option('--source <name>', 'only deliveries to this source'),
  outcome: new Option('--outcome <outcome>', 'only with this outcome').choices(OUTCOMES),
  state: new Option(
    '--state <state>',
    'only those that no rule matched, or with a dead task',
  ).choices(DELIVERY_STATES),
  program: new Option('--program <name>', 'only with a task of this program'),
  rule: new Option('--rule <id>', 'only with a task of this rule'),
  since: new Option('--since <time>', 'only what arrived since then: 1h, 7d, 2026-01-31'),
  until: new Option('--until <time>', 'only what arrived before'),
  ...SEARCH_FILTERS,
}

/** Adds the filters of the list of tasks. */
export function withTaskFilters(command: Command): Command {
  return withFilters(command, TASK_FILTERS)
}

/** Adds the filters of the list of deliveries. */
export function withDeliveryFilters(command: Command): Command {
  return withFilters(command, DELIVERY_FILTERS)
}

/** The filters among the options. */
export function filterOf(options: object): Readonly<Record<string, string | readonly string[]>> {
  const names = new Set([...Object.keys(TASK_FILTERS), ...Object.keys(DELIVERY_FILTERS)])
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.has(name)))
}

function withFilters(command: Command, filters: Readonly<Record<string, Option>>): Command {
  for (const option of Object.values(filters)) command.addOption(option)
  return command
}
