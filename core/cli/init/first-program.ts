import { spawnSync } from 'node:child_process'

/** The program of a new config, which shows where its input comes from. */
export interface FirstProgram {
  readonly file: string
  readonly text: string
  /** Its executor. */
  readonly use: 'python' | 'subprocess'
  readonly options: object
  /** The options as TypeScript. */
  readonly optionsText: string
}

const PYTHON_FILE = 'programs/show_event.py'
const PYTHON: FirstProgram = {
  file: PYTHON_FILE,
  text: `"""The event comes as JSON on standard input. Its facts are also in WEBHOOK_* variables."""

import json
import sys

event = json.load(sys.stdin)

print(f"{event['source']}.{event['type']} arrived")
for name, value in event["facts"].items():
    print(f"  {name}: {value}")
`,
  use: 'python',
  options: { script: `./${PYTHON_FILE}` },
  optionsText: `{ script: './${PYTHON_FILE}' }`,
}

const NODE_FILE = 'programs/show-event.mjs'
const NODE: FirstProgram = {
  file: NODE_FILE,
  text: `// The event comes as JSON on standard input. Its facts are also in WEBHOOK_* variables.
let input = ''
for await (const chunk of process.stdin) input += chunk
const event = JSON.parse(input)

console.log(\`\${event.source}.\${event.type} arrived\`)
for (const [name, value] of Object.entries(event.facts)) console.log(\`  \${name}: \${value}\`)
`,
  use: 'subprocess',
  options: { command: ['node', `./${NODE_FILE}`] },
  optionsText: `{ command: ['node', './${NODE_FILE}'] }`,
}

const PYTHON_SECONDS = 10

/** In Python where this machine has a \`python3\` that the executor can use, else for Node.js. */
export function firstProgram(): FirstProgram {
  const check = 'import sys; sys.exit(sys.version_info < (3, 8))'
  const { status } = spawnSync('python3', ['-c', check], { timeout: PYTHON_SECONDS * 1000 })
  return status === 0 && process.platform !== 'win32' ? PYTHON : NODE
}
