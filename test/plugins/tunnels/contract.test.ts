import { describe, it } from 'vitest'
import { makeContext, testTunnel } from '../../../core/testing/index.ts'
import { relay } from '../../fixtures/tunnels/plugin.ts'

testTunnel(
  { describe, it },
  {
    name: 'a tunnel that is a program',
    create: () => ({ tunnel: relay.definition.create({ sender: '203.0.113.7' }, makeContext()) }),
  },
)
