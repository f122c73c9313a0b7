import type { TemplateText } from '../../conditions/template.ts'
import type { ProgramDescription, RequiredPermissions } from '../../contracts/executor.ts'

/** What a program publishes to, for `describe`: its kind, the broker and the place there. Templates stay as they are. */
export function describePublish(...words: readonly TemplateText[]): ProgramDescription {
  const command = words.map((word) => (typeof word === 'string' ? word : word.cel))
  return { command, variables: [] }
}

/** The permissions of a program that only publishes, to these brokers: `amqp:mq.example.com:5671`. */
export function publishPermissions(
  brokers: readonly string[],
  refused: RequiredPermissions['refused'] = [],
): RequiredPermissions {
  return { runs: brokers, variables: [], folders: [], isRoot: false, refused }
}
