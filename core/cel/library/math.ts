import { compare, isNumeric } from '../equality.ts'
import { fail, noOverload } from '../errors.ts'
import { define } from '../functions.ts'
import { int, uint } from '../operators.ts'
import { spend } from '../steps.ts'
import { kindOf, type Uint } from '../values.ts'

function extreme(name: string, isBetter: (order: number) => boolean) {
  return (...given: readonly unknown[]) => {
    const [first] = given
    const values = given.length === 1 && Array.isArray(first) ? first : given
    spend(values.length)
    for (const value of values) {
      if (!isNumeric(value)) noOverload(`math.${name}(${kindOf(value)})`)
    }
    if (values.length === 0) fail('no_such_overload', `math.${name} of nothing`)
    return values.reduce((best, value) => (isBetter(compare(value, best)) ? value : best))
  }
}

const greatest = extreme('greatest', (order) => order > 0)
const least = extreme('least', (order) => order < 0)

function shift(value: bigint, by: bigint, isLeft: boolean): bigint {
  if (by < 0n) fail('negative_shift', 'a shift is by 0 bits or more')
  if (by > 63n) return 0n
  return isLeft ? value << by : BigInt.asUintN(64, value) >> by
}

/** Away from 0 at halves, where the engine rounds up. */
function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value))
}

function abs(value: bigint): bigint {
  return int(value < 0n ? -value : value)
}

function sign(value: bigint): bigint {
  if (value === 0n) return 0n
  return value < 0n ? -1n : 1n
}

const signed = (value: bigint) => BigInt.asIntN(64, value)
const unsigned = (value: bigint) => uint(BigInt.asUintN(64, value))

type Bits = (one: bigint, other: bigint) => bigint

/** The function for two ints, and that for two uints. */
function bits(name: string, of: Bits, results: readonly [string, string]) {
  return [
    define(`math.${name}(int, int): int`, [`math.${name}(6, 3)`, results[0]], of),
    define(
      `math.${name}(uint, uint): uint`,
      [`math.${name}(6u, 3u)`, results[1]],
      (one: Uint, other: Uint) => uint(of(one.value, other.value)),
    ),
  ]
}

/** https://github.com/google/cel-go/tree/master/ext#math */
export const MATH_FUNCTIONS = [
  define('math.greatest(dyn...): dyn', ['math.greatest(1, 3.5, 2)', '3.5'], greatest),
  define('math.least(dyn...): dyn', ['math.least([3, 1, 2])', '1'], least),
  define('math.ceil(double): double', ['math.ceil(1.2)', '2.0'], Math.ceil),
  define('math.floor(double): double', ['math.floor(1.8)', '1.0'], Math.floor),
  define('math.round(double): double', ['math.round(2.5)', '3.0'], round),
  define('math.trunc(double): double', ['math.trunc(-1.8)', '-1.0'], Math.trunc),
  define('math.abs(int): int', ['math.abs(-3)', '3'], abs),
  define('math.abs(uint): uint', ['math.abs(3u)', '3u'], (value: Uint) => value),
  define('math.abs(double): double', ['math.abs(-1.5)', '1.5'], Math.abs),
  define('math.sign(int): int', ['math.sign(-3)', '-1'], sign),
  define('math.sign(uint): uint', ['math.sign(3u)', '1u'], (value: Uint) =>
    uint(sign(value.value)),
  ),
  define('math.sign(double): double', ['math.sign(-1.5)', '-1.0'], Math.sign),
  define('math.sqrt(int): double', ['math.sqrt(16)', '4.0'], (value: bigint) =>
    Math.sqrt(Number(value)),
  ),
  define('math.sqrt(uint): double', ['math.sqrt(16u)', '4.0'], (value: Uint) =>
    Math.sqrt(Number(value.value)),
  ),
  define('math.sqrt(double): double', ['math.sqrt(2.25)', '1.5'], Math.sqrt),
  define('math.isNaN(double): bool', ['math.isNaN(0.0 / 0.0)', 'true'], Number.isNaN),
  define(
    'math.isInf(double): bool',
    ['math.isInf(1.0 / 0.0)', 'true'],
    (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY,
  ),
  define('math.isFinite(double): bool', ['math.isFinite(1.5)', 'true'], Number.isFinite),
  ...bits('bitAnd', (one, other) => one & other, ['2', '2u']),
  ...bits('bitOr', (one, other) => one | other, ['7', '7u']),
  ...bits('bitXor', (one, other) => one ^ other, ['5', '5u']),
  define('math.bitNot(int): int', ['math.bitNot(1)', '-2'], (value: bigint) => ~value),
  define('math.bitNot(uint): uint', ['math.bitNot(1u)', '18446744073709551614u'], (value: Uint) =>
    unsigned(~value.value),
  ),
  define(
    'math.bitShiftLeft(int, int): int',
    ['math.bitShiftLeft(1, 4)', '16'],
    (value: bigint, by: bigint) => signed(shift(value, by, true)),
  ),
  define(
    'math.bitShiftLeft(uint, int): uint',
    ['math.bitShiftLeft(1u, 4)', '16u'],
    (value: Uint, by: bigint) => unsigned(shift(value.value, by, true)),
  ),
  define(
    'math.bitShiftRight(int, int): int',
    ['math.bitShiftRight(16, 4)', '1'],
    (value: bigint, by: bigint) => signed(shift(value, by, false)),
  ),
  define(
    'math.bitShiftRight(uint, int): uint',
    ['math.bitShiftRight(16u, 4)', '1u'],
    (value: Uint, by: bigint) => unsigned(shift(value.value, by, false)),
  ),
]
