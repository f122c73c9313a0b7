/** CEL's names of the kinds of values, short: `timestamp` for `google.protobuf.Timestamp`. */
export type Kind =
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'list'
  | 'map'
  | 'timestamp'
  | 'duration'
  | 'optional'
  | 'type'

/** An unsigned integer. An int is a bigint, a double a number. */
export class Uint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }

  valueOf(): bigint {
    return this.value
  }

  toString(): string {
    return String(this.value)
  }
}

const SECOND = 1_000_000_000n

export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }

  /** As JSON has it: `90s`, `0.5s`. */
  toString(): string {
    const size = this.nanos < 0n ? -this.nanos : this.nanos
    const rest = String(size % SECOND).padStart(9, '0')
    const fraction = rest.replace(/0+$/, '')
    const sign = this.nanos < 0n ? '-' : ''
    return `${sign}${size / SECOND}${fraction === '' ? '' : `.${fraction}`}s`
  }
}

/** A time with digits below the millisecond. Any other timestamp is a plain `Date`. */
class PreciseTime extends Date {
  readonly belowMillis: number

  constructor(millis: number, belowMillis: number) {
    super(millis)
    this.belowMillis = belowMillis
  }
}

const MILLI = 1_000_000n

export function timeOfNanos(nanos: bigint): Date {
  const below = ((nanos % MILLI) + MILLI) % MILLI
  const millis = Number((nanos - below) / MILLI)
  return below === 0n ? new Date(millis) : new PreciseTime(millis, Number(below))
}

/** Nanoseconds since 1970. */
export function nanosOfTime(time: Date): bigint {
  const below = time instanceof PreciseTime ? BigInt(time.belowMillis) : 0n
  return BigInt(time.getTime()) * MILLI + below
}

/** As JSON has it: RFC 3339 in UTC with 0, 3, 6 or 9 digits of the second. */
export function timeText(time: Date): string {
  const text = time.toISOString()
  if (!(time instanceof PreciseTime)) return text.replace('.000Z', 'Z')
  const below = String(time.belowMillis).padStart(6, '0').replace(/000$/, '')
  return text.replace('Z', `${below}Z`)
}

export class Optional {
  static readonly none = new Optional(undefined)
  /** Undefined if there is none. */
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }

  static of(value: unknown): Optional {
    return value === undefined ? Optional.none : new Optional(value)
  }
}

/** What `type(…)` gives. */
export class TypeValue {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const TYPE_NAMES: Partial<Record<Kind, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  optional: 'optional_type',
}
const KINDS = [
  ...(['null', 'bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map'] as const),
  ...(['timestamp', 'duration', 'optional', 'type'] as const),
]

/** The types that an expression can name: `int`, `google.protobuf.Timestamp`. */
export const TYPE_VALUES: ReadonlyMap<string, TypeValue> = new Map(
  KINDS.map((kind) => TYPE_NAMES[kind] ?? kind).map((name) => [name, new TypeValue(name)]),
)

export function typeValueOf(value: unknown): TypeValue {
  const kind = kindOf(value)
  return TYPE_VALUES.get(TYPE_NAMES[kind] ?? kind) as TypeValue
}

/** A map with keys other than texts. A map with texts alone is a plain object, as in JSON. */
export class MixedMap {
  /** By the keys as `plainKey` makes them, so that `1` and `1u` are one key. */
  readonly entries: ReadonlyMap<unknown, readonly [key: unknown, value: unknown]>

  constructor(entries: ReadonlyMap<unknown, readonly [key: unknown, value: unknown]>) {
    this.entries = entries
  }
}

export type AnyMap = MixedMap | Readonly<Record<string, unknown>>

/** Every other object is a map, as in JSON. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'double'
    case 'bigint':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'object':
      return value === null ? 'null' : kindOfObject(value)
    default:
      throw new TypeError('a value is of no type of CEL')
  }
}

function kindOfObject(value: object): Kind {
  if (Object.getPrototypeOf(value) === Object.prototype) return 'map'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Optional) return 'optional'
  if (value instanceof Date) return 'timestamp'
  if (value instanceof Duration) return 'duration'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  return value instanceof TypeValue ? 'type' : 'map'
}
