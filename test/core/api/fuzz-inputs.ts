import fc from 'fast-check'

export const WORDS = [
  'name',
  'use',
  'options',
  'on',
  'when',
  'run',
  'answer',
  'secret',
  'tone',
  'keys',
  'limit',
  'after',
]
const VALUES = [
  'bell',
  'echo',
  'deploy',
  'door',
  'bell.ring',
  'loud',
  'constructor',
  '__proto__',
  '../..',
  '\0',
  '*',
]
const QUERIES = [
  'limit',
  'after',
  'state',
  'source',
  'program',
  'outcome',
  'dryRun',
  'delivery',
  'tail',
  'q',
  '__proto__',
]

export const word = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
export const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      word,
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant({ masked: true }),
      fc.constant({ env: 'PATH' }),
      fc.constant({ file: '/etc/passwd' }),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...WORDS), word), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value
const query = fc
  .array(
    fc.tuple(fc.oneof(fc.constantFrom(...QUERIES), word), fc.oneof(word, fc.integer().map(String))),
    { maxLength: 3 },
  )
  .map((pairs) =>
    pairs.length === 0
      ? ''
      : `?${new URLSearchParams(pairs.map(([key, value]) => [wellFormed(key), wellFormed(value)]))}`,
  )
export const rawQuery = fc.oneof(
  query,
  fc.constantFrom(
    '?',
    '?%',
    '?%00=%zz',
    '?limit=1&limit=2',
    '?limit=1e9',
    '?after=%E0%A4',
    '?&&==',
    '?dryRun',
  ),
)
export const segment = fc.oneof(
  word.map((text) => encodeURIComponent(wellFormed(text)) || 'x'),
  fc.constantFrom('%', '%zz', '%E0%A4', '%00', '%2e%2e', '..%2f', 'a%2Fb', 'x'.repeat(5000)),
)
export const headers = fc.record(
  {
    'if-match': fc.constantFrom('*', '"1"', '"', '""', '"1","2"', 'W/"1"', '9'.repeat(400)),
    'if-none-match': fc.constantFrom('*', '"1"'),
    accept: fc.constantFrom('application/json', '*/*', ''),
    'last-event-id': fc.constantFrom('1', 'x', '9'.repeat(30)),
    'x-hookline-csrf': fc.constantFrom('', 'x'),
    cookie: fc.constantFrom('hookline=1', ';;;=', 'a'),
  },
  { requiredKeys: [] },
)

/** Text that can be part of a URL. */
export function wellFormed(text: string): string {
  return text.toWellFormed()
}
