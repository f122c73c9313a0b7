import { CHARACTERS_PER_STEP, CODED_PER_STEP } from '../equality.ts'
import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { matchesPattern } from '../patterns.ts'
import { spend, stepsLeft } from '../steps.ts'
import { formatText } from './format.ts'

/** Pairs of characters of a text and of what is searched in it. The engine's search is quadratic at worst. */
const PAIRS_PER_STEP = 256
const SURROGATE = /[\ud800-\udfff]/

function textCost(text: string): number {
  return text.length / CHARACTERS_PER_STEP
}

function findCost(text: string, part: string): number {
  if (part.length > text.length) return 0
  return textCost(text) + (text.length * part.length) / PAIRS_PER_STEP
}

/** Steps of work on each character. */
export function characterCost(text: string): number {
  return text.length / CODED_PER_STEP
}

/** The characters (code points) of a text. */
function characters(text: string): readonly string[] | string {
  if (!SURROGATE.test(text)) return text
  spend(characterCost(text))
  return [...text]
}

function slice(text: string, start: number, end?: number): string {
  const all = characters(text)
  return typeof all === 'string' ? all.slice(start, end) : all.slice(start, end).join('')
}

function sizeOf(text: string): bigint {
  return BigInt(characters(text).length)
}

function position(index: bigint, size: number): number {
  if (index < 0n || index > size) fail('index_out_of_range', 'index out of range')
  return Number(index)
}

function charAt(text: string, index: bigint): string {
  const all = characters(text)
  return all[position(index, all.length)] ?? ''
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const start = position(from, characters(text).length)
  const found = text.indexOf(part, slice(text, 0, start).length)
  return BigInt(found === -1 ? -1 : characters(text.slice(0, found)).length)
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const { length } = characters(text)
  const start = position(from ?? BigInt(length), length)
  const found = text.lastIndexOf(part, slice(text, 0, start).length)
  return BigInt(found === -1 ? -1 : characters(text.slice(0, found)).length)
}

function substring(text: string, from: bigint, to?: bigint): string {
  const { length } = characters(text)
  const start = position(from, length)
  const end = to === undefined ? length : position(to, length)
  if (end < start) fail('invalid_range', 'invalid range')
  return slice(text, start, end)
}

function replace(text: string, part: string, by: string, limit = -1n): string {
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit)
  if (left === 0) return text
  const pieces = splitCounted(text, part)
  const made = pieces.length - 1 + (part === '' ? 2 : 0)
  spend((Math.min(left, made) * by.length) / CHARACTERS_PER_STEP)
  if (part !== '') return text.replaceAll(part, (found) => (left-- > 0 ? by : found))
  // As in Go, an empty text is before each character and at the end.
  const parts = pieces.map((piece) => (left-- > 0 ? by : '') + piece).join('')
  return parts + (left > 0 ? by : '')
}

/** Splits, and counts the parts as steps; an empty separator splits at each character. */
function splitCounted(text: string, separator: string): readonly string[] {
  const most = Math.min(Math.max(0, stepsLeft()), 2 ** 31) + 1
  const isPlain = separator !== '' || !SURROGATE.test(text)
  const parts = isPlain ? text.split(separator, most) : [...text]
  spend(parts.length)
  return parts
}

function split(text: string, separator: string, limit = -1n): readonly string[] {
  if (limit === 0n) return []
  const parts = splitCounted(text, separator)
  if (limit < 0n || parts.length <= limit) return parts
  const first = parts.slice(0, Number(limit) - 1)
  return [...first, parts.slice(Number(limit) - 1).join(separator)]
}

function join(list: readonly unknown[], separator = ''): string {
  spend(list.length)
  let length = 0
  for (const item of list) {
    if (typeof item !== 'string') fail('no_such_overload', 'join takes a list of strings')
    length += item.length + separator.length
  }
  spend(length / CHARACTERS_PER_STEP)
  return list.join(separator)
}

const SPACE = /^\p{White_Space}$/u

/** The engine knows another set of spaces than Unicode. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && SPACE.test(text.charAt(start))) start++
  while (end > start && SPACE.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
  const inner = text.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (one) => ESCAPES[one] ?? one)
  return `"${inner}"`
}

const lower = (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
const upper = (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())
const reverse = (text: string) => [...text].reverse().join('')
const startCost = (_text: string, part: string) => textCost(part)
const patternExample = ["'v1.2'.matches('^v[0-9]+')", 'true'] as const

/** https://github.com/google/cel-spec/blob/master/doc/langdef.md#strings, with the extension of cel-go */
export const STRING_FUNCTIONS = [
  define('size(string): int', ["size('été')", '3'], sizeOf, characterCost),
  define('string.size(): int', ["'été'.size()", '3'], sizeOf, characterCost),
  define(
    'string.contains(string): bool',
    ["'hello'.contains('ell')", 'true'],
    (text: string, part: string) => text.includes(part),
    findCost,
  ),
  define(
    'string.startsWith(string): bool',
    ["'hello'.startsWith('he')", 'true'],
    (text: string, part: string) => text.startsWith(part),
    startCost,
  ),
  define(
    'string.endsWith(string): bool',
    ["'hello'.endsWith('lo')", 'true'],
    (text: string, part: string) => text.endsWith(part),
    startCost,
  ),
  define('string.matches(string): bool', patternExample, matchesPattern),
  define('matches(string, string): bool', ["matches('abc', 'b+')", 'true'], matchesPattern),
  define('string.charAt(int): string', ["'hello'.charAt(1)", "'e'"], charAt, characterCost),
  define('string.indexOf(string): int', ["'hello'.indexOf('l')", '2'], indexOf, findCost),
  define('string.indexOf(string, int): int', ["'hello'.indexOf('l', 3)", '3'], indexOf, findCost),
  define(
    'string.lastIndexOf(string): int',
    ["'hello'.lastIndexOf('l')", '3'],
    lastIndexOf,
    findCost,
  ),
  define(
    'string.lastIndexOf(string, int): int',
    ["'hello'.lastIndexOf('l', 2)", '2'],
    lastIndexOf,
    findCost,
  ),
  define(
    'string.substring(int): string',
    ["'hello'.substring(3)", "'lo'"],
    substring,
    characterCost,
  ),
  define(
    'string.substring(int, int): string',
    ["'hello'.substring(1, 3)", "'el'"],
    substring,
    characterCost,
  ),
  define(
    'string.replace(string, string): string',
    ["'a-b-c'.replace('-', '/')", "'a/b/c'"],
    replace,
    findCost,
  ),
  define(
    'string.replace(string, string, int): string',
    ["'a-b-c'.replace('-', '/', 1)", "'a/b-c'"],
    replace,
    findCost,
  ),
  define('string.split(string): list<string>', ["'a,b'.split(',')", "['a', 'b']"], split, findCost),
  define(
    'string.split(string, int): list<string>',
    ["'a,b,c'.split(',', 2)", "['a', 'b,c']"],
    split,
    findCost,
  ),
  define('list<string>.join(): string', ["['a', 'b'].join()", "'ab'"], join),
  define('list<string>.join(string): string', ["['a', 'b'].join(', ')", "'a, b'"], join),
  define('string.lowerAscii(): string', ["'Main'.lowerAscii()", "'main'"], lower, characterCost),
  define('string.upperAscii(): string', ["'Main'.upperAscii()", "'MAIN'"], upper, characterCost),
  define('string.trim(): string', ["' a '.trim()", "'a'"], trim, characterCost),
  define('string.reverse(): string', ["'abc'.reverse()", "'cba'"], reverse, characterCost),
  define(
    'string.format(list<dyn>): string',
    ["'%s has %d items, %.1f%% done'.format(['cart', 3, 12.34])", "'cart has 3 items, 12.3% done'"],
    formatText,
    textCost,
  ),
  define(
    'strings.quote(string): string',
    ["strings.quote('a\\nb')", `'"a\\\\nb"'`],
    quote,
    characterCost,
  ),
]
