import { amqp } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext } from 'hookline/testing'

/** An amqp executor from options as a config holds them. */
export function createAmqp(options: Readonly<Record<string, unknown>>): ExecutorInstance {
  const { definition } = amqp
  return definition.create(definition.options.strict().parse(options), makeContext())
}
