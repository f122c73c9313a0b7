import {
  type Delivery,
  formFields,
  isHooklineError,
  type JsonObject,
  mediaType,
  objectIn,
  type Proof,
  tokenMatches,
  valueAt,
} from '../../../core/sdk/source.ts'
import { FORM, withJsonFields } from './body.ts'
import { formOf, withValue } from './sample.ts'

/** A token at a path of the body, JSON or a form. It has to be read before anything is proved, so large bodies are refused. */
export function bodyToken(
  path: string,
  secrets: readonly string[],
  jsonFields?: readonly string[],
): Proof {
  return {
    verify: (delivery) => {
      const token = valueAt(fieldsIn(delivery, jsonFields), path)
      if (typeof token !== 'string') {
        return { ok: false, reason: `the body has no text at \`${path}\`` }
      }
      return tokenMatches(token, secrets)
        ? { ok: true }
        : { ok: false, reason: `the token at \`${path}\` of the body does not match any secret` }
    },
    embedProof: (draft) => {
      const proven = (fields: unknown) => withValue(fields, path, secrets[0] ?? '')
      const fields = objectIn(draft.body)
      const body =
        fields === null && jsonFields !== undefined
          ? formOf(proven(withJsonFields(formFields(draft.body), jsonFields)), jsonFields)
          : JSON.stringify(proven(fields ?? {}))
      return { ...draft, body: Buffer.from(body) }
    },
    sign: () => ({}),
  }
}

/** The fields of a body that is not verified yet, JSON or a form; null if it has none. Throws `delivery_too_large`. */
export function fieldsIn(delivery: Delivery, jsonFields?: readonly string[]): JsonObject | null {
  if (mediaType(delivery.headers['content-type']) !== FORM) return objectIn(delivery)
  try {
    return withJsonFields(formFields(delivery), jsonFields)
  } catch (error) {
    if (isHooklineError(error) && error.code === 'delivery_too_large') throw error
    return null
  }
}
