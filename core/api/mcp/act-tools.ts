import { z } from 'zod'
import { PAUSE_KINDS } from '../../contracts/pause.ts'
import { act, deliveryId, name, path, type Tool, taskId } from './tool.ts'

const target = z.strictObject({
  kind: z.enum(PAUSE_KINDS),
  name: name.describe('Name of the source or program, or id of the rule.'),
})

/** Tools that run programs again, hold them back, or end them. */
export const ACT_TOOLS: readonly Tool[] = [
  act({
    name: 'retry_task',
    title: 'Retry a task',
    description: 'Runs a task again that has ended, with the event that it had.',
    input: z.strictObject({ task: taskId }),
    call: (api, { task }) => api.send('POST', path`/api/tasks/${task}/retry`),
  }),
  act({
    name: 'cancel_task',
    title: 'Cancel a task',
    description: 'Cancels a waiting task, or ends the program of a running one.',
    input: z.strictObject({ task: taskId }),
    call: (api, { task }) => api.send('POST', path`/api/tasks/${task}/cancel`),
  }),
  act({
    name: 'replay_delivery',
    title: 'Replay a delivery',
    description:
      'Accepts a delivery again, as a new one, under the rules in force. Programs run for each rule that matches.',
    input: z.strictObject({ delivery: deliveryId }),
    call: (api, { delivery }) => api.send('POST', path`/api/deliveries/${delivery}/replay`),
  }),
  act({
    name: 'pause',
    title: 'Pause',
    description:
      'Holds back the tasks of a source, rule or program. Deliveries are accepted, and their tasks wait.',
    input: target.extend({ reason: z.string().max(500).optional() }),
    call: (api, { kind, name: of, reason }) =>
      api.send('PUT', path`/api/pauses/${kind}/${of}`, { reason }),
  }),
  act({
    name: 'resume',
    title: 'Resume',
    description: 'Lets the tasks of a paused source, rule or program run, in their order.',
    input: target,
    call: (api, { kind, name: of }) => api.send('DELETE', path`/api/pauses/${kind}/${of}`),
  }),
]
