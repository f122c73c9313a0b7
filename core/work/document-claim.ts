import { z } from 'zod'
import type { DocumentStore } from '../contracts/document.ts'
import { ClaimHolder } from './claim-holder.ts'
import { isAhead } from './document-records.ts'

/** After a crash, others wait this long, unless the holder is known to be gone. */
const CLAIM_MS = 15_000
const RENEW_MS = 5_000

const claimSchema = z.object({ holder: z.string(), until: z.number() })

export interface DocumentClaimOptions {
  readonly store: Pick<DocumentStore, 'documents' | 'writeDocuments'>
  /** Name of the node that claims. */
  readonly node: string
  /** The document that keeps the claim. */
  readonly place: { readonly collection: string; readonly name: string }
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Lets one node at a time do some work. */
export class DocumentClaim {
  readonly #options: DocumentClaimOptions
  readonly #holder: ClaimHolder
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<unknown> = Promise.resolve()
  #heldUntil = 0

  constructor(options: DocumentClaimOptions) {
    this.#holder = new ClaimHolder(options.node)
    this.#options = options
  }

  /** Whether this node has the claim, as far as it knows. */
  get isHeld(): boolean {
    return this.#heldUntil > this.#options.clock()
  }

  /**
   * Takes the claim, or extends it, until it is given up. False: another node has it. `onLost` is called if another one
   * takes it later, as this one could not extend it in time.
   */
  async take(onLost?: () => void): Promise<boolean> {
    const isTaken = await this.#write()
    clearInterval(this.#timer)
    const look = (isMine: boolean) => {
      if (isMine || onLost === undefined) return
      clearInterval(this.#timer)
      onLost()
    }
    const renew = () => {
      this.#renewing = this.#write()
        .then(look)
        .catch(() => {})
    }
    if (isTaken) this.#timer = setInterval(renew, RENEW_MS).unref()
    return isTaken
  }

  async #write(): Promise<boolean> {
    const { store, clock, place } = this.#options
    const known = await this.#read()
    const now = clock()
    const claim = known?.claim
    const isFree =
      !claim || this.#holder.mayTake(claim, now) || isAhead(claim.until - CLAIM_MS, now)
    const until = now + CLAIM_MS
    const value = JSON.stringify({ holder: this.#holder.text, until })
    const write = { ...place, value, expect: known?.version ?? null }
    const isTaken = isFree && (await store.writeDocuments([write], null)).ok
    this.#heldUntil = isTaken ? until : 0
    return isTaken
  }

  /** Does some work while this node has the claim. Another node has it: nothing is done. */
  async hold(work: () => Promise<void>): Promise<void> {
    if (!(await this.take())) return
    try {
      await work()
    } finally {
      await this.release()
    }
  }

  /** Gives the claim up, if this node has it. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
    this.#heldUntil = 0
    const known = await this.#read()
    if (known?.claim?.holder !== this.#holder.text) return
    const { store, place } = this.#options
    await store.writeDocuments([{ ...place, value: null, expect: known.version }], null)
  }

  async #read() {
    const { store, place } = this.#options
    const [known] = await store.documents(place.collection, place.name)
    if (known === undefined) return null
    const claim = claimSchema.safeParse(JSON.parse(known.value)).data ?? null
    return { version: known.version, claim }
  }
}
