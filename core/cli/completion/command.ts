import { Argument, Command } from 'commander'
import { print } from '../print.ts'
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts'

/** `hookline completion` */
export function completionCommand(): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => print(SCRIPTS[shell]))
}
