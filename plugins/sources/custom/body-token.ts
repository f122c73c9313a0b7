import {
  type Delivery,
  formFields,
  isHooklineError,
  isJsonObject,
  type JsonObject,
  mediaType,
  objectIn,
  type Proof,
  tokenMatches,
  valueAt,
} from '../../../core/sdk/source.ts'
import { FORM } from './body.ts'

/** A token at a path of the body, JSON or a form. It has to be read before anything is proved, so large bodies are refused. */
export function bodyToken(path: string, secrets: readonly string[]): Proof {
  return {
    verify: (delivery) => {
      const token = valueAt(fieldsIn(delivery), path)
      if (typeof token !== 'string') {
        return { ok: false, reason: `the body has no text at \`${path}\`` }
      }
      return tokenMatches(token, secrets)
        ? { ok: true }
        : { ok: false, reason: `the token at \`${path}\` of the body does not match any secret` }
    },
    embedProof: (draft) => {
      const fields = objectIn(draft.body)
      if (fields === null) return draft
      const proven = withValue(fields, path.split('.'), secrets[0] ?? '')
      return { ...draft, body: Buffer.from(JSON.stringify(proven)) }
    },
    sign: () => ({}),
  }
}

function fieldsIn(delivery: Delivery): JsonObject | null {
  if (mediaType(delivery.headers['content-type']) !== FORM) return objectIn(delivery)
  try {
    return formFields(delivery)
  } catch (error) {
    if (isHooklineError(error) && error.code === 'delivery_too_large') throw error
    return null
  }
}

function withValue(fields: JsonObject, [key = '', ...rest]: string[], value: string): JsonObject {
  const inner = fields[key]
  const child = isJsonObject(inner) ? inner : {}
  return { ...fields, [key]: rest.length === 0 ? value : withValue(child, rest, value) }
}
