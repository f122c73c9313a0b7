import { CHARACTERS_PER_STEP, compare } from './equality.ts'
import { fail } from './errors.ts'
import { type CelFunction, define } from './functions.ts'
import { durationOf, timeAfter } from './time-range.ts'
import { Duration, nanosOfTime, Uint } from './values.ts'

const MAX_INT = 2n ** 63n - 1n
const MAX_UINT = 2n ** 64n - 1n

/** An int that fits into 64 bits. Throws for any other. */
export function int(value: bigint): bigint {
  if (value > MAX_INT || value < -MAX_INT - 1n) fail('numeric_overflow', 'an int overflows')
  return value
}

export function uint(value: bigint): Uint {
  if (value > MAX_UINT || value < 0n) fail('numeric_overflow', 'a uint overflows')
  return new Uint(value)
}

function divisor(value: bigint, code: 'division_by_zero' | 'modulo_by_zero'): bigint {
  return value === 0n ? fail(code, code.replaceAll('_', ' ')) : value
}

function operator(
  types: string,
  result: string,
  call: (...values: never[]) => unknown,
  cost?: (...values: never[]) => number,
): CelFunction {
  return define(`operator(${types}): ${result}`, ['', ''], call, cost)
}

type Sized = { readonly length: number }

const sizes = (one: Sized, other: Sized) => one.length + other.length
const copied = (one: Sized, other: Sized) => sizes(one, other) / CHARACTERS_PER_STEP

const ORDERED = 'bool int uint double string bytes timestamp duration'.split(' ')
const NUMBERS = ['int', 'uint', 'double']
const ORDERED_PAIRS = [
  ...ORDERED.map((one) => [one, one]),
  ...NUMBERS.flatMap((one) =>
    NUMBERS.filter((other) => other !== one).map((other) => [one, other]),
  ),
]

function comparison(isRight: (order: number) => boolean): readonly CelFunction[] {
  const call = (one: unknown, other: unknown) => isRight(compare(one, other))
  return ORDERED_PAIRS.map(([one, other]) => operator(`${one}, ${other}`, 'bool', call))
}

/** The operators whose types decide what they do, with their overloads. `==`, `!=` and `in` take any values. */
export const OPERATORS: ReadonlyMap<string, readonly CelFunction[]> = new Map([
  [
    '+',
    [
      operator('int, int', 'int', (one: bigint, other: bigint) => int(one + other)),
      operator('uint, uint', 'uint', (one: Uint, other: Uint) => uint(one.value + other.value)),
      operator('double, double', 'double', (one: number, other: number) => one + other),
      operator('string, string', 'string', (one: string, other: string) => one + other, copied),
      operator('bytes, bytes', 'bytes', concatBytes, copied),
      operator('list<T>, list<T>', 'list<T>', concatLists, sizes),
      operator('duration, duration', 'duration', (one: Duration, other: Duration) =>
        durationOf(one.nanos + other.nanos),
      ),
      operator('timestamp, duration', 'timestamp', timeAfter),
      operator('duration, timestamp', 'timestamp', (one: Duration, other: Date) =>
        timeAfter(other, one),
      ),
    ],
  ],
  [
    '-',
    [
      operator('int, int', 'int', (one: bigint, other: bigint) => int(one - other)),
      operator('uint, uint', 'uint', (one: Uint, other: Uint) => uint(one.value - other.value)),
      operator('double, double', 'double', (one: number, other: number) => one - other),
      operator('duration, duration', 'duration', (one: Duration, other: Duration) =>
        durationOf(one.nanos - other.nanos),
      ),
      operator('timestamp, timestamp', 'duration', (one: Date, other: Date) =>
        durationOf(nanosOfTime(one) - nanosOfTime(other)),
      ),
      operator('timestamp, duration', 'timestamp', (one: Date, other: Duration) =>
        timeAfter(one, new Duration(-other.nanos)),
      ),
      operator('int', 'int', (one: bigint) => int(-one)),
      operator('double', 'double', (one: number) => -one),
    ],
  ],
  [
    '*',
    [
      operator('int, int', 'int', (one: bigint, other: bigint) => int(one * other)),
      operator('uint, uint', 'uint', (one: Uint, other: Uint) => uint(one.value * other.value)),
      operator('double, double', 'double', (one: number, other: number) => one * other),
    ],
  ],
  [
    '/',
    [
      operator('int, int', 'int', (one: bigint, other: bigint) =>
        int(one / divisor(other, 'division_by_zero')),
      ),
      operator('uint, uint', 'uint', (one: Uint, other: Uint) =>
        uint(one.value / divisor(other.value, 'division_by_zero')),
      ),
      operator('double, double', 'double', (one: number, other: number) => one / other),
    ],
  ],
  [
    '%',
    [
      operator('int, int', 'int', (one: bigint, other: bigint) =>
        int(one % divisor(other, 'modulo_by_zero')),
      ),
      operator('uint, uint', 'uint', (one: Uint, other: Uint) =>
        uint(one.value % divisor(other.value, 'modulo_by_zero')),
      ),
    ],
  ],
  ['!', [operator('bool', 'bool', (one: boolean) => !one)]],
  ['<', comparison((order) => order < 0)],
  ['<=', comparison((order) => order <= 0)],
  ['>', comparison((order) => order > 0)],
  ['>=', comparison((order) => order >= 0)],
])

function concatBytes(one: Uint8Array, other: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([one, other]))
}

function concatLists(one: readonly unknown[], other: readonly unknown[]): readonly unknown[] {
  return [...one, ...other]
}
