import type { Dirent } from 'node:fs'
import { glob as globFiles, readFile, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import glob from 'tiny-glob'
import { z } from 'zod'
import { faultsError } from '../../config/fault.ts'
import { checkValue } from '../../config/schema/check-value.ts'
import { HooklineError } from '../../errors/errors.ts'

const IN_FOLDER = '**/*.hook.{yaml,yml,json}'
const PASSED_OVER = /^(?:node_modules|\..+)$/

const facts = z.record(z.string(), z.unknown())

/** A delivery, and what is expected to become of it. Every part of `expect` is optional; of objects, the given keys count. */
const caseSchema = z.strictObject({
  name: z.string().optional(),
  delivery: z.strictObject({
    source: z.string().min(1),
    /** In the sender's own words. Default: the one for which a signed request has the same headers. */
    event: z.string().optional(),
    id: z.string().optional(),
    method: z.string().default('POST'),
    path: z.string().optional(),
    headers: z.record(z.string(), z.string()).default({}),
    /** Text as it is; anything else as JSON. */
    body: z.unknown().optional(),
    bodyBase64: z.base64().optional(),
    /** Whether it is signed with the secret of the config. */
    sign: z.boolean().default(true),
    /** How often it is sent. The last one counts. */
    times: z.int().min(1).max(100).default(1),
    client: z.string().nullish(),
    receivedAt: z.string().optional(),
  }),
  expect: z.strictObject({
    outcome: z.enum(['accepted', 'refused', 'duplicate']).optional(),
    reason: z.string().nullish(),
    status: z.int().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** Text: the whole body. Anything else: the body as JSON. */
    body: z.unknown().optional(),
    events: z
      .array(
        z.strictObject({
          type: z.string().optional(),
          senderId: z.string().nullish(),
          facts: facts.optional(),
          rules: z.record(z.string(), z.boolean()).optional(),
        }),
      )
      .optional(),
    tasks: z
      .array(
        z.strictObject({
          program: z.string().optional(),
          rule: z.string().optional(),
          /** Its place in the `then` of its rule, from 1. Only a run with `--run` has such tasks. */
          step: z.int().min(0).default(0),
          arguments: z.array(z.string()).optional(),
          environment: z.record(z.string(), z.string()).optional(),
          state: z.string().optional(),
          exitCode: z.int().nullish(),
          result: z.unknown().optional(),
          /** A part of the output. */
          output: z.string().optional(),
        }),
      )
      .optional(),
  }),
})

export type DeliveryCase = z.output<typeof caseSchema>

/** A case with the file that it is in. */
export interface CaseFile {
  /** Relative to the current folder. */
  readonly file: string
  readonly name: string
  readonly case: DeliveryCase
}

/** Reads the cases of files and folders; of none: of the current folder. Throws `cli_usage` where there are none, `file_unreadable` where one is invalid. */
export async function readCases(
  paths: readonly string[],
  cwd: string,
): Promise<readonly CaseFile[]> {
  const files = await findCases(paths.length === 0 ? ['.'] : paths, cwd)
  if (files.length === 0) {
    const where = paths.length === 0 ? 'this folder' : paths.join(', ')
    throw new HooklineError('cli_usage', `There is no *.hook.yaml or *.hook.json in ${where}.`)
  }
  return Promise.all(files.map((file) => readCase(file, cwd)))
}

/** The paths of cases, sorted: of files as they are, and of folders all below, but not in `node_modules`. */
export async function findCases(paths: readonly string[], cwd: string): Promise<readonly string[]> {
  const files = new Set<string>()
  for (const path of paths) {
    const isFile = /\.(ya?ml|json)$/.test(path)
    const found = isFile
      ? await glob(path, { cwd, absolute: true })
      : await below(resolve(cwd, path))
    for (const file of found) files.add(file)
  }
  return [...files].toSorted()
}

async function below(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  // Whole folders are passed over, which the other library reads.
  const exclude = ({ name }: Dirent) => PASSED_OVER.test(name)
  const entries = globFiles(IN_FOLDER, { cwd: folder, exclude, withFileTypes: true })
  for await (const entry of entries) {
    if (!entry.isDirectory()) found.push(join(entry.parentPath, entry.name))
  }
  return found
}

/** Reads the case of a file. Throws `file_unreadable` where it is invalid or has more than `maxBytes`. */
export async function readCase(
  path: string,
  cwd: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<CaseFile> {
  const file = relative(cwd, path)
  let value: unknown
  try {
    if ((await stat(path)).size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    // JSON is YAML.
    const { parse } = await import('yaml')
    value = parse(await readFile(path, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : 'it cannot be read'
    throw new HooklineError('file_unreadable', `${file}: ${why}`, { cause })
  }
  const checked = await checkValue(caseSchema, value, { location: { file: path, path: [] } })
  if (!checked.ok) throw faultsError('file_unreadable', 'case', checked.faults, cwd)
  return { file, name: checked.value.name ?? nameOf(file), case: checked.value }
}

/** The name of a case that says none. */
export function nameOf(file: string): string {
  return basename(file).replace(/\.hook\.\w+$/, '')
}
