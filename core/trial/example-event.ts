import type { RunningRule, RunningSource } from '../contracts/config.ts'

/** An event to try a source with: one that a rule is on, else the first that the source documents. */
export function exampleEvent(
  { name, definition }: RunningSource,
  rules: readonly RunningRule[],
): string {
  const prefix = `${name}.`
  const rule = rules.find(({ on }) => on.startsWith(prefix))
  if (rule !== undefined) return rule.on.slice(prefix.length)
  return Object.keys(definition.events).find((type) => type !== '*') ?? 'test'
}
