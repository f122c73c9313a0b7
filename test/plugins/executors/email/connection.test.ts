import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeRun } from 'hookline/testing'
import type { SMTPServerOptions } from 'smtp-server'
import { describe, expect, it } from 'vitest'
import { mailServer } from '../../../../plugins/executors/email/server.ts'
import { createEmail, local, reply, startMailServer } from './counterpart.ts'

const login: SMTPServerOptions = {
  authOptional: false,
  onAuth: ({ username, password }, _session, callback) => {
    if (username === 'ann' && password === 'p@ss:wörd') callback(null, { user: 'ann' })
    else callback(reply(535, 'wrong password'))
  },
}

describe('the mail server', () => {
  it.each<[Parameters<typeof mailServer>[0], object]>([
    [
      { host: 'h', requireTls: true },
      { host: 'h', port: 587, secure: false, requireTLS: true },
    ],
    [
      { host: 'h', port: 465, requireTls: true },
      { port: 465, secure: true },
    ],
    [
      { host: 'h', secure: true, requireTls: true },
      { port: 465, secure: true },
    ],
    [
      { host: 'h', port: 25, requireTls: false },
      { port: 25, secure: false, requireTLS: false },
    ],
    [
      { url: 'smtps://h', requireTls: true },
      { port: 465, secure: true },
    ],
    [
      { url: 'smtp://h', requireTls: true },
      { port: 587, secure: false, requireTLS: true },
    ],
    [
      { url: 'smtp://[::1]:25/', requireTls: true },
      { host: '::1', port: 25 },
    ],
    [{ url: 'smtp://a%40b:p%3A@h', requireTls: true }, { auth: { user: 'a@b', pass: 'p:' } }],
  ])('of %j', (smtp, expected) => {
    expect(mailServer(smtp).transport).toMatchObject(expected)
  })

  it.each<[string, (port: number) => object]>([
    ['by its parts', (port) => local({ port }, { user: 'ann', password: 'p@ss:wörd' })],
    [
      'by a URL',
      (port) => ({ url: `smtp://ann:p%40ss%3Aw%C3%B6rd@127.0.0.1:${port}`, requireTls: false }),
    ],
  ])('is logged in to %s', async (_what, smtp) => {
    await using server = await startMailServer(login)
    const outcome = await createEmail({ smtp: smtp(server.port) }).run(makeRun().run)
    expect(outcome.status).toBe('succeeded')
    expect(server.mails[0]?.user).toBe('ann')
  })

  it('that refuses the password is not asked again', async () => {
    await using server = await startMailServer(login)
    const smtp = local(server, { user: 'ann', password: 'hidden-password' })
    const outcome = await createEmail({ smtp }).run(makeRun().run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringContaining('535 wrong password'))
    expect(JSON.stringify(outcome)).not.toContain('hidden')
  })

  it('without TLS gets neither mail nor password', async () => {
    let asked = false
    await using server = await startMailServer({
      onAuth: (_auth, _session, callback) => {
        asked = true
        callback(null, { user: 'x' })
      },
    })
    const smtp = local(server, { requireTls: true, user: 'ann', password: 'secret' })
    const outcome = await createEmail({ smtp }).run(makeRun().run)
    expect(outcome.status).toBe('failed')
    expect([asked, server.mails.length]).toEqual([false, 0])
  })

  it('with a certificate that nobody vouches for gets no mail', async () => {
    await using server = await startMailServer({ disabledCommands: [] })
    const outcome = await createEmail({ smtp: local(server) }).run(makeRun().run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
    expect(server.mails).toEqual([])
  })
})

describe('no reply', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.destroy()],
    ['says nonsense', (socket) => socket.end('nonsense\r\n')],
    ['is busy', (socket) => socket.end('421 come back later\r\n')],
  ])('a server that %s is tried again', async (_what, greet) => {
    await using server = await startRaw(greet)
    const outcome = await createEmail({ smtp: local(server) }).run(makeRun().run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
  })

  it('a port where nothing listens is tried again', async () => {
    const server = await startRaw(() => {})
    await server[Symbol.asyncDispose]()
    const outcome = await createEmail({ smtp: local(server) }).run(makeRun().run)
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
    expect(outcome).toHaveProperty('reason', expect.stringContaining(`127.0.0.1:${server.port}`))
  })

  it.each(['timeout', 'cancelled'] as const)('%s ends the wait for a greeting', async (reason) => {
    const made = makeRun()
    const closed = Promise.withResolvers<void>()
    await using server = await startRaw((socket) => {
      socket.on('close', () => closed.resolve())
      made.abort(reason)
    })
    const outcome = await createEmail({ smtp: local(server) }).run(made.run)
    expect(outcome).toMatchObject({ status: 'failed', reason: `stopped: ${reason}` })
    await closed.promise
  })

  it('a stop while the message is taken ends the connection', async () => {
    const made = makeRun()
    await using server = await startMailServer({
      onData: (stream) => {
        stream.resume()
        made.abort('cancelled')
      },
    })
    const outcome = await createEmail({ smtp: local(server) }).run(made.run)
    expect(outcome).toMatchObject({ status: 'failed', reason: 'stopped: cancelled' })
    for (let count = 0; server.connections() > 0 && count < 300; count++) await sleep(10)
    expect(server.connections()).toBe(0)
  })
})

async function startRaw(greet: (socket: Socket) => void) {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.resume()
    greet(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    [Symbol.asyncDispose]: () => {
      for (const socket of open) socket.destroy()
      return new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
