import {
  defineTunnel,
  openTunnelProgram,
  type PluginContext,
  processOptions,
  programEnv,
  type TunnelInstance,
  type TunnelTarget,
  tunnelProgramOptions,
  z,
} from '../../../core/sdk/tunnel.ts'

const { cwd, env, secretEnv, passEnv } = processOptions

const options = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .refine(([program]) => program !== '', 'must begin with a program')
    .describe(
      'The program and its arguments. `{port}` stands for the port of the listener, `{url}` for `http://127.0.0.1:PORT`. No shell reads it.',
    ),
  openPattern: z
    .string()
    .min(1)
    .refine(isPattern, 'is no regular expression')
    .describe(
      'Regular expression for the line of its output that says that the tunnel is open. A group may hold the URL.',
    ),
  url: z
    .string()
    .regex(/^(https?:\/\/|\$1)/, 'must begin with `https://`, `http://` or `$1`')
    .default('$1')
    .describe(
      'Where the internet reaches the tunnel. `$1` stands for the first group of `openPattern`. A URL without it is fixed.',
    ),
  clientHeader: z
    .enum(['cf-connecting-ip', 'x-forwarded-for'])
    .optional()
    .describe(
      "Header in which the tool itself gives the sender's address; of X-Forwarded-For, the last entry counts. Default: the address is not known.",
    ),
  cwd,
  env,
  secretEnv,
  passEnv,
  ...tunnelProgramOptions,
})

type Options = z.output<typeof options>

/** Runs any program that makes a tunnel, such as ngrok, bore, frp or localtunnel. */
export const command = defineTunnel({
  name: 'command',
  summary: 'Any program that makes a tunnel: ngrok, bore, frp, localtunnel and others.',
  options,
  create,
})

function create(given: Options, context: PluginContext): TunnelInstance {
  const { clientHeader, cwd: folder, openSeconds } = given
  const [program = '', ...args] = given.command
  const pattern = new RegExp(given.openPattern)
  const isFixed = !given.url.includes('$1')
  const argumentsFor = (target: TunnelTarget) =>
    args.map((each) => each.replaceAll('{port}', `${target.port}`).replaceAll('{url}', target.url))
  return {
    ...(isFixed ? { url: given.url.replace(/\/+$/, '') } : {}),
    ...(clientHeader === undefined ? {} : { clientHeader }),
    open: (target, signal) =>
      openTunnelProgram(
        {
          command: program,
          args: argumentsFor(target),
          env: programEnv(given),
          openSeconds,
          remedy: `Install ${program}, or correct the option \`command\`.`,
          secrets: Object.values(given.secretEnv),
          ...(folder === undefined ? {} : { cwd: folder }),
        },
        context,
        signal,
        async (output) => {
          const [whole, group = whole] = await output.find(pattern)
          return given.url.replaceAll('$1', () => group)
        },
      ),
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
