import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { removeFolder, type ServerProcess, serverFolder, startServer } from './server-process.ts'

/** A message as kcat prints it. */
export interface KafkaMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly payload: string
  /** Names and values in turn. */
  readonly headers?: readonly string[]
}

/** The mock cluster of librdkafka, of one broker, with kcat as a consumer of the topic `hooks`. It forgets all at its end. */
export interface KafkaCluster extends ServerProcess {
  /** `host:port`, the same over restarts. */
  readonly broker: string
  /** The messages of `hooks` so far. */
  messages(): readonly KafkaMessage[]
  dispose(): Promise<void>
}

/** Starts a cluster. https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka_mock.h */
export async function startKafka(): Promise<KafkaCluster> {
  const folder = await serverFolder('kafka')
  const cluster = await startServer({
    command: 'kcat',
    args: [
      ...['-b', 'unused:1', '-X', 'test.mock.num.brokers=1', '-d', 'mock'],
      ...['-C', '-t', 'hooks', '-o', 'beginning', '-J', '-u'],
    ],
    cwd: folder,
    ready: /Created topic "hooks"/,
  })
  // The cluster chooses another port at each start.
  const portNow = () =>
    Number(/bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(cluster.output().stderr)?.[1])
  let port = portNow()
  const door = createServer((socket) => {
    const inner = connect(port, '127.0.0.1')
    pipeline(socket, inner, socket, () => {})
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  return {
    ...cluster,
    broker: `127.0.0.1:${(door.address() as AddressInfo).port}`,
    start: async () => {
      await cluster.start()
      port = portNow()
    },
    messages: () =>
      cluster
        .output()
        .stdout.split('\n')
        .filter((line) => line.startsWith('{"topic"'))
        .map((line) => JSON.parse(line)),
    dispose: async () => {
      door.close()
      await cluster.kill()
      await removeFolder(folder)
    },
  }
}
