import { z } from 'zod'
import { type Operation, ok, operations, time } from './operation.ts'

const labels = z.array(z.string())

const nodeSchema = z
  .strictObject({
    name: z.string(),
    role: z.enum(['all', 'receive', 'work']),
    labels,
    live: z.boolean(),
    draining: z.boolean(),
    running: z.int(),
    version: z.string(),
    config: z.string().describe('Version of the config of the node.'),
    startedAt: time,
    seenAt: time,
  })
  .meta({ id: 'Node' })

const node = ok('The node.', nodeSchema)
export const NODE_OPERATIONS: readonly Operation[] = operations('Nodes', {
  'GET /api/nodes': {
    id: 'listNodes',
    summary: 'Lists the nodes of the store, and the programs that no live node runs.',
    role: 'viewer',
    answers: ok(
      'All nodes.',
      z.strictObject({
        nodes: z.array(nodeSchema),
        unserved: z.array(z.strictObject({ program: z.string(), runsOn: labels })),
      }),
    ),
  },
  'POST /api/nodes/:name/drain': {
    id: 'drainNode',
    summary: 'Stops a node from claiming tasks. Tasks that it runs are finished.',
    role: 'operator',
    problems: ['node_unknown'],
    answers: node,
  },
  'POST /api/nodes/:name/undrain': {
    id: 'undrainNode',
    summary: 'Lets a node claim tasks again.',
    role: 'operator',
    problems: ['node_unknown'],
    answers: node,
  },
})
