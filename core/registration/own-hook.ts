import type { MissedDeliveries } from '../contracts/provider/missed.ts'
import type { HookRegistrar } from '../contracts/provider/registration.ts'
import { placeName } from '../sdk/api/place.ts'
import { checkReachable } from './reachable.ts'
import { type RegistrationStore, readRecords } from './record.ts'

interface HookPlace {
  readonly source: string
  readonly target: string
  readonly url: string
  readonly registrar: HookRegistrar | undefined
  readonly missed: MissedDeliveries
}

/** The provider's id of our webhook; null if there is none. Where no provider can deliver to the URL, none is asked. */
export async function ownHookId(
  store: RegistrationStore,
  { source, target, url, registrar, missed }: HookPlace,
  signal: AbortSignal,
): Promise<string | null> {
  if (missed.at !== undefined) return await missed.at.find(target, url, signal)
  if (registrar === undefined) return null
  const known = (await readRecords(store)).get(placeName({ source, target }))?.id ?? null
  if (known !== null) return known
  try {
    checkReachable(url, registrar.apiUrl)
  } catch {
    return null
  }
  return (await registrar.find(target, { id: null, url }, signal))?.id ?? null
}
