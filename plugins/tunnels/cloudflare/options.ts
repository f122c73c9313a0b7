import { secret, tunnelProgramOptions, z } from '../../../core/sdk/tunnel.ts'

const HOSTNAME = /^(?!-)[\w-]+(\.[\w-]+)+$/

/** Options of a tunnel of Cloudflare. */
export const options = z
  .strictObject({
    token: secret()
      .optional()
      .describe('Token of a tunnel that is configured at Cloudflare. Needs `hostname` and `port`.'),
    credentialsFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'JSON file that `cloudflared tunnel create` wrote, relative to the folder of the config. Needs `hostname`.',
      ),
    hostname: z
      .string()
      .regex(HOSTNAME, 'must be a hostname such as hooks.example.com')
      .optional()
      .describe(
        'Hostname that leads to the tunnel. Default: a quick tunnel, whose hostname is random.',
      ),
    protocol: z
      .enum(['auto', 'http2', 'quic'])
      .optional()
      .describe(
        'How cloudflared connects to Cloudflare. `http2` helps where UDP is blocked. Default: what cloudflared chooses.',
      ),
    command: z
      .string()
      .min(1)
      .default('cloudflared')
      .describe('The program: a name in PATH, or a path, relative to the folder of the config.'),
    unreadySeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(60)
      .describe(
        'Seconds without a connection to Cloudflare after which the tunnel is opened anew.',
      ),
    ...tunnelProgramOptions,
  })
  .superRefine(({ token, credentialsFile, hostname }, context) => {
    const refuse = (option: string, message: string) =>
      context.addIssue({ code: 'custom', path: [option], message })
    const isFixed = token !== undefined || credentialsFile !== undefined
    if (token !== undefined && credentialsFile !== undefined) {
      refuse('credentialsFile', 'cannot be given with `token`')
    }
    if (isFixed && hostname === undefined) {
      refuse('hostname', 'is needed: it says where the tunnel is reached')
    }
    if (!isFixed && hostname !== undefined) {
      refuse('hostname', 'needs `token` or `credentialsFile`: a quick tunnel has a random one')
    }
  })

export type CloudflareOptions = z.output<typeof options>
