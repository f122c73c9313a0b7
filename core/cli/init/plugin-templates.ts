export const PLUGIN_KINDS = ['source', 'executor', 'store', 'tunnel'] as const
export type NewPluginKind = (typeof PLUGIN_KINDS)[number]

/** A plugin and its test, by what follows the plugin's name in the names of their files. */
export interface PluginFiles {
  readonly '.ts': string
  readonly '.test.ts': string
}

/** The files of a new plugin: it does something small, and its test passes. `name` must be an identifier. */
export function pluginFiles(kind: NewPluginKind, name: string): PluginFiles {
  const header = `X-${name.charAt(0).toUpperCase()}${name.slice(1)}-Signature`
  const fill = (text: string) =>
    text
      .replaceAll('__HEADER__', header)
      .replaceAll('__NAME__', name)
      .replaceAll('__FILE__', `./${name}.ts`)
  const [plugin, test] = TEMPLATES[kind]
  return { '.ts': fill(plugin), '.test.ts': fill(test) }
}

const SOURCE = `import { defineSource, secrets, z } from 'hookline/sdk/source'

/** Webhooks of __NAME__. */
export const __NAME__ = defineSource({
  name: '__NAME__',
  summary: 'Webhooks of __NAME__.',
  options: z.object({ secret: secrets().describe('The secret of the webhook.') }),
  // How __NAME__ signs, as its documents say. For any other proof, give a function: see \`SourceDeclaration\`.
  signature: { header: '__HEADER__', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' },
  // Where the type and the id of an event are: a path in the payload, or \`{ header }\`.
  type: 'type',
  id: 'id',
  // Each type of event, with the facts that rules and params can name. \`*\` has those of every event.
  events: {
    '*': {
      description: 'Every event of __NAME__.',
      facts: { sender: ['string', 'Who caused it', 'sender.name'] },
    },
    ping: 'The webhook was tested.',
  },
  // The body of a test delivery, as \`hookline send\` makes one. Without this, it has what is declared above.
  sample: (event) => JSON.stringify({ type: event, id: '1', sender: { name: 'Mona' } }),
})
`

const SOURCE_TEST = `import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { testSource } from 'hookline/testing'
import { __NAME__ } from '__FILE__'

testSource(
  { describe, it },
  {
    definition: __NAME__.definition,
    secrets: ['the first secret', 'the second secret'],
    options: (secret) => ({ secret }),
    // By other means than the plugin: the vendor's own library, or a few lines from its documents.
    sign: ({ body }, secret) => ({
      '__HEADER__': \`sha256=\${createHmac('sha256', secret).update(body).digest('hex')}\`,
    }),
    proofHeader: '__HEADER__',
    coversBody: true,
    samples: [
      {
        event: 'ping',
        body: JSON.stringify({ type: 'ping', id: '1', sender: { name: 'Mona' } }),
        type: 'ping',
        facts: { sender: 'Mona' },
      },
    ],
  },
)
`

const EXECUTOR = `import { defineExecutor, z } from 'hookline/sdk/executor'

/** Greets the event. */
export const __NAME__ = defineExecutor({
  name: '__NAME__',
  summary: 'Greets the event.',
  options: z.object({ greeting: z.string().min(1).default('Hello').describe('The first word.') }),
  create: ({ greeting }) => ({
    run: async ({ event, signal, write }) => {
      // Pass \`signal\` to whatever takes time: a run must end soon after it is aborted.
      if (signal.aborted) return { status: 'failed', reason: \`stopped: \${signal.reason}\` }
      const text = \`\${greeting}, \${event.source}.\${event.type}\`
      write('stdout', Buffer.from(\`\${text}\\n\`))
      return { status: 'succeeded', result: { text } }
    },
  }),
})
`

const EXECUTOR_TEST = `import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXECUTOR_PROGRAMS, makeContext, makeRun, testExecutor } from 'hookline/testing'
import { __NAME__ } from '__FILE__'

const create = () => __NAME__.definition.create({ greeting: 'Hello' }, makeContext())

describe('__NAME__', () => {
  it('greets the event', async () => {
    const made = makeRun({ type: 'ping' })
    const outcome = await create().run(made.run)
    assert.deepEqual(outcome, { status: 'succeeded', result: { text: 'Hello, contract.ping' } })
    assert.equal(made.output().stdout.toString(), 'Hello, contract.ping\\n')
  })

  it('does nothing once it is told to stop', async () => {
    const made = makeRun()
    made.abort('cancelled')
    const outcome = await create().run(made.run)
    assert.equal(outcome.status, 'failed')
    assert.equal(made.output().stdout.length, 0)
  })
})

// The tests of all executors. Replace \`skip\` by a function for each kind of program that yours can run.
type Programs = Parameters<typeof testExecutor>[1]['programs']
const skipped = EXECUTOR_PROGRAMS.map((program) => [program, { skip: 'runs no programs' }])
const programs: Programs = { ...Object.fromEntries(skipped), succeed: create }
testExecutor({ describe, it }, { stopSeconds: 5, programs })
`

const STORE = `import { defineStore, z } from 'hookline/sdk/store'
import { sqlite } from 'hookline/stores'

/** Begins as a store that works: replace its methods one by one, and let the test tell whether it still does. */
export const __NAME__ = defineStore({
  name: '__NAME__',
  summary: 'Keeps deliveries and tasks in __NAME__.',
  options: z.object({
    path: z.string().min(1).default('__NAME__.db').describe('From the folder of the config.'),
  }),
  create: ({ path }, context) => {
    const base = sqlite.definition.create({ path }, context)
    return {
      ...base,
      ping: async () => {
        await base.ping()
      },
    }
  },
})
`

const STORE_TEST = `import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeContext, testStore } from 'hookline/testing'
import { __NAME__ } from '__FILE__'

testStore(
  { describe, it },
  {
    name: '__NAME__',
    create: async () => {
      const folder = mkdtempSync(join(tmpdir(), '__NAME__-'))
      let passed = 0
      const now = () => Date.now() + passed
      const open = async () => {
        const context = makeContext({ baseDir: folder, dataDir: folder, clock: now })
        const opened = __NAME__.definition.create({ path: '__NAME__.db' }, context)
        await opened.open()
        return opened
      }
      let current = await open()
      return {
        ...{ store: current, now },
        advance: (milliseconds) => {
          passed += milliseconds
        },
        reopen: async () => {
          await current.close()
          current = await open()
          return current
        },
        dispose: async () => {
          await current.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  },
)
`

const TUNNEL = `import { defineTunnel, openTunnelProgram, z } from 'hookline/sdk/tunnel'

// Stands in for the program of a real tunnel: it passes requests on, within this machine.
const RELAY = \`
const { createServer, request } = require('node:http')
const port = process.argv[1]
createServer((incoming, outgoing) => {
  const { method, url: path, headers } = incoming
  const passed = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers)
    answer.pipe(outgoing)
  })
  passed.on('error', () => outgoing.destroy())
  incoming.pipe(passed)
}).listen(0, '127.0.0.1', function () {
  console.log('open at http://127.0.0.1:' + this.address().port)
})
\`

/** Begins as a tunnel that works: replace its program by that of __NAME__. */
export const __NAME__ = defineTunnel({
  name: '__NAME__',
  summary: 'Tunnels of __NAME__.',
  options: z.object({
    command: z.string().min(1).default(process.execPath).describe('The program.'),
  }),
  create: ({ command }, context) => ({
    // If the provider itself says who sent a request: clientHeader: 'x-forwarded-for'.
    open: ({ port }, signal) =>
      openTunnelProgram(
        {
          command,
          args: ['--eval', RELAY, String(port)],
          openSeconds: 60,
          remedy: 'Install the program of __NAME__.',
        },
        context,
        signal,
        // The line that it prints once requests can come in, and the URL in it.
        async (output) => (await output.find(/https?:\\S+/))[0],
      ),
  }),
})
`

const TUNNEL_TEST = `import { describe, it } from 'node:test'
import { makeContext, testTunnel } from 'hookline/testing'
import { __NAME__ } from '__FILE__'

testTunnel(
  { describe, it },
  {
    name: '__NAME__',
    create: () => ({
      tunnel: __NAME__.definition.create({ command: process.execPath }, makeContext()),
    }),
  },
)
`

const TEMPLATES: Readonly<Record<NewPluginKind, readonly [plugin: string, test: string]>> = {
  source: [SOURCE, SOURCE_TEST],
  executor: [EXECUTOR, EXECUTOR_TEST],
  store: [STORE, STORE_TEST],
  tunnel: [TUNNEL, TUNNEL_TEST],
}
