import { knownNames } from '../../conditions/known-names.ts'
import type { RunningSource } from '../../contracts/config.ts'
import type { EventCatalog } from '../../contracts/event.ts'
import type { RunningReport } from '../../contracts/provider/report.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { below, type Fault, faultAt, givenText } from '../fault.ts'
import type { RuleForm } from '../schema/config.ts'
import type { Declared, Layers } from './layers.ts'

export interface ReportInput {
  readonly layers: Layers
  /** Sources without faults. */
  readonly sources: ReadonlyMap<string, RunningSource>
}

/** Whom a rule tells of the tasks of a program. `id` is that of the rule, if it has a name. */
export function reportOf(
  { report, run }: RuleForm,
  program: string,
  id: string | undefined,
): RunningReport | null {
  if (report === undefined) return null
  const { to, name, output = true } = typeof report === 'string' ? { to: report } : report
  const isOne = typeof run === 'string' || run.length === 1
  const given = name === undefined || isOne ? name : `${name} (${program})`
  return { to, name: given ?? `hookline/${id ?? program}`, output }
}

/** Why the tasks of a rule cannot be reported. */
export function reportFaults(
  { value, location, origin }: Declared<RuleForm>,
  catalog: EventCatalog | null,
  { layers, sources }: ReportInput,
): readonly Fault[] {
  const { report, on } = value
  if (report === undefined) return []
  const to = typeof report === 'string' ? report : report.to
  const at = below(location, 'report', ...(typeof report === 'string' ? [] : ['to']))
  const { sources: names } = origin.layer === 'managed' ? layers.names : layers.fileNames
  if (!names.has(to)) {
    return [
      faultAt(at, 'report_source_unknown', {
        message: `there is no source \`${to}\``,
        given: givenText(to),
        remedy: suggestion(to, names).trim(),
      }),
    ]
  }
  const source = sources.get(to)
  // Its own faults are reported.
  if (source === undefined) return []
  const { reporter } = source.instance
  if (reporter === undefined) {
    const message = Object.hasOwn(source.definition.options.shape, 'api')
      ? `the source \`${to}\` has no option \`api\`, so it may not report`
      : `sources of the plugin \`${source.definition.name}\` cannot report`
    return [faultAt(at, 'report_impossible', { message, given: givenText(to) })]
  }
  const { facts } = knownNames(on, catalog)
  const isWithout = facts !== null && !(facts.has('repository') && facts.has('commit'))
  if (!reporter.needsCommit || !isWithout) return []
  const message = `events of \`${on}\` name no commit, and \`${to}\` reports on commits`
  return [faultAt(at, 'report_no_commit', { message, given: givenText(to) })]
}
