import assert from 'node:assert/strict'
import type { Delivery } from '../../contracts/delivery.ts'
import { makeContext, makeDelivery } from '../delivery.ts'
import { NOW, type SourceBench } from './bench.ts'
import { proofOf, withField, withHeader, withProof } from './proof.ts'

export type Cases = Readonly<Record<string, () => Promise<void>>>

const GARBAGE = [
  '',
  ' ',
  '=',
  ',',
  'zz',
  'é'.repeat(64),
  'sha256=',
  'v1,',
  '0'.repeat(9999),
  '\t=;,',
]

/** Which deliveries are accepted and which are refused. */
export function verifyCases(bench: SourceBench): Cases {
  const { adapter } = bench
  const [first, second] = adapter.secrets
  return {
    'accepts what the sender signed': async () => {
      for (const sample of adapter.samples) {
        await bench.accepts(bench.create(), await bench.delivery(sample))
      }
    },
    'accepts each of its secrets': async () => {
      await bench.accepts(bench.create(), await bench.delivery({ secret: first }))
      await bench.accepts(bench.create(), await bench.delivery({ secret: second }))
    },
    'refuses another secret': async () => {
      await bench.refuses(bench.create([first]), await bench.delivery({ secret: second }))
    },
    'refuses a delivery without a proof, and names the header': async () => {
      const delivery = await bench.delivery()
      const names = [adapter.proofHeader ?? [], adapter.neededHeaders ?? []].flat()
      const bare = names.map((name) => ({ name, without: withHeader(delivery, name, undefined) }))
      const name = adapter.proofField?.name.split('.').at(-1) ?? adapter.proofQuery
      if (name !== undefined) {
        bare.push({ name, without: withProof(bench, delivery, undefined) })
      }
      assert.ok(bare.length > 0, 'the adapter names no proof')
      for (const { name, without } of bare) {
        const reason = await bench.refuses(bench.create(), without)
        assert.ok(reason.toLowerCase().includes(name.toLowerCase()), reason)
      }
    },
    'refuses an altered body': async () => {
      if (!adapter.coversBody) return assert.equal(adapter.toleranceSeconds, undefined)
      const delivery = await bench.delivery()
      for (const name of adapter.proofField?.covers ?? []) {
        const altered = withField(delivery, name, 'altered by the suite')
        await bench.refuses(bench.create(), altered)
      }
      const flipped = Uint8Array.from(delivery.body)
      flipped[0] = (flipped[0] ?? 0) ^ 1
      const longer = Buffer.concat([delivery.body, Buffer.from(' ')])
      const shorter = delivery.body.slice(0, -1)
      // A proof inside the body covers values: white space around them is not among these.
      const bodies = adapter.proofField ? [flipped, shorter] : [flipped, longer, shorter]
      for (const body of [...bodies, new Uint8Array()]) {
        await bench.refuses(bench.create(), withBody(delivery, body))
      }
    },
    'refuses a proof of another length': async () => {
      const delivery = await bench.delivery()
      const value = proofOf(bench, delivery)
      // Not the whole twice: where one header may hold several signatures, one of them would be good.
      const longer = value + value.slice(-8)
      for (const changed of [value.slice(0, -1), value.slice(0, -4), `${value}0`, longer]) {
        await bench.refuses(bench.create(), withProof(bench, delivery, changed))
      }
    },
    'refuses a proof that differs in one character': async () => {
      const delivery = await bench.delivery()
      const value = proofOf(bench, delivery)
      // Not the last: in base64 its low bits may carry nothing.
      const at = value.length - 6
      const changed = value.slice(0, at) + (value[at] === 'a' ? 'b' : 'a') + value.slice(at + 1)
      await bench.refuses(bench.create(), withProof(bench, delivery, changed))
    },
    'refuses garbage for a proof': async () => {
      const delivery = await bench.delivery()
      for (const changed of GARBAGE) {
        await bench.refuses(bench.create(), withProof(bench, delivery, changed))
      }
    },
    'does not start without a secret': async () => {
      const { definition, optionsWithoutSecret = {} } = adapter
      assert.ok(!definition.options.safeParse(optionsWithoutSecret).success)
      assert.ok(!definition.options.safeParse(adapter.options([''])).success)
      assert.ok(!definition.options.safeParse(adapter.options([])).success)
    },
    'signs as the sender does': async () => {
      const source = bench.create([first])
      if (adapter.cannotSign) return assert.equal(source.sign ?? source.embedProof, undefined)
      if (source.sign === undefined) return assert.fail('the source has no sign')
      for (const sample of adapter.samples) {
        const draft = bench.draft(sample)
        const sealed = source.embedProof?.(draft) ?? draft
        const expected = await bench.delivery(sample)
        assert.equal(sealed.url, expected.url)
        assert.deepEqual(Buffer.from(sealed.body), Buffer.from(expected.body))
        const signed = source.sign(sealed)
        for (const [name, value] of Object.entries(signed)) {
          assert.equal(value, expected.headers[name], name)
        }
        const { proofHeader } = adapter
        if (proofHeader) assert.ok(signed[proofHeader.toLowerCase()] !== undefined, proofHeader)
      }
    },
    'does not look at the time of day of this machine': async () => {
      const source = adapter.definition.create(
        adapter.definition.options.parse(adapter.options(adapter.secrets)),
        makeContext({ clock: () => NOW + 1000 }),
      )
      await bench.accepts(source, await bench.delivery())
    },
  }
}

/** Timestamps and replays, for schemes that sign the time. */
export function timeCases(bench: SourceBench, toleranceSeconds: number): Cases {
  const at = (seconds: number) => bench.create(bench.adapter.secrets, NOW + seconds * 1000)
  return {
    'accepts a delivery up to the limit, early or late': async () => {
      for (const seconds of [-toleranceSeconds, 0, toleranceSeconds]) {
        await bench.accepts(at(seconds), await bench.delivery())
      }
    },
    'refuses a stale one, so also a late replay': async () => {
      const reason = await bench.refuses(at(toleranceSeconds + 2), await bench.delivery())
      assert.match(reason, /old/)
    },
    'refuses one from the future': async () => {
      const reason = await bench.refuses(at(-toleranceSeconds - 2), await bench.delivery())
      assert.match(reason, /future/)
    },
    'refuses an old proof under a new time': async () => {
      const sentAt = new Date(NOW - 2 * toleranceSeconds * 1000)
      const old = proofOf(bench, await bench.delivery({ sentAt }))
      await bench.refuses(at(0), withProof(bench, await bench.delivery(), old))
    },
  }
}

function withBody(delivery: Delivery, body: Uint8Array): Delivery {
  const headers = delivery.headers as Readonly<Record<string, string>>
  return makeDelivery({ headers, body, url: delivery.url })
}
