import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type CommandHelp, HELP } from './examples.ts'

/** Adds examples and the page of the documentation to the help of a command and of the commands in it. */
export function addHelp(command: Command, path = command.name()): void {
  for (const inner of command.commands) addHelp(inner, `${path} ${inner.name()}`)
  const help = helpOf(path)
  if (help !== undefined) command.addHelpText('after', textOf(help))
}

/** The help of a command, or of the first command in it. */
export function helpOf(path: string): CommandHelp | undefined {
  return HELP[path] ?? Object.entries(HELP).find(([other]) => other.startsWith(`${path} `))?.[1]
}

function textOf({ page, examples }: CommandHelp): string {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(
    ([line, meaning]) => `  hookline ${line.padEnd(width)}  # ${meaning}\n`,
  )
  return `\nExamples:\n${lines.join('')}\nMore: ${placeOf(page)}\nExit codes: hookline help exit-codes`
}

/** The page in the package, as a path from here. The image has no pages. */
function placeOf(page: string): string {
  const [file = '', anchor] = page.split('#')
  const path = ['../../../docs/', '../../../../docs/']
    .map((docs) => fileURLToPath(new URL(docs + file, import.meta.url)))
    .find((candidate) => existsSync(candidate))
  const heading = anchor === undefined ? '' : `#${anchor}`
  if (path === undefined) return `docs/${page}`
  const fromHere = relative(process.cwd(), path)
  return (fromHere.startsWith('..') ? path : fromHere) + heading
}
