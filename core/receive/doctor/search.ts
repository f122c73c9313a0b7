import type { VariedSource } from '../../kit/vary-source.ts'
import { bodyChanges } from './body-changes.ts'
import type { Expected } from './expected.ts'
import { headerChanges } from './header-changes.ts'
import { optionFindings } from './option-changes.ts'
import { type ForeignSecret, secretChanges } from './secret-changes.ts'
import { clockChanges } from './times.ts'
import type { Change, ChangeKind, Trials } from './trials.ts'
import { urlChanges } from './url-changes.ts'

export type Changes = Readonly<Record<ChangeKind, readonly Change[]>>

/** Two changes at once, the more usual first. */
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
/** Of one pair of kinds, so that there is something left for the others. */
const MAX_TRIALS_PER_PAIR = 350

/** All single changes that are worth a trial for this source. */
export async function changesFor(
  trials: Trials,
  known: {
    readonly varied: VariedSource
    readonly expected: Expected
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
    option: optionFindings(varied),
    body: await bodyChanges(parts.body, trials.budget),
  }
}

/** The first change with which the delivery would be accepted; null where there is none. */
export async function searchOne(trials: Trials, changes: Changes): Promise<Change | null> {
  for (const change of Object.values(changes).flat()) {
    if (await trials.passes([change])) return change
  }
  return null
}

/** The first two changes that do it together. */
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

/** Those of low rank in both lists first. */
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
