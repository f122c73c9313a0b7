import { relative } from 'node:path'
import type { RunningConfig } from '../contracts/config.ts'
import type { RunningNode } from '../node.ts'
import { invocation } from './invocation.ts'
import { table } from './printable.ts'
import type { ConfigOptions } from './read-config.ts'
import { exampleEvent } from './sample-bodies.ts'

type Shown = Pick<RunningNode, 'url' | 'config' | 'adminToken' | 'generatedSecrets'>

/** What `start` tells a person: where everything is, what was made just now, and what to try. */
export function firstSteps(node: Shown, options: ConfigOptions): string {
  return [
    `\nHookline is running at ${node.url}\n`,
    `${sourcesText(node.config)}Data is kept in ${node.config.settings.dataDir}\n`,
    secretsText(node),
    tryText(node, options),
    '',
  ]
    .filter((part, index, all) => part !== '' || index === all.length - 1)
    .join('\n')
}

/** One line per source with the address that its sender calls. */
export function sourcesText({ sources, settings }: RunningConfig): string {
  const rows = [...sources.values()].map(({ name, definition }) => [
    name,
    `${settings.publicUrl}/api/webhooks/${name}`,
    definition.name,
  ])
  if (rows.length === 0) return ''
  return `${table([['SOURCE', 'ADDRESS FOR ITS SENDER', 'PLUGIN'], ...rows], '  ')}\n`
}

function secretsText({ generatedSecrets, adminToken }: Shown): string {
  let text = ''
  if (generatedSecrets.length > 0) {
    const rows = generatedSecrets.map(({ name, value, file }) => [name, value, here(file)])
    text += `Secrets made just now, shown this once:\n${table([['NAME', 'VALUE', 'KEPT IN'], ...rows], '  ')}\n`
  }
  if (adminToken.file === null)
    return `${text}The admin token is the one in HOOKLINE_ADMIN_TOKEN.\n`
  const file = here(adminToken.file)
  return adminToken.made
    ? `${text}Admin token made just now, shown this once: ${adminToken.value}\nIt is kept in ${file}\n`
    : `${text}The admin token is kept in ${file}\n`
}

function tryText({ url, config, adminToken }: Shown, options: ConfigOptions): string {
  const sources = [...config.sources.values()]
  const source = sources.find(({ definition }) => definition.name === 'github') ?? sources[0]
  const token =
    adminToken.file === null ? '$HOOKLINE_ADMIN_TOKEN' : `$(cat ${quote(here(adminToken.file))})`
  const look = `  curl -H "Authorization: Bearer ${token}" ${url}/api/tasks\n`
  if (source?.instance.sign === undefined) return `See the tasks:\n${look}`
  const event = exampleEvent(source, config.rules)
  const words = [invocation(), 'send', quote(source.name), '--event', quote(event)]
  if (options.config !== undefined) words.push('--config', quote(options.config))
  if (options.data !== undefined) words.push('--data', quote(options.data))
  words.push('--url', url)
  return `Try it, in a second terminal in this folder:\n  ${words.join(' ')}\nThen see its task:\n${look}`
}

function here(file: string): string {
  const fromHere = relative(process.cwd(), file)
  return fromHere.startsWith('..') ? file : fromHere
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
