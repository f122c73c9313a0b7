import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrokerConnections } from '../../../../core/sdk/messages/connections.ts'

/** A broker, as a load balancer shows it whose servers are down: it takes connections and ends them. */
let isDown = false
let accepted = 0
const server = createServer((socket) => {
  accepted++
  if (isDown) socket.end()
})
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => server.close())

const link = {
  name: 'the broker',
  open: async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    if (isDown) await once(socket.resume(), 'close')
    return socket
  },
  isOpen: (socket: Socket) => !socket.destroyed,
  close: async (socket: Socket) => socket.destroy(),
}

describe('the connection to a broker', () => {
  it('is shared, and opened again after it was lost', async () => {
    const connections = new BrokerConnections(link)
    const [one, same] = await Promise.all([connections.get(), connections.get()])
    expect(same).toBe(one)
    one?.destroy()
    const [next, shared] = await Promise.all([connections.get(), connections.get()])
    expect([next === one, shared === next]).toEqual([false, true])
    await connections.close()
    await expect(connections.get()).rejects.toMatchObject({ code: 'broker_unreachable' })
  })

  it('is not opened again and again for one message where it is lost at once', async () => {
    isDown = true
    accepted = 0
    const connections = new BrokerConnections(link)
    const message = 'the broker cannot be reached: the connection was closed.'
    await expect(connections.get()).rejects.toMatchObject({ message })
    expect(accepted).toBe(1)
    await connections.close()
  })
})
