import type { SourceDefinition } from '../../contracts/source.ts'
import { INIT_FORMATS, type InitFormat } from './config-text.ts'

export interface InitAnswers {
  readonly sources: readonly string[]
  readonly format: InitFormat
}

const SHOWN_SOURCES = 8

const FORMATS: Readonly<Record<InitFormat, string>> = {
  ts: 'TypeScript: options are checked and completed in the editor',
  json: 'JSON',
  yaml: 'YAML',
}

/** Asks for the sources, and for the format where it was not given. Null: the dialogue was left. */
export async function askInTerminal(
  known: readonly SourceDefinition[],
  givenFormat: InitFormat | undefined,
): Promise<InitAnswers | null> {
  const prompts = await import('@clack/prompts')
  prompts.intro('A config for Hookline')
  const sources = await prompts.autocompleteMultiselect({
    message: 'Who sends the webhooks? Type to search, choose with Tab',
    options: known.flatMap(sendersOf),
    maxItems: SHOWN_SOURCES,
    required: true,
  })
  if (prompts.isCancel(sources)) return left(prompts)
  const format =
    givenFormat ??
    (await prompts.select({
      message: 'Which format is the config to have?',
      options: INIT_FORMATS.map((value) => ({ value, label: FORMATS[value] })),
    }))
  return prompts.isCancel(format) ? left(prompts) : { sources, format }
}

function left({ cancel }: Pick<typeof import('@clack/prompts'), 'cancel'>): null {
  cancel('Nothing was written.')
  return null
}

/** A source, and the senders for which it has a preset. */
function sendersOf({ name, summary, presets = {} }: SourceDefinition) {
  const described = Object.entries(presets).map(([preset, { title }]) => {
    return { value: preset, label: preset, hint: title }
  })
  return [{ value: name, label: name, hint: summary }, ...described]
}
