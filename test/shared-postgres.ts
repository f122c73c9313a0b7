import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PostgresServer } from './plugins/stores/postgres/server.ts'

/** Starts the Postgres of a run for the first test that asks for it, and ends it after the last: see `sharedPostgres`. */
export default async function setUp(): Promise<() => Promise<void>> {
  let starting: Promise<PostgresServer> | null = null
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
    await (await starting)?.dispose()
  }
}

async function start(): Promise<PostgresServer> {
  const { startOwnPostgres } = await import('./plugins/stores/postgres/server.ts')
  return startOwnPostgres(['-c', 'fsync=off', '-c', 'max_connections=400'])
}
