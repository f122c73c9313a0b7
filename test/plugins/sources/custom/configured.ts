import type { SourceInstance } from 'hookline/sdk/source'
import { custom } from 'hookline/sources'
import { makeContext } from 'hookline/testing'

/** A `custom` source with these options, at a time in seconds since the epoch. */
export function configured(
  options: Readonly<Record<string, unknown>>,
  at?: number,
): SourceInstance {
  const clock = at === undefined ? Date.now : () => at * 1000
  return custom.definition.create(custom.definition.options.parse(options), makeContext({ clock }))
}

/** What is wrong with options, in one text. */
export function faultOf(options: unknown): string {
  const { error } = custom.definition.options.safeParse(options)
  return error?.issues.map(({ message }) => message).join() ?? ''
}
