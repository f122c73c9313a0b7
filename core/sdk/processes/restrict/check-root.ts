import type { PluginContext } from '../../../contracts/plugin.ts'
import { HooklineError } from '../../../errors/errors.ts'
import type { ProcessSettings } from '../options.ts'

/** Warns of a program that will run as root. Throws where that is refused, or where a limit would not hold. */
export function checkRoot(
  options: Pick<ProcessSettings, 'uid' | 'allowRoot' | 'limits'>,
  { logger, name }: PluginContext,
): void {
  const { uid, allowRoot, limits } = options
  if (process.getuid?.() !== 0 || (uid ?? 0) !== 0) return
  if (allowRoot === false) {
    throw new HooklineError('root_refused', 'Hookline runs as root, and no `uid` is given')
  }
  if (limits?.processes !== undefined) {
    throw new HooklineError('option_invalid', '`limits.processes` does not hold for root', {
      remedy: 'Set `uid` and `gid`, or start Hookline as another user.',
    })
  }
  if (allowRoot === undefined) {
    const message =
      'a program will run as root: set `uid` and `gid`, or `allowRoot: true` if it is meant'
    logger.warn({ program: name }, message)
  }
}
