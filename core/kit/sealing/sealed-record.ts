import { looksSealed, type Sealer, type Spot } from './sealer.ts'

/** Stands where the fields of a sealed record stood. No header has such a name. */
const FIELD = ':sealed'

type Fields = Readonly<Record<string, unknown>>

/** Fields as one sealed field. */
export function sealFields(
  sealer: Sealer,
  spot: Spot,
  fields: Fields,
): Readonly<Record<string, string>> {
  return { [FIELD]: sealer.seal(spot, JSON.stringify(fields)) }
}

/** Fields that are not to be sealed; the same object unless they could be taken for sealed ones. */
export function escapeFields<Given extends Fields>(sealer: Sealer, fields: Given): Given {
  if (!Object.hasOwn(fields, FIELD)) return fields
  return { [FIELD]: sealer.mark(JSON.stringify(fields)) } as Fields as Given
}

/** The fields as they were given. */
export function openFields<Given extends Fields>(sealer: Sealer, spot: Spot, fields: Given): Given {
  const stored = fields[FIELD]
  if (typeof stored !== 'string' || !looksSealed(stored)) return fields
  return JSON.parse(sealer.open(spot, stored)) as Given
}
