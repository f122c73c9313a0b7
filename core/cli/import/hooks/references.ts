import { isSecretHeader, isSecretParameter } from '../../../redaction/secret-names.ts'
import type { Argument } from './read-hooks.ts'

/** A value of a request as Hookline names it. */
export interface RequestValue {
  /** As in `params`. */
  readonly name: string
  /** As in a condition; null: no condition can read it. */
  readonly cel: string | null
  /** As in a condition that must not fail where the value is missing; null: it is never missing. */
  readonly optionalCel: string | null
  /** Whether it is text whatever was sent. Values of a payload may be numbers. */
  readonly isText: boolean
  /** How it differs from what webhook gives; null: not at all. */
  readonly difference: string | null
}

const IDENTIFIER = /^[A-Za-z_]\w*$/
const CLIENT = 'webhook gives the address with the port, and this is the address alone.'
const WHOLE = {
  'entire-payload': [
    'payload',
    'This is the JSON as it was sent; webhook sorts its keys, and puts a list below `root`.',
  ],
  'entire-query': ['request.query', null],
  'entire-headers': [
    'request.headers',
    'The names of headers are in lower case, `host` is among them, and secrets are masked.',
  ],
  'raw-request-body': ['request.body', null],
} as const

/** A parameter of a hook; null if Hookline has nothing like it. A `string` is no value of the request. */
export function referenceOf({ source, name }: Argument): RequestValue | null {
  switch (source) {
    case 'header': {
      const header = name.toLowerCase()
      const difference = isSecretHeader(header) ? masked(`header ${name}`) : null
      return mapValue('headers', header, difference)
    }
    case 'url':
    case 'query':
      return mapValue('query', name, isSecretParameter(name) ? masked(`parameter ${name}`) : null)
    case 'payload':
      return payloadValue(name)
    case 'request':
      if (name.toLowerCase() === 'method') return whole('request.method', null)
      return name.toLowerCase() === 'remote-addr' ? whole('request.client', CLIENT) : null
    default: {
      if (!Object.hasOwn(WHOLE, source)) return null
      const [named, difference] = WHOLE[source as keyof typeof WHOLE]
      return source === 'raw-request-body'
        ? whole(named, difference)
        : { ...whole(named, difference), cel: null }
    }
  }
}

/** A text as a CEL literal. Backslashes of patterns stay as they are. */
export function celText(text: string): string {
  const isRaw = text.includes('\\') && !/['\n\r]/.test(text)
  if (isRaw) return `r'${text}'`
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function whole(name: string, difference: string | null): RequestValue {
  return { name, cel: name, optionalCel: null, isText: true, difference }
}

function mapValue(map: 'headers' | 'query', key: string, difference: string | null): RequestValue {
  const step = IDENTIFIER.test(key) ? `.${key}` : `[${celText(key)}]`
  return {
    name: `request.${map}.${key}`,
    cel: `request.${map}${step}`,
    optionalCel: `request.${map}[?${celText(key)}].orValue('')`,
    isText: true,
    difference,
  }
}

function payloadValue(path: string): RequestValue {
  const all = path.split('.')
  // webhook puts a body that is a list below `root`.
  const isRoot = all[0] === 'root' && /^\d+$/.test(all[1] ?? '')
  const steps = isRoot ? all.slice(1) : all
  const inside = steps.map(celStep).join('')
  const optional = steps.map((step) => (/^\d+$/.test(step) ? `[?${step}]` : `[?${celText(step)}]`))
  return {
    name: `payload.${steps.join('.')}`,
    cel: `payload${inside}`,
    optionalCel: `payload${optional.join('')}.orValue('')`,
    isText: false,
    difference: isRoot ? `\`${path}\` is read as an item of a body that is a list.` : null,
  }
}

function celStep(step: string): string {
  if (/^\d+$/.test(step)) return `[${step}]`
  return IDENTIFIER.test(step) ? `.${step}` : `[${celText(step)}]`
}

function masked(what: string): string {
  return `The ${what} is masked as a secret before it is stored, so the program gets \`[redacted]\`.`
}
