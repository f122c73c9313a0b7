import type { RunningSource } from '../../contracts/config.ts'
import { below, type ConfigLocation, type Fault, faultAt } from '../fault.ts'

/** Two sources cannot have one path: nobody could tell which of them is meant. */
export function pathFaults(
  { path }: RunningSource,
  others: ReadonlyMap<string, RunningSource>,
  location: ConfigLocation,
): readonly Fault[] {
  if (path === null) return []
  const same = [...others.values()].filter((other) => other.path === path)
  return same.map(({ name }) =>
    faultAt(below(location, 'options', 'path'), 'option_invalid', {
      message: `the source \`${name}\` has the path \`${path}\` too`,
    }),
  )
}

/** The paths that sources have beside their usual ones, sorted. */
export function ownPaths(sources: ReadonlyMap<string, RunningSource>): readonly string[] {
  const paths = [...sources.values()].flatMap(({ path }) => path ?? [])
  return paths.toSorted()
}
