import { randomBytes } from 'node:crypto'
import type { VariedSource } from '../../kit/vary-source.ts'
import type { ForeignSecret } from './secret-changes.ts'
import type { Change, Trials } from './trials.ts'

const MAX_FOREIGN = 200

/** The secrets of other sources, at most 200. */
export function foreignSecrets(others: readonly VariedSource[]): readonly ForeignSecret[] {
  return others
    .flatMap(({ source, secrets }) =>
      secrets.map((secret) => ({ secret, place: `the source \`${source.name}\`` })),
    )
    .slice(0, MAX_FOREIGN)
}

/** Which of several secrets it is that matches with these changes, as a sentence; empty where there is but one. */
export async function whichSecret(
  trials: Trials,
  varied: VariedSource,
  changes: readonly Change[],
): Promise<string> {
  const { secrets } = varied
  if (secrets.length < 2) return ''
  for (const [index, secret] of secrets.entries()) {
    const other = randomBytes(24).toString('base64')
    const alone: Change = {
      kind: 'secret',
      findings: [],
      options: (options) => varied.withSecrets(options, (each) => (each === secret ? each : other)),
    }
    if (await trials.passes([alone, ...changes])) {
      return ` Of its ${secrets.length} secrets, number ${index + 1} matches.`
    }
  }
  return ''
}
