import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { notion } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { expect, it, onTestFinished } from 'vitest'

it('notion writes nothing for a token that comes when one is kept', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-notion-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const source = notion.definition.create({ keepToken: true }, makeContext({ dataDir }))
  const send = (token: string) =>
    source.answer?.(makeDelivery({ body: JSON.stringify({ verification_token: token }) }))
  expect(await send('secret_of_the_first_request')).toMatchObject({ status: 200 })
  const folder = join(dataDir, 'secrets')
  const before = statSync(folder, { bigint: true }).mtimeNs
  expect(await send('secret_of_a_stranger')).toMatchObject({ status: 409 })
  expect(statSync(folder, { bigint: true }).mtimeNs).toBe(before)
  expect(readdirSync(folder)).toEqual(['test-verification-token'])
})
