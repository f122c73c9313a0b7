import { STATUS_CODES } from 'node:http'
import { isAbsolute, join } from 'node:path'
import { sourcePathSchema } from '../../../settings/webhook-path.ts'
import { envCode, type Note, type Variable, variableName } from '../imported.ts'
import { Call, Code, Commented, type Fields, type Value } from '../typescript.ts'
import { type SplitRule, splitRule } from './checks.ts'
import { Inexpressible } from './conditions.ts'
import type { Argument, PlacedHook } from './read-hooks.ts'
import { referenceOf } from './references.ts'
import { hasTemplate, templateValue } from './templates.ts'

/** webhook's own texts, as constants of the new config. */
export const TEXTS = {
  NOT_SATISFIED: 'Hook rules were not satisfied.',
  NOT_EVALUATED: 'Error occurred while evaluating hook rules.',
  COMMAND_FAILED:
    "Error occurred while executing the hook's command. Please check your logs for more details.",
} as const
const NOT_SATISFIED = new Code('NOT_SATISFIED')
const NOT_EVALUATED = new Code('NOT_EVALUATED')
const COMMAND_FAILED = new Code('COMMAND_FAILED')
/** The longest that Hookline keeps a sender waiting. */
const WAIT_SECONDS = 300
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** A hook that was converted, or why it was not: then `parts` is null. */
export interface ConvertedHook {
  readonly parts: { readonly source: Value; readonly program: Value; readonly rule: Fields } | null
  readonly variables: readonly Variable[]
  readonly notes: readonly Note[]
}

export interface ConvertOptions {
  readonly name: string
  /** In front of the ids in URLs: `/hooks`. */
  readonly prefix: string
}

/** Makes a source, a program and a rule of a hook. */
export function convertHook(placed: PlacedHook, { name, prefix }: ConvertOptions): ConvertedHook {
  const { hook, at } = placed
  const notes: Note[] = []
  const variables: Variable[] = []
  const note = (where: string, what: string, remedy: string) => {
    notes.push({ at: `${where} (${hook.id})`, what, remedy })
  }
  const secret = (value: string, kind: 'SECRET' | 'TOKEN'): Value => {
    const template = templateValue(value)
    if (template?.env) variables.push({ name: template.env, from: 'the environment of webhook' })
    if (template !== null) return template.code
    if (value === '') throw new Inexpressible('an empty secret')
    if (hasTemplate(value)) throw new Inexpressible('a secret that is partly a template')
    const used = variables.filter((variable) => variable.name.includes(`_${kind}`)).length
    const numbered = used === 0 ? [] : [String(used + 1)]
    const variable = variableName('HOOK', name, kind, ...numbered)
    variables.push({ name: variable, from: at('trigger-rule') })
    return envCode(variable)
  }
  const leftOut = (where: string, what: string, remedy: string): ConvertedHook => {
    note(where, `The hook was left out: ${what}.`, remedy)
    return { parts: null, variables: [], notes }
  }
  const path = encodeURI(`${prefix}/${hook.id}`)
  if (!sourcePathSchema.safeParse(path).success) {
    const remedy = 'Give it another id, or give --prefix, and change the URL at its sender.'
    return leftOut(at('id'), `a source cannot have the path \`${path}\``, remedy)
  }
  if (hook['execute-command'] === '') {
    return leftOut(at(), 'it has no `execute-command`', 'Name a program.')
  }
  let split: SplitRule = { checks: null, when: null, hasSignature: false }
  try {
    const isSoft = hook['trigger-signature-soft-failures']
    if (hook['trigger-rule']) split = splitRule(hook['trigger-rule'], { secret, isSoft })
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw error
    const remedy = 'Write its source and rule by hand, perhaps as two sources with a path each.'
    return leftOut(at('trigger-rule'), `its trigger rule has ${error.message}`, remedy)
  }
  for (const key of placed.unknown) {
    note(at(key), `\`${key}\` is no key of a hook; webhook ignores it too.`, 'Nothing.')
  }
  const values = new Values(placed, note)
  const program = values.program()
  const source = new Call('custom', {
    ...(split.checks ?? { unverified: true }),
    path,
    methods: methodsOf(placed, note),
    ...bodyOptions(placed, note),
    answers: answersOf(placed, split),
  })
  const rule = { on: name, when: split.when ?? undefined, run: name, answer: ruleAnswer(placed) }
  const comments = split.checks === null ? ['Anybody who can reach this service can call it.'] : []
  const parts = { source: new Commented(source, comments), program, rule }
  return { parts, variables, notes }
}

type TakeNote = (at: string, what: string, remedy: string) => void

class Values {
  readonly #placed: PlacedHook
  readonly #note: TakeNote

  constructor(placed: PlacedHook, note: TakeNote) {
    this.#placed = placed
    this.#note = note
  }

  program(): Call {
    const { hook } = this.#placed
    const folder = hook['command-working-directory']
    const passed = hook['pass-arguments-to-command']
    const plain = passed.findIndex(
      ({ source, name }) => source !== 'string' || /^\.\.?\//.test(name),
    )
    const leading = plain === -1 ? passed : passed.slice(0, plain)
    const params = passed.slice(leading.length)
    const isPath = hook['execute-command'].includes('/')
    const command =
      isPath && folder !== '' && !isAbsolute(hook['execute-command'])
        ? join(folder, hook['execute-command'])
        : hook['execute-command']
    return new Call('subprocess', {
      command: [command, ...leading.map(({ name }) => name)],
      cwd: folder === '' ? undefined : folder,
      params: orNone(
        params.map((argument, index) =>
          this.#value(argument, ['pass-arguments-to-command', leading.length + index], ''),
        ),
      ),
      variables: orNone(this.#variables()),
      stdin: 'none',
      retry: { attempts: 1 },
    })
  }

  #variables(): Fields {
    const { hook } = this.#placed
    const variables = hook['pass-environment-to-command'].map((argument, index) => {
      const path = ['pass-environment-to-command', index]
      return [
        argument.envname || `HOOK_${argument.name}`,
        this.#value(argument, path, null),
      ] as const
    })
    const files = hook['pass-file-to-command'].map((argument, index) => {
      const variable = argument.envname || `HOOK_${argument.name.toUpperCase()}`
      const value = this.#value(argument, ['pass-file-to-command', index], null)
      const base64 = argument.base64decode ? true : undefined
      const named = typeof value === 'string' ? { name: value } : (value as Fields)
      return [variable, { ...named, base64, file: true }] as const
    })
    return Object.fromEntries(
      [...variables, ...files].filter(([variable]) => {
        if (/^[^=\0]+$/.test(variable) && !variable.startsWith('WEBHOOK_')) return true
        this.#note(
          this.#placed.at('pass-environment-to-command'),
          `The variable \`${variable}\` was left out: names cannot begin with WEBHOOK_ or have a \`=\`.`,
          'Give it another `envname`, and use that in the program.',
        )
        return false
      }),
    )
  }

  /** `missing`: what the program gets if the request has no such value; null: nothing. */
  #value(argument: Argument, path: readonly (string | number)[], missing: string | null): Value {
    if (argument.source === 'string') return { value: argument.name }
    const found = referenceOf(argument)
    const at = this.#placed.at(...path)
    if (found === null) {
      const what = `There is nothing like the source \`${argument.source}\` (${argument.name}).`
      this.#note(at, `${what} The program gets an empty text.`, 'Take another value.')
      return { value: '' }
    }
    if (found.difference !== null) {
      this.#note(at, found.difference, 'Check that the program can take it so.')
    }
    return missing === null ? found.name : { name: found.name, default: missing }
  }
}

function orNone<Items extends readonly Value[] | Fields>(items: Items): Items | undefined {
  return Object.keys(items).length === 0 ? undefined : items
}

function methodsOf({ hook, at }: PlacedHook, note: TakeNote): Value {
  const methods = hook['http-methods'].map((method) => method.trim().toUpperCase())
  if (methods.length === 0) return 'any'
  const known = methods.filter((method) => METHODS.includes(method))
  if (known.length < methods.length) {
    const others = methods.filter((method) => !METHODS.includes(method)).join(', ')
    note(at('http-methods'), `Hookline takes no deliveries by ${others}.`, 'Use another method.')
  }
  return known.length === 0 ? 'any' : known
}

function bodyOptions({ hook, at }: PlacedHook, note: TakeNote): Fields {
  const type = hook['incoming-payload-content-type']
  const format = type.includes('json') ? 'json' : type.includes('xml') ? 'xml' : undefined
  if (type !== '' && format === undefined) {
    note(
      at('incoming-payload-content-type'),
      `A body cannot be read as \`${type}\` whatever its Content-Type says.`,
      'Let the sender set its Content-Type.',
    )
  }
  const jsonFields: string[] = []
  for (const [index, { source, name }] of hook['parse-parameters-as-json'].entries()) {
    if (source === 'payload' && !name.includes('.')) jsonFields.push(name)
    else {
      note(
        at('parse-parameters-as-json', index),
        `Only fields of a form are parsed as JSON, and not ${source} ${name}.`,
        'Let the program parse it.',
      )
    }
  }
  return { format, jsonFields: orNone(jsonFields) }
}

function statusOf(code: number): number | undefined {
  return code >= 200 && code < 600 && STATUS_CODES[code] !== undefined ? code : undefined
}

function answersOf(
  { hook }: PlacedHook,
  { checks, when, hasSignature }: SplitRule,
): Fields | undefined {
  const mismatch = statusOf(hook['trigger-rule-mismatch-http-response-code'])
  const unmatched = { status: mismatch === 200 ? undefined : mismatch, body: NOT_SATISFIED }
  const refused = hasSignature
    ? { status: 500, body: NOT_EVALUATED }
    : { status: mismatch ?? 200, body: NOT_SATISFIED }
  return orNone({
    ...(when !== null && { unmatched }),
    ...(checks !== null && { refused }),
  })
}

function ruleAnswer({ hook }: PlacedHook): Fields {
  const given = hook['response-headers'].map(({ name, value }) => [name, value] as const)
  const headers = orNone(Object.fromEntries(given))
  const status = statusOf(hook['success-http-response-code'])
  if (!hook['include-command-output-in-response']) {
    return { status: status ?? 200, headers, body: templateText(hook['response-message']) }
  }
  const showsFailure = hook['include-command-output-in-response-on-error']
  return {
    wait: WAIT_SECONDS,
    output: 'all',
    status: status === 200 ? undefined : status,
    headers,
    failed: showsFailure ? undefined : { body: COMMAND_FAILED },
  }
}

/** In a template, braces would be placeholders. */
function templateText(text: string): Value {
  return /[{}]/.test(text) ? { cel: JSON.stringify(text) } : text
}
