/**
 * Names of the built-in plugins that a module imports from a list of them, as `hookline/sources`; null if its text does
 * not tell. Most configs import a few by name: the other plugins need not be loaded then, which saves a third of the
 * start. Comments and strings may add names.
 */
export function namedPlugins(text: string, list: string): readonly string[] | null {
  // It could import any name, from a list that it puts together.
  if (/\bimport\s*\(/.test(text)) return null
  const statements = [...text.matchAll(importsFrom(list))]
  // Another statement about the list could use all of it.
  if (statements.length !== text.split(list).length - 1) return null
  const names = statements.flatMap(([, isType, names = '']) =>
    isType === undefined ? names.split(',').map((name) => name.trim()) : [],
  )
  const values = names.filter((name) => name !== '' && !name.startsWith('type '))
  return values.map((name) => name.split(/\s/)[0] ?? '')
}

function importsFrom(list: string): RegExp {
  return new RegExp(`\\bimport\\s+(type\\s+)?{([^{}]*)}\\s*from\\s*['"]${list}['"]`, 'g')
}
