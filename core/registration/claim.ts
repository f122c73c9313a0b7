import { z } from 'zod'
import { ClaimHolder } from '../work/claim-holder.ts'
import type { RegistrationStore } from './record.ts'

const CLAIM = { collection: 'registration-claim', name: 'holder' } as const
/** After a crash, others wait this long, unless the holder is known to be gone. */
const CLAIM_MS = 15_000
const RENEW_MS = 5_000

const claimSchema = z.object({ holder: z.string(), until: z.number() })

/** Lets one node at a time register webhooks. */
export class RegistrationClaim {
  readonly #store: RegistrationStore
  readonly #clock: () => number
  readonly #holder: ClaimHolder
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<unknown> = Promise.resolve()

  constructor(store: RegistrationStore, clock: () => number, node: string) {
    this.#holder = new ClaimHolder(node)
    this.#store = store
    this.#clock = clock
  }

  /** Takes the claim, or extends it, until it is given up. False: another node has it. */
  async take(): Promise<boolean> {
    const isTaken = await this.#write()
    clearInterval(this.#timer)
    const renew = () => {
      this.#renewing = this.#write().catch(() => {})
    }
    if (isTaken) this.#timer = setInterval(renew, RENEW_MS).unref()
    return isTaken
  }

  async #write(): Promise<boolean> {
    const known = await this.#read()
    const now = this.#clock()
    if (known?.claim && !this.#holder.mayTake(known.claim, now)) return false
    const value = JSON.stringify({ holder: this.#holder.text, until: now + CLAIM_MS })
    const write = { ...CLAIM, value, expect: known?.version ?? null }
    return (await this.#store.writeDocuments([write], null)).ok
  }

  /** Gives the claim up, if this node has it. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
    const known = await this.#read()
    if (known?.claim?.holder !== this.#holder.text) return
    await this.#store.writeDocuments([{ ...CLAIM, value: null, expect: known.version }], null)
  }

  async #read() {
    const [known] = await this.#store.documents(CLAIM.collection)
    if (known === undefined) return null
    const claim = claimSchema.safeParse(JSON.parse(known.value)).data ?? null
    return { version: known.version, claim }
  }
}
