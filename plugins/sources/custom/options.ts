import { z } from 'zod'
import { HooklineError, secrets } from '../../../core/sdk/source.ts'
import { WAYS } from './checks.ts'
import { PRESET_NAMES, PRESETS } from './presets/index.ts'
import { SECRET } from './presets/preset.ts'
import { type CustomOptions, SENDER, senderFaults, senderOptions } from './sender.ts'

const OWN_CHECKS = [...WAYS, 'anyOf', 'unverified'] as const
const CHECKS = [...OWN_CHECKS, 'tokenHeader', 'tokenPrefix', 'tokenQuery', 'tokenPath']

/** Options of `custom`: those of a preset, and in their place whatever else is set. Every configured proof must be valid. */
export const customOptions = z
  .object({
    preset: z
      .enum(PRESET_NAMES)
      .optional()
      .describe(
        'A sender whose options are known; see the list of presets. An option that is set replaces that of the preset; a way to verify replaces all of its ways.',
      ),
    secret: secrets().optional().describe('The secret of the sender, for a preset.'),
    ...senderOptions,
  })
  .superRefine((options, context) => {
    for (const message of faultsOf(options)) context.addIssue({ code: 'custom', message })
  })

type GivenOptions = z.output<typeof customOptions>

/** The options with those of the preset. Throws `option_invalid` if the preset needs a secret and there is none. */
export function resolved(given: GivenOptions): CustomOptions {
  const { preset, secret, ...own } = given
  if (preset === undefined) return own
  if (secret === undefined && holdsSecret(presetOptions(given))) {
    throw new HooklineError('option_invalid', `needs \`secret\`: ${PRESETS[preset].setup}`)
  }
  return SENDER.parse(merged(given))
}

function faultsOf(given: GivenOptions): readonly string[] {
  const { preset, secret } = given
  if (preset === undefined) {
    const fault = 'has `secret`, which is for a `preset`; give it to the check that it is for'
    return [...(secret === undefined ? [] : [fault]), ...senderFaults(given)]
  }
  if (secret === undefined && holdsSecret(presetOptions(given))) {
    return [`needs \`secret\` for its preset: ${PRESETS[preset].setup}`]
  }
  const parsed = SENDER.safeParse(merged(given))
  // What is wrong with an option itself has been reported.
  return parsed.success ? senderFaults(parsed.data) : []
}

function merged(given: GivenOptions): object {
  const { preset, secret, ...own } = given
  return { ...Object(filled(presetOptions(given), secret)), ...own }
}

/** The options of the preset that are not replaced. */
function presetOptions({ preset, secret, ...own }: GivenOptions): object {
  const isVerified = OWN_CHECKS.some((check) => own[check] !== undefined)
  const options = Object.entries(preset === undefined ? {} : PRESETS[preset].options)
  return Object.fromEntries(
    options.filter(([name]) => !(name in own) && !(isVerified && CHECKS.includes(name))),
  )
}

function holdsSecret(options: object): boolean {
  return JSON.stringify(options).includes(JSON.stringify(SECRET))
}

function filled(value: unknown, secret: readonly string[] | undefined): unknown {
  if (value === SECRET) return secret
  if (Array.isArray(value)) return value.map((item) => filled(item, secret))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, filled(item, secret)]),
  )
}
