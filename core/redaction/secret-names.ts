const WORDS = 'token|secret|password|passwd|passphrase|passcode|pwd|credential|bearer|jwt'
const KEYS =
  '(?:api|access|account|auth|client|encryption|functions|hook|master|private|shared|signing|subscription|webhook)[-_]?keys?'

const HEADER = new RegExp(
  `${WORDS}|authorization|(?:^|-)x?auth$|authentication$|cookie2?$|^(?:x-)?key$|${KEYS}$`,
)
const HARMLESS_HEADER = /signature|hmac|digest|idempotency/
const PARAMETER = /token|secret|passw|passphrase|pwd|signature|credential|key$|auth/i
const VARIABLE = new RegExp(
  `(?:${WORDS}|credentials|${KEYS})(?:_?\\d+|_(?:old|new|next|previous))?$`,
  'i',
)

/**
 * Whether a header is masked by its name, which must be in lower case. A signature is not: it proves one delivery only,
 * and `hookline doctor` needs it. Nor is an idempotency token, which is an id.
 */
export function isSecretHeader(name: string): boolean {
  return HEADER.test(name) && (name.endsWith('authorization') || !HARMLESS_HEADER.test(name))
}

/** Whether a query parameter is masked by its name. */
export function isSecretParameter(name: string): boolean {
  return PARAMETER.test(name)
}

/** Whether an environment variable is taken to hold a secret, by its name. */
export function isSecretVariable(name: string): boolean {
  return VARIABLE.test(name)
}
