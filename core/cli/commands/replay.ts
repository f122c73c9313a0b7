import { Command } from 'commander'
import type { AcceptAnswer } from '../../api/webhooks/accept-webhook.ts'
import { apiPath } from '../api-client.ts'
import { withDeliveryFilters } from '../jobs/filters.ts'
import { actOnMany, type ManyOptions, withManyOptions } from '../jobs/start-job.ts'
import { printResult } from '../print.ts'
import { printToEnd } from '../print-to-end.ts'
import { openClient, withServiceOptions } from '../service-client.ts'
import { table } from '../tables.ts'

/** `hookline replay` */
export function replayCommand(): Command {
  const command = withManyOptions(
    new Command('replay').argument('[deliveries...]', 'ids of accepted deliveries'),
    'wait until the job has ended; with one id, wait for the tasks and print their output',
  )
  return withServiceOptions(withDeliveryFilters(command)).action(
    async (given: readonly string[], options: ManyOptions) => {
      const id = await actOnMany('replay', given, options)
      if (id === null) return
      const client = await openClient(options)
      const answer = await client.post<AcceptAnswer>(apiPath`/api/deliveries/${id}/replay`)
      printResult(options, answer, answerText)
      if (options.wait) for (const task of answer.tasks) await printToEnd(client, task)
    },
  )
}

/** The answer to a webhook as text. */
export function answerText({ delivery, duplicate, tasks }: AcceptAnswer): string {
  const head = `delivery ${delivery}${duplicate ? ' (duplicate: it was accepted before)' : ''}\n`
  if (tasks.length === 0) return `${head}No rule matched; see \`hookline explain ${delivery}\`.\n`
  const rows = tasks.map((task) => [task.id, task.state, task.program, task.rule])
  return head + table([['TASK', 'STATE', 'PROGRAM', 'RULE'], ...rows])
}
