import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  freePorts,
  removeFolder,
  type ServerProcess,
  serverFolder,
  startServer,
} from './server-process.ts'

/** A real NATS server with JetStream, on a port and in a folder of its own. */
export interface NatsServer extends ServerProcess {
  /** `nats://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  dispose(): Promise<void>
}

/** Starts a server with these lines in its config. It writes each message to disk before it confirms. */
export async function startNats(config = ''): Promise<NatsServer> {
  const folder = await serverFolder('nats')
  const [port = 0] = await freePorts(1)
  const file = join(folder, 'nats.conf')
  // https://docs.nats.io/running-a-nats-service/configuration
  const lines = [`listen: "127.0.0.1:${port}"`, `jetstream { store_dir: "${folder}" }`, config]
  await writeFile(file, lines.join('\n'))
  const server = await startServer({
    command: 'nats-server',
    args: ['--config', file],
    cwd: folder,
    ready: /Server is ready/,
  })
  return {
    ...server,
    url: `nats://127.0.0.1:${port}`,
    port,
    dispose: async () => {
      await server.kill()
      await removeFolder(folder)
    },
  }
}
