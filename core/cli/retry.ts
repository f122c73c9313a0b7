import type { Command } from 'commander'
import { taskAction } from './task-action.ts'

/** `hookline retry` */
export function retryCommand(): Command {
  return taskAction('retry', 'run a task again that has ended')
}
