import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeLinkToken, readLinkToken } from '../../../core/approvals/link-token.ts'

const [key, older] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
const said = { digest: createHash('sha256').update('shown').digest('hex'), until: Date.now() }

it('a token says what it was made of, to whoever has the key and names the task', () => {
  const token = makeLinkToken(key, 'tsk_1', said)
  expect(readLinkToken([key], 'tsk_1', token)).toEqual(said)
  expect(readLinkToken([older, key], 'tsk_1', token)).toEqual(said)
  expect(readLinkToken([older], 'tsk_1', token)).toBeNull()
  expect(readLinkToken([], 'tsk_1', token)).toBeNull()
  expect(readLinkToken([key], 'tsk_2', token)).toBeNull()
  expect(encodeURIComponent(token)).toBe(token)
})

it('a token of which any byte was changed, or that has another length, says nothing', () => {
  const bytes = Buffer.from(makeLinkToken(key, 'tsk_1', said), 'base64url')
  const read = (changed: Uint8Array) =>
    readLinkToken([key], 'tsk_1', Buffer.from(changed).toString('base64url'))
  for (const index of bytes.keys()) {
    expect(read(bytes.map((byte, at) => (at === index ? byte ^ 1 : byte)))).toBeNull()
  }
  for (const other of [bytes.subarray(1), Buffer.concat([bytes, bytes]), Buffer.alloc(0)]) {
    expect(read(other)).toBeNull()
  }
  expect(readLinkToken([key], 'tsk_1', 'not base64url!')).toBeNull()
})
