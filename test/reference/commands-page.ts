import { type Argument, Command, type Option } from 'commander'
import { COMMANDS } from '../../core/cli/command-list.ts'
import { EXIT_CODES } from '../../core/cli/help/exit-codes.ts'
import { helpOf } from '../../core/cli/help/help-text.ts'
import { withConnectionOptions } from '../../core/cli/service-client.ts'
import { cell, page } from './pages.ts'

/** Every command, as its help has it. Options that most commands share are told once. */
export async function commandsPage(): Promise<string> {
  const shared = withConnectionOptions(new Command('shared')).options
  const isShared = ({ long }: Option) => shared.some((option) => option.long === long)
  const sections: string[] = []
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    sections.push(`## ${heading.replace(/:$/, '')}`, '')
    for (const [name, { summary, load }] of Object.entries(commands)) {
      const command = (await load()).description(summary)
      sections.push(...sectionsOf(command, name, isShared))
    }
  }
  return page('Commands', [
    'Each command prints the same with `--help`. [Operate](../operate.md#commands-flags-variables) says how a command finds the service.',
    '',
    ...sections,
    '## Options of most commands',
    '',
    ...optionRows(shared),
    '',
    '## Exit codes',
    '',
    '| Code | Meaning |',
    '| --- | --- |',
    ...EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    '`service status` ends with the code of systemctl. `hookline help exit-codes` prints this table. Errors have codes of their own: [Error codes](errors.md).',
  ])
}

function sectionsOf(
  command: Command,
  path: string,
  isShared: (option: Option) => boolean,
): readonly string[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((inner) =>
      sectionsOf(inner, `${path} ${inner.name()}`, isShared),
    )
  }
  const { page: place = '', examples = [] } = helpOf(path) ?? {}
  const width = Math.max(...examples.map(([line]) => line.length))
  const words = command.registeredArguments.map(wordOf)
  const own = command.options.filter((option) => !isShared(option))
  const named = command.options.filter(isShared).map(({ long }) => `\`${long}\``)
  return [
    `### ${path}`,
    '',
    `${sentence(command.description())} More: [${titleOf(place)}](../${place}).`,
    '',
    '```sh',
    `hookline ${[path, ...words, ...(command.options.length > 0 ? ['[options]'] : [])].join(' ')}`,
    ...examples.map(([line, meaning]) => `hookline ${line.padEnd(width)}   # ${meaning}`),
    '```',
    '',
    ...argumentRows(command),
    ...(own.length === 0 ? [] : [...optionRows(own), '']),
    ...(named.length === 0 ? [] : [`Also ${named.join(', ')}.`, '']),
  ]
}

function wordOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

function argumentRows({ registeredArguments }: Command): readonly string[] {
  if (registeredArguments.length === 0) return []
  const rows = registeredArguments.map(
    (argument) => `| \`${wordOf(argument)}\` | ${described(argument)} |`,
  )
  return ['| Argument | |', '| --- | --- |', ...rows, '']
}

function optionRows(options: readonly Option[]): readonly string[] {
  const rows = options.map((option) => `| \`${option.flags}\` | ${described(option)} |`)
  return ['| Option | |', '| --- | --- |', ...rows]
}

function described({ description, argChoices, defaultValue }: Option | Argument): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`
  const fallback = typeof defaultValue === 'string' ? ` (default: ${defaultValue})` : ''
  return cell((description + choices + fallback).replace(/https?:\/\/[^\s)]+/g, '`$&`'))
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function titleOf(path: string): string {
  const name = path.replace(/\.md.*$/, '').replaceAll('-', ' ')
  return name.charAt(0).toUpperCase() + name.slice(1)
}
