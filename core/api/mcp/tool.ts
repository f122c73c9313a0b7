import { z } from 'zod'
import type { Role } from '../../contracts/access.ts'
import { HooklineError } from '../../errors/errors.ts'

export type ToolQuery = Readonly<Record<string, string | number | undefined>>

/** The API as the caller of a tool may use it. Throws what it refuses. */
export interface ToolApi {
  /** The JSON of an answer. */
  get(path: string, query?: ToolQuery): Promise<unknown>
  /** An answer that is a text. */
  text(path: string, query: ToolQuery): Promise<string>
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>
}

/** A tool that programs of others can call by the Model Context Protocol. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** The lowest role that may call it. It is not listed for lower ones. */
  readonly role: Role
  readonly input: z.ZodObject
  /** Whether it runs programs, or ends them. */
  readonly acts: boolean
  /** Resolves to a text, which is answered as it is, or to what is answered as JSON. The input is valid by the schema. */
  readonly call: (api: ToolApi, input: never) => Promise<unknown>
}

/** A tool that only looks. Its input follows from its schema. */
export function lookup<Input extends z.ZodObject>(
  facts: Omit<Tool, 'input' | 'acts' | 'call'> & {
    readonly input: Input
    readonly call: (api: ToolApi, input: z.output<Input>) => Promise<unknown>
  },
): Tool {
  return { ...facts, acts: false }
}

/** A tool that changes what runs. */
export function act<Input extends z.ZodObject>(
  facts: Omit<Tool, 'role' | 'input' | 'acts' | 'call'> & {
    readonly input: Input
    readonly call: (api: ToolApi, input: z.output<Input>) => Promise<unknown>
  },
): Tool {
  return { ...facts, role: 'operator', acts: true }
}

const idOf = (prefix: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-z]{1,40}$`), `must be the id of ${what}: ${prefix}_…`)
    .describe(`Id of ${what}: \`${prefix}_…\`.`)

export const taskId = idOf('tsk', 'a task')
export const deliveryId = idOf('dlv', 'a delivery')
export const eventId = idOf('evt', 'an event')
/** Name of a source, rule or program of the config. */
export const name = z.string().min(1).max(200)

/** Fills values into a path. Only an id of a rule has several segments. Throws `request_invalid` if one would lead elsewhere. */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: texts }, ...values.map(toSegments))
}

function toSegments(value: string): string {
  const segments = value.split('/')
  if (segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw new HooklineError('request_invalid', `No name is '${value.slice(0, 100)}'`, {
      remedy: 'Give the name that the config has.',
    })
  }
  return segments.map(encodeURIComponent).join('/')
}
