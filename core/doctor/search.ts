import { bodyChanges } from './body-changes.ts'
import type { ExpectedSignature } from './expected.ts'
import { finding } from './finding.ts'
import { headerChanges } from './header-changes.ts'
import { type ForeignSecret, secretChanges } from './secret-changes.ts'
import { clockChanges } from './times.ts'
import type { Change, ChangeKind, Trials } from './trials.ts'
import { urlChanges } from './url-changes.ts'
import type { SourceOptions, VariedSource } from './vary-source.ts'

export type Changes = Readonly<Record<ChangeKind, readonly Change[]>>

/** Kinds of changes that are tried in pairs, the most common first. */
const PAIRS: readonly (readonly [ChangeKind, ChangeKind])[] = [
  ['clock', 'secret'],
  ['header', 'secret'],
  ['body', 'secret'],
  ['clock', 'body'],
  ['clock', 'header'],
  ['url', 'secret'],
  ['option', 'secret'],
  ['header', 'body'],
  ['option', 'body'],
  ['clock', 'option'],
  ['header', 'option'],
  ['url', 'body'],
  ['clock', 'url'],
]
/** For one pair of kinds, so that some of the budget remains for the others. */
const MAX_TRIALS_PER_PAIR = 350

/** Every single change that is worth trying for this source. */
export async function changesFor(
  trials: Trials,
  known: {
    readonly varied: VariedSource
    readonly expected: ExpectedSignature
    readonly foreign: readonly ForeignSecret[]
  },
): Promise<Changes> {
  const { varied, expected, foreign } = known
  const { parts } = trials
  return {
    clock: expected.signsTime ? clockChanges(parts) : [],
    header: headerChanges(parts, expected),
    url: expected.signsUrl ? urlChanges(parts) : [],
    secret: secretChanges(varied, foreign),
    option: optionChangesOf(varied),
    body: await bodyChanges(parts.body, trials.budget),
  }
}

/** The first change with which the delivery would be accepted; null if there is none. */
export async function searchOne(trials: Trials, changes: Changes): Promise<Change | null> {
  for (const change of Object.values(changes).flat()) {
    if (await trials.passes([change])) return change
  }
  return null
}

/** The first two changes with which the delivery would be accepted; null if there are none. */
export async function searchPair(
  trials: Trials,
  changes: Changes,
): Promise<readonly Change[] | null> {
  for (const [one, other] of PAIRS) {
    for (const pair of pairsOf(changes[one], changes[other])) {
      if (trials.budget.isSpent) return null
      if (await trials.passes(pair)) return pair
    }
  }
  return null
}

/** Pairs from the beginnings of both lists come first. */
function* pairsOf(
  ones: readonly Change[],
  others: readonly Change[],
): Generator<readonly [Change, Change]> {
  let given = 0
  for (let rank = 0; rank < ones.length + others.length; rank++) {
    for (let index = 0; index <= rank; index++) {
      const one = ones[index]
      const other = others[rank - index]
      if (one === undefined || other === undefined) continue
      if (given++ === MAX_TRIALS_PER_PAIR) return
      yield [one, other]
    }
  }
}

/** Each option of the source that has several choices, set to every other choice. */
function optionChangesOf({ changes }: VariedSource): readonly Change[] {
  return changes.map(({ path, from, to, apply }) => ({
    kind: 'option',
    findings: [
      finding(
        'option_differs',
        `The sender does as with the option \`${path}\` ${textOf(to)}; here it is ${textOf(from)}.`,
      ),
    ],
    options: (options) => apply(options) as SourceOptions,
  }))
}

function textOf(value: string | null): string {
  return value === null ? 'not set' : `set to ${JSON.stringify(value)}`
}
