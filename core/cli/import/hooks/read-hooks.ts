import { LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { HooklineError } from '../../../errors/errors.ts'
import { issueText } from '../../../errors/issue-text.ts'

const argument = z.object({
  source: z.string().default(''),
  name: z.string().default(''),
  envname: z.string().default(''),
  base64decode: z.boolean().default(false),
})

const match = z.object({
  type: z.string(),
  regex: z.string().default(''),
  secret: z.string().default(''),
  value: z.union([z.string(), z.number(), z.boolean()]).transform(String).default(''),
  parameter: argument.prefault({}),
  'ip-range': z.string().default(''),
})

export type Argument = z.output<typeof argument>
export type TriggerMatch = z.output<typeof match>

/** A trigger rule. As in webhook, the first of its keys in this order counts; one without any is never satisfied. */
export interface TriggerRule {
  readonly and?: readonly TriggerRule[] | undefined
  readonly or?: readonly TriggerRule[] | undefined
  readonly not?: TriggerRule | undefined
  readonly match?: TriggerMatch | undefined
}

const rule: z.ZodType<TriggerRule> = z.lazy(() =>
  z.object({
    and: z.array(rule).optional(),
    or: z.array(rule).optional(),
    not: rule.optional(),
    match: match.optional(),
  }),
)

const list = z.array(argument).default([])

const hook = z.object({
  id: z.string().min(1),
  'execute-command': z.string().default(''),
  'command-working-directory': z.string().default(''),
  'response-message': z.string().default(''),
  'response-headers': z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  'include-command-output-in-response': z.boolean().default(false),
  'include-command-output-in-response-on-error': z.boolean().default(false),
  'pass-arguments-to-command': list,
  'pass-environment-to-command': list,
  'pass-file-to-command': list,
  'parse-parameters-as-json': list,
  'trigger-rule': rule.optional(),
  'trigger-rule-mismatch-http-response-code': z.int().default(0),
  'trigger-signature-soft-failures': z.boolean().default(false),
  'incoming-payload-content-type': z.string().default(''),
  'success-http-response-code': z.int().default(0),
  'http-methods': z.array(z.string()).default([]),
})

/** A hook of adnanh/webhook 2.8. https://github.com/adnanh/webhook/blob/2.8.0/docs/Hook-Definition.md */
export type Hook = z.output<typeof hook>

/** A hook, and where each part of it is in its file. */
export interface PlacedHook {
  readonly hook: Hook
  /** Keys that webhook does not know. */
  readonly unknown: readonly string[]
  /** `hooks.json:12` for a path in the hook; that of the nearest part above it that is there. */
  at(...path: readonly (string | number)[]): string
}

/**
 * Reads hooks from JSON or YAML, which webhook reads alike. `source` is the text in which templates are replaced already.
 * Throws `config_unreadable` with every fault and its line.
 */
export function readHooks(file: string, source: string): readonly PlacedHook[] {
  const lines = new LineCounter()
  const document = parseDocument(source.replaceAll('\t', ' '), {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
  })
  const place = (position: number | undefined) =>
    position === undefined ? file : `${file}:${lines.linePos(position).line}`
  const syntax = document.errors.map((fault) => {
    const why = fault.code.toLowerCase().replaceAll('_', ' ')
    return `${place(fault.pos[0])}: this is neither valid JSON nor YAML (${why})`
  })
  if (syntax.length > 0) throw unreadable(syntax)
  const at = (...path: readonly (string | number)[]): string => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined
      if (node?.range) return place(node.range[0])
    }
    return file
  }
  const given: unknown = document.toJS() ?? []
  if (!Array.isArray(given)) throw unreadable([`${at()}: it is not a list of hooks`])
  const faults: string[] = []
  const hooks = given.flatMap((value: unknown, index): readonly PlacedHook[] => {
    const read = hook.safeParse(value)
    if (read.success) {
      const known = Object.keys(hook.shape)
      const unknown = Object.keys(value as object).filter((key) => !known.includes(key))
      return [{ hook: read.data, unknown, at: (...path) => at(index, ...path) }]
    }
    for (const issue of read.error.issues) {
      const path = issue.path.filter((step) => typeof step !== 'symbol')
      const named = idOf(value)
      faults.push(
        `${at(index, ...path)}: hook ${named ?? index + 1}: ${path.join('.')}: ${issueText(issue)}`,
      )
    }
    return []
  })
  const ids = new Set<string>()
  for (const { hook: each, at: placeOf } of hooks) {
    if (ids.has(each.id)) faults.push(`${placeOf('id')}: hook ${each.id}: the id is there twice`)
    ids.add(each.id)
  }
  if (faults.length > 0) throw unreadable(faults)
  return hooks
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return typeof id === 'string' ? id : null
}

function unreadable(faults: readonly string[]): HooklineError {
  return new HooklineError('config_unreadable', faults.join('\n'), {
    remedy: 'Correct the file, and import it again. Nothing was written.',
  })
}
