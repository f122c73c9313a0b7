import { keysOf, mapOf, valueAt } from '../../../core/cel/maps.ts'
import { type CelType, DYN, type } from '../../../core/cel/types.ts'
import {
  type AnyMap,
  type Duration,
  kindOf,
  TypeValue,
  timeText,
  Uint,
} from '../../../core/cel/values.ts'

/** A message of the specification's tests as JSON: one field says which kind of value or type it is. */
export type SpecMessage = Readonly<Record<string, unknown>>

interface SpecEntry {
  readonly key: SpecMessage
  readonly value: SpecMessage
}

/** The value that a message holds (`cel.expr.Value`), as a rule would read it. */
export function valueOfSpec(message: SpecMessage): unknown {
  const [kind, inner] = Object.entries(message)[0] ?? []
  switch (kind) {
    case 'int64Value':
      return BigInt(inner as string)
    case 'uint64Value':
      return new Uint(BigInt(inner as string))
    case 'doubleValue':
      return Number(inner)
    case 'stringValue':
    case 'boolValue':
    case 'nullValue':
      return inner
    case 'bytesValue':
      return new Uint8Array(Buffer.from(inner as string, 'base64'))
    case 'typeValue':
      return new TypeValue(inner as string)
    case 'listValue':
      return ((inner as { values?: SpecMessage[] }).values ?? []).map(valueOfSpec)
    case 'mapValue': {
      const entries = (inner as { entries?: SpecEntry[] }).entries ?? []
      return mapOf(entries.map(({ key, value }) => [valueOfSpec(key), valueOfSpec(value)]))
    }
    case 'objectValue':
      return new WellKnown(inner as { '@type': string; value: string })
    default:
      throw new Error(`no value: ${JSON.stringify(message)}`)
  }
}

/** An expected timestamp or duration, in its JSON text. */
class WellKnown {
  readonly text: string

  constructor(message: { readonly '@type': string; readonly value: string }) {
    this.text = `${message['@type'].replace(/.*\./, '').toLowerCase()} ${message.value}`
  }
}

/** A value with its type, to compare what was expected with what came. */
export function showValue(value: unknown): string {
  if (value instanceof WellKnown) return value.text
  const kind = kindOf(value)
  switch (kind) {
    case 'list':
      return `[${(value as unknown[]).map(showValue).join(', ')}]`
    case 'map': {
      const map = value as AnyMap
      const entries = keysOf(map).map((key) => `${showValue(key)}: ${showValue(valueAt(map, key))}`)
      return `{${entries.toSorted().join(', ')}}`
    }
    case 'bytes':
      return `bytes ${Buffer.from(value as Uint8Array).toString('hex')}`
    case 'timestamp':
      return `timestamp ${timeText(value as Date)}`
    case 'duration':
      return `duration ${value as Duration}`
    case 'type':
      return `type ${(value as TypeValue).name}`
    case 'double':
      return `double ${Object.is(value, -0) ? '-0' : value}`
    default:
      return `${kind} ${value}`
  }
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  BOOL: 'bool',
  INT64: 'int',
  UINT64: 'uint',
  DOUBLE: 'double',
  STRING: 'string',
  BYTES: 'bytes',
}

/** The type that a message describes (`cel.expr.Type`). */
export function typeOfSpec(message: SpecMessage): CelType {
  const [kind, inner] = Object.entries(message)[0] ?? []
  const parts = (inner ?? {}) as Readonly<Record<string, SpecMessage>>
  switch (kind) {
    case 'primitive':
      return type(PRIMITIVES[String(inner)] ?? 'none')
    case 'wellKnown':
      return type(String(inner).toLowerCase())
    case 'null':
      return type('null')
    case 'listType':
      return type('list', typeOfSpec(parts.elemType ?? {}))
    case 'mapType':
      return type('map', typeOfSpec(parts.keyType ?? {}), typeOfSpec(parts.valueType ?? {}))
    case 'abstractType': {
      const { parameterTypes } = parts as unknown as { readonly parameterTypes: SpecMessage[] }
      return type('optional', ...parameterTypes.map(typeOfSpec))
    }
    default:
      return DYN
  }
}
