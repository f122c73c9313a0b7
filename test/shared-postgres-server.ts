import { startOwnPostgres } from './plugins/stores/postgres/server.ts'

// The Postgres of a run of tests, in a process of its own. It ends with the process that has started this one.
const server = await startOwnPostgres(['-c', 'fsync=off', '-c', 'max_connections=400'])
process.once('disconnect', async () => {
  await server.dispose()
  process.exit()
})
process.send?.(server.url)
