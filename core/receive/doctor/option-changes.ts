import type { SourceOptions, VariedSource } from '../../kit/vary-source.ts'
import { finding } from './finding.ts'
import type { Change } from './trials.ts'

/** Each option of the source that is one of several choices, set to another. */
export function optionFindings({ changes }: VariedSource): readonly Change[] {
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
