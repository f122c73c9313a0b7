import type { ProgramSettings, ProgramValue } from '../contracts/config.ts'
import type { RunFile } from '../contracts/executor.ts'
import { HooklineError } from '../errors/errors.ts'
import { findText, type ValueSource } from '../sdk/events/event-value.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** Stands for the path of a file, which the executor knows. */
const FILE = ''

export interface ProgramArguments {
  readonly args: readonly string[]
  readonly files: readonly RunFile[]
}

/** The values of a program's params, in order. Throws `param_missing` or `param_refused`; the message never has the value. */
export function buildArgs(
  source: ValueSource,
  settings: Pick<ProgramSettings, 'params' | 'allowLeadingDash'>,
): ProgramArguments {
  const files: RunFile[] = []
  const args = settings.params.map((param, index) => {
    if (param.value !== undefined) return param.value
    const found = findText(source, param.name)
    const text = found ?? param.default
    if (text === null) {
      throw new HooklineError(
        'param_missing',
        `The event has no value for the param \`${param.name}\`, and the param has no default.`,
      )
    }
    if (param.file) {
      files.push({ of: index, content: bytesOf(param, text) })
      return FILE
    }
    return checkArgument(
      param.name,
      decoded(param, text),
      settings.allowLeadingDash || found === null,
    )
  })
  return { args, files }
}

export interface ProgramVariables {
  readonly texts: readonly (readonly [string, string])[]
  readonly files: readonly RunFile[]
}

/** The values of a program's variables. One without a value is left out. Throws `param_refused`. */
export function buildVariables(
  source: ValueSource,
  variables: ProgramSettings['variables'],
): ProgramVariables {
  const texts: [string, string][] = []
  const files: RunFile[] = []
  for (const [variable, named] of Object.entries(variables)) {
    const text = named.value ?? findText(source, named.name) ?? named.default
    if (text === null) continue
    if (named.file) files.push({ of: variable, content: bytesOf(named, text) })
    else texts.push([variable, decoded(named, text)])
  }
  return { texts, files }
}

function checkArgument(name: string, text: string, mayLeadWithDash: boolean): string {
  if (text.startsWith('-') && !mayLeadWithDash) {
    throw new HooklineError(
      'param_refused',
      `The value of the param \`${name}\` starts with \`-\` and could be taken for an option.`,
    )
  }
  if (text.includes('\0')) {
    throw new HooklineError(
      'param_refused',
      `The value of the param \`${name}\` holds a NUL character, which no argument can.`,
      { remedy: 'Let the program read the value from the event on standard input.' },
    )
  }
  return text
}

function decoded(value: ProgramValue, text: string): string {
  return value.base64 ? new TextDecoder().decode(bytesOf(value, text)) : text
}

function bytesOf({ name, base64 }: ProgramValue, text: string): Uint8Array {
  if (!base64) return Buffer.from(text)
  const joined = text.replaceAll(/[\r\n]/g, '')
  if (BASE64.test(joined)) return Buffer.from(joined, 'base64')
  throw new HooklineError('param_refused', `The value of \`${name}\` is not base64.`, {
    remedy: 'Leave out `base64` if the sender sends the value as it is.',
  })
}
