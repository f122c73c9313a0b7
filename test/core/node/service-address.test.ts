import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  localAddress,
  readServiceAddress,
  serviceAddressFile,
  writeServiceAddress,
} from '../../../core/node/service-address.ts'

const URL = 'http://127.0.0.1:4711'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-address-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const change = (fields: object) => {
  const file = serviceAddressFile(folder)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }))
}

describe('the address of a running service', () => {
  it('is in a private file until the service stops', () => {
    expect(readServiceAddress(folder)).toBeNull()
    const remove = writeServiceAddress(folder, URL)
    expect(readServiceAddress(folder)).toBe(URL)
    expect(statSync(serviceAddressFile(folder)).mode & 0o777).toBe(0o600)
    remove()
    expect(existsSync(serviceAddressFile(folder))).toBe(false)
  })

  it('stays if another node of the data folder has written its own', () => {
    const remove = writeServiceAddress(folder, URL)
    writeServiceAddress(folder, 'http://127.0.0.1:4712')
    remove()
    expect(readServiceAddress(folder)).toBe('http://127.0.0.1:4712')
  })

  it('is not that of a process that has ended, or of another one with its id', () => {
    writeServiceAddress(folder, URL)
    const { pid } = spawnSync('true')
    change({ pid })
    expect(readServiceAddress(folder)).toBeNull()
    change({ pid: process.pid, started: '1' })
    expect(readServiceAddress(folder)).toBe(process.platform === 'linux' ? null : URL)
    change({ host: 'another-machine', pid })
    expect(readServiceAddress(folder)).toBe(URL)
  })

  it.each(['', '{', '[]', '{"url":"x"}', '{"url":"http://x","host":"h","pid":-1}'])(
    'is none in a file that holds %j',
    (text) => {
      writeFileSync(serviceAddressFile(folder), text)
      expect(readServiceAddress(folder)).toBeNull()
    },
  )

  it.each([
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://127.0.0.1:80'],
    ['::1', 'http://[::1]:80'],
    ['example.com', 'http://example.com:80'],
  ])('of the host %s is %s', (host, url) => {
    expect(localAddress(host, 80)).toBe(url)
  })
})
