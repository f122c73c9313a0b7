import type { Fields, Value } from '../typescript.ts'

const LONGEST_SCRIPT = 2 ** 20
/** Where scripts in the usual languages read a variable. webhookd writes its names in lower case. */
const READS = [
  /\$\{?([a-z][a-z0-9_]*)/g,
  /process\.env\.([a-z][a-z0-9_]*)/g,
  /(?:process\.env|os\.environ|ENV|\$_ENV)\[['"]([a-z][a-z0-9_]*)['"]\]/g,
  /(?:getenv|environ\.get|env\.get)\(\s*['"]([a-z][a-z0-9_]*)['"]/g,
]
const SETS =
  /(?:^|[;&|({])[ \t]*(?:(?:local|readonly|declare|export|typeset)\s+)?([a-z][a-z0-9_]*)=|\bfor\s+([a-z][a-z0-9_]*)\s+in\b|\bread\s+(?:-\w+\s+)*([a-z][a-z0-9_]*)/gm
const EXIT = /\bexit\s*\(?\s*(1\d\d|2[0-5]\d)\b/g
/** Headers that scripts of webhooks read. All others that begin with `x_` are headers too. */
const HEADERS = [
  'accept',
  'content_length',
  'content_type',
  'host',
  'origin',
  'referer',
  'user_agent',
]
const OF_WEBHOOKD: Readonly<Record<string, Value>> = {
  hook_id: 'event.id',
  hook_method: 'request.method',
  x_forwarded_for: 'request.client',
}

export interface ScriptValues {
  readonly variables: Fields
  /** Variables that are taken for parameters of the query. */
  readonly parameters: readonly string[]
  /** Variables of webhookd without an equivalent. */
  readonly unknown: readonly string[]
  /** Statuses of the exit codes from 100 on, which webhookd raises by 300. */
  readonly exitCodes: Fields | undefined
}

/** What a script reads of the variables that webhookd sets, by its text. */
export function valuesInScript(text: string, hookName: string): ScriptValues {
  const shown = text.slice(0, LONGEST_SCRIPT)
  const set = new Set([...shown.matchAll(SETS)].map(([, one, two, three]) => one ?? two ?? three))
  const names = READS.flatMap((read) => [...shown.matchAll(read)].map(([, name = '']) => name))
  const read = [...new Set(names)].filter((name) => !set.has(name)).toSorted()
  const parameters: string[] = []
  const unknown: readonly string[] = read.filter((name) => name === 'x_webauth_user')
  const variables = read.flatMap((name): readonly (readonly [string, Value])[] => {
    if (unknown.includes(name)) return []
    if (name === 'hook_name') return [[name, { value: hookName }]]
    const own = OF_WEBHOOKD[name]
    if (own !== undefined) return [[name, own]]
    if (HEADERS.includes(name) || name.startsWith('x_')) {
      return [[name, `request.headers.${name.replaceAll('_', '-')}`]]
    }
    parameters.push(name)
    return [[name, `request.query.${name}`]]
  })
  const codes = new Set([...shown.matchAll(EXIT)].map(([, code]) => Number(code)))
  const exitCodes = [...codes].filter((code) => code <= 255).toSorted((one, other) => one - other)
  return {
    variables: Object.fromEntries(variables),
    parameters,
    unknown,
    exitCodes:
      exitCodes.length === 0
        ? undefined
        : Object.fromEntries(exitCodes.map((code) => [String(code), code + 300])),
  }
}
