import type { ManagedSnapshot } from '../../config/managed/documents.ts'
import type { ManagedKind } from '../../config/managed/kinds.ts'
import type { Origin, RunningConfig } from '../../contracts/config.ts'
import { isRecord } from '../../kit/is-record.ts'
import { formOf, type Part } from './views.ts'

const MANAGED: Origin = { layer: 'managed', file: null }

/** All parts of a kind: first those of files, as they are in force, then managed ones, as they are stored. */
export function listParts(
  config: RunningConfig,
  snapshot: ManagedSnapshot,
  kind: ManagedKind,
): readonly Part[] {
  return [...fileParts(config, kind), ...managedParts(snapshot, kind)]
}

/** The part of a name in a config file; null if there is none. */
export function findFilePart(config: RunningConfig, kind: ManagedKind, name: string): Part | null {
  return fileParts(config, kind).find((part) => part.name === name) ?? null
}

/** Names of the managed rules that use a source or a program. */
export function rulesUsing(
  { documents }: ManagedSnapshot,
  kind: 'sources' | 'programs',
  name: string,
): readonly string[] {
  const uses = ({ on, run, then = [] }: { on?: unknown; run?: unknown; then?: unknown }) => {
    if (kind === 'programs') return [run, then].flat().some((step) => programOf(step) === name)
    return typeof on === 'string' && on.split('.')[0] === name
  }
  return [...documents.rules.values()]
    .filter(({ form }) => typeof form === 'object' && form !== null && uses(form))
    .map((document) => document.name)
}

/** A step of `then` is a program, or has it as `run`. */
function programOf(step: unknown): unknown {
  return isRecord(step) ? step['run'] : step
}

function fileParts({ written }: RunningConfig, kind: ManagedKind): readonly Part[] {
  const all =
    kind === 'rules' ? written.rules.map((rule) => [rule.name, rule] as const) : [...written[kind]]
  return all
    .filter(([, { origin }]) => origin.layer !== 'managed')
    .map(([name, one]) => ({ name, form: formOf(one), origin: one.origin, document: null }))
}

function managedParts({ documents }: ManagedSnapshot, kind: ManagedKind): readonly Part[] {
  return [...documents[kind].values()].map((document) => {
    return { name: document.name, form: document.form, origin: MANAGED, document }
  })
}
