import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ownerName, ownerState, thisOwner } from '../sdk/processes/owner.ts'

/** Who has claimed a piece of work, and until when; `until` in milliseconds since the epoch. */
export interface HeldClaim {
  /** Text of a `ClaimHolder`; null: nobody. */
  readonly holder: string | null
  readonly until: number
}

const holderSchema = z.tuple([z.string(), z.string(), z.string()])

/** One that claims work which one node at a time may do. Claims are kept in documents of the store. */
export class ClaimHolder {
  /** Names it in a claim. */
  readonly text: string
  readonly #node: string

  /** `node` is the name of its node. */
  constructor(node: string) {
    this.#node = node
    this.text = JSON.stringify([ownerName(thisOwner()), node, randomUUID()])
  }

  /**
   * Whether it may take a claim: nobody has it, it has ended, or its holder cannot come back. A process of this machine
   * is looked up. One that ran elsewhere, or before a restart of the machine, is succeeded by the node of its name.
   */
  mayTake({ holder, until }: HeldClaim, now: number): boolean {
    if (holder === null || holder === this.text || until <= now) return true
    const [process, node] = parse(holder)
    const state = ownerState(process)
    return state === 'gone' || (state === 'foreign' && node === this.#node)
  }
}

function parse(holder: string): readonly [string, string] {
  try {
    const [process, node] = holderSchema.parse(JSON.parse(holder))
    return [process, node]
  } catch {
    // Another version of Hookline wrote it.
    return ['', '']
  }
}
