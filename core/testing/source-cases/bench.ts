import assert from 'node:assert/strict'
import type { Delivery, Verdict } from '../../contracts/delivery.ts'
import type { ParsedEvent } from '../../contracts/event.ts'
import type { DeliveryDraft, SourceInstance } from '../../contracts/source.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { makeContext, makeDelivery } from '../delivery.ts'
import type { SourceAdapter } from './adapter.ts'
import { proofOf } from './proof.ts'

/** The time of every test, so that none depends on the real one. */
export const NOW = Date.parse('2026-01-15T12:00:00.000Z')

const URL_CALLED = 'https://hooks.example.com/webhooks/test?part=1'
const LEAK_LENGTH = 12

export interface Sent {
  readonly body?: string | Uint8Array
  readonly event?: string
  readonly contentType?: string
  readonly secret?: string
  readonly sentAt?: Date
}

/** Creates sources and deliveries of one adapter, and checks every answer for leaked secrets. */
export class SourceBench {
  readonly adapter: SourceAdapter

  constructor(adapter: SourceAdapter) {
    this.adapter = adapter
  }

  create(secrets: readonly string[] = this.adapter.secrets, now: number = NOW): SourceInstance {
    const { definition, options } = this.adapter
    const parsed = definition.options.parse(options(secrets))
    return definition.create(parsed, makeContext({ clock: () => now }))
  }

  draft(sent: Sent = {}): DeliveryDraft {
    const [sample] = this.adapter.samples
    const { body = sample.body, event = sample.event, sentAt = new Date(NOW) } = sent
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    return {
      event,
      id: 'a1b2c3d4-0000-4000-8000-000000000001',
      body: bytes,
      url: URL_CALLED,
      sentAt,
    }
  }

  /** The draft with what the adapter puts into its body or URL. */
  async sealed(sent: Sent = {}): Promise<DeliveryDraft> {
    const draft = this.draft(sent)
    const secret = sent.secret ?? this.adapter.secrets[0]
    return (await this.adapter.embedProof?.(draft, secret)) ?? draft
  }

  /** A delivery signed by the adapter. */
  async delivery(sent: Sent = {}): Promise<Delivery> {
    const draft = await this.sealed(sent)
    const signed = await this.adapter.sign(draft, sent.secret ?? this.adapter.secrets[0])
    const contentType = sent.contentType ?? this.adapter.samples[0].contentType
    const headers = { 'content-type': contentType ?? 'application/json', ...signed }
    return makeDelivery({ headers, body: draft.body, url: draft.url })
  }

  async accepts(source: SourceInstance, delivery: Delivery): Promise<void> {
    assert.deepEqual(await source.verify(delivery), { ok: true })
  }

  /** The reason of a refusal, which must not reveal a secret. */
  async refuses(source: SourceInstance, delivery: Delivery): Promise<string> {
    const verdict: Verdict = await source.verify(delivery)
    if (verdict.ok) assert.fail('the delivery was accepted')
    assert.ok(verdict.reason.length > 0, 'a refusal needs a reason')
    await this.tellsNothing(verdict.reason, delivery)
    return verdict.reason
  }

  /** Events, or the code of the error: any other throw fails. */
  async parse(
    source: SourceInstance,
    delivery: Delivery,
  ): Promise<readonly ParsedEvent[] | string> {
    try {
      return await source.parse(delivery)
    } catch (error) {
      if (!isHooklineError(error)) throw error
      const told = [error.message, error.remedy, JSON.stringify(error.fields), String(error.cause)]
      await this.tellsNothing(told.join('\n'), delivery)
      return error.code
    }
  }

  private async tellsNothing(text: string, delivery: Delivery): Promise<void> {
    const { secrets } = this.adapter
    const kept = [...secrets, Buffer.from(delivery.body).toString('utf8'), proofOf(this, delivery)]
    for (const secret of secrets) {
      kept.push(proofOf(this, await this.delivery({ body: delivery.body, secret })))
    }
    for (let start = 0; start + LEAK_LENGTH <= text.length; start++) {
      const piece = text.slice(start, start + LEAK_LENGTH)
      assert.ok(!kept.some((value) => value.includes(piece)), `told to the outside: ${text}`)
    }
  }
}
