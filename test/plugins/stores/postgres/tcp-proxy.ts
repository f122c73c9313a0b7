import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut. */
export interface TcpProxy {
  readonly port: number
  /** Nothing passes any more, and nobody is told: as where a cable is pulled. */
  cut(): void
  /** What is connected anew passes again. */
  mend(): void
  close(): Promise<void>
}

/** Passes all that comes on to a port of this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    const pair = [near, far] as const
    for (const [from, to] of [pair, [far, near] as const]) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (!isCut && !dead.has(from)) to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!dead.has(from)) to.destroy()
      })
    }
  })
  const dead = new WeakSet<Socket>()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut() {
      isCut = true
      for (const socket of sockets) dead.add(socket)
    },
    mend() {
      isCut = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
