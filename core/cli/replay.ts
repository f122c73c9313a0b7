import { Command } from 'commander'
import type { AcceptAnswer } from '../api/webhooks.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

/** `hookline replay` */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('take an accepted delivery again, as a new one, by the rules of now')
    .argument('<delivery>', 'the delivery')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(replay)
}

async function replay(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const path = `/api/deliveries/${encodeURIComponent(id)}/replay`
  const answer = await client.post<AcceptAnswer>(path)
  if (options.json) printJson(answer)
  else print(answerText(answer))
}

/** What a webhook's answer says, for a person. */
export function answerText({ delivery, duplicate, tasks }: AcceptAnswer): string {
  const head = `delivery ${delivery}${duplicate ? ' (a duplicate: nothing new was done)' : ''}\n`
  if (tasks.length === 0) return `${head}No rule matched; see \`hookline explain ${delivery}\`.\n`
  const rows = tasks.map((task) => [task.id, task.state, task.program, task.rule])
  return head + table([['TASK', 'STATE', 'PROGRAM', 'RULE'], ...rows])
}
