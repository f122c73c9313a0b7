import type { Verdict } from '../../contracts/delivery.ts'
import type { SourceInstance } from '../../contracts/source.ts'
import { refuse } from './signature.ts'

/** A way to prove a delivery. It has no `sign` if only the sender can sign. */
export type Proof = Pick<SourceInstance, 'verify' | 'sign' | 'embedProof'>

/** Several proofs at once: all of them must be valid. */
export function allOf(ways: readonly Proof[]): Proof {
  return {
    verify: (delivery) =>
      ways.reduce<Verdict | Promise<Verdict>>(
        (before, way) =>
          whenKnown(before, (verdict) => (verdict.ok ? way.verify(delivery) : verdict)),
        ways.length > 0 ? { ok: true } : refuse('no way of verifying is configured'),
      ),
    ...(ways.some(({ embedProof }) => embedProof !== undefined) && {
      embedProof: (draft) =>
        ways.reduce((embedded, way) => way.embedProof?.(embedded) ?? embedded, draft),
    }),
    ...(ways.every(({ sign }) => sign !== undefined) && {
      sign: (draft) => Object.assign({}, ...ways.map((way) => way.sign?.(draft))),
    }),
  }
}

/**
 * Alternative proofs: one of them must be valid. Signs as the first that can sign. An alternative that cannot decide
 * does not keep another one from accepting; if none does, its error is thrown.
 */
export function anyOf(ways: readonly Proof[]): Proof {
  const { sign, embedProof } = ways.find((way) => way.sign !== undefined) ?? {}
  return {
    verify: async (delivery) => {
      const reasons: string[] = []
      let fault: unknown
      for (const way of ways) {
        try {
          const verdict = await way.verify(delivery)
          if (verdict.ok) return verdict
          reasons.push(verdict.reason)
        } catch (error) {
          fault ??= error
        }
      }
      if (fault !== undefined) throw fault
      return refuse(`none of ${ways.length} alternatives holds: ${reasons.join('; ')}`)
    },
    ...(embedProof && { embedProof }),
    ...(sign && { sign }),
  }
}

function whenKnown(
  verdict: Verdict | Promise<Verdict>,
  next: (verdict: Verdict) => Verdict | Promise<Verdict>,
): Verdict | Promise<Verdict> {
  return verdict instanceof Promise ? verdict.then(next) : next(verdict)
}
