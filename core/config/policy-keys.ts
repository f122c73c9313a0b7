import type { RunningProgram } from '../contracts/config.ts'
import type { PolicyKey } from '../contracts/policy.ts'
import { isHooklineError } from '../kit/errors.ts'
import { compilePolicyKey } from '../kit/policy-key.ts'
import { below, type Fault, faultAt } from './fault.ts'
import type { Layers } from './layers.ts'

export interface PolicyKeysInput {
  readonly layers: Layers
  readonly programs: ReadonlyMap<string, RunningProgram>
}

/** Compiles the keys of programs, once for each rule: what the rule's events carry is what the key can name. */
export class PolicyKeys {
  /** Of keys that no event could make right, and of those that a rule's events cannot give. */
  readonly faults: Fault[] = []
  readonly #input: PolicyKeysInput
  /** Programs without a key, or with one that nothing could make right. */
  readonly #keyless = new Set<string>()

  constructor(input: PolicyKeysInput) {
    this.#input = input
    for (const [name, program] of input.programs) {
      if (this.#compile(program, null, '') === null) this.#keyless.add(name)
    }
  }

  /** Null where the program has no key, or one with faults. */
  of(programName: string, facts: ReadonlySet<string> | null, rule: string): PolicyKey | null {
    const program = this.#input.programs.get(programName)
    if (program === undefined || this.#keyless.has(programName)) return null
    return this.#compile(program, facts, ` Rule: \`${rule}\`.`)
  }

  #compile(
    { name, settings }: RunningProgram,
    facts: ReadonlySet<string> | null,
    addition: string,
  ): PolicyKey | null {
    const { key } = settings.policy
    if (key === null) return null
    try {
      return compilePolicyKey(key, { facts })
    } catch (error) {
      if (!isHooklineError(error)) throw error
      const place = this.#input.layers.programs.get(name)?.place ?? { file: null, path: [] }
      const message = error.message + addition
      const { code, remedy } = error
      this.faults.push(faultAt(below(place, 'options', 'policy', 'key'), code, { message, remedy }))
      return null
    }
  }
}
