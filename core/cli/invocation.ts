import { basename, resolve } from 'node:path'

/** The command that runs this program from the current folder: installed, as a package, or from its repository. */
export function invocation(
  argv: readonly string[] = process.argv,
  cwd: string = process.cwd(),
): string {
  const program = argv[1] ?? ''
  // Installed globally, or in the container image.
  if (basename(program) === 'hookline' && !program.includes('node_modules')) return 'hookline'
  if (!program.endsWith('.ts')) return 'npx hookline'
  const isInRepository = resolve(cwd, 'core/cli/bin.ts') === resolve(cwd, program)
  return isInRepository ? 'npm run --silent hookline --' : `node ${program}`
}
