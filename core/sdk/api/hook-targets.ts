import { z } from 'zod'
import type { HookRegistrar } from '../../contracts/provider/registration.ts'
import { HooklineError } from '../../errors/errors.ts'

/** A kind of places with webhooks: repositories, organizations. */
export interface TargetKind {
  /** In front of a name in a target, such as `org:`. Empty for repositories and projects. */
  readonly prefix: string
  /** How a name is written, for messages: `owner/repository`. */
  readonly form: string
  readonly pattern: RegExp
  /** Path of the list of webhooks. */
  path(name: string): string
}

/** Where the webhooks of a source are. */
export interface HookTargets extends Required<Pick<HookRegistrar, 'targets' | 'others'>> {
  /** Path of the list of webhooks of a target. Throws `registration_unknown`. */
  path(target: string): string
}

/** `.` and `..` would lead to another path of the API. */
const NAME = String.raw`(?!\.{1,2}(?:/|$))[\w.-]+`
/** `org:` is understood for every provider. */
const ANY_GROUP = /^org:/
const MAX_LENGTH = 300

/** `acme` */
export const GROUP_NAME = new RegExp(`^${NAME}$`)
/** `acme/shop` */
export const REPOSITORY_NAME = new RegExp(`^${NAME}/${NAME}$`)
/** `acme/shop`, `acme/tools/shop` or a number. */
export const PROJECT_NAME = new RegExp(String.raw`^(?:\d+|${NAME}(?:/${NAME})+)$`)
/** `acme`, `acme/tools` or a number. */
export const NESTED_GROUP_NAME = new RegExp(`^${NAME}(?:/${NAME})*$`)

/** The option of `register` that names targets of a kind. */
export function registerNames({ pattern, form }: TargetKind, description: string) {
  return z
    .array(z.string().regex(pattern, `must be \`${form}\``))
    .default([])
    .describe(description)
}

/** The targets of a source, from the names of each kind. The last kind holds several of the first. */
export function hookTargets(
  ...named: readonly (readonly [kind: TargetKind, names: readonly (string | number)[]])[]
): HookTargets {
  const kinds = named.map(([kind]) => kind)
  const find = (target: string) => {
    if (target.length > MAX_LENGTH) return null
    // The prefix of repositories is empty, so the others are tried first.
    const kind = kinds.toReversed().find(({ prefix }) => target.startsWith(prefix))
    const name = target.slice(kind?.prefix.length)
    return kind?.pattern.test(name) ? { target, kind, name } : null
  }
  const groups = kinds.at(-1)?.prefix ?? ''
  return {
    targets: [
      ...new Set(named.flatMap(([{ prefix }, names]) => names.map((n) => `${prefix}${n}`))),
    ],
    others: {
      forms: kinds.map(({ prefix, form }) => `${prefix}${form}`),
      read: (text) => find(text.replace(ANY_GROUP, groups))?.target ?? null,
    },
    path: (target) => {
      const found = find(target)
      if (found !== null) return found.kind.path(found.name)
      throw new HooklineError('registration_unknown', `There is no target '${target}'`)
    },
  }
}

const REPOSITORIES: TargetKind = {
  prefix: '',
  form: 'owner/repository',
  pattern: REPOSITORY_NAME,
  path: (name) => `/repos/${name}/hooks`,
}
const ORGANIZATIONS: TargetKind = {
  prefix: 'org:',
  form: 'organization',
  pattern: GROUP_NAME,
  path: (name) => `/orgs/${name}/hooks`,
}

/** Options of `register` for a provider with the API of GitHub, as Gitea has it too: `repositories`, `organizations`. */
export const OWNER_FIELDS = {
  repositories: registerNames(REPOSITORIES, 'Repositories, each as `owner/repository`.'),
  organizations: registerNames(
    ORGANIZATIONS,
    'Organizations: one webhook for all of their repositories.',
  ),
}

/** The targets that `OWNER_FIELDS` name. */
export function ownerTargets(options: {
  readonly repositories: readonly string[]
  readonly organizations: readonly string[]
}): HookTargets {
  return hookTargets([REPOSITORIES, options.repositories], [ORGANIZATIONS, options.organizations])
}
