import { dirname, join } from 'node:path'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { findTool } from '../../sdk/processes/restrict/find-program.ts'
import type { TunnelUnitPlan } from './tunnel-unit.ts'
import type { UnitPlan } from './unit.ts'

/** Plans the unit of the tunnel of a config. Throws `cli_usage` if it has none that another process may run. */
export function planTunnelUnit(
  { tunnel }: RunningConfig,
  { scope, environmentFile }: Pick<UnitPlan, 'scope' | 'environmentFile'>,
  serviceName: string,
): TunnelUnitPlan {
  if (tunnel === null) {
    throw new HooklineError('cli_usage', 'The config has no tunnel', {
      remedy: 'Add one with `external: true` and a `port`, or leave out --tunnel.',
    })
  }
  const { instance, port, external, paths, definition } = tunnel
  if (!external || port === null) {
    throw new HooklineError('cli_usage', 'Hookline runs the tunnel of the config itself', {
      remedy: 'Give the tunnel `external: true` and a `port`, or leave out --tunnel.',
    })
  }
  const service = instance.service?.({ port, url: `http://127.0.0.1:${port}`, paths })
  if (service === undefined) {
    const message = `The tunnel ${definition.name} cannot run as a unit of its own`
    throw new HooklineError('cli_usage', message, {
      remedy: 'Write its unit yourself, or let Hookline run it: leave out `external`.',
    })
  }
  const [name = '', ...words] = service.command
  const program = findTool(name)
  if (program === null) {
    throw new HooklineError('tunnel_tool_missing', `There is no program \`${name}\` in PATH`)
  }
  return {
    scope,
    serviceName,
    service: { ...service, command: [program, ...words] },
    fileOf: (file) => join(dirname(environmentFile), `${serviceName}-tunnel.${file}`),
  }
}
