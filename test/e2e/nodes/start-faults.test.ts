import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { SecretSearch } from '../secrets/secret-search.ts'
import { makeFolder } from '../service.ts'

const SECRET = 'secret-in-a-message'
const ZOD = join(import.meta.dirname, '../../../node_modules/zod/index.js')
const search = new SecretSearch({ secret: SECRET })

const CASES = [
  {
    where: 'an executor leaves a rejection behind',
    part: `programs: { broken: broken({ secret: SECRET }) }, rules: []`,
    told: /"message":"cannot open redis:\/\/me:\[redacted\]@host".*the node ends/,
  },
  {
    where: 'a store cannot be opened',
    part: `store: closed({ secret: SECRET })`,
    told: /error: Error: cannot open redis:\/\/me:\[redacted\]@host/,
  },
] as const

describe('a service that cannot start', { timeout: 60_000 }, () => {
  it.each(CASES)('ends with code 1 and tells no secret where $where', async ({ part, told }) => {
    const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { defineExecutor } from 'hookline/sdk/executor'
import { defineStore, secret } from 'hookline/sdk/store'
import { z } from ${JSON.stringify(ZOD)}
const SECRET = '${SECRET}'
const options = z.object({ secret: secret() })
const fault = ({ secret }) => new Error('cannot open redis://me:' + secret + '@host')
const broken = defineExecutor({
  name: 'broken', summary: 'breaks', options,
  create: (given) => {
    Promise.reject(fault(given))
    return { run: async () => ({ status: 'succeeded' }) }
  },
})
const closed = defineStore({
  name: 'closed', summary: 'never opens', options,
  create: (given) => ({
    open: async () => { throw fault(given) }, close: async () => {}, subscribe: () => () => {},
  }),
})
export default defineConfig({ ${part} })`)
    try {
      const { code, stdout, stderr } = await cli(['start', '--port', '0'], { cwd: folder })
      expect(code).toBe(1)
      expect(stdout + stderr).toMatch(told)
      expect(search.in('what was printed', stdout + stderr)).toEqual([])
    } finally {
      remove()
    }
  })
})
