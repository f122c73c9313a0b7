import { compileCondition, functionCondition } from '../../conditions/condition.ts'
import type { KnownNames } from '../../conditions/expression.ts'
import type { Condition, RuleStep, RunningProgram } from '../../contracts/config.ts'
import type { ProgramPolicy } from '../../contracts/policy.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { namesApprovalLink } from '../../matching/event-request.ts'
import { LINK_EVENT } from '../../own-events/catalog.ts'
import {
  below,
  type ConfigLocation,
  type Fault,
  faultAt,
  givenText,
  thrownFault,
} from '../fault.ts'
import type { RuleForm, StepForm } from '../schema/config.ts'
import { policySchema } from '../schema/policy.ts'
import type { Declared } from './layers.ts'
import type { PolicyKeys } from './policy-keys.ts'
import { fileFaults, toValue } from './program-values.ts'

const DEFAULT_POLICY = policySchema.parse({})

export interface StepsInput {
  readonly programs: ReadonlyMap<string, RunningProgram>
  /** Names of programs that the rule may run. */
  readonly names: ReadonlySet<string>
  readonly keys: PolicyKeys
  readonly known: KnownNames
  /** ID of the rule. */
  readonly rule: string
}

interface Steps {
  readonly steps: readonly RuleStep[]
  readonly faults: readonly Fault[]
}

/** Makes the steps of a rule's `then`. */
export function makeSteps({ value, location }: Declared<RuleForm>, input: StepsInput): Steps {
  const { then = [], run } = value
  if (then.length === 0) return { steps: [], faults: [] }
  const faults: Fault[] = []
  const at = below(location, 'then')
  const runs = [run].flat().length
  if (runs > 1) {
    faults.push(
      faultAt(at, 'option_invalid', {
        message: `follows one program, and \`run\` has ${runs}`,
        remedy: 'Write a rule for each program, and add `then` to the one that it follows.',
      }),
    )
  }
  const steps = then.map((form, index) => {
    const made = makeStep(form, below(at, index), input)
    faults.push(...made.faults)
    return made.step
  })
  return { steps, faults }
}

function makeStep(
  form: StepForm,
  location: ConfigLocation,
  { programs, names, keys, known, rule }: StepsInput,
): { readonly step: RuleStep; readonly faults: readonly Fault[] } {
  const { run, when, params, approval = null } = typeof form === 'string' ? { run: form } : form
  const faults: Fault[] = []
  const at = typeof form === 'string' ? location : below(location, 'run')
  if (!names.has(run)) faults.push(unknownProgram(run, at, names))
  const program = programs.get(run)
  const values = params?.map(toValue) ?? null
  if (program !== undefined && values !== null) {
    const settings = { ...program.settings, params: values, variables: {} }
    faults.push(...fileFaults({ ...program, settings }, below(location, 'params')))
  }
  const stepKnown = { ...known, hasPrevious: true }
  const compiled = compileWhen(when, stepKnown, below(location, 'when'))
  const isFault = compiled !== null && 'remedy' in compiled
  if (isFault) faults.push(compiled)
  const step = {
    program: run,
    condition: isFault ? null : compiled,
    params: values,
    policyKey: keys.of(run, stepKnown, rule),
    policy: policyOf(run, programs),
    approval,
  }
  return { step, faults }
}

/** Programs that name `approvalLink`, and are run for other events than the one that has it. */
export function linkFaults(
  { value, location }: Declared<RuleForm>,
  programs: ReadonlyMap<string, RunningProgram>,
): readonly Fault[] {
  const { on, run, then = [] } = value
  if (on === LINK_EVENT) return []
  const steps = then.map((step) => (typeof step === 'string' ? { run: step } : step))
  const reads = [...[run].flat().map((program) => ({ run: program })), ...steps].find(
    (step) =>
      programs.get(step.run)?.settings.readsApprovalLink ||
      ('params' in step && namesApprovalLink(step.params ?? [])),
  )
  if (reads === undefined) return []
  return [
    faultAt(location, 'option_invalid', {
      message: `runs \`${reads.run}\` on \`${on}\`, and \`${reads.run}\` names \`approvalLink\`, which only \`${LINK_EVENT}\` has`,
      remedy: `Use a program that names it for rules on \`${LINK_EVENT}\` alone.`,
    }),
  ]
}

/** The condition of a rule or step, or what is wrong with it. Null: there is none. */
export function compileWhen(
  when: RuleForm['when'],
  known: KnownNames,
  location: ConfigLocation,
): Condition | Fault | null {
  if (when === undefined) return null
  try {
    if (typeof when === 'function') return functionCondition(when as (event: unknown) => unknown)
    return compileCondition(when, known)
  } catch (error) {
    return thrownFault(location, error)
  }
}

export function unknownProgram(
  program: string,
  location: ConfigLocation,
  names: ReadonlySet<string>,
): Fault {
  return faultAt(location, 'program_unknown', {
    message: `there is no program \`${program}\``,
    given: givenText(program),
    remedy: suggestion(program, names).trim(),
  })
}

/** A program that is missing or faulty is reported elsewhere. */
export function policyOf(
  program: string,
  programs: ReadonlyMap<string, RunningProgram>,
): ProgramPolicy {
  return programs.get(program)?.settings.policy ?? DEFAULT_POLICY
}
