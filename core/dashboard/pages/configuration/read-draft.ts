import type { PageContext } from '../../page.ts'
import { fieldsOf } from '../../schema-form/fields.ts'
import { readOptions } from '../../schema-form/read.ts'
import { type Draft, type DraftFault, KEPT_ANSWER, optionsSchema } from './draft.ts'

interface ReadDraft {
  readonly name: string
  /** The form of the part as the API takes it. */
  readonly body: Readonly<Record<string, unknown>>
  readonly faults: readonly DraftFault[]
}

/** Reads the part that a form describes. */
export function readDraft(
  page: PageContext,
  draft: Draft,
  form: Readonly<Record<string, string | undefined>>,
): ReadDraft {
  const name = draft.part?.name ?? (form['name'] ?? '').trim()
  if (draft.kind === 'rules') return { name, body: readRule(form, draft), faults: [] }
  const text = page.texts.schemaForm
  const fields = fieldsOf(optionsSchema(draft))
  const read = readOptions(fields, form, draft.part?.options ?? {})
  const faults = read.faults.map(({ pointer, kind }) => {
    const message = kind === 'number' ? text.notNumber : text.notJson
    return { pointer, place: null, message, remedy: '' }
  })
  return { name, body: { use: draft.use, options: read.options }, faults }
}

/** What the form has no field for stays as it is. */
function readRule(form: Readonly<Record<string, string | undefined>>, { part }: Draft) {
  const { on = '', when = '', run = '', answer = '' } = form
  const { answer: kept, expect, then, approval, report } = part ?? {}
  return {
    on: on.trim(),
    ...(when.trim() === '' ? {} : { when: when.trim() }),
    run: run.includes(',') ? run.split(',').map((one) => one.trim()) : run.trim(),
    ...(answer === '' ? {} : { answer: answer === KEPT_ANSWER ? kept : answer }),
    ...(expect === undefined ? {} : { expect }),
    ...(then === undefined ? {} : { then }),
    ...(report === undefined ? {} : { report }),
    ...(approval === undefined ? {} : { approval }),
  }
}
