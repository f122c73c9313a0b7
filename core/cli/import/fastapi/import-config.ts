import { readFile } from 'node:fs/promises'
import { builtInSources } from '../../../config/modules/built-in.ts'
import { isRecord } from '../../../kit/is-record.ts'
import { envCode, type Imported, type Note, type Variable, variableName } from '../imported.ts'
import { Call, Commented, type Fields, type Value } from '../typescript.ts'
import { readPythonConfig } from './read-config.ts'

/** How long a sender waits for a program that did not run in the background. */
const MAX_WAIT_SECONDS = 300
const WEBHOOK_KEYS = ['auth_type', 'secret', 'token', 'allowed_ips', 'ip_whitelist', 'allowed_ip']
const PROGRAM_KEYS = ['command', 'params', 'working_dir', 'timeout', 'run_async']

type TakeNote = (key: string, what: string, remedy: string) => void

/** Imports a `config.py` with WEBHOOK_CONFIGS, PROGRAM_CONFIGS and WEBHOOK_TO_PROGRAM_MAPPING. It is never run. */
export async function importPythonConfig(file: string): Promise<Imported> {
  const { found, lines, conditions, commands } = await readPythonConfig(
    file,
    await readFile(file, 'utf8'),
  )
  const notes: Note[] = []
  const variables: Variable[] = []
  const note: TakeNote = (key, what, remedy) => {
    const line = lines[key]
    notes.push({ at: `${file}${line === undefined ? '' : `:${line}`} (${key})`, what, remedy })
  }
  const known = new Map((await builtInSources()).map((source) => [source.name, source]))
  const sources: Record<string, Value> = {}
  for (const [name, given] of Object.entries(found.WEBHOOK_CONFIGS)) {
    const key = `WEBHOOK_CONFIGS.${name}`
    const options = isRecord(given) ? given : {}
    unknownKeys(options, WEBHOOK_KEYS, key, note)
    const secretOf = (option: 'secret' | 'token') =>
      secretCode(options[option], { key, name, option, from: `${file}:${lines[key]}` }, variables)
    const own = known.get(name)
    const option = (['secret', 'token'] as const).find(
      (each) => options[each] && own !== undefined && Object.hasOwn(own.options.shape, each),
    )
    sources[name] =
      option === undefined || name === 'custom'
        ? customSource(options, secretOf, key, note)
        : new Call(name, { [option]: secretOf(option) })
  }
  const programs: Record<string, Value> = {}
  const waits = new Map<string, number>()
  for (const [name, given] of Object.entries(found.PROGRAM_CONFIGS)) {
    const key = `PROGRAM_CONFIGS.${name}`
    const options = isRecord(given) ? given : {}
    const { command, params, working_dir: cwd, timeout, run_async: isAsync } = options
    unknownKeys(options, PROGRAM_KEYS, key, note)
    if (typeof command !== 'string') {
      note(key, 'It was left out: its `command` is no text.', 'Write the program by hand.')
      continue
    }
    const seconds = typeof timeout === 'number' && timeout > 0 ? timeout : undefined
    if (isAsync === false) waits.set(name, Math.min(seconds ?? MAX_WAIT_SECONDS, MAX_WAIT_SECONDS))
    programs[name] = new Call('subprocess', {
      command: commands[command] ?? [command],
      cwd: typeof cwd === 'string' ? cwd : undefined,
      params: Array.isArray(params) && params.length > 0 ? params.map(String) : undefined,
      timeoutSeconds: seconds,
    })
  }
  const rules: Fields[] = []
  for (const { source, type, program, when } of mappingOf(found.WEBHOOK_TO_PROGRAM_MAPPING)) {
    const key = `WEBHOOK_TO_PROGRAM_MAPPING.${source}`
    const condition = when === null ? null : conditions[when]
    if (program === undefined || !Object.hasOwn(programs, program)) {
      note(
        key,
        `A rule of ${type} was left out: its program ${program ?? ''} is not there.`,
        'Add it.',
      )
    } else if (!Object.hasOwn(sources, source)) {
      note(key, 'A rule was left out: WEBHOOK_CONFIGS has no such webhook.', 'Add the source.')
    } else if (condition === undefined || (when !== null && condition === null)) {
      note(
        key,
        `A rule of ${type} was left out: \`${when}\` cannot be written in CEL.`,
        'Write it by hand.',
      )
    } else {
      const wait = waits.get(program)
      rules.push({
        on: type === '*' ? source : `${source}.${type}`,
        when: condition === null || condition === 'true' ? undefined : condition,
        run: program,
        answer: wait === undefined ? undefined : { wait },
      })
    }
  }
  const title = `Imported from ${file}. All rules that match run; the file may have meant the first.`
  return { title, sources, programs, rules, variables, notes }
}

function unknownKeys(options: object, known: readonly string[], key: string, note: TakeNote): void {
  const others = Object.keys(options).filter((name) => !known.includes(name))
  if (others.length === 0) return
  note(
    key,
    `${others.join(', ')} cannot be imported.`,
    'Look for it among the options in the reference.',
  )
}

interface SecretPlace {
  readonly key: string
  readonly name: string
  readonly option: string
  readonly from: string
}

/** A secret from the environment keeps its variable; any other gets one. */
function secretCode(given: unknown, place: SecretPlace, variables: Variable[]): Value {
  if (isRecord(given) && typeof given['$env'] === 'string') {
    variables.push({ name: given['$env'], from: 'the environment of the old service' })
    return envCode(given['$env'])
  }
  const variable = variableName(place.name, place.option)
  variables.push({ name: variable, from: place.from })
  return envCode(variable)
}

function customSource(
  options: Readonly<Record<string, unknown>>,
  secretOf: (option: 'secret' | 'token') => Value,
  key: string,
  note: TakeNote,
): Value {
  const { secret, token } = options
  const ips = options['allowed_ips'] ?? options['ip_whitelist'] ?? options['allowed_ip']
  const allow = [ips].flat().filter((ip): ip is string => typeof ip === 'string')
  const common: Fields = { allow: allow.length === 0 ? undefined : allow }
  const type = options['auth_type'] ?? (secret ? 'signature' : token ? 'token' : 'none')
  if (type === 'signature' && secret) {
    note(
      key,
      'Its signature is expected in X-Hub-Signature-256, as GitHub sends it.',
      'Set `hmac` as the sender signs.',
    )
    const hmac = { secret: secretOf('secret'), header: 'X-Hub-Signature-256', prefix: 'sha256=' }
    return new Call('custom', { hmac, ...common })
  }
  if (type === 'token' && token) {
    note(
      key,
      'Its token is expected in the header X-Webhook-Token.',
      'Set `tokenHeader`, or use `bearer`.',
    )
    return new Call('custom', { token: secretOf('token'), ...common })
  }
  const source = new Call('custom', { unverified: true, ...common })
  if (type === 'ip' && allow.length > 0) return source
  if (type !== 'none') {
    note(
      key,
      `Nothing is there for its authentication \`${String(type)}\`.`,
      'Set a way to verify before you start.',
    )
  }
  return new Commented(source, ['Anybody who can reach this service can send its events.'])
}

interface MappedProgram {
  readonly source: string
  readonly type: string
  readonly program: string | undefined
  /** As it was written; null: always. */
  readonly when: string | null
}

/** All forms of the mapping: a program, a list of them, programs by condition, a list of rules. */
function mappingOf(mapping: Readonly<Record<string, unknown>>): readonly MappedProgram[] {
  return Object.entries(mapping).flatMap(([source, types]) =>
    Object.entries(isRecord(types) ? types : {}).flatMap(([type, given]) =>
      programsOf(given).map(([when, program]) => ({ source, type, program, when })),
    ),
  )
}

function programsOf(given: unknown): readonly (readonly [string | null, string | undefined])[] {
  if (typeof given === 'string') return [[null, given]]
  if (Array.isArray(given)) return given.flatMap(programsOf)
  if (!isRecord(given)) return [[null, undefined]]
  const { condition, program } = given
  if (typeof program === 'string') return [[conditionText(condition), program]]
  return Object.entries(given).flatMap(([when, programs]) =>
    programsOf(programs).map(([, each]) => [conditionText(when), each] as const),
  )
}

function conditionText(given: unknown): string | null {
  const text = typeof given === 'string' ? given.trim() : ''
  return text === '' || text === '*' || text === 'default' ? null : text
}
