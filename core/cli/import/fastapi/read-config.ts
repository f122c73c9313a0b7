import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { HooklineError } from '../../../errors/errors.ts'
import { errorCodeOf } from '../../../kit/thrown.ts'

/**
 * Reads the three dictionaries by Python's `ast`, so that nothing of the file is run. A value that is computed becomes
 * `{"$code": …}`, one from the environment `{"$env": …}`; conditions become CEL, or null where they cannot.
 */
const READER = String.raw`
import ast, json, shlex, sys

NAMES = ('WEBHOOK_CONFIGS', 'PROGRAM_CONFIGS', 'WEBHOOK_TO_PROGRAM_MAPPING')
OPERATORS = {ast.Eq: '==', ast.NotEq: '!=', ast.Lt: '<', ast.LtE: '<=', ast.Gt: '>', ast.GtE: '>=', ast.In: 'in'}
METHODS = {'startswith': 'startsWith', 'endswith': 'endsWith'}
constants = {}

def value(node):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (str, int, float, bool, type(None))) else code(node)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [value(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {str(value(key)): value(item) for key, item in zip(node.keys, node.values) if key is not None}
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    variable = environment(node)
    if variable is not None:
        return {'$env': variable}
    if isinstance(node, ast.Call) and not node.args and node.keywords:
        return {keyword.arg: value(keyword.value) for keyword in node.keywords if keyword.arg}
    return code(node)

def code(node):
    return {'$code': ast.unparse(node)[:80], '$line': node.lineno}

def environment(node):
    text = None
    if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in ('os.environ.get', 'os.getenv', 'getenv', 'environ.get'):
        text = node.args[0]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ('os.environ', 'environ'):
        text = node.slice
    return text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else None

def cel(node):
    if isinstance(node, ast.Expression):
        return cel(node.body)
    if isinstance(node, ast.BoolOp):
        parts = ['(' + cel(part) + ')' if isinstance(part, ast.BoolOp) else cel(part) for part in node.values]
        return (' && ' if isinstance(node.op, ast.And) else ' || ').join(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return '!(' + cel(node.operand) + ')'
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = cel(node.left), cel(node.comparators[0])
        if isinstance(node.ops[0], ast.NotIn):
            return '!(' + left + ' in ' + right + ')'
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return left + (' == ' if isinstance(node.ops[0], ast.Is) else ' != ') + right
        return left + ' ' + OPERATORS[type(node.ops[0])] + ' ' + right
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return cel(node.value) + '.' + node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return cel(node.value) + '[' + cel(node.slice) + ']'
    if isinstance(node, (ast.List, ast.Tuple)):
        return '[' + ', '.join(cel(item) for item in node.elts) + ']'
    if isinstance(node, ast.Constant):
        if node.value is None or isinstance(node.value, bool):
            return {None: 'null', True: 'true', False: 'false'}[node.value]
        if isinstance(node.value, (str, int, float)):
            return literal(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1 and node.func.attr in METHODS:
        return cel(node.func.value) + '.' + METHODS[node.func.attr] + '(' + cel(node.args[0]) + ')'
    raise ValueError

def literal(given):
    if not isinstance(given, str):
        return json.dumps(given)
    return "'" + json.dumps(given)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"

def condition(text):
    try:
        return cel(ast.parse(text.strip(), mode='eval'))
    except (ValueError, SyntaxError, KeyError, RecursionError):
        return None

def words(text):
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()

def texts(node):
    if isinstance(node, dict):
        for key, item in node.items():
            yield key
            yield from texts(item)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, str):
        yield node

tree = ast.parse(sys.stdin.read())
found, lines = {}, {}
for statement in tree.body:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target if isinstance(statement, ast.AnnAssign) else None
    if not isinstance(target, ast.Name) or statement.value is None:
        continue
    if target.id in NAMES:
        found[target.id] = value(statement.value)
        if isinstance(statement.value, ast.Dict):
            for key in statement.value.keys:
                if isinstance(key, ast.Constant):
                    lines[target.id + '.' + str(key.value)] = key.lineno
    else:
        constants[target.id] = value(statement.value)
mapping = found.get('WEBHOOK_TO_PROGRAM_MAPPING', {})
programs = found.get('PROGRAM_CONFIGS', {})
commands = [program.get('command') for program in programs.values() if isinstance(program, dict)]
json.dump({
    'found': found,
    'lines': lines,
    'conditions': {text: condition(text) for text in texts(mapping)},
    'commands': {text: words(text) for text in commands if isinstance(text, str)},
}, sys.stdout)
`

const table = z
  .record(z.string(), z.unknown())
  .refine((entries) => !Object.hasOwn(entries, '$code'), 'is computed')
const output = z.object({
  found: z.object({
    WEBHOOK_CONFIGS: table.default({}),
    PROGRAM_CONFIGS: table.default({}),
    WEBHOOK_TO_PROGRAM_MAPPING: table.default({}),
  }),
  /** By the dictionary and its key: `WEBHOOK_CONFIGS.github`. */
  lines: z.record(z.string(), z.number()),
  /** CEL by each text of the mapping; null: it is no condition that CEL can express. */
  conditions: z.record(z.string(), z.string().nullable()),
  /** Words by command. */
  commands: z.record(z.string(), z.array(z.string())),
})

export type PythonConfig = z.output<typeof output>

/** Reads the dictionaries of a `config.py`. Throws `config_unreadable`; the message never has a value. */
export async function readPythonConfig(file: string, text: string): Promise<PythonConfig> {
  const run = promisify(execFile)('python3', ['-I', '-c', READER], { maxBuffer: 2 ** 24 })
  run.child.stdin?.on('error', () => {}).end(text)
  let printed: string
  try {
    printed = (await run).stdout
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') {
      throw unreadable(
        `${file} is read by Python, and there is no python3`,
        'Install Python 3.9 or later.',
      )
    }
    const stderr = String((error as { stderr?: unknown }).stderr)
    if (!/SyntaxError|IndentationError/.test(stderr)) {
      throw unreadable(`${file}: its dictionaries cannot be read`)
    }
    const line = /line (\d+)\n(?!.*line \d+\n)/s.exec(stderr)?.[1]
    const place = line === undefined ? file : `${file}:${line}`
    throw unreadable(`${place}: this is not valid Python`)
  }
  const read = output.safeParse(JSON.parse(printed))
  if (!read.success) {
    const [issue] = read.error.issues
    throw unreadable(`${file}: ${issue?.path.slice(1).join('.')} is no dictionary`)
  }
  if (Object.keys(read.data.found.WEBHOOK_CONFIGS).length === 0) {
    throw unreadable(`${file}: there is no WEBHOOK_CONFIGS with webhooks in it`)
  }
  return read.data
}

function unreadable(
  message: string,
  remedy = 'Correct the file, and import it again.',
): HooklineError {
  return new HooklineError('config_unreadable', message, { remedy })
}
