import { describe, expect, it } from 'vitest'
import { labelSchema, nodeNameSchema } from '../../../core/settings/labels.ts'
import { ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const config = (more: object) => new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: more })

describe('labels in a config', () => {
  it.each(['gpu', 'eu-west', 'k8s.io/zone=a', '4', 'a'.repeat(63)])('may be %s', (label) => {
    expect(labelSchema.parse(label)).toBe(label)
  })

  it.each(['', ' gpu', 'gpu,eu', '-x', 'ü', 'a b', 'a\n', 'a\u202eb', 'a'.repeat(64)])(
    'may not be %j',
    async (label) => {
      expect(labelSchema.safeParse(label).success).toBe(false)
      await expect(config({ node: { labels: [label] } }).load()).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('node.labels[0]'),
      })
    },
  )

  it('are those of the command line, where it gives any', async () => {
    const folder = config({ node: { labels: ['gpu'] } })
    expect((await folder.load()).settings.node.labels).toEqual(['gpu'])
    const given = await folder.load({ overrides: { labels: ['eu'] } })
    expect(given.settings.node.labels).toEqual(['eu'])
    expect((await config({}).load()).settings.node.labels).toEqual([])
  })

  it('are what a program asks for', async () => {
    const program = { use: 'echo', options: { command: ['x'], runsOn: ['gpu', 'eu'] } }
    const { programs } = await config({ plugins: ['./plugins'], programs: { program } }).load()
    expect(programs.get('program')?.settings.runsOn).toEqual(['gpu', 'eu'])
  })
})

describe('the name of a node', () => {
  it.each(['a', 'work-1-7', 'host.example.com:80@x_y'])('may be %s', (name) => {
    expect(nodeNameSchema.parse(name)).toBe(name)
  })

  it.each(['', '.', '..', '../x', 'a/b', 'a b', 'a\n', 'a%2f', 'a'.repeat(201)])(
    'may not be %j',
    (name) => expect(nodeNameSchema.safeParse(name).success).toBe(false),
  )
})
