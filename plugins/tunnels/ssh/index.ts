import { resolve } from 'node:path'
import {
  defineTunnel,
  openTunnelProgram,
  type PluginContext,
  type TunnelInstance,
  type TunnelService,
  type TunnelTarget,
  tunnelProgramOptions,
  tunnelVariables,
  z,
} from '../../../core/sdk/tunnel.ts'

/** What ssh logs at the level DEBUG1 once the other side listens. */
const FORWARDED = 'remote forward success for: listen'
const WORD = /^[^\s-]\S*$/
const INSTALL =
  'Install the OpenSSH client. Debian, Ubuntu: apt-get install openssh-client. macOS has it. Windows: Settings, Optional features, OpenSSH Client.'

const port = z.int().min(1).max(65_535)
const file = z.string().min(1).optional()

const options = z.strictObject({
  host: z
    .string()
    .regex(WORD, 'must be a host name')
    .describe('Host that is reached from outside, or a name of the config of ssh.'),
  user: z
    .string()
    .regex(WORD, 'must be a user name')
    .optional()
    .describe('User on the host. Default: as the config of ssh says.'),
  sshPort: port.optional().describe('Port of its SSH server. Default: as the config of ssh says.'),
  remotePort: port.describe('Port on which the host listens for the tunnel.'),
  remoteBind: z
    .string()
    .regex(WORD, 'must be an address')
    .default('127.0.0.1')
    .describe(
      'Address on which the host listens. The default suits a web server on the host that passes requests on. Others need `GatewayPorts` at its SSH server.',
    ),
  url: z
    .string()
    .regex(/^(https?:\/\/|\$1)/, 'must begin with `https://`, `http://` or `$1`')
    .describe(
      'Where the internet reaches the host. `$1` stands for the first group of `openPattern`.',
    ),
  openPattern: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Regular expression for a line that the host prints, for services that tell a URL. Default: the forwarding of the port is confirmed.',
    ),
  identityFile: file.describe(
    'Private key, without a passphrase, relative to the folder of the config.',
  ),
  knownHostsFile: file.describe(
    'File with the key of the host, relative to the folder of the config. Default: as the config of ssh says. A host whose key is not known is refused.',
  ),
  clientHeader: z
    .enum(['x-forwarded-for'])
    .optional()
    .describe(
      "Give `x-forwarded-for` if a web server on the host sets this header: its last entry is the sender's address. Default: the address is not known.",
    ),
  command: z.string().min(1).default('ssh').describe('The program: a name in PATH, or a path.'),
  ...tunnelProgramOptions,
})

type Options = z.output<typeof options>

interface Files {
  readonly identity?: string
  readonly hosts?: string
}

/**
 * A port of another host, forwarded by SSH. On the host, a web server with TLS passes requests to that port.
 *
 * The host must be known and the key must work without a question: try `ssh HOST` first. A connection that is silent for
 * 45 seconds counts as lost.
 */
export const ssh = defineTunnel({
  name: 'ssh',
  summary: 'A port of a host of your own, or of a service, forwarded by SSH.',
  documentation: 'https://man.openbsd.org/ssh',
  options,
  create,
})

function create(given: Options, context: PluginContext): TunnelInstance {
  const { command, openSeconds, clientHeader, openPattern = FORWARDED, url } = given
  const isFixed = !url.includes('$1')
  const paths = filesOf(given, context)
  return {
    ...(isFixed ? { url: url.replace(/\/+$/, '') } : {}),
    ...(clientHeader === undefined ? {} : { clientHeader }),
    open: (target, signal) =>
      openTunnelProgram(
        {
          command,
          args: argumentsFor(given, paths, target),
          env: tunnelVariables('SSH_AUTH_SOCK'),
          openSeconds,
          remedy: INSTALL,
        },
        context,
        signal,
        async (output) => {
          const [whole, group = whole] = await output.find(new RegExp(openPattern))
          return url.replaceAll('$1', () => group)
        },
      ),
    ...(isFixed ? { service: (target) => serviceOf(given, paths, target) } : {}),
  }
}

/** A service runs as another user, so it gets the files instead of their paths. */
function serviceOf(given: Options, paths: Files, target: TunnelTarget): TunnelService {
  const named = Object.entries(paths).map(([name, path]) => [name, { path }] as const)
  const places = Object.fromEntries(named.map(([name]) => [name, `{${name}}`]))
  return {
    command: [given.command, ...argumentsFor(given, places, target)],
    files: Object.fromEntries(named),
  }
}

/** Absolute paths of the files that the options name. */
function filesOf({ identityFile, knownHostsFile }: Options, { baseDir }: PluginContext): Files {
  return {
    ...(identityFile === undefined ? {} : { identity: resolve(baseDir, identityFile) }),
    ...(knownHostsFile === undefined ? {} : { hosts: resolve(baseDir, knownHostsFile) }),
  }
}

function argumentsFor(given: Options, { identity, hosts }: Files, target: TunnelTarget): string[] {
  const { host, user, sshPort, remoteBind, remotePort, openPattern } = given
  const settings = {
    BatchMode: 'yes',
    ConnectTimeout: '15',
    ExitOnForwardFailure: 'yes',
    ServerAliveInterval: '15',
    ServerAliveCountMax: '3',
    StrictHostKeyChecking: 'yes',
    ControlMaster: 'no',
    ControlPath: 'none',
    ...(openPattern === undefined ? { LogLevel: 'DEBUG1' } : {}),
    ...(identity === undefined ? {} : { IdentitiesOnly: 'yes' }),
    ...(hosts === undefined ? {} : { UserKnownHostsFile: `"${hosts}"` }),
  }
  return [
    // A service that tells a URL does so in a session, which -N would leave out.
    ...(openPattern === undefined ? ['-N'] : []),
    '-T',
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(sshPort === undefined ? [] : ['-p', String(sshPort)]),
    ...['-R', `${remoteBind}:${remotePort}:127.0.0.1:${target.port}`],
    user === undefined ? host : `${user}@${host}`,
  ]
}
