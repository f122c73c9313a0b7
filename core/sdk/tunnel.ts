export { z } from 'zod'
export type * from '../contracts/plugin.ts'
export type * from '../contracts/tunnel.ts'
export { HooklineError, isHooklineError } from '../errors/errors.ts'
export { createPrivateFile, replacePrivateFile } from '../kit/private-file.ts'
export { secret } from '../kit/secret.ts'
export { errorCodeOf } from '../kit/thrown.ts'
export { untilAborted, withTimeLimit } from '../kit/time-limit.ts'
export { defineTunnel } from './define.ts'
export { fileFaults, programFaults } from './processes/check-program.ts'
export {
  type Launch,
  type ProcessRun,
  startChild,
  type WatchedChild,
} from './processes/child.ts'
export { isGroupAlive, signalGroup } from './processes/group.ts'
export { locate, PASSED_VARIABLES, processOptions, programEnv } from './processes/options.ts'
export { makeTempFolder } from './processes/temp-folders.ts'
export {
  openTunnelProgram,
  type ProgramTunnel,
  type TunnelOutput,
  type TunnelProgram,
  tunnelProgramOptions,
  tunnelVariables,
} from './processes/tunnel-program.ts'
