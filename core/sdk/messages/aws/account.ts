import { z } from 'zod'
import { HooklineError } from '../../../errors/errors.ts'
import { secret } from '../../../kit/secret.ts'
import { publishPermissions } from '../description.ts'

/** The options that say as whom and where AWS is called. */
export const accountOptions = {
  region: z
    .string()
    .min(1)
    .optional()
    .describe('The region. Default: that of the queue or topic, else that of the AWS SDK.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Another server with this API. Default: that of AWS.'),
  accessKeyId: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The access key. Default: what the AWS SDK finds, in the environment, in a profile or in the role of the machine.',
    ),
  secretAccessKey: secret().optional().describe('The secret of `accessKeyId`.'),
  sessionToken: secret().optional().describe('The session token of temporary keys.'),
}

/** The options of `accountOptions`, as a schema gives them. */
export type AccountOptions = {
  readonly [Name in keyof typeof accountOptions]?: z.output<(typeof accountOptions)[Name]>
}

/** The settings of a client for these options. Throws `option_invalid`. */
export function clientSettings(options: AccountOptions, ownRegion: string | undefined) {
  const { endpoint, accessKeyId, secretAccessKey, sessionToken } = options
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new HooklineError(
      'option_invalid',
      '`accessKeyId` and `secretAccessKey` must be given together',
    )
  }
  const region = options.region ?? ownRegion
  const token = sessionToken === undefined ? {} : { sessionToken }
  return {
    // Hookline itself tries again, and says so.
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...token } }),
  }
}

/** What a managed program with these options would call. */
export function accountPermissions(target: string, { endpoint, accessKeyId }: AccountOptions) {
  const refused = [
    ...(endpoint === undefined ? [] : [{ path: ['endpoint'], message: 'leads to another server' }]),
    ...(accessKeyId === undefined
      ? [
          {
            path: ['accessKeyId'],
            message: 'is missing: it would use the credentials of this machine',
          },
        ]
      : []),
  ]
  return publishPermissions([target], refused)
}
