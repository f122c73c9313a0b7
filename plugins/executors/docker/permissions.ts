import type { RequiredPermissions } from '../../../core/sdk/executor.ts'
import type { DockerOptions } from './options.ts'

const OTHER_USER = /^0*[1-9]\d*(:0*[1-9]\d*)?$/

/** What a program with these options would run and touch: an allowed image, isolated from this machine. */
export function permissionsOf(options: DockerOptions): RequiredPermissions {
  const { image, mounts, network, capAdd, socketPath, context, user } = options
  const refused = [
    mounts.length > 0 && { path: ['mounts'], message: 'are files of this machine' },
    network !== 'none' && { path: ['network'], message: 'must be `none`' },
    capAdd.length > 0 && { path: ['capAdd'], message: 'gives it more rights' },
    socketPath !== undefined && { path: ['socketPath'], message: 'is for a config file to name' },
    context !== undefined && { path: ['context'], message: 'is for a config file to name' },
    !OTHER_USER.test(user ?? '') && {
      path: ['user'],
      message:
        'must be a number other than 0, `1000:1000`: what a name stands for is up to the image',
    },
  ]
  return {
    runs: [`docker:${image}`],
    // Only the container gets them.
    variables: [],
    folders: [],
    isRoot: false,
    refused: refused.filter((entry) => entry !== false),
  }
}
