import { describe, expect, it, vi } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'
import { change, ENTRY, openManaged } from './managed-setup.ts'

const rule = (name: string, form: object | null, expected: number | null = null) =>
  ({ kind: 'rules', name, form, expect: expected }) as Parameters<typeof change>[1]
const RING = { on: 'bell.ring', run: 'deploy' }
const folder = () => new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
const idsOf = ({ current }: { current: { rules: readonly { id: string }[] } }) =>
  current.rules.map(({ id }) => id)

describe('ManagedConfig', () => {
  it('brings a change into force before it is done, and keeps it for the next start', async () => {
    const store = await openSqlite()
    const { live, managed } = await openManaged(folder(), store)
    const made = await change(managed, rule('mine', RING))
    expect(made).toMatchObject({ fault: null })
    expect(idsOf(live)).toEqual(['deploy on bell.ring', 'mine'])
    expect(await store.auditEntries({ limit: 10 })).toMatchObject([ENTRY])

    const second = await openManaged(folder(), store)
    expect(idsOf(second.live)).toEqual(['deploy on bell.ring', 'mine'])
    await change(second.managed, rule('mine', null, made?.version ?? 0))
    expect(idsOf(second.live)).toEqual(['deploy on bell.ring'])
  })

  it('shows one change on two nodes: where the store tells of it, and where it does not', async () => {
    const store = await openSqlite()
    const deaf: StoreInstance = Object.create(store, { subscribe: { value: () => () => {} } })
    const one = await openManaged(folder(), store)
    const two = await openManaged(folder(), store)
    const three = await openManaged(folder(), deaf, { pollMs: 20 })
    await change(one.managed, rule('mine', RING))
    await vi.waitFor(() => expect(idsOf(two.live)).toContain('mine'), 5000)
    await vi.waitFor(() => expect(idsOf(three.live)).toContain('mine'), 5000)
  })

  it('loads a change of its own once', async () => {
    const { live, managed } = await openManaged(folder(), await openSqlite(), { pollMs: 10 })
    const loads = vi.fn()
    live.onChange(loads)
    await change(managed, rule('mine', RING))
    await managed.close()
    expect(loads).toHaveBeenCalledTimes(1)
  })

  it('imports no code anew for a change of what is managed', async () => {
    const files = new ConfigFolder({
      ...PLUGINS,
      'webhook.config.ts': `
        globalThis.configImports = (globalThis.configImports ?? 0) + 1
        export default ${JSON.stringify({ ...CONFIG, rules: [] })}`,
    })
    const imported = globalThis as { configImports?: number }
    const { live, managed } = await openManaged(files, await openSqlite())
    const before = imported.configImports
    for (const name of ['a', 'b', 'c']) await change(managed, rule(name, RING))
    expect(idsOf(live)).toEqual(['a', 'b', 'c'])
    expect(imported.configImports).toBe(before)
    files.replace('webhook.config.ts', `export default ${JSON.stringify({ ...CONFIG, port: 1 })}`)
    await change(managed, rule('d', RING))
    expect(idsOf(live)).toEqual(['deploy on bell.ring', 'a', 'b', 'c', 'd'])
  })

  it('loads nothing again where other documents were written', async () => {
    const store = await openSqlite()
    const { live } = await openManaged(folder(), store, { pollMs: 10 })
    const versions = vi.fn()
    live.onChange(versions)
    const write = { collection: 'tokens', name: 'a', value: '{}' }
    await store.writeDocuments([write], null)
    const asked = vi.spyOn(store, 'documentsVersion')
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(3), 5000)
    expect(versions).not.toHaveBeenCalled()
  })

  it('lets only one of two changes through that did not know of one another', async () => {
    const store = await openSqlite()
    const [one, two] = [await openManaged(folder(), store), await openManaged(folder(), store)]
    const [seenByOne, seenByTwo] = [await one.managed.read(), await two.managed.read()]
    const results = await Promise.all([
      one.managed.commit(seenByOne, rule('a', RING), ENTRY),
      two.managed.commit(seenByTwo, rule('b', RING), ENTRY),
    ])
    expect(results.filter((result) => result === null)).toHaveLength(1)
    expect(await store.auditEntries({ limit: 10 })).toHaveLength(1)
  })

  it('checks without changing anything', async () => {
    const store = await openSqlite()
    const { live, managed } = await openManaged(folder(), store)
    const before = live.current
    const snapshot = await managed.read()
    const good = await managed.check(snapshot, rule('mine', RING))
    expect(good).toMatchObject({ ok: true })
    const bad = await managed.check(snapshot, rule('mine', { on: 'bell', run: 'nobody' }))
    expect(!bad.ok && faultsOf(bad.error)).toMatchObject([{ pointer: '/rules/mine/run' }])
    expect(live.current).toBe(before)
    expect(live.lastError).toBeNull()
    expect(await managed.read()).toMatchObject({ revision: 0 })
  })

  it('does not start with a faulty part, and says how to remove it', async () => {
    const store = await openSqlite()
    const write = { collection: 'rules', name: 'bad', value: '{"on":"bell","run":"nobody"}' }
    await store.writeDocuments([write, { ...write, name: 'torn', value: '{"on":' }], null)
    const failure = await openManaged(folder(), store).catch((error: unknown) => error)
    expect(faultsOf(failure as never)).toMatchObject([
      { code: 'option_invalid', pointer: '/rules/torn' },
      {
        code: 'program_unknown',
        remedy: expect.stringContaining('`hookline managed delete rules bad`'),
      },
    ])
  })

  it('keeps the config in force where a part is faulty, and takes it once it is mended', async () => {
    const store = await openSqlite()
    const { live } = await openManaged(folder(), store, { pollMs: 20 })
    const guard = { collection: 'managed', name: 'revision', value: '{}' }
    const write = { collection: 'rules', name: 'bad', value: '{"on":"bell","run":"nobody"}' }
    await store.writeDocuments([write, guard], null)
    await vi.waitFor(() => expect(live.lastError?.message).toMatch(/rules\.bad\.run/), 5000)
    expect(idsOf(live)).toEqual(['deploy on bell.ring'])
    await store.writeDocuments([{ ...write, value: JSON.stringify(RING) }, guard], null)
    await vi.waitFor(() => expect(idsOf(live)).toContain('bad'), 5000)
    expect(live.lastError).toBeNull()
  })

  it('keeps the config in force while the store is away, and reads it again afterwards', async () => {
    const store = await openSqlite()
    let isAway = false
    const flaky: StoreInstance = Object.create(store, {
      documents: {
        value: (collection: string) =>
          isAway ? Promise.reject(new Error('away')) : store.documents(collection),
      },
    })
    const files = folder()
    const { live } = await openManaged(files, flaky, { pollMs: 20 })
    isAway = true
    files.write(JSON_CONFIG, { ...CONFIG, rules: [{ on: 'bell', run: 'tell' }] })
    await vi.waitFor(() => expect(live.lastError).not.toBeNull(), 5000)
    expect(idsOf(live)).toEqual(['deploy on bell.ring'])
    isAway = false
    await vi.waitFor(() => expect(idsOf(live)).toEqual(['tell on bell']), 5000)
  })
})
