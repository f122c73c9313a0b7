import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupOfReason } from '../../../core/projection/reason-group.ts'

/** Reasons, and the text that stands for all of their kind. */
const REASONS: readonly (readonly [reason: string, group: string])[] = [
  ['exited with code 1', 'exited with code 1'],
  ['exited with code 137: out of memory', 'exited with code 137: out of memory'],
  ['ended by signal SIGKILL', 'ended by signal SIGKILL'],
  ['time limit of 600 s reached', 'time limit of <n> s reached'],
  [
    'time limit of 1.5 s reached; the program did not stop',
    'time limit of <n> s reached; the program did not stop',
  ],
  ['POST https://api.example.com:8443 answered 503', 'POST <url> answered 503'],
  [
    'mail to smtp.example.com was answered: 550 no such user',
    'mail to smtp.example.com was answered: 550 no such user',
  ],
  [
    '"/opt/deploy v2.sh" cannot be started: it is not there',
    '<text> cannot be started: it is not there',
  ],
  ["KeyError: 'branch'", 'KeyError: <text>'],
  ["can't open the file, it isn't there", "can't open the file, it isn't there"],
  ['cannot read /srv/app/releases/2024-01-02/index.ts:12:34', 'cannot read <path>'],
  ['cannot read ./a, ../b/c and ~/d', 'cannot read <path>, <path> and <path>'],
  ['cannot read C:\\temp\\x.txt', 'cannot read <path>'],
  ['no such ref refs/heads/feature-12', 'no such ref <path>'],
  ['answers application/json and text/html', 'answers application/json and text/html'],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <address>'],
  ['connect ECONNREFUSED [::1]:5432', 'connect ECONNREFUSED <address>'],
  ['replaced by tsk_06f2c0m3y0abcdefghjk', 'replaced by <id>'],
  ['store_unavailable: not_authenticated', 'store_unavailable: not_authenticated'],
  ['order 0b3f6a5e-6c4e-4a38-9b53-31f2a9b1d0ce is unknown', 'order <id> is unknown'],
  ['commit 8f36a79 is not in the clone', 'commit <hex> is not in the clone'],
  ['segfault at 0xdeadbeef', 'segfault at <hex>'],
  ['no user max.mustermann@example.org', 'no user <email>'],
  ['token AKIAIOSFODNN7EXAMPLE123 has expired', 'token <id> has expired'],
  ['since 2024-02-03T04:05:06.789Z nothing came', 'since <time> nothing came'],
  ['12ms passed, 3 of 5 tries', '<n>ms passed, <n> of <n> tries'],
  ['utf8 of x86_64 gave E1234 on node-3', 'utf8 of x86_64 gave E1234 on node-<n>'],
  ['status=404 errno: 13 (code 12345)', 'status=404 errno: 13 (code <n>)'],
  ['  first\tline \r\nsecond line', 'first line'],
  ['', ''],
  ['\n', ''],
]

describe('the group of a reason', () => {
  it.each(REASONS)('of %s', (reason, group) => {
    expect(groupOfReason(reason)).toBe(group)
  })

  it('has at most 200 characters, and says where it was cut', () => {
    const group = groupOfReason('why '.repeat(1000))
    expect(group.length).toBeLessThanOrEqual(200)
    expect(group.endsWith('…')).toBe(true)
  })

  it('is its own group, whatever the reason', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        ...REASONS.flat(),
        '\ud800',
        '\0',
        '"',
        "'",
        '<',
        '>',
        '<n>',
        '<path>',
        '/',
        ':',
        '-',
        '1',
        'a1',
      ),
      fc.stringMatching(/^[0-9a-f-]{1,60}$/),
      fc.stringMatching(/^[\w/.:-]{1,60}$/),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom('', ' ', '/'), (parts, by) => {
        const group = groupOfReason(parts.join(by))
        expect(groupOfReason(group)).toBe(group)
        expect(group.length).toBeLessThanOrEqual(200)
        expect(group.isWellFormed()).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
