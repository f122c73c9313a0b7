import {
  defineTunnel,
  HooklineError,
  openTunnelProgram,
  type PluginContext,
  type TunnelInstance,
  tunnelProgramOptions,
  z,
} from '../../../core/sdk/tunnel.ts'

const FUNNEL_URL = /^(https:\/\/[\w.-]+\.ts\.net(?::\d+)?)\/?$/
/** Printed where Funnel or HTTPS is not enabled; the program then waits for it. */
const ENABLE_URL = /^(https:\/\/login\.tailscale\.com\/\S+)$/
const INSTALL =
  'Install Tailscale (https://tailscale.com/download), and run `tailscale up`. Or name its path in the option `command`.'

const options = z.strictObject({
  https: z
    .union([z.literal(443), z.literal(8443), z.literal(10_000)])
    .default(443)
    .describe('Port at which the internet reaches the tunnel. Funnel has no others.'),
  command: z
    .string()
    .min(1)
    .default('tailscale')
    .describe('The program: a name in PATH, or a path.'),
  ...tunnelProgramOptions,
})

/**
 * A Funnel of Tailscale: the internet reaches this machine at its name in the tailnet, which stays the same.
 *
 * `tailscale funnel` runs in the foreground, so that nothing stays reachable when Hookline ends. Tailscale sets
 * X-Forwarded-For to the address of the sender.
 */
export const tailscale = defineTunnel({
  name: 'tailscale',
  summary: 'A Funnel of Tailscale, at the name of this machine in the tailnet.',
  documentation: 'https://tailscale.com/kb/1223/funnel',
  options,
  create,
})

function create(given: z.output<typeof options>, context: PluginContext): TunnelInstance {
  const { command, https, openSeconds } = given
  return {
    clientHeader: 'x-forwarded-for',
    open: ({ url }, signal) =>
      openTunnelProgram(
        {
          command,
          args: ['funnel', '--yes', `--https=${https}`, url],
          openSeconds,
          remedy: INSTALL,
        },
        context,
        signal,
        async (output) => {
          const toEnable = output.find(ENABLE_URL).then(([, address = '']): never => {
            throw new HooklineError('tunnel_failed', 'Funnel is not enabled in this tailnet', {
              remedy: `Enable it at ${address}`,
            })
          })
          const [, address = ''] = await Promise.race([output.find(FUNNEL_URL), toEnable])
          return address
        },
      ),
  }
}
