import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const TOP = join(import.meta.dirname, '../../..')
const COMPILER = new URL('./typescript-api.ts', import.meta.url).href
const OPTIONS = {
  ...{ target: 'es2024', module: 'nodenext', types: ['node'], noEmit: true, strict: true },
  ...{ allowImportingTsExtensions: true, skipLibCheck: false },
}

/** Written against the generated types alone. Lines that must not compile say so. */
const PROGRAM = `
import createClient from 'openapi-fetch'
import type { components, paths } from './hookline.ts'

const [baseUrl = '', token = '', webhookToken = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } })
const accepted = await client.POST('/api/webhooks/{source}', {
  params: { path: { source: 'custom' } },
  headers: { 'content-type': 'application/json', 'x-webhook-token': webhookToken },
  body: JSON.stringify({ event: 'say', id: 'of-a-generated-client' }),
  bodySerializer: (body) => body,
})
if (accepted.data === undefined) throw new Error(JSON.stringify(accepted.error))
const { duplicate, tasks } = accepted.data as components['schemas']['Accepted']
const id = tasks[0]?.id ?? ''
let task: components['schemas']['TaskDetail'] | undefined
do task = (await client.GET('/api/tasks/{id}', { params: { path: { id } } })).data
while (task !== undefined && ['waiting', 'running'].includes(task.state))
const { data: page } = await client.GET('/api/tasks', { params: { query: { limit: 1, state: 'succeeded' } } })
const same: components['schemas']['Task'][] | undefined = page?.tasks
const { error } = await client.GET('/api/tasks/{id}', { params: { path: { id: 'none' } } })
// @ts-expect-error: no task has this state
await client.GET('/api/tasks', { params: { query: { state: 'asleep' } } })
// @ts-expect-error: no such path
await client.GET('/api/task')
// @ts-expect-error: a task has no such field
const wrong = task?.colour
console.log(
  JSON.stringify({
    accepted: { duplicate, rules: tasks.map(({ rule }) => rule) },
    state: task?.state,
    output: task?.log.map(({ text }) => text).join(''),
    refusal: error?.code,
    pages: [page?.tasks.length, same?.length],
  }),
)
`

/** Generates types from a document, compiles a program against them, runs it, and returns what it printed. */
export async function runGeneratedClient(
  document: object,
  { url, token, webhookToken }: Readonly<Record<'url' | 'token' | 'webhookToken', string>>,
): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-client-'))
  try {
    symlinkSync(join(TOP, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'hookline.ts'), await generate(document))
    writeFileSync(join(folder, 'program.mts'), PROGRAM)
    const files = ['program.mts', 'hookline.ts']
    const config = JSON.stringify({ compilerOptions: OPTIONS, files })
    writeFileSync(join(folder, 'tsconfig.json'), config)
    await node([join(TOP, 'node_modules/typescript/bin/tsc'), '-p', folder])
    const { stdout } = await node([join(folder, 'program.mts'), url, token, webhookToken])
    return JSON.parse(stdout)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What openapi-typescript makes of a document. */
async function generate(document: object): Promise<string> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'typescript' ? { url: COMPILER, shortCircuit: true } : next(specifier, context),
  })
  try {
    const { default: openapiTypescript, astToString } = await import('openapi-typescript')
    return astToString(await openapiTypescript(JSON.stringify(document)))
  } finally {
    hooks.deregister()
  }
}

async function node(args: readonly string[]): Promise<{ readonly stdout: string }> {
  try {
    return await promisify(execFile)(process.execPath, args)
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`node ${args.join(' ')}\n${stdout}${stderr}`)
  }
}
