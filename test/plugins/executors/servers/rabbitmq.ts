import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  freePorts,
  removeFolder,
  type ServerProcess,
  serverFolder,
  startServer,
} from './server-process.ts'

/** Where Debian has the commands themselves. Those in PATH change to another user first. Elsewhere: in PATH. */
const DEBIAN = '/usr/lib/rabbitmq/bin'
const [SERVER, CONTROL] = ['rabbitmq-server', 'rabbitmqctl'].map((name) =>
  existsSync(join(DEBIAN, name)) ? join(DEBIAN, name) : name,
) as [string, string]
const NODE = 'hookline@localhost'

/** A real RabbitMQ with a user `guest`, on ports and in a folder of its own. It takes some seconds to start. */
export interface RabbitServer extends ServerProcess {
  /** `amqp://guest:guest@127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  /** Runs `rabbitmqctl`, which takes some seconds too. */
  control(...args: readonly string[]): Promise<void>
  dispose(): Promise<void>
}

export async function startRabbit(): Promise<RabbitServer> {
  const folder = await serverFolder('rabbitmq')
  const [port = 0, distributionPort = 0, epmdPort = 0] = await freePorts(3)
  await writeFile(join(folder, 'rabbitmq.conf'), 'log.console.level = info\n')
  await writeFile(join(folder, 'plugins'), '[].\n')
  // https://www.rabbitmq.com/docs/configure#supported-environment-variables
  const env = {
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: `${epmdPort}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: NODE,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none',
    // The script then becomes the server itself, so that a signal reaches it.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
  // Erlang would start one that outlives the server.
  const epmd = await startServer({
    command: 'epmd',
    args: ['-d', '-d', '-port', `${epmdPort}`],
    cwd: folder,
    ready: /entering the main select\(\) loop/,
  })
  const server = await startServer({
    command: SERVER,
    env,
    cwd: folder,
    ready: /Server startup complete/,
  }).catch(async (error: unknown) => {
    await epmd.kill()
    throw error
  })
  return {
    ...server,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    port,
    control: async (...args) => {
      const all = ['--node', NODE, '--quiet', ...args]
      await promisify(execFile)(CONTROL, all, {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env },
      })
    },
    dispose: async () => {
      await server.kill()
      await epmd.kill()
      await removeFolder(folder)
    },
  }
}
