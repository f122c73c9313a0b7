import { resolve } from 'node:path'
import type { ProgramRun } from '../../../core/sdk/executor.ts'
import type { DockerOptions } from './options.ts'

const NANOS = 1_000_000_000

export interface ContainerSpec {
  readonly settings: DockerOptions
  /** Relative mounts start here. */
  readonly baseDir: string
  /** Labels that name the owner of the container. */
  readonly ownerLabels: Readonly<Record<string, string>>
}

/** The body that creates the container: https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerCreate */
export function containerBody(spec: ContainerSpec, run: ProgramRun): object {
  const { settings } = spec
  const command = [...(settings.command ?? []), ...run.args]
  const variables = { ...settings.env, ...settings.secretEnv, ...run.env }
  return {
    Image: settings.image,
    ...(command.length === 0 ? {} : { Cmd: command }),
    ...(settings.entrypoint === undefined ? {} : { Entrypoint: settings.entrypoint }),
    ...(settings.cwd === undefined ? {} : { WorkingDir: settings.cwd }),
    ...(settings.user === undefined ? {} : { User: settings.user }),
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...settings.labels,
      'hookline.task': run.taskId,
      'hookline.attempt': String(run.attempt),
      'hookline.program': run.program,
      'hookline.rule': run.rule,
      ...spec.ownerLabels,
    },
    Tty: false,
    OpenStdin: settings.stdin !== 'none',
    // Closes the program's input when this side has sent it.
    StdinOnce: settings.stdin !== 'none',
    HostConfig: hostConfig(spec),
  }
}

function hostConfig({ settings, baseDir }: ContainerSpec): object {
  return {
    NetworkMode: settings.network,
    Memory: settings.memoryBytes,
    // The sum of memory and swap: no swap.
    MemorySwap: settings.memoryBytes,
    NanoCpus: Math.round(settings.cpus * NANOS),
    PidsLimit: settings.maxProcesses,
    ReadonlyRootfs: settings.readOnly,
    ...(settings.readOnly
      ? { Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,mode=1777,size=${settings.tmpBytes}` } }
      : {}),
    CapDrop: ['ALL'],
    CapAdd: settings.capAdd,
    SecurityOpt: ['no-new-privileges'],
    Init: settings.init,
    // Hookline keeps the output, up to its limit; the engine would keep all of it a second time.
    LogConfig: { Type: 'none', Config: {} },
    Mounts: settings.mounts.map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: resolve(baseDir, source),
      Target: target,
      ReadOnly: readOnly,
    })),
  }
}
