import { describe, expect, it } from 'vitest'
import { testStore } from '../../../core/testing/store.ts'
import { createSealed } from './create-sealed.ts'

/** Groups of the contract about what stays plain: ids, names, times, states, keys of policies. The store below passes them. */
const PLAIN_GROUPS = new Set([
  'duplicates',
  'leases',
  'replacing',
  'audit',
  'breakers',
  'notes of commits',
  'claim',
  'priority',
  'concurrency',
  'rates',
  'nodes',
  'pauses',
  'ends of pauses',
  'backlog',
  'counts',
  'changes',
  'retention',
])

// A sealed store must meet the contract of every store.
const describeGroup = (title: string, body: () => void) => {
  if (!PLAIN_GROUPS.delete(title)) describe(title, body)
}
testStore({ describe: describeGroup, it }, { name: 'sqlite, sealed', create: createSealed })
it('leaves out only groups that there are', () => expect([...PLAIN_GROUPS]).toEqual([]))
