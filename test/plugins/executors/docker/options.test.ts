import { docker } from 'hookline/executors'
import { describe, expect, it } from 'vitest'

const { options } = docker.definition

describe('options of docker', () => {
  it('are closed by default', () => {
    expect(options.parse({ image: 'busybox' })).toMatchObject({
      network: 'none',
      readOnly: true,
      capAdd: [],
      mounts: [],
      pull: 'missing',
      memoryBytes: 512 * 1024 * 1024,
      cpus: 1,
      maxProcesses: 256,
    })
  })

  it('mount read-only where nothing else is said', () => {
    const { mounts } = options.parse({ image: 'i', mounts: [{ source: '.', target: '/work' }] })
    expect(mounts).toEqual([{ source: '.', target: '/work', readOnly: true }])
  })

  it.each([
    ['no image', { image: '' }],
    ['an image with a space', { image: 'a b' }],
    ['an empty command', { command: [] }],
    ['a command without a program', { command: ['', 'x'] }],
    ['a relative target', { mounts: [{ source: '.', target: 'work' }] }],
    ['the root as a target', { mounts: [{ source: '.', target: '/x/..' }] }],
    ['an unknown field of a mount', { mounts: [{ source: '.', target: '/x', readonly: false }] }],
    ['a relative working directory', { cwd: 'work' }],
    ['another container as network', { network: 'container:other' }],
    ['a variable name with =', { env: { 'A=B': 'x' } }],
    ['an empty secret', { secretEnv: { KEY: '' } }],
    ["a label of Hookline's own", { labels: { 'hookline.node': 'other' } }],
    ['too little memory', { memoryBytes: 1024 }],
    ['no processor', { cpus: 0 }],
    ['a user with a space', { user: 'a b' }],
    ['a capability in small letters', { capAdd: ['net_admin'] }],
    ['a negative grace', { killAfterSeconds: -1 }],
  ])('refuse %s', (_title, faulty) => {
    expect(options.safeParse({ image: 'busybox', ...faulty }).success).toBe(false)
  })
})
