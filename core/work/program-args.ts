import type { ProgramSettings } from '../contracts/config.ts'
import { HooklineError } from '../kit/errors.ts'
import { findText, type ValueSource } from '../kit/event-value.ts'

type Param = ProgramSettings['params'][number]

/** The values of a program's params, in order. Throws `param_missing` or `param_refused`, without the value. */
export function buildArgs(
  source: ValueSource,
  settings: Pick<ProgramSettings, 'params' | 'allowLeadingDash'>,
): readonly string[] {
  return settings.params.map((param) => {
    const found = findText(source, param.name)
    if (found?.startsWith('-') && !settings.allowLeadingDash) {
      throw new HooklineError(
        'param_refused',
        `The value of the param \`${param.name}\` starts with \`-\` and could be taken for an option.`,
      )
    }
    return checkArgument(param, found ?? param.default)
  })
}

function checkArgument(param: Param, value: string | null): string {
  if (value === null) {
    throw new HooklineError(
      'param_missing',
      `The event has no value for the param \`${param.name}\`, and the param has no default.`,
    )
  }
  if (value.includes('\0')) {
    throw new HooklineError(
      'param_refused',
      `The value of the param \`${param.name}\` holds a NUL character, which no argument can.`,
      { remedy: 'Let the program read the value from the event on standard input.' },
    )
  }
  return value
}
