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

/** One hook, script or webhook, as a source, a program and a rule of one name. */
export interface ImportedHook {
  readonly name: string
  readonly comments: readonly string[]
  /** Options of `custom`, or another use of a source. */
  readonly source: Value
  readonly program: Value
  readonly rule: Fields
}

/** What an import makes of the configuration of another tool. */
export interface Imported {
  /** Said at the top of the config. */
  readonly title: string
  readonly hooks: readonly ImportedHook[]
  readonly variables: readonly Variable[]
  readonly notes: readonly Note[]
  /** Texts that the config repeats, by the names of their constants. */
  readonly texts?: Readonly<Record<string, string>>
}

/** The text of a `webhook.config.ts`. */
export function configText({ title, hooks, texts = {} }: Imported): string {
  const fields = (part: 'source' | 'program') =>
    Object.fromEntries(
      hooks.map((hook) => [
        hook.name,
        part === 'source' && hook.comments.length > 0
          ? new Commented(hook.source, hook.comments)
          : hook[part],
      ]),
    )
  const config = {
    sources: fields('source'),
    programs: fields('program'),
    rules: hooks.map(({ rule }) => rule),
  }
  const body = toCode(new Call('defineConfig', config), 0, 1000)
  const constants = Object.entries(texts)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(body))
    .map(([name, text]) => constantText(name, text))
  const used = ['file', 'env'].filter((name) => new RegExp(`\\b${name}\\('`).test(body))
  const sources = new Set(hooks.map(({ source }) => nameOf(source)))
  const executors = new Set(hooks.map(({ program }) => nameOf(program)))
  return [
    `import { ${['defineConfig', ...used.toSorted()].join(', ')} } from 'hookline'`,
    `import { ${[...executors].toSorted().join(', ')} } from 'hookline/executors'`,
    `import { ${[...sources].toSorted().join(', ')} } from 'hookline/sources'`,
    '',
    `// ${title}`,
    ...constants,
    `export default ${body}`,
    '',
  ].join('\n')
}

function constantText(name: string, text: string): string {
  const flat = `const ${name} = ${quoted(text)}`
  return flat.length <= 100 ? flat : `const ${name} =\n  ${quoted(text)}`
}

function nameOf(value: Value): string {
  return value instanceof Call ? value.name : ''
}

/** A name for sources and programs from any text: unique, 1 to 64 letters, digits, `-` or `_`. */
export function freeName(text: string, taken: ReadonlySet<string>): string {
  const plain = text
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 56)
  const base = plain === '' || plain === 'hookline' ? `hook${plain && `-${plain}`}` : plain
  let name = base
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
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
