import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createHttp } from './counterpart.ts'

const open = new Set<string>()

const server = createServer((request, response) => {
  switch (request.url) {
    case '/succeed':
      request.resume()
      response.end()
      break
    case '/fail':
      request.resume()
      response.writeHead(500).end()
      break
    case '/sleep':
      track(request.socket, (id) => response.write(`running ${id}\nrunning ${id} too\n`))
      break
    case '/invalid-utf8':
      response.end(Buffer.from('fffe80c328000a', 'hex'))
      break
    case '/hash-input': {
      const hash = createHash('sha256')
      request.on('data', (chunk) => hash.update(chunk))
      request.on('end', () => response.end(hash.digest('hex')))
      break
    }
    case '/ignore-input':
      response.end()
      break
  }
})

function track(socket: Socket, started: (id: string) => void): void {
  const id = `${socket.remotePort}`
  for (const one of [id, `${id} too`]) open.add(one)
  socket.once('close', () => {
    for (const one of [id, `${id} too`]) open.delete(one)
  })
  started(id)
}

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const call =
  (path: string, options: object = { allowPrivate: true }) =>
  () =>
    createHttp({
      url: `http://localhost:${(server.address() as AddressInfo).port}${path}`,
      allowHttp: true,
      ...options,
    })

const noProcess = { skip: 'a request has no arguments, variables or processes' }
const bounded = { skip: 'a response is read up to a limit only' }

describe('http passes the executor contract', () => {
  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      isRunning: (id) => open.has(id),
      programs: {
        succeed: call('/succeed'),
        fail: call('/fail'),
        'fail-for-good': call('/succeed', { allowPrivate: false }),
        sleep: call('/sleep'),
        stubborn: call('/sleep'),
        linger: noProcess,
        flood: bounded,
        'invalid-utf8': call('/invalid-utf8'),
        'close-output': noProcess,
        'hash-input': call('/hash-input'),
        'ignore-input': call('/ignore-input'),
        'echo-args': noProcess,
        'echo-env': noProcess,
      },
    },
  )
})
