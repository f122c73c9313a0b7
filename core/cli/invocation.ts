import { basename, relative, resolve, sep } from 'node:path'
import { hooklineVersion } from '../kit/version.ts'

/**
 * What `npm install` is given to get Hookline: the file that `npm pack` makes. Nobody has published Hookline, so the bare name
 * would find nothing, or one day the package of somebody else. All messages take it from here, and all pages agree with it.
 */
export const PACKAGE = `./hookline-${hooklineVersion()}.tgz`

/** The command that runs this program from the current folder: installed, as a package, or from its repository. */
export function invocation(
  argv: readonly string[] = process.argv,
  cwd: string = process.cwd(),
): string {
  const [node = '', program = ''] = argv
  // Installed globally, or in the container image.
  if (basename(program) === 'hookline' && !program.includes('node_modules')) return 'hookline'
  // `--no`: where it is missing, npx is not to install what has its name.
  if (!program.endsWith('.ts') && isInstalledFor(cwd, program)) return 'npx --no hookline'
  const isInRepository = resolve(cwd, 'core/cli/bin.ts') === resolve(cwd, program)
  return isInRepository ? 'npm run --silent hookline --' : `${nodeOf(node)} ${program}`
}

/** Whether npx finds the program: it is in the `node_modules` of the folder, or of one above it. */
function isInstalledFor(cwd: string, program: string): boolean {
  const [project = ''] = resolve(cwd, program).split(`${sep}node_modules${sep}`)
  return !relative(project, cwd).startsWith('..')
}

/** The one of a clone, where the system's is too old to read TypeScript. */
function nodeOf(path: string): string {
  return path.includes(`${sep}.node${sep}`) ? path : 'node'
}
