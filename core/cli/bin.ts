#!/usr/bin/env node
// Everything else is imported only after this check, so that an older Node.js says more than a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  const { run } = await import('./main.ts')
  // As in `hookline tasks | head -1`: nobody reads on.
  process.stdout.on('error', () => process.exit())
  process.exitCode = await run(process.argv)
} else {
  process.stderr.write(
    `error: Hookline needs Node.js 22.18 or later; this is ${process.versions.node}.\n` +
      '  code: node_too_old\n' +
      '  what to do: Install a newer Node.js from https://nodejs.org, or use the container image.\n',
  )
  process.exitCode = 1
}
