import { Command } from 'commander'
import type { TaskView } from '../../api/tasks/views.ts'
import { apiPath } from '../api-client.ts'
import { withConfirmation } from '../confirm.ts'
import { withTaskFilters } from '../jobs/filters.ts'
import { actOnMany, type ManyOptions, withManyOptions } from '../jobs/start-job.ts'
import { printAnswer, withServiceOptions } from '../service-client.ts'
import { taskText } from './task.ts'

/** `hookline retry` */
export function retryCommand(): Command {
  return taskAction('retry')
}

/** `hookline cancel` */
export function cancelCommand(): Command {
  return taskAction('cancel')
}

function taskAction(action: 'retry' | 'cancel'): Command {
  const many = withManyOptions(new Command(action).argument('[ids...]', 'ids of tasks'))
  const command = action === 'cancel' ? withConfirmation(many) : many
  return withServiceOptions(withTaskFilters(command)).action(
    async (given: readonly string[], options: ManyOptions) => {
      const id = await actOnMany(action, given, options)
      if (id === null) return
      await printAnswer(
        options,
        (client) => client.post<TaskView>(apiPath`/api/tasks/${id}/${action}`),
        taskText,
      )
    },
  )
}
