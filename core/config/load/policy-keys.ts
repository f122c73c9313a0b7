import type { KnownNames } from '../../conditions/expression.ts'
import { compilePolicyKey } from '../../conditions/policy-key.ts'
import type { RunningProgram } from '../../contracts/config.ts'
import type { PolicyKey } from '../../contracts/policy.ts'
import { below, type Fault, thrownFault } from '../fault.ts'
import type { Layers } from './layers.ts'

export interface PolicyKeysInput {
  readonly layers: Layers
  readonly programs: ReadonlyMap<string, RunningProgram>
}

/** Compiles the keys of programs, once for each rule: a key can name only the facts of the rule's events. */
export class PolicyKeys {
  /** Faults of keys that are never valid, or not for the events of a rule. */
  readonly faults: Fault[] = []
  readonly #input: PolicyKeysInput
  /** Programs without a key, or with one that is never valid. */
  readonly #keyless = new Set<string>()

  constructor(input: PolicyKeysInput) {
    this.#input = input
    for (const [name, program] of input.programs) {
      if (this.#compile(program, { facts: null }, '') === null) this.#keyless.add(name)
    }
  }

  /** Null if the program has no key, or an invalid one. */
  of(programName: string, known: KnownNames, rule: string): PolicyKey | null {
    const program = this.#input.programs.get(programName)
    if (program === undefined || this.#keyless.has(programName)) return null
    return this.#compile(program, known, ` Rule: \`${rule}\`.`)
  }

  #compile(
    { name, settings }: RunningProgram,
    known: KnownNames,
    addition: string,
  ): PolicyKey | null {
    const { key } = settings.policy
    if (key === null) return null
    try {
      return compilePolicyKey(key, known)
    } catch (error) {
      const location = this.#input.layers.programs.get(name)?.location ?? { file: null, path: [] }
      const fault = thrownFault(below(location, 'options', 'policy', 'key'), error)
      this.faults.push({ ...fault, message: fault.message + addition })
      return null
    }
  }
}
