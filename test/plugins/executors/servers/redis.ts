import {
  freePorts,
  removeFolder,
  type ServerProcess,
  serverFolder,
  startServer,
} from './server-process.ts'

/** A real Redis on a port and in a folder of its own. */
export interface RedisServer extends ServerProcess {
  /** `redis://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  dispose(): Promise<void>
}

/** Starts a server with these arguments, for example `--requirepass`. It writes each command to disk before it replies. */
export async function startRedis(...more: readonly string[]): Promise<RedisServer> {
  const folder = await serverFolder('redis')
  const [port = 0] = await freePorts(1)
  const server = await startServer({
    command: 'redis-server',
    args: [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always', ...more],
    ],
    cwd: folder,
    ready: /Ready to accept connections/,
  })
  return {
    ...server,
    url: `redis://127.0.0.1:${port}`,
    port,
    dispose: async () => {
      await server.kill()
      await removeFolder(folder)
    },
  }
}
