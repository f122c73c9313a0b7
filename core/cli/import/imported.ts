import { Call, Code, Commented, type Fields, quoted, toCode, type Value } from './typescript.ts'

/** Something that was not taken over as it was, and what to do. */
export interface Note {
  /** File and line, or the name of what it is about. */
  readonly at: string
  readonly what: string
  readonly remedy: string
}

/** An environment variable that the new config reads. */
export interface Variable {
  readonly name: string
  /** Where its value is now. Never the value. */
  readonly from: string
}

/** What an import makes of the configuration of another tool. */
export interface Imported {
  /** Said at the top of the config. */
  readonly title: string
  /** By name, as in the config. */
  readonly sources: Readonly<Record<string, Value>>
  readonly programs: Readonly<Record<string, Value>>
  readonly rules: readonly Fields[]
  readonly variables: readonly Variable[]
  readonly notes: readonly Note[]
  /** Texts that the config repeats, by the names of their constants. */
  readonly texts?: Readonly<Record<string, string>>
}

/** The text of a `webhook.config.ts`. */
export function configText({ title, texts = {}, sources, programs, rules }: Imported): string {
  const body = toCode(new Call('defineConfig', { sources, programs, rules }), 0, 1000)
  const constants = Object.entries(texts)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(body))
    .map(([name, text]) => constantText(name, text))
  const used = ['env', 'file'].filter((name) => new RegExp(`\\b${name}\\('`).test(body))
  return [
    ...importLine(['defineConfig', ...used], 'hookline'),
    ...importLine(calledIn(programs), 'hookline/executors'),
    ...importLine(calledIn(sources), 'hookline/sources'),
    '',
    `// ${title}`,
    ...constants,
    `export default ${body}`,
    '',
  ].join('\n')
}

function importLine(names: readonly string[], from: string): readonly string[] {
  return names.length === 0 ? [] : [`import { ${names.join(', ')} } from '${from}'`]
}

/** The plugins of uses, each once. */
function calledIn(uses: Readonly<Record<string, Value>>): readonly string[] {
  const names = Object.values(uses).map((use) => {
    const value = use instanceof Commented ? use.value : use
    return value instanceof Call ? value.name : ''
  })
  return [...new Set(names)].toSorted()
}

function constantText(name: string, text: string): string {
  const flat = `const ${name} = ${quoted(text)}`
  return flat.length <= 100 ? flat : `const ${name} =\n  ${quoted(text)}`
}

/** A name for sources and programs from any text: unique, 1 to 64 letters, digits, `-` or `_`. */
export function freeName(text: string, taken: Readonly<Record<string, unknown>>): string {
  const plain = text
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 56)
  const base = plain === '' || plain === 'hookline' ? `hook${plain && `-${plain}`}` : plain
  let name = base
  for (let number = 2; Object.hasOwn(taken, name); number++) name = `${base}-${number}`
  return name
}

/** The name of an environment variable from words: `HOOK_DEPLOY_SECRET`. */
export function variableName(...words: readonly string[]): string {
  return words
    .join('_')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

/** `env('NAME')` */
export function envCode(name: string): Code {
  return new Code(`env('${name}')`)
}
