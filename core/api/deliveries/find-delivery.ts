import type { DeliveryRecord } from '../../contracts/store.ts'
import { HooklineError } from '../../errors/errors.ts'
import type { Services } from '../services.ts'

/** The stored delivery of an id. Throws `delivery_unknown`. */
export async function findDelivery(services: Services, id: string): Promise<DeliveryRecord> {
  const delivery = await services.store.delivery(id)
  if (delivery === null) {
    throw new HooklineError('delivery_unknown', `There is no delivery '${id.slice(0, 64)}'`)
  }
  return delivery
}
