/** Whether a rule's `on` covers an event: `github.pull_request` covers `github.pull_request.opened`. */
export function covers(on: string, { source, type }: { source: string; type: string }): boolean {
  const name = `${source}.${type}`
  return name === on || name.startsWith(`${on}.`)
}
