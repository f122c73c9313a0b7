import type { Command } from 'commander'
import { taskAction } from './task-action.ts'

/** `hookline cancel` */
export function cancelCommand(): Command {
  return taskAction('cancel', 'cancel a task that waits or runs')
}
