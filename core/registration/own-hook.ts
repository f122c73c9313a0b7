import type { HookRegistrar } from '../contracts/provider/registration.ts'
import { checkReachable } from './reachable.ts'
import { nameOf, type RegistrationStore, readRecords } from './record.ts'

interface HookPlace {
  readonly source: string
  readonly target: string
  readonly url: string
  readonly registrar: HookRegistrar
}

/** The provider's id of our webhook; null if there is none. Where no provider can deliver to the URL, none is asked. */
export async function ownHookId(
  store: RegistrationStore,
  { source, target, url, registrar }: HookPlace,
  signal: AbortSignal,
): Promise<string | null> {
  const known = (await readRecords(store)).get(nameOf({ source, target }))?.id ?? null
  if (known !== null) return known
  try {
    checkReachable(url, registrar.apiUrl)
  } catch {
    return null
  }
  return (await registrar.find(target, { id: null, url }, signal))?.id ?? null
}
