import { basename, resolve } from 'node:path'

/** How a person calls this program from the folder they are in: by its name, as a package's command, or from its repository. */
export function invocation(
  argv: readonly string[] = process.argv,
  cwd: string = process.cwd(),
): string {
  const program = argv[1] ?? ''
  // Installed for everyone, or in the image.
  if (basename(program) === 'hookline' && !program.includes('node_modules')) return 'hookline'
  if (!program.endsWith('.ts')) return 'npx hookline'
  const isInRepository = resolve(cwd, 'core/cli/bin.ts') === resolve(cwd, program)
  return isInRepository ? 'npm run --silent hookline --' : `node ${program}`
}
