import { defineExecutor } from '../../../core/sdk/executor.ts'
import { DockerExecutor } from './executor.ts'
import { options } from './options.ts'
import { permissionsOf } from './permissions.ts'

/**
 * Runs a program in a container of its own, through a Docker engine (API 1.41 or newer, or one alike).
 *
 * - The engine is found as the `docker` command finds it: DOCKER_HOST (`unix://`, `npipe://`, `tcp://` with the certificates
 *   of DOCKER_CERT_PATH), DOCKER_CONTEXT, the current context, or the usual sockets. `ssh://` is not supported.
 * - Isolated by default: no network, a read-only root with a small `/tmp`, no capabilities, no new privileges, and limits
 *   on memory, processors and processes. The user is the image's own: name another with `user`.
 * - Exit code 0 succeeds; any other fails. A program that runs out of memory fails with `out_of_memory`.
 * - A stop (time limit, cancel) sends SIGTERM and, after `killAfterSeconds`, SIGKILL. Everything that the program started
 *   ends with its container, which is removed in any case.
 * - Containers carry labels: `hookline.task`, `hookline.attempt`, `hookline.program`, `hookline.rule`, `hookline.node`
 *   (one id per data folder) and `hookline.owner` (one per process). What a killed process left behind is removed
 *   before the first run of the next one with the same data folder.
 * - Paths of `mounts` are paths on the engine's machine, also if Hookline itself runs in a container.
 * - Whoever may use the engine can become root on its machine, and so can Hookline. Never mount the socket into a program.
 */
export const docker = defineExecutor({
  name: 'docker',
  summary: 'Runs a program in a container of its own, isolated by default.',
  options,
  describe: ({ image, entrypoint = [], command = [], env, secretEnv }) => ({
    command: ['docker', 'run', image, ...entrypoint, ...command],
    variables: [...Object.keys(env), ...Object.keys(secretEnv)],
  }),
  permissions: permissionsOf,
  create: (settings, context) => new DockerExecutor(settings, context),
})
