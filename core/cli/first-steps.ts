import { relative } from 'node:path'
import type { RunningConfig } from '../contracts/config.ts'
import type { RunningNode } from '../node/running-node.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import { exampleEvent } from '../trial/example-event.ts'
import type { TunnelStatus } from '../tunnel/supervisor.ts'
import { invocation } from './invocation.ts'
import type { ConfigOptions } from './read-config.ts'
import { table } from './tables.ts'

type Shown = Pick<RunningNode, 'url' | 'config' | 'adminToken' | 'generatedSecrets' | 'signInPath'>

/** Printed by `start` on a terminal: addresses, generated secrets, and what to try next. */
export function firstSteps(node: Shown, options: ConfigOptions): string {
  return [
    `\nHookline is running at ${node.url}\n`,
    `${sourcesText(node.config)}Data is stored in ${node.config.settings.dataDir}\n`,
    secretsText(node),
    dashboardText(node),
    tryText(node, options),
    '',
  ]
    .filter((part, index, all) => part !== '' || index === all.length - 1)
    .join('\n')
}

/** Printed when the tunnel is open. */
export function tunnelText(config: RunningConfig, { url }: Pick<TunnelStatus, 'url'>): string {
  return `\nThe tunnel is open: ${url}\n${sourcesText(config)}`
}

/** A table of the sources with the address that each sender calls. */
export function sourcesText({ sources, settings }: RunningConfig): string {
  const sent = [...sources.values()].filter(({ definition }) => definition.hasSender !== false)
  const rows = sent.map(({ name, path, definition }) => [
    name,
    settings.publicUrl + webhookPath(name, path),
    definition.name,
  ])
  if (rows.length === 0) return ''
  return `${table([['SOURCE', 'ADDRESS FOR ITS SENDER', 'PLUGIN'], ...rows], '  ')}\n`
}

function secretsText({ generatedSecrets, adminToken }: Shown): string {
  let text = ''
  if (generatedSecrets.length > 0) {
    const rows = generatedSecrets.map(({ name, value, file }) => [name, value, here(file)])
    text += `Generated secrets, shown only now:\n${table([['NAME', 'VALUE', 'STORED IN'], ...rows], '  ')}\n`
  }
  if (adminToken.file === null)
    return `${text}The admin token is the one in HOOKLINE_ADMIN_TOKEN.\n`
  const file = here(adminToken.file)
  return adminToken.made
    ? `${text}Generated admin token, shown only now: ${adminToken.value}\nIt is stored in ${file}\n`
    : `${text}The admin token is stored in ${file}\n`
}

function dashboardText({ url, signInPath }: Shown): string {
  const path = signInPath()
  return path === null
    ? ''
    : `Open the dashboard with this link, which works once, within 15 minutes:\n  ${url}${path}\n`
}

function tryText({ config }: Shown, options: ConfigOptions): string {
  const sources = [...config.sources.values()]
  const source = sources.find(({ definition }) => definition.name === 'github') ?? sources[0]
  const where = [
    ...(options.config === undefined ? [] : ['--config', quote(options.config)]),
    ...(options.data === undefined ? [] : ['--data', quote(options.data)]),
  ]
  const line = (...words: readonly string[]) =>
    `  ${[invocation(), ...words, ...where].join(' ')}\n`
  const list = line('tasks')
  if (source?.instance.sign === undefined) return `List the tasks:\n${list}`
  const event = exampleEvent(source, config.rules)
  const send = line('send', quote(source.name), '--event', quote(event), '--wait')
  return `Try it in a second terminal in this folder, and list what ran:\n${send}${list}`
}

function here(file: string): string {
  const fromHere = relative(process.cwd(), file)
  return fromHere.startsWith('..') ? file : fromHere
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
