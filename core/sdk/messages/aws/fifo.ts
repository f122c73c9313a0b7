import { compileTemplate, type TemplateText, templateText } from '../../../conditions/template.ts'
import type { ProgramRun } from '../../../contracts/executor.ts'
import type { ValueSource } from '../../events/event-value.ts'

/** Ids of a message for a queue or topic that keeps the order. */
export interface FifoIds {
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
}

/** The option with the group of a message. */
export function groupOption() {
  return templateText()
    .optional()
    .describe(
      'The message group, a template: `{repository}`. Messages of a group keep their order. Default for a FIFO target, also ' +
        'where it is empty: the id of the task, so each is a group of its own.',
    )
}

/** Makes the ids of a message. A FIFO target drops a second message with the same id for five minutes. */
export function fifoIds(
  group: TemplateText | undefined,
  isFifo: boolean,
): (run: ProgramRun, source: ValueSource) => FifoIds {
  const template = group === undefined ? null : compileTemplate(group, { path: 'group' })
  return ({ taskId }, source) => {
    // An empty group is not allowed there.
    const name = template?.fill(source) || (isFifo ? taskId : undefined)
    return {
      ...(name === undefined ? {} : { MessageGroupId: name }),
      ...(isFifo ? { MessageDeduplicationId: taskId } : {}),
    }
  }
}
