import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineConfig, type OnOf, type OwnSource } from '../../../core/config/define.ts'
import type { WebhookEvent } from '../../../core/contracts/event.ts'
import { secret } from '../../../core/kit/secret.ts'
import type { OwnTaskPayload } from '../../../core/own-events/catalog.ts'
import { defineExecutor, env, payloads } from '../../../core/sdk/define.ts'
import { defineSource } from '../../../core/sdk/define-source.ts'
import { github, stripe } from '../../../plugins/sources/index.ts'

interface Push {
  readonly ref: string
}
interface Opened {
  readonly action: 'opened'
  readonly number: number
}
interface Closed {
  readonly action: 'closed'
  readonly merged: boolean
}

const forge = defineSource({
  name: 'forge',
  summary: 'A forge.',
  options: z.object({ secret: secret() }),
  events: {},
  payloads: payloads<{ push: Push; 'pull.opened': Opened; 'pull.closed': Closed }>(),
  create: () => ({ verify: () => ({ ok: true }), parse: () => [] }),
})
const plain = defineSource({
  name: 'plain',
  summary: 'Anything.',
  options: z.object({}),
  events: {},
  create: () => ({ verify: () => ({ ok: true }), parse: () => [] }),
})
const shell = defineExecutor({
  name: 'shell',
  summary: 'A program.',
  options: z.object({ command: z.array(z.string()) }),
  create: () => ({ run: async () => ({ status: 'succeeded' }) }),
})

const sources = { forge: forge({ secret: env('S') }), notes: plain() }
const programs = { deploy: shell({ command: ['./deploy'] }), tell: shell({ command: ['./tell'] }) }

describe('defineConfig', () => {
  it('gives back what it is given', () => {
    const config = { sources, programs, rules: [{ on: 'forge.push', run: 'deploy' }] } as const
    expect(defineConfig(config)).toBe(config)
  })

  it('gives each function the payload of its own `on`', () => {
    const seen: string[] = []
    const config = defineConfig({
      sources,
      programs,
      rules: [
        {
          on: 'forge.push',
          when: (event) => {
            expectTypeOf(event).toEqualTypeOf<WebhookEvent<string, Push>>()
            return event.payload.ref === 'refs/heads/main'
          },
          run: 'deploy',
        },
        {
          on: 'forge.pull',
          when: (event) => {
            expectTypeOf(event.payload).toEqualTypeOf<Opened | Closed>()
            return event.payload.action === 'closed' && event.payload.merged
          },
          run: ['deploy', 'tell'],
        },
        {
          on: 'forge.pull.opened.again',
          when: (event) => {
            expectTypeOf(event.payload).toEqualTypeOf<Opened>()
            return event.payload.number > 1
          },
          run: 'tell',
        },
        {
          on: 'forge',
          when: ({ payload }) => {
            expectTypeOf(payload).toEqualTypeOf<Push | Opened | Closed>()
            return true
          },
          run: 'tell',
        },
        { on: 'notes.data_update', when: (event) => event.payload.size > 10, run: 'tell' },
        { on: 'forge.star', when: (event) => event.payload.action === 'created', run: 'tell' },
        { on: 'forge.push', when: "branch == 'main'", run: 'tell', name: 'tell of main' },
      ],
    })
    for (const rule of config.rules ?? []) seen.push(rule.on)
    expect(seen).toHaveLength(7)
  })

  it('refuses names that are not there', () => {
    const wrong = [
      // @ts-expect-error: there is no such program
      defineConfig({ sources, programs, rules: [{ on: 'forge.push', run: 'deplyo' }] }),
      // @ts-expect-error: one of the programs is not there
      defineConfig({ sources, programs, rules: [{ on: 'forge.push', run: ['deploy', 'x'] }] }),
      // @ts-expect-error: there is no such source
      defineConfig({ sources, programs, rules: [{ on: 'forgee.push', run: 'deploy' }] }),
      // @ts-expect-error: `if` is no key of a rule
      defineConfig({ sources, programs, rules: [{ on: 'forge', if: 'true', run: 'deploy' }] }),
      // @ts-expect-error: a source is no program
      defineConfig({ sources, programs: { deploy: plain() } }),
      // @ts-expect-error: no such setting
      defineConfig({ sources, prot: 1 }),
      // @ts-expect-error: the mapping names a program that is not there
      defineConfig({ sources, programs, mapping: { forge: { push: 'deplyo' } } }),
      // @ts-expect-error: the mapping names a source that is not there
      defineConfig({ sources, programs, mapping: { forgee: { push: 'deploy' } } }),
      // @ts-expect-error: the secret is missing
      defineConfig({ sources: { forge: forge({}) } }),
      defineConfig({
        sources,
        programs,
        rules: [
          {
            on: 'forge.push',
            // @ts-expect-error: a push has no number
            when: (event) => event.payload.number === 1,
            run: 'deploy',
          },
        ],
      }),
    ]
    expect(wrong).toHaveLength(10)
  })

  it('knows the names to complete', () => {
    expectTypeOf<'forge.push'>().toExtend<OnOf<typeof sources>>()
    expectTypeOf<'notes'>().toExtend<OnOf<typeof sources>>()
    expectTypeOf<'forge.other.thing'>().toExtend<OnOf<typeof sources>>()
    expectTypeOf<'elsewhere'>().not.toExtend<OnOf<typeof sources>>()
    // A literal among the members is what an editor completes.
    expectTypeOf<
      Extract<OnOf<typeof sources>, 'forge.pull.opened'>
    >().toEqualTypeOf<'forge.pull.opened'>()
  })

  it('knows the event types of a source whose payloads have no types', () => {
    const bell = defineSource({
      name: 'bell',
      summary: 'Rings.',
      options: z.object({}),
      events: { '*': 'Any.', ring: 'It rang.', 'door.opened': { description: 'Open.', facts: {} } },
      create: () => ({ verify: () => ({ ok: true }), parse: () => [] }),
    })
    const used = { bell: bell(), github: github({ secret: 's' }), stripe: stripe({ secret: 's' }) }
    type Known = OnOf<typeof used>
    expectTypeOf<Extract<Known, 'bell.door.opened'>>().toEqualTypeOf<'bell.door.opened'>()
    expectTypeOf<Extract<Known, 'github.pull_request.opened'>>().not.toBeNever()
    expectTypeOf<Extract<Known, 'stripe.payment_intent.succeeded'>>().not.toBeNever()
    expectTypeOf<Extract<Known, 'bell.*'>>().toEqualTypeOf<never>()
    const when = (event: WebhookEvent) => (event.payload as { size: number }).size > 1
    const config = defineConfig({
      sources: used,
      programs,
      rules: [
        { on: 'bell.ring', when: ({ payload }) => payload.size > 10, run: 'tell' },
        { on: 'bell.other', when, run: 'tell' },
        { on: 'bell', when: ({ payload }) => payload.any.thing, run: 'tell' },
      ],
    })
    expect(config.rules).toHaveLength(3)
  })

  it("knows Hookline's own events and their payloads", () => {
    const config = defineConfig({
      sources,
      programs,
      rules: [
        {
          on: 'hookline.task.dead',
          when: ({ payload }) => {
            expectTypeOf(payload).toEqualTypeOf<OwnTaskPayload>()
            return payload.exit_code === 1
          },
          run: 'tell',
        },
        {
          on: 'hookline.delivery.refused',
          // @ts-expect-error: a refused delivery has no exit code
          when: (event) => event.payload.exit_code === 1,
          run: 'tell',
        },
        { on: 'hookline', when: "node == 'one'", run: 'tell' },
      ],
      mapping: { hookline: { 'task.dead': 'tell' }, forge: { push: 'deploy' } },
    })
    expect(config.rules).toHaveLength(3)
    // @ts-expect-error: there is no such program
    defineConfig({ sources, programs, mapping: { hookline: { 'task.dead': 'tel' } } })
    // @ts-expect-error: there is no such program
    defineConfig({ sources, programs, rules: [{ on: 'hookline.task.dead', run: 'tel' }] })
    // Without sources, and the literal that an editor completes.
    defineConfig({ programs, rules: [{ on: 'hookline.task.failed', run: 'tell' }] })
    expectTypeOf<
      Extract<OnOf<OwnSource>, 'hookline.config.faulty'>
    >().toEqualTypeOf<'hookline.config.faulty'>()
  })

  it('takes a mapping, settings with references, and no sources at all', () => {
    const config = defineConfig({
      sources,
      programs,
      mapping: {
        forge: { push: { "branch == 'main'": 'deploy', '*': ['tell'] }, 'pull.opened': 'tell' },
        notes: { '*': 'tell' },
      },
      port: env('PORT', { default: '8080' }),
      limits: { maxBodyBytes: 1000 },
      logLevel: 'debug',
    })
    expect(config.limits).toEqual({ maxBodyBytes: 1000 })
    expect(defineConfig({ include: ['conf.d/*.json'] }).include).toHaveLength(1)
  })
})
