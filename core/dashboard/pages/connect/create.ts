import { ApiProblem } from '../../../api/api-calls.ts'
import { withRemedy } from '../../../errors/with-remedy.ts'
import type { PageContext } from '../../page.ts'
import type { SenderKind } from './load.ts'
import { type ConnectForm, type FormFault, optionField } from './new-source.ts'

/** A source that was created, or why it was not. */
export type Created =
  | {
      readonly ok: true
      readonly name: string
      /** By the options that have them. */
      readonly generated: Readonly<Record<string, string>>
      /** Why its rule was not created; null if it was, or none was wanted. */
      readonly ruleFault: string | null
    }
  | { readonly ok: false; readonly faults: readonly FormFault[] }

/** Creates a source from the form, and then its rule. Throws `ApiProblem` for what is no fault of the form. */
export async function createSource(
  page: PageContext,
  sender: SenderKind,
  form: ConnectForm,
): Promise<Created> {
  const { name = '' } = form
  const body = { name, use: sender.use, options: optionsOf(sender, form) }
  try {
    const { generated } = await page.api.send<{ generated: Record<string, string> }>(
      'POST',
      '/api/config/webhooks',
      body,
    )
    const named = Object.entries(generated).map(([pointer, secret]) => {
      return [pointer.split('/')[2] ?? '', secret] as const
    })
    const ruleFault = await createRule(page, name, form)
    return { ok: true, name, generated: Object.fromEntries(named), ruleFault }
  } catch (error) {
    return { ok: false, faults: faultsOf(error) }
  }
}

function optionsOf({ needs, preset }: SenderKind, form: ConnectForm): Record<string, unknown> {
  const options = needs.map(({ name, generated, list }) => {
    const given = form[optionField(name)]?.trim() ?? ''
    const value = given === '' && generated ? { generate: true } : given
    return [name, list ? [value] : value]
  })
  return { ...(preset !== null && { preset }), ...Object.fromEntries(options) }
}

async function createRule(
  { api }: PageContext,
  source: string,
  { program = '', type = '' }: ConnectForm,
): Promise<string | null> {
  if (program === '') return null
  const on = type.trim() === '' ? source : `${source}.${type.trim()}`
  try {
    await api.send('POST', '/api/config/rules', { name: `${source}-${program}`, on, run: program })
    return null
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    return error.problem.detail
  }
}

function faultsOf(error: unknown): readonly FormFault[] {
  const isOfForm = error instanceof ApiProblem && [400, 409, 422].includes(error.problem.status)
  if (!isOfForm) throw error
  const { errors, detail } = error.problem
  if (!Array.isArray(errors)) return [{ field: 'name', message: detail }]
  return errors.map(({ pointer, message, remedy }) => ({
    field: fieldOf(pointer),
    message: pointer === null && remedy ? withRemedy({ message, remedy }) : message,
  }))
}

/** The field of a JSON pointer into the body; null if there is none. */
function fieldOf(pointer: unknown): string | null {
  if (pointer === '/name') return 'name'
  const [, part, option] = typeof pointer === 'string' ? pointer.split('/') : []
  return part === 'options' && option !== undefined ? optionField(option) : null
}
