import { Command } from 'commander'
import type { AcceptAnswer } from '../../api/webhooks/routes.ts'
import { apiPath } from '../api-client.ts'
import { withDeliveryFilters } from '../jobs/filters.ts'
import { actOnMany, type ManyOptions, withManyOptions } from '../jobs/start-job.ts'
import { printAnswer, withServiceOptions } from '../service-client.ts'
import { table } from '../tables.ts'

/** `hookline replay` */
export function replayCommand(): Command {
  const command = withManyOptions(
    new Command('replay').argument('[deliveries...]', 'ids of accepted deliveries'),
  )
  return withServiceOptions(withDeliveryFilters(command)).action(
    async (given: readonly string[], options: ManyOptions) => {
      const id = await actOnMany('replay', given, options)
      if (id === null) return
      await printAnswer(
        options,
        (client) => client.post<AcceptAnswer>(apiPath`/api/deliveries/${id}/replay`),
        answerText,
      )
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
