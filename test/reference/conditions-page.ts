import { LIBRARY } from '../../core/cel/library.ts'
import { MACROS } from '../../core/cel/macros.ts'
import { lines, page } from './pages.ts'

type Example = readonly [what: string, expression: string, value: string]

/** What the language itself has, each with an example and its value. */
export const SYNTAX: readonly Example[] = [
  ['Integers: `int` of 64 bits, in hexadecimal, `uint`', '[7, 0x10, 7u]', '[7, 16, 7u]'],
  [
    '`double`, as every number of a payload that has no more than 53 bits',
    '[1.5, .5, 1e3]',
    '[1.5, 0.5, 1000.0]',
  ],
  [
    'Strings, with escapes or raw, on several lines in triple quotes',
    String.raw`['\n', r'\n']`,
    String.raw`['\x0a', '\\n']`,
  ],
  ['Bytes', "b'\\x61é'", "bytes('aé')"],
  ['Lists and maps, also of mixed types', "[1, 'a', {'b': null}]", "[1, 'a', {'b': null}]"],
  [
    'A field, a field whose name needs quotes, a key',
    "[{'a': 1}.a, {'a-b': 2}.`a-b`, {'c': 3}['c']]",
    '[1, 2, 3]',
  ],
  ['An item, counted from 0', "['a', 'b'][1]", "'b'"],
  [
    'Optional fields, keys and items',
    "[{}.?a, {}[?'a'], [][?0]].map(o, o.orValue(0))",
    '[0, 0, 0]',
  ],
  [
    'Optional entries: left out if they have no value',
    "{?'a': {}.?a, 'b': [?{'c': 1}.?c]}",
    "{'b': [1]}",
  ],
  ['Arithmetic: on two numbers of one type', '[7 / 2, 7 % 2, -7 / 2]', '[3, 1, -3]'],
  ['`+` of strings, bytes and lists', "'a' + 'b' == 'ab' && [1] + [2] == [1, 2]", 'true'],
  [
    'Arithmetic of timestamps and durations',
    "timestamp('2026-01-02T00:00:00Z') - duration('24h') < timestamp('2026-01-02T00:00:00Z')",
    'true',
  ],
  [
    '`==` and `!=`: numbers by their value, values of other types are not equal',
    "[1.0 == 1, dyn('1') == dyn(1)]",
    '[true, false]',
  ],
  [
    '`<`, `<=`, `>`, `>=`: numbers of any types, and two strings, bytes, bools, timestamps or durations',
    "1 < 1.5 && 'a' < 'b'",
    'true',
  ],
  ['`in`: an item of a list, a key of a map', "'a' in ['a', 'b'] && 'a' in {'a': 1}", 'true'],
  [
    '`&&`, `||`, `!`: a side that decides hides the error of the other',
    '1 / 0 == 1 || true',
    'true',
  ],
  ['A choice', "1 > 2 ? 'more' : 'less'", "'less'"],
  ['A comment, to the end of the line', '1 // one', '1'],
]

const HEADINGS: Readonly<Record<string, string>> = {
  Lists: '`size` and macros take maps, too.',
  'Timestamps and durations':
    'A time zone is a name of the IANA database or an offset such as `+02:00`; without one, the time is in UTC. Months, days of the month (`getDayOfMonth`), of the week (Sunday is 0) and of the year count from 0, as CEL has it; `getDate` counts from 1.',
  Bytes: 'All but `size` are additions of Hookline.',
  Texts:
    'Positions count characters (code points), from 0. `matches` takes an RE2 pattern, which may be found anywhere.',
}

/** `docs/conditions.md`: the language and every function. */
export function conditionsPage(): string {
  const functions = Object.entries(LIBRARY).flatMap(([heading, inside]) => [
    `## ${heading}`,
    '',
    ...(HEADINGS[heading] === undefined ? [] : [HEADINGS[heading], '']),
    table(
      'Function',
      inside.map(({ signature, example }) => [`\`${signature}\``, ...example]),
    ),
  ])
  return page('Conditions', [
    'Conditions, [keys](run-policy.md) and `{ cel: … }` in options are written in [CEL](https://cel.dev), the Common Expression Language of Kubernetes, Google Cloud and Envoy. [Rules](rules.md#when) says which names there are, and what the limit of steps is. This page has all of the language, with an example for each part.',
    '',
    'A payload is JSON: its numbers are doubles, and integers beyond 2^53 are `int`. `int(payload.size) % 2 == 0` makes an integer of a number. Dates are strings: `timestamp(payload.created_at) < event.receivedAt` reads one.',
    '',
    'Hookline passes more than 98 % of the tests of the [specification](https://github.com/google/cel-spec) for the core language, and more than 95 % for each extension below, those aside that need protobuf. It has no messages, enums and wrappers of protobuf, no containers, and no `cel.block`.',
    '',
    '## Language',
    '',
    table('What', SYNTAX),
    '## Macros',
    '',
    'A macro evaluates its last arguments for each item of a list or key of a map, which the names before them stand for. It takes steps for each item.',
    '',
    table(
      'Macro',
      MACROS.map(([signature, ...example]) => [`\`${signature}\``, ...example]),
    ),
    ...functions,
  ])
}

function table(head: string, rows: readonly Example[]): string {
  return lines(
    `| ${head} | Example | Value |`,
    '| --- | --- | --- |',
    ...rows.map(
      ([what, expression, value]) => `| ${what} | ${code(expression)} | ${code(value)} |`,
    ),
  )
}

function code(text: string): string {
  const quoted = text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
  return quoted.replaceAll('|', '\\|')
}
