import type { LookupFunction } from 'node:net'
import { makeRun } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { addressGuard } from '../../../../plugins/executors/http/address-guard.ts'
import { guardedAgent } from '../../../../plugins/executors/http/guarded-agent.ts'
import { createHttp, startCounterpart } from './counterpart.ts'

type Allow = boolean | readonly string[]
const REFUSED = /^address_refused: /

const mayCall = (address: string, allow: Allow = false, host = 'example.test') =>
  addressGuard(allow).refusal(host, address) === null

describe('addresses', () => {
  it.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '93.184.216.34',
      '172.15.0.1',
      '172.32.0.1',
      '192.167.1.1',
      '100.128.0.1',
    ],
    ...['2606:4700:4700::1111', '2001:4860:4860::8888', '::ffff:8.8.8.8'],
  ])('%s is public', (address) => {
    expect(mayCall(address)).toBe(true)
  })

  it.each([
    ...['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '0.1.2.3', '::'],
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
    ...[
      '169.254.169.254',
      '169.254.0.1',
      'fe80::1',
      'fe80::1%eth0',
      'fd00:ec2::254',
      '168.63.129.16',
    ],
    ...['100.64.0.1', '100.100.100.200', '192.0.0.192', '198.18.0.1', '192.0.2.1', '203.0.113.9'],
    ...[
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      'ff02::1',
      '2001:db8::1',
      '3fff::1',
      'fec0::1',
    ],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe'],
    ...['::127.0.0.1', '::a00:1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '64:ff9b::808:808'],
    ...['2002:7f00:1::', '2002:a00:1::1', '2001:0:1::1', '::ffff:0:7f00:1', '100::1', '5f00::1'],
    ...['127.1', '0177.0.0.1', 'localhost', ''],
  ])('%s is refused', (address) => {
    expect(mayCall(address)).toBe(false)
  })

  it.each<[Allow, string, boolean]>([
    [true, '127.0.0.1', true],
    [true, '10.1.2.3', true],
    [true, 'fd12::1', true],
    [true, '::ffff:10.0.0.1', true],
    [true, '169.254.169.254', false],
    [true, '168.63.129.16', false],
    [true, 'fd00:ec2::254', false],
    [true, '64:ff9b::a9fe:a9fe', false],
    [true, '0.0.0.0', false],
    [true, '224.0.0.1', false],
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', true],
    [['10.0.0.0/8'], '192.168.0.1', false],
    [['169.254.169.254'], '169.254.169.254', true],
    [['fd00::/8'], 'fd12::1', true],
    [['example.test'], '10.1.2.3', true],
    [['Example.Test'], '10.1.2.3', true],
    [['example.test'], '169.254.169.254', false],
    [['other.test'], '10.1.2.3', false],
    [['test'], '10.1.2.3', false],
    [[], '10.1.2.3', false],
  ])('allowPrivate %j lets %s through: %s', (allow, address, expected) => {
    expect(mayCall(address, allow)).toBe(expected)
  })

  it('a name with its final dot is the same name', () => {
    expect(mayCall('10.0.0.1', ['example.test'], 'example.test.')).toBe(true)
  })

  it.each([['10.0.0.0/33'], ['http://x'], ['*.internal'], ['']])('refuses to allow %j', (entry) => {
    expect(() => addressGuard([entry])).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})

describe('addresses in a URL are known when the config is loaded', () => {
  it.each([
    ...['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0x7f.1', '127.0.0.1.'],
    ...[
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '169.254.169.254',
      '10.0.0.1',
      '0',
      '１２７.0.0.1',
    ],
  ])('%s', (host) => {
    const create = () => createHttp({ url: `https://${host}/` })
    expect(create).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(create).toThrow(/allowPrivate/)
  })
})

describe('names', () => {
  it.each(['localhost', 'LOCALHOST'])('%s resolves to a refused address', async (host) => {
    await using server = await startCounterpart()
    const executor = createHttp({ url: `http://${host}:${server.port}/`, allowHttp: true })
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(REFUSED))
    expect(server.seen).toEqual([])
  })

  it('a name can be allowed', async () => {
    await using server = await startCounterpart()
    const url = `http://LocalHost:${server.port}/`
    const executor = createHttp({ url, allowHttp: true, allowPrivate: ['localhost'] })
    expect((await executor.run(makeRun().run)).status).toBe('succeeded')
    await executor.close?.()
  })

  it.each<[string, readonly string[]]>([
    ['a private address', ['10.0.0.1']],
    ['a public one and a private one', ['93.184.216.34', '127.0.0.1']],
    ['a mapped one', ['::ffff:127.0.0.1']],
    ['none', []],
  ])('a name with %s is not connected to', async (_what, addresses) => {
    await using server = await startCounterpart()
    await using agent = await disposable(answering(() => addresses))
    for (const scheme of ['http', 'https']) {
      const origin = `${scheme}://rebind.test:${server.port}`
      const request = agent.request({ origin, path: '/', method: 'GET' })
      await expect(request).rejects.toThrow(/may not be called|no address/)
    }
    expect(server.seen).toEqual([])
  })

  it('a name is resolved once for a connection, and that address is used', async () => {
    await using server = await startCounterpart()
    let asked = 0
    // The second answer would be another address: with a second question, the check would be of no use.
    const answers = () => (asked++ === 0 ? ['127.0.0.1'] : ['127.0.0.2'])
    await using agent = await disposable(answering(answers), ['127.0.0.1'])
    const call = (host: string) =>
      agent.request({ origin: `http://${host}:${server.port}`, path: '/', method: 'GET' })
    await (await call('rebind.test')).body.dump()
    expect(asked).toBe(1)
    expect(server.seen[0]?.headers.host).toBe(`rebind.test:${server.port}`)
    await expect(call('other.test')).rejects.toThrow('other.test (127.0.0.2) may not be called')
    expect(server.seen).toHaveLength(1)
  })
})

function answering(addresses: () => readonly string[]): LookupFunction {
  return (_host, _options, callback) => {
    const found = addresses().map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    setImmediate(() => callback(null, found))
  }
}

async function disposable(resolve: LookupFunction, allow: readonly string[] = []) {
  const agent = await guardedAgent(addressGuard(allow), resolve)
  return Object.assign(agent, { [Symbol.asyncDispose]: () => agent.destroy() })
}
