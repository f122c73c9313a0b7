import { describe, expect, it } from 'vitest'
import { addressInRanges, compileRanges } from '../../../core/kit/address-ranges.ts'
import { clientAddress, tunnelClient } from '../../../core/receive/client-address.ts'

type Row = [
  name: string,
  socket: string | null,
  headers: Record<string, string>,
  client: string | null,
]

const trustedProxies = compileRanges(['127.0.0.1', '::1', '10.0.0.0/8', '2001:db8:aaaa::/48'])

function check(rows: Row[]): void {
  it.each(rows)('%s', (_name, socketAddress, headers, client) => {
    expect(clientAddress({ socketAddress, headers, trustedProxies })).toBe(client)
  })
}

describe('clientAddress without a trusted proxy', () => {
  check([
    ['is the peer of the socket', '198.51.100.7', {}, '198.51.100.7'],
    ['is null when the connection has gone', null, { 'x-forwarded-for': '192.0.2.1' }, null],
    ['is null where the peer is no address', 'nonsense', {}, null],
    ['writes mapped IPv4 as IPv4', '::ffff:198.51.100.7', {}, '198.51.100.7'],
    ['writes IPv6 in short form', '2001:DB8:0:0:0:0:0:1', {}, '2001:db8::1'],
    ['leaves out the zone', 'fe80::1%eth0', {}, 'fe80::1'],
    [
      'never believes a stranger',
      '198.51.100.7',
      {
        'x-forwarded-for': '127.0.0.1',
        'cf-connecting-ip': '127.0.0.1',
        forwarded: 'for=127.0.0.1',
      },
      '198.51.100.7',
    ],
  ])
})

describe('clientAddress by X-Forwarded-For', () => {
  const from = (list: string) => ({ 'x-forwarded-for': list })
  check([
    ['believes a trusted proxy', '127.0.0.1', from('192.0.2.1'), '192.0.2.1'],
    ['believes a trusted mapped peer', '::ffff:10.1.2.3', from('192.0.2.1'), '192.0.2.1'],
    ['believes a trusted IPv6 peer', '2001:db8:aaaa::5', from('192.0.2.1'), '192.0.2.1'],
    ['skips trusted hops', '127.0.0.1', from('192.0.2.1, 10.0.0.2,10.0.0.1'), '192.0.2.1'],
    ['stops at the first stranger', '127.0.0.1', from('127.0.0.1, 192.0.2.1'), '192.0.2.1'],
    ['stops at a stranger between', '127.0.0.1', from('8.8.8.8, 192.0.2.1, 10.0.0.1'), '192.0.2.1'],
    ['takes the first of trusted hops only', '127.0.0.1', from('10.0.0.9, 10.0.0.1'), '10.0.0.9'],
    ['keeps the peer for garbage', '127.0.0.1', from('192.0.2.1, unknown'), '127.0.0.1'],
    ['keeps the last hop for garbage', '127.0.0.1', from('192.0.2.1, <x>, 10.0.0.1'), '10.0.0.1'],
    ['takes an empty hop for garbage', '127.0.0.1', from('192.0.2.1, '), '127.0.0.1'],
    ['takes an empty header for garbage', '127.0.0.1', from(''), '127.0.0.1'],
    ['drops a port', '127.0.0.1', from('192.0.2.1:4711'), '192.0.2.1'],
    ['drops brackets and port', '127.0.0.1', from('[2001:db8::1]:4711'), '2001:db8::1'],
    ['reads IPv6', '127.0.0.1', from('2001:db8::1'), '2001:db8::1'],
    ['reads mapped IPv4', '127.0.0.1', from('::ffff:192.0.2.1'), '192.0.2.1'],
    ['refuses short IPv4', '127.0.0.1', from('192.0.513'), '127.0.0.1'],
    ['refuses octal IPv4', '127.0.0.1', from('0300.0.2.1'), '127.0.0.1'],
    ['refuses a number', '127.0.0.1', from('3221225985'), '127.0.0.1'],
    ['refuses a host name', '127.0.0.1', from('example.org'), '127.0.0.1'],
  ])
})

describe('clientAddress by Forwarded', () => {
  const from = (forwarded: string) => ({ forwarded })
  check([
    ['reads a bare address', '127.0.0.1', from('for=192.0.2.1;proto=https'), '192.0.2.1'],
    ['reads quoted IPv6', '127.0.0.1', from('proto=https;For="[2001:db8::1]:4711"'), '2001:db8::1'],
    [
      'reads from the right',
      '127.0.0.1',
      from('for=8.8.8.8, for=192.0.2.1, for=10.0.0.1'),
      '192.0.2.1',
    ],
    ['keeps the peer for unknown', '127.0.0.1', from('for=unknown'), '127.0.0.1'],
    ['keeps the peer for a hidden name', '127.0.0.1', from('for=_gateway'), '127.0.0.1'],
    ['keeps the peer without for', '127.0.0.1', from('for=192.0.2.1, by=10.0.0.1'), '127.0.0.1'],
    ['is not split within quotes', '127.0.0.1', from('for="8.8.8.8, for=192.0.2.1"'), '127.0.0.1'],
    [
      'yields to X-Forwarded-For',
      '127.0.0.1',
      { forwarded: 'for=10.0.0.7', 'x-forwarded-for': '192.0.2.1' },
      '192.0.2.1',
    ],
  ])
})

describe('clientAddress by CF-Connecting-IP', () => {
  check([
    [
      'believes it from a trusted peer',
      '127.0.0.1',
      { 'cf-connecting-ip': '192.0.2.1' },
      '192.0.2.1',
    ],
    ['keeps the peer for garbage', '127.0.0.1', { 'cf-connecting-ip': 'x' }, '127.0.0.1'],
    ['takes no list', '127.0.0.1', { 'cf-connecting-ip': '192.0.2.1, 10.0.0.1' }, '127.0.0.1'],
    [
      'is beaten by X-Forwarded-For, which another proxy wrote about a forger',
      '10.0.0.1',
      { 'cf-connecting-ip': '203.0.113.99', 'x-forwarded-for': '192.0.2.1' },
      '192.0.2.1',
    ],
    [
      'agrees with X-Forwarded-For behind Cloudflare, whatever the sender put in front',
      '127.0.0.1',
      { 'cf-connecting-ip': '192.0.2.1', 'x-forwarded-for': '127.0.0.1,192.0.2.1' },
      '192.0.2.1',
    ],
  ])
})

describe('compileRanges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['::ffff:10.0.0.0/104', '11.9.9.9', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', 'nonsense', false],
  ])('%s holds %s: %s', (range, address, isWithin) => {
    expect(addressInRanges(address, compileRanges([range]))).toBe(isWithin)
  })

  it.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10/8',
    '::/129',
    '10.0.0.0/8/8',
    '1.2.3.4/',
  ])('refuses %j', (range) => {
    expect(() => compileRanges([range])).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
  })
})

describe('the address that a tunnel gives', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['192.0.2.1, 203.0.113.7', '203.0.113.7'],
    ['192.0.2.1, no address', null],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['', null],
    [undefined, null],
  ])('is the last one of %j', (header, client) => {
    expect(tunnelClient(header)).toBe(client)
  })
})
