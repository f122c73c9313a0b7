import type { Argument, Command, Option } from 'commander'
import { COMMANDS } from '../command-list.ts'
import { configNames, senderNames } from './names.ts'

/** A word that could be typed next. */
export interface Candidate {
  readonly word: string
  readonly meaning: string
}

/** What could be typed in place of the last word, which is unfinished or empty. Empty: a file, or anything. */
export async function candidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const all = await candidatesFor(words.slice(0, -1))
  const typed = words.at(-1) ?? ''
  return all.filter(({ word }) => word.startsWith(typed) && (typed !== '' || !word.startsWith('-')))
}

async function candidatesFor(before: readonly string[]): Promise<readonly Candidate[]> {
  const listed = Object.assign({}, ...Object.values(COMMANDS)) as (typeof COMMANDS)[string]
  const [first, ...others] = before
  const names = () =>
    Object.entries(listed).map(([word, { summary }]) => ({ word, meaning: summary }))
  if (first === undefined) return [...names(), { word: 'help', meaning: 'explain a command' }]
  if (first === 'help') return others.length === 0 ? names() : []
  if (!Object.hasOwn(listed, first)) return []
  const loaded = await listed[first]?.load()
  return loaded === undefined ? [] : ofCommand(loaded, others)
}

async function ofCommand(
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const inner = command.commands.find((one) => one.name() === words[0])
  if (inner !== undefined) return ofCommand(inner, words.slice(1))
  const { given, waiting } = read(command, words)
  if (waiting !== null) return valuesOf(waiting, command, words, given)
  const position = Math.min(given.length, command.registeredArguments.length - 1)
  const argument = command.registeredArguments[position]
  const isDone = given.length > position && argument?.variadic !== true
  return [
    ...(given.length === 0 ? command.commands.map(described) : []),
    ...(argument === undefined || isDone ? [] : await valuesOf(argument, command, words, given)),
    ...command.options.map((option) => ({
      word: option.long ?? option.flags,
      meaning: option.description,
    })),
    { word: '--help', meaning: 'explain the command' },
  ]
}

/** The arguments among the words, and the option whose value comes next. */
function read(command: Command, words: readonly string[]) {
  const given: string[] = []
  let waiting: Option | null = null
  for (const word of words) {
    if (waiting !== null) waiting = null
    else if (word.startsWith('-')) {
      const option = command.options.find(({ short, long }) => word === short || word === long)
      if (option?.required) waiting = option
    } else given.push(word)
  }
  return { given, waiting }
}

async function valuesOf(
  one: Option | Argument,
  command: Command,
  words: readonly string[],
  given: readonly string[],
): Promise<readonly Candidate[]> {
  const name = 'long' in one ? one.attributeName() : one.name()
  const found = one.argChoices ?? (await namesFor(name, command, words, given))
  return found.map((word) => ({ word, meaning: '' }))
}

async function namesFor(
  name: string,
  command: Command,
  words: readonly string[],
  given: readonly string[],
): Promise<readonly string[]> {
  if (command.name() === 'init') return name === 'source' ? senderNames() : []
  const isPause = ['pause', 'resume'].includes(command.name())
  const kind = isPause && name === 'name' ? given[0] : name
  return kind === 'source' || kind === 'program' || kind === 'rule' ? configNames(kind, words) : []
}

function described(command: Command): Candidate {
  return { word: command.name(), meaning: command.description() }
}
