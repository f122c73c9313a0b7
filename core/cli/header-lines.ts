import { HooklineError } from '../errors/errors.ts'

/** Gathers the values of an option that may be repeated. */
export function collect(line: string, lines: readonly string[] = []): readonly string[] {
  return [...lines, line]
}

/** A header as it is given on the command line, `Name: value`. Throws `cli_usage`. */
export function parseHeader(line: string): [name: string, value: string] {
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new HooklineError('cli_usage', `--header must be 'Name: value', not '${line}'`)
}
