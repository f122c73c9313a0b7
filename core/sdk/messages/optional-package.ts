import { createRequire } from 'node:module'
import { HooklineError } from '../../errors/errors.ts'
import { errorCodeOf } from '../../kit/thrown.ts'

const { resolve } = createRequire(import.meta.url)

/** Which of these packages are not installed where Hookline finds them. */
function missingPackages(names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    try {
      resolve(name)
      return false
    } catch (error) {
      // Another code is of a package that is there, but not for `require`.
      return errorCodeOf(error) === 'MODULE_NOT_FOUND'
    }
  })
}

/** What `check` of an executor says of packages that it needs: a sentence if one is missing. */
export function packageFaults(names: readonly string[]): readonly string[] {
  const missing = missingPackages(names)
  return missing.length === 0
    ? []
    : [`${describe(missing)}: run \`npm install ${names.join(' ')}\``]
}

/** Imports optional packages by `load`. Throws `package_missing` where one is not installed. */
export async function importOptional<Loaded>(
  names: readonly string[],
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  const missing = missingPackages(names)
  if (missing.length === 0) return load()
  throw new HooklineError('package_missing', `T${describe(missing).slice(1)}.`, {
    remedy: `Install it beside Hookline: \`npm install ${names.join(' ')}\`.`,
  })
}

function describe(missing: readonly string[]): string {
  const list = missing.map((name) => `\`${name}\``).join(' and ')
  return missing.length === 1
    ? `the package ${list} is not installed`
    : `the packages ${list} are not installed`
}
