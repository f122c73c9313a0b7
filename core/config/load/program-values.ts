import type { ProgramSettings, ProgramValue, RunningProgram } from '../../contracts/config.ts'
import { namesApprovalLink, namesRequest } from '../../matching/event-request.ts'
import { type ConfigLocation, type Fault, faultAt } from '../fault.ts'
import type { ProgramSettingsForm, ProgramValueForm } from '../schema/config.ts'

/** What a program gets of an event. `written` are all of its options. */
export function programValues(
  { params, variables }: Pick<ProgramSettingsForm, 'params' | 'variables'>,
  written: unknown,
): Pick<ProgramSettings, 'params' | 'variables' | 'readsRequest' | 'readsApprovalLink'> {
  const named = Object.entries(variables).map(([name, form]) => [name, toValue(form)] as const)
  return {
    params: params.map(toValue),
    variables: Object.fromEntries(named),
    readsRequest: namesRequest(written),
    readsApprovalLink: namesApprovalLink(written),
  }
}

export function toValue(form: ProgramValueForm): ProgramValue {
  if (typeof form === 'string') return { name: form, default: null }
  if ('value' in form) return { name: '', default: null, value: form.value }
  return { ...form, default: form.default ?? null }
}

/** Values that are files, for an executor that cannot write them. */
export function fileFaults(
  { definition, settings }: Pick<RunningProgram, 'definition' | 'settings'>,
  location: ConfigLocation,
): readonly Fault[] {
  if (definition.takesFiles) return []
  const values = [...settings.params, ...Object.values(settings.variables)]
  return values
    .filter(({ file }) => file)
    .map(({ name }) =>
      faultAt(location, 'option_invalid', {
        message: `the value \`${name}\` cannot be a file: programs of \`${definition.name}\` take none`,
      }),
    )
}
